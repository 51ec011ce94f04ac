// Compiles the objects and the peer of the benchmark of the static linker.
import { join } from 'node:path';
import { getPeers, peersObstacle } from '../../../tools/lib/peers.mjs';
import { CACHE } from '../../../tools/lib/workspace.mjs';
import { compileUnits } from './link-sources.mjs';

const COUNTS = [2, 10, 100, 1000];

/** Sets up what link.ts reads. @param here folder of the benchmarks @param out folder for what is built */
export async function setUpLink(here, out) {
  const counts = process.env.COUNTS?.split(',').map(Number) ?? COUNTS;
  const paths = await compileUnits(join(CACHE, 'link-bench'), join(here, '../test/fixtures'), Math.max(...counts), 1000);
  const obstacle = peersObstacle();
  let peer;
  if (obstacle === undefined) {
    const peers = getPeers();
    peers.compile(join(here, 'link-peer.c'), join(out, 'link-peer'));
    peer = peers.command(join(out, 'link-peer'));
  }
  process.env.ROOTLET_BENCH_LINK = JSON.stringify({ paths, counts, peer, obstacle });
}
