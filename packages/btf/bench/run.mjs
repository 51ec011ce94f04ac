// Bundles the benchmark and runs it: node alone cannot read TypeScript.
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';

const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
const here = fileURLToPath(new URL('.', import.meta.url));
process.env.ROOTLET_BENCH_DIR = out;
process.env.ROOTLET_BENCH_PEER = join(here, 'libbpf.c');
try {
  await build({
    entryPoints: [join(here, 'against-libbpf.ts'), join(here, 'parse-once.ts')],
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    tsconfig: join(here, '../../../tsconfig.json'),
  });
  await import(pathToFileURL(join(out, 'against-libbpf.mjs')).href);
} finally {
  rmSync(out, { recursive: true });
}
