// Bundles the benchmark and runs it: node alone cannot read TypeScript. Builds the peer it is measured against.
import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { getPeers } from '../../../tools/lib/peers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../../..');
mkdirSync(join(root, '.cache'), { recursive: true });
// Within the repository, so that koffi is found.
const out = mkdtempSync(join(root, '.cache/bench-'));
try {
  await build({
    entryPoints: [join(here, 'against-libbpf.ts')],
    outfile: join(out, 'bench.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warning',
    tsconfig: join(root, 'tsconfig.json'),
  });
  const peers = getPeers();
  peers.compile(join(here, 'peer.c'), join(out, 'peer'));
  process.env.ROOTLET_BENCH_PEER = JSON.stringify(peers.command(join(out, 'peer')));
  await import(pathToFileURL(join(out, 'bench.mjs')).href);
} finally {
  rmSync(out, { recursive: true });
}
