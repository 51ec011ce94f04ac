// Compiles the objects and the peer of the CO-RE benchmark.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTs } from '../../../tools/lib/import-ts.mjs';
import { getPeers, peersObstacle } from '../../../tools/lib/peers.mjs';
import { CACHE } from '../../../tools/lib/workspace.mjs';
import { coreSource } from './core-sources.mjs';

const ROWS = [
  { relos: 8, types: 1, goal: 2, withParse: true, what: 'core: 8 relocations, 1 type, parsing included' },
  { relos: 5000, types: 100, goal: 0.2, withParse: false, what: 'core: 5,000 relocations, 100 types' },
  { relos: 1000, types: 1000, goal: 0.03, withParse: false, what: 'core: 1,000 relocations, 1,000 types' },
];

/** Sets up what core.ts reads. @param here folder of the benchmarks @param out folder for what is built */
export async function setUpCore(here, out) {
  const target = process.env.BTF ?? '/sys/kernel/btf/vmlinux';
  if (!existsSync(target)) throw new Error(`bench core: no ${target}; BTF=… names another`);
  const { parseBtf } = await importTs('packages/btf/src/index.ts');
  const btf = parseBtf(readFileSync(target));
  const folder = join(CACHE, 'core-bench');
  mkdirSync(folder, { recursive: true });
  const objects = ROWS.map(({ relos, types, ...row }) => {
    const base = join(folder, `core-${relos}-${types}`);
    const source = coreSource(btf, relos, types);
    if (!existsSync(`${base}.o`) || readFileSync(`${base}.c`, 'utf8') !== source) {
      writeFileSync(`${base}.c`, source);
      execFileSync('clang-19', ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-c', `${base}.c`, '-o', `${base}.o`], { stdio: 'inherit' });
    }
    return { path: `${base}.o`, ...row };
  });
  const obstacle = peersObstacle() ?? (process.getuid?.() === 0 ? undefined : 'libbpf prepares objects for root only');
  let peer;
  if (obstacle === undefined) {
    const peers = getPeers();
    peers.compile(join(here, 'core-peer.c'), join(out, 'core-peer'));
    peer = peers.command(join(out, 'core-peer'));
  }
  process.env.ROOTLET_BENCH_CORE = JSON.stringify({ target, objects, peer, obstacle });
}
