// Makes a large object, bundles the benchmark and runs it: node alone cannot read TypeScript.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { peersObstacle } from '../../../tools/lib/peers.mjs';
import { buildProbe } from '../../../tools/open-diff/peer.mjs';
import { largeSource } from './large-source.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
try {
  const include = join(here, '../../../docs/examples/include');
  writeFileSync(join(out, 'large.c'), largeSource());
  const flags = ['-O2', '-g', '--target=bpfel', '-mcpu=v3', `-I${include}`, '-idirafter', '/usr/include/x86_64-linux-gnu'];
  execFileSync('clang-19', [...flags, '-c', join(out, 'large.c'), '-o', join(out, 'large.o')], { stdio: 'inherit' });
  execFileSync('llvm-strip-19', ['-g', join(out, 'large.o')]);
  process.env.ROOTLET_BENCH_OBJECT = join(out, 'large.o');
  const obstacle = peersObstacle();
  if (obstacle === undefined) process.env.ROOTLET_BENCH_PROBE = JSON.stringify(buildProbe());
  else console.log(`only our own times, without ratios: ${obstacle}`);
  await build({
    entryPoints: [join(here, 'against-libbpf.ts')],
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
