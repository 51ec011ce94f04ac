// Bundles the benchmark and runs it: node alone cannot read TypeScript. Builds the peers it is measured against.
import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { getPeers, peersObstacle } from '../../../tools/lib/peers.mjs';

const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
const here = fileURLToPath(new URL('.', import.meta.url));
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
  process.env.ROOTLET_BENCH_DIR = out;
  process.env.ROOTLET_BENCH_PEERS = JSON.stringify(buildPeers());
  await import(pathToFileURL(join(out, 'against-libbpf.mjs')).href);
} finally {
  rmSync(out, { recursive: true });
}

/** The newest libbpf, by which the goals are judged, and the one installed here, each as name and command. */
function buildPeers() {
  const source = join(here, 'libbpf.c');
  const peers = [];
  const obstacle = peersObstacle();
  if (obstacle === undefined) {
    const newest = getPeers();
    const program = join(out, 'libbpf-newest');
    newest.compile(source, program);
    peers.push({ name: `libbpf ${newest.versions.libbpf1.replace(/^1:|-.*$/g, '')}`, command: newest.command(program) });
  } else {
    console.log(`without the newest libbpf: ${obstacle}`);
  }
  if (existsSync('/usr/include/bpf/btf.h')) {
    const program = join(out, 'libbpf-here');
    execFileSync('gcc', ['-O2', '-o', program, source, '-lbpf'], { stdio: 'inherit' });
    const [, major, minor] = /LIBBPF_MAJOR_VERSION (\d+)[\s\S]*LIBBPF_MINOR_VERSION (\d+)/.exec(readFileSync('/usr/include/bpf/libbpf_version.h', 'utf8')) ?? [];
    peers.push({ name: `libbpf ${major}.${minor}`, command: [program] });
  } else {
    console.log('without an installed libbpf: no /usr/include/bpf/btf.h (libbpf-dev)');
  }
  return peers;
}
