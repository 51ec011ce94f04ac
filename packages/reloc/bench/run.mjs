// Compiles the objects and the peer, bundles the benchmark and runs it: node alone cannot read TypeScript.
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { getPeers, peersObstacle } from '../../../tools/lib/peers.mjs';
import { CACHE } from '../../../tools/lib/workspace.mjs';
import { compileUnits } from './sources.mjs';

const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
const here = fileURLToPath(new URL('.', import.meta.url));
const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2, 10, 100, 1000];
try {
  const paths = await compileUnits(join(CACHE, 'link-bench'), join(here, '../test/fixtures'), Math.max(...counts), 1000);
  const obstacle = peersObstacle();
  let peer;
  if (obstacle === undefined) {
    const peers = getPeers();
    peers.compile(join(here, 'libbpf.c'), join(out, 'libbpf'));
    peer = peers.command(join(out, 'libbpf'));
  }
  process.env.ROOTLET_BENCH = JSON.stringify({ paths, counts, peer, obstacle });
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
