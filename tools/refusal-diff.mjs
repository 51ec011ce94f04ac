#!/usr/bin/env node
// Does rootlet say at least what libbpf says when the kernel refuses?
//
//   node tools/refusal-diff.mjs           has calls of the running kernel fail one by one, under libbpf and under rootlet, and compares the words
//   node tools/refusal-diff.mjs --show    prints what both say
//
// Everything is asked of the running kernel but the call that fails; nothing is ever attached. Of what libbpf says the errno's name, whatever
// stands in quotation marks must be in rootlet's error, or what SAID_INSTEAD has for it.
import { probeBpf } from './lib/bpf-probe.mjs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { Checks } from './lib/checks.mjs';
import { importNativeTs } from './lib/import-ts.mjs';
import { getPeers, peersObstacle } from './lib/peers.mjs';
import { CACHE, ROOT } from './lib/workspace.mjs';

const EXAMPLES = join(ROOT, 'docs/examples');
const ATTACHED = join(ROOT, 'packages/libbpf/test/attach/objects');
/** Commands of bpf(2). */
const [MAP_CREATE, MAP_UPDATE, PROG_LOAD, RAW_TRACEPOINT_OPEN, BTF_LOAD, MAP_FREEZE, LINK_CREATE] = [0, 2, 5, 17, 18, 22, 28];
const ERRNOS = { EPERM: 1, ENOENT: 2, ESRCH: 3, E2BIG: 7, EBADF: 9, EAGAIN: 11, ENOMEM: 12, EACCES: 13, EBUSY: 16, EEXIST: 17, ENODEV: 19, EINVAL: 22, ENOSPC: 28, ENOSYS: 38, EPROTO: 71, EOPNOTSUPP: 95, ENOTSUPP: 524 };
const LOG = "func#0 @0\n0: R1=ctx() R10=fp0\n0: (b7) r0 = 0\nR9 !read_ok\nprocessed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";

/**
 * What rootlet says in place of a word. The limit of locked memory matters to kernels before 5.11 only; of the others it says what may be
 * behind it. The errno of mandatory BTF is the kernel's, not what libbpf makes of it.
 */
const SAID_INSTEAD = { 'ulimit -l': 'forbidden even to root', EOPNOTSUPP: 'its BTF is mandatory' };

const xdp = { file: join(EXAMPLES, 'programs/xdp_hash.o'), program: 'xdp_hash' };
const traced = (program) => ({ file: join(ATTACHED, 'trace.o'), program });
const net = (program) => ({ file: join(ATTACHED, 'net.o'), program });
const LIBC = 'libc.so.6';

/** What fails, in what. */
const SCENARIOS = [
  ...each([MAP_CREATE], ['EPERM', 'EINVAL', 'E2BIG', 'ENOMEM', 'EOPNOTSUPP'], xdp),
  ...each([MAP_UPDATE, MAP_FREEZE], ['EINVAL', 'ENOMEM'], xdp),
  ...each([PROG_LOAD], ['EPERM', 'ENOENT', 'ESRCH', 'E2BIG', 'EAGAIN', 'EINVAL', 'ENOSPC', 'ENOTSUPP'], xdp),
  ...each([PROG_LOAD], ['EACCES', 'EINVAL'], { ...xdp, log: LOG }),
  ...each([BTF_LOAD], ['EPERM', 'EINVAL'], { file: join(EXAMPLES, 'objects/struct_ops.o'), program: 'ssthresh' }),
  ...each([LINK_CREATE], ['EPERM', 'EBUSY', 'EINVAL', 'ENODEV'], { ...net('xdp'), attach: ['xdp', '1'] }),
  ...each([LINK_CREATE], ['EPERM', 'EBADF'], { ...net('egress'), attach: ['cgroup', '0'] }),
  ...each([LINK_CREATE], ['EEXIST'], { ...net('lookup'), attach: ['netns', '0'] }),
  ...each([LINK_CREATE], ['ENODEV'], { ...net('tcx_ingress'), attach: ['tcx', '9999'] }),
  ...each(['-'], ['EINVAL'], { ...traced('kprobe_multi'), attach: ['kprobe_multi', 'no_such_function_*'] }),
  ...each(['-'], ['EINVAL'], { ...traced('kprobe_auto'), attach: ['auto'] }),
  ...each(['-'], ['EINVAL'], { ...traced('kprobe'), attach: ['kprobe', 'no_such_function'] }),
  ...each(['-'], ['EINVAL'], { ...traced('tracepoint'), attach: ['auto'] }),
  ...each(['-'], ['EINVAL'], { ...traced('tracepoint'), attach: ['tracepoint', 'no', 'such'] }),
  ...each([RAW_TRACEPOINT_OPEN], ['EPERM', 'ENOENT', 'EINVAL'], { ...traced('raw_tracepoint'), attach: ['auto'] }),
  ...each([LINK_CREATE], ['EPERM', 'EBUSY'], { ...traced('tp_btf'), attach: ['auto'] }),
  ...each(['-'], ['EINVAL'], { ...traced('perf_event'), attach: ['perf_event', '-1'] }),
  ...each(['-'], ['EINVAL'], { ...traced('perf_event'), attach: ['perf_event', '0'] }),
  ...each(['perf'], ['EPERM', 'EACCES', 'EINVAL', 'ENOENT'], { ...traced('uprobe'), attach: ['uprobe', LIBC, 'getpgid'] }),
  ...each(['-'], ['EINVAL'], { ...traced('uprobe'), attach: ['uprobe', LIBC, 'no_such_function'] }),
  ...each(['-'], ['EINVAL'], { ...traced('uprobe'), attach: ['uprobe', 'no-such-library.so', 'getpgid'] }),
  ...each(['-'], ['EINVAL'], { ...traced('uprobe'), attach: ['uprobe', join(ROOT, 'package.json'), 'getpgid'] }),
  ...each([LINK_CREATE], ['EOPNOTSUPP'], { ...traced('uprobe_multi'), attach: ['uprobe_multi', LIBC, 'getpgid'] }),
  ...each(['-'], ['EINVAL'], { ...traced('uprobe_multi'), attach: ['uprobe_multi', LIBC, 'no_such_function*'] }),
  ...each(['-'], ['EINVAL'], { file: join(ATTACHED, 'usdt.o'), program: 'usdt', attach: ['usdt', LIBC, 'libc', 'no_such_probe'] }),
  ...each(['-'], ['EINVAL'], { file: join(ATTACHED, 'usdt.o'), program: 'usdt', attach: ['usdt', 'no-such-library.so', 'libc', 'setjmp'] }),
  ...each(['-'], ['EINVAL'], { ...net('socket_filter'), attach: ['auto'] }),
];

function each(calls, names, what) {
  return calls.flatMap((call) => names.map((name) => ({ ...what, call, errno: ERRNOS[name], name: `${what.program}: ${call} ${name}${what.log ? ' with a log' : ''}${what.attach ? ` attach ${what.attach.join(' ')}` : ''}` })));
}

const checks = new Checks('refusal-diff');
const obstacle = peersObstacle() ?? (probeBpf().works ? undefined : probeBpf().reason);
if (obstacle !== undefined) {
  checks.skip('comparison with libbpf', obstacle);
  checks.end();
}
const peers = getPeers();
const program = join(CACHE, 'refusal-diff/probe');
mkdirSync(join(CACHE, 'refusal-diff'), { recursive: true });
peers.compile(join(ROOT, 'tools/refusal-diff/probe.c'), program);
const { refusalOf } = await importNativeTs('tools/refusal-diff/packages.mjs');

for (const scenario of SCENARIOS) {
  const theirs = askLibbpf(scenario);
  const ours = refusalOf(scenario);
  if (process.argv.includes('--show')) console.log(`--- ${scenario.name}\n${theirs.join('\n')}\n>>> ${ours ?? '(nothing)'}`);
  const missing = ours === undefined ? (theirs.at(-1) === 'result 0' ? [] : ['nothing is refused']) : theirs.slice(0, -1).flatMap((line) => lacks(line, ours));
  if (missing.length === 0) checks.pass(scenario.name);
  else checks.fail(scenario.name, `${missing.join('\n')}\nrootlet: ${ours}`);
}
checks.end();

/** @returns {string[]} its warnings, and its result */
function askLibbpf({ file, program: name, call, errno, log, attach = [] }) {
  const [command, ...first] = peers.command(program);
  const { stdout } = spawnSync(command, [...first, file, name, String(call), String(errno), ...attach], { encoding: 'utf8', env: { ...process.env, ...(log === undefined ? {} : { LOG: log }) } });
  return stdout.trimEnd().split('\n').map((line) => line.replace(/^libbpf: /, ''));
}

/** What of a line of libbpf's is not in an error of rootlet's. @returns {string[]} */
function lacks(line, ours) {
  // Objects by name; places without the zero offset, and `file:place` as two words.
  const words = [...line.matchAll(/'([^']+)'/g)].flatMap(([, quoted]) => quoted.replace(/^.*\/([^/]+)\.o$/, '$1').replace(/\+0x0$/, '').split(':'));
  const errnos = [...line.matchAll(/-(E[A-Z0-9]+)/g)].map(([, name]) => name);
  return [...words, ...errnos].filter((word) => !ours.includes(word) && !ours.includes(SAID_INSTEAD[word] ?? word)).map((word) => `«${word}» of libbpf's: ${line}`);
}
