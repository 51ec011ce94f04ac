// What do libbpf's linkers make of the cases, and what do the linked programs return?
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { getPeers, peersObstacle } from '../lib/peers.mjs';
import { ROOT } from '../lib/workspace.mjs';

/** Most processes at once. */
const AT_ONCE = 2;

/**
 * The linkers there are: the newest of Debian, and the installed one.
 *
 * @returns {{ key: string, version: string, command: string[] }[]}
 */
export function findLinkers() {
  const linkers = [];
  if (peersObstacle() === undefined) linkers.push({ key: 'new', command: getPeers().bpftool });
  if (spawnSync('bpftool', ['version']).status === 0) linkers.push({ key: 'old', command: ['bpftool'] });
  return linkers.map(({ key, command }) => ({ key, command, version: versionOf(command) }));
}

function versionOf([command, ...first]) {
  const { stdout } = spawnSync(command, [...first, 'version'], { encoding: 'utf8' });
  return stdout.trim().split('\n').slice(0, 2).join(', ').replace('using ', '');
}

/** Runs `bpftool gen object` for each job. @returns {Promise<(string | undefined)[]>} why a job failed; undefined when it did not */
export async function linkAll(linker, jobs) {
  const results = new Array(jobs.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < jobs.length; at = next++) results[at] = await linkOne(linker, jobs[at]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function linkOne({ command: [command, ...first] }, { out, inputs }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, 'gen', 'object', out, ...inputs], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    // The message without the paths of this run.
    child.on('close', (status) => resolve(status === 0 ? undefined : text.trim().split('\n')[0].replace(/[^ ']*\//g, '').replace(/^libbpf: /, '')));
  });
}

/** Builds what loads and runs objects through libbpf. @returns {(paths: string[]) => Map<string, { load: string, results: string }>} */
export function buildRunner(folder) {
  const peers = getPeers();
  const program = join(folder, 'probe');
  peers.compile(join(ROOT, 'tools/link-diff/probe.c'), program);
  const [command, ...args] = peers.command(program);
  return (paths) => {
    const { stdout, status, stderr } = spawnSync(command, args, { encoding: 'utf8', input: `${paths.join('\n')}\n`, maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`probe: exit status ${status}: ${stderr}`);
    return new Map(stdout.trim().split('\n').map((line) => line.split('\t')).map(([path, load, results]) => [path, { load, results }]));
  };
}
