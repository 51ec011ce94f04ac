// Bundles the benchmark and runs it: node alone cannot read TypeScript.
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';

const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
const here = fileURLToPath(new URL('.', import.meta.url));
try {
  await build({
    entryPoints: [join(here, 'interpret.ts')],
    outfile: join(out, 'bench.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    tsconfig: join(here, '../../../tsconfig.json'),
  });
  await import(pathToFileURL(join(out, 'bench.mjs')).href);
} finally {
  rmSync(out, { recursive: true });
}
