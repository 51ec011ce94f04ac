// Does the kernel say the same of an object, whether rootlet or bpftool loaded it?
//
//   node tools/info-diff.mjs [--show] [FILE.o...]      every little-endian example when none is named
//
// Maps (type, sizes, flags, names, types of key and value, contents of sections), programs (type, tag, name, maps, function and line
// info), BTF, and the translated instructions. The peer is the newest bpftool that Debian has. Runs in a mount namespace of its own with
// a bpffs of its own: nothing is attached, and nothing stays pinned. Needs root and bpf(2).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { probeBpf } from './lib/bpf-probe.mjs';
import { Checks } from './lib/checks.mjs';
import { importNativeTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle, runBpftool } from './lib/peers.mjs';
import { checkUsage } from './lib/usage.mjs';
import { listFiles, ROOT, shortPath } from './lib/workspace.mjs';

const BPFFS = '/sys/fs/bpf';
const INSIDE = 'ROOTLET_INFO_DIFF';
const args = process.argv.slice(2);
checkUsage(import.meta.url, args, ['show']);
const show = args.includes('--show');
const named = args.filter((arg) => !arg.startsWith('--'));
const checks = new Checks('info-diff');

const bpf = probeBpf();
const obstacle = peersObstacle() ?? (bpf.works ? undefined : bpf.reason);
if (obstacle !== undefined) {
  checks.skip('comparison with bpftool', obstacle);
  checks.end();
}
if (process.env[INSIDE] === undefined) {
  getPeers();
  const shell = `mount -t bpf bpf ${BPFFS} && exec "$0" "$@"`;
  const { status } = spawnSync('unshare', ['-m', 'sh', '-c', shell, process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  process.exit(status ?? 1);
}

const { BpfObject, LinuxKernel, describe } = await importNativeTs('tools/info-diff/describe.mjs');
const peers = getPeers();
const kernel = new LinuxKernel();
kernel.moduleBtfs();
const files = named.length > 0 ? named : listFiles(join(ROOT, 'docs/examples'), (name) => name.endsWith('.o') && !name.endsWith('.bpfeb.o'));

/** What is compared, and of how many each is the same. */
const table = new Map();
const totals = { both: 0, neither: 0, onlyHere: 0, onlyThere: 0, programs: 0, maps: 0, insns: 0 };
for (const file of files) compareObject(file);

const width = Math.max(...[...table.keys()].map((key) => key.length));
console.log(`\n${'what'.padEnd(width)}  same  different`);
for (const [key, { same, different }] of table) console.log(`${key.padEnd(width)}  ${String(same).padStart(4)}  ${different}`);
console.log(
  `\n${files.length} objects, bpftool ${peers.versions.bpftool}: ${totals.both} loaded by both (${totals.programs} programs, ${totals.maps} maps, ${totals.insns} instructions), ` +
    `${totals.neither} by neither, ${totals.onlyHere} by rootlet alone, ${totals.onlyThere} by bpftool alone`,
);
checks.end();

function compareObject(file) {
  const name = shortPath(file);
  const theirs = loadTheirs(file);
  const ours = loadOurs(file);
  try {
    if (theirs.refused !== undefined || ours.refused !== undefined) {
      // Of what has neither section nor map bpftool loads nothing, and is content.
      const nothing = theirs.refused !== undefined || theirs.programs.size + theirs.maps.size === 0;
      const kind = !nothing ? 'onlyThere' : ours.refused === undefined ? 'onlyHere' : 'neither';
      totals[kind]++;
      if (kind === 'onlyThere') checks.fail(name, `bpftool loads it, rootlet does not: ${ours.refused}`);
      else if (show) console.log(`${name}: ${kind}: ${String(theirs.refused).trim().split('\n').at(-1)}`);
      return;
    }
    const there = describe(kernel, theirs.programs, theirs.maps);
    const here = describe(kernel, pick(ours.programs, theirs.programs), pick(ours.maps, theirs.maps));
    totals.both++;
    totals.programs += theirs.programs.size;
    totals.maps += theirs.maps.size;
    const problems = [];
    for (const [what, facts] of Object.entries(there)) {
      const kind = what.split(' ')[0];
      for (const [key, value] of Object.entries(facts)) {
        const mine = here[what]?.[key];
        const difference = findDifference(mine, value);
        const row = table.get(`${kind}: ${key}`) ?? { same: 0, different: 0 };
        table.set(`${kind}: ${key}`, row);
        row[difference === undefined ? 'same' : 'different']++;
        if (key === 'xlated') totals.insns += value.length;
        if (difference !== undefined) problems.push(`${what}: ${key}: ${difference}`);
      }
    }
    if (problems.length === 0) checks.pass(name);
    else checks.fail(name, problems.join('\n'));
  } finally {
    ours.close();
    theirs.close();
  }
}

/** What differs, in a line; undefined when nothing does. */
function findDifference(mine, theirs) {
  if (!Array.isArray(theirs)) return mine === theirs ? undefined : `rootlet ${mine}, bpftool ${theirs}`;
  if (!Array.isArray(mine)) return 'rootlet has none';
  const at = theirs.findIndex((value, idx) => value !== mine[idx]);
  if (at >= 0) return `${at}: rootlet ${mine[at]}, bpftool ${theirs[at]}`;
  return mine.length === theirs.length ? undefined : `rootlet has ${mine.length}, bpftool ${theirs.length}`;
}

/** What has a counterpart. */
function pick(ours, theirs) {
  return new Map([...ours].filter(([name]) => theirs.has(name)));
}

function loadTheirs(file) {
  const folder = join(BPFFS, 'theirs');
  mkdirSync(join(folder, 'programs'), { recursive: true });
  mkdirSync(join(folder, 'maps'), { recursive: true });
  // The kernel wants an object's name without dots; bpftool takes the file's.
  let refused;
  try {
    runBpftool(peers, ['prog', 'loadall', file, join(folder, 'programs'), 'pinmaps', join(folder, 'maps')]);
  } catch (error) {
    refused = error.message;
  }
  const fds = (kind) => new Map(existsSync(join(folder, kind)) ? readdirSync(join(folder, kind)).map((name) => [name, kernel.sys.objGet(join(folder, kind, name))]) : []);
  const [programs, maps] = [fds('programs'), fds('maps')];
  unpinAll();
  const close = () => {
    for (const fd of [...programs.values(), ...maps.values()]) kernel.close(fd);
  };
  return { programs, maps, refused, close };
}

function loadOurs(file) {
  let object;
  try {
    object = BpfObject.open({ name: basename(file).split('.')[0], bytes: new Uint8Array(readFileSync(file)) }, { kernel }).load();
  } catch (error) {
    unpinAll();
    return { programs: new Map(), maps: new Map(), refused: error.message, close: () => {} };
  }
  unpinAll();
  const fds = (parts) => new Map(parts.filter(({ fd }) => fd >= 0).map((part) => [part.name.replaceAll('.', '_'), part.fd]));
  return { programs: fds(object.programs), maps: fds(object.maps), close: () => object.close() };
}

/** Pins by name included: otherwise one side would find the other's map. */
function unpinAll() {
  for (const entry of readdirSync(BPFFS, { withFileTypes: true })) {
    if (!entry.name.includes('.')) rmSync(join(BPFFS, entry.name), { recursive: true, force: true });
  }
}
