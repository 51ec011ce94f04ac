// A process that loads, attaches, pins some of it, says what it holds, and waits to be killed (crash.kernel.test.ts).
//
//   node tools/run-ts.mjs packages/libbpf/test/crash/victim.ts FOLDER IFINDEX CGROUP GUEST
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { createKoffiFfi, LinuxKernel } from '@rootlet/linux-kernel';
import { BPF_TRACE_KPROBE_MULTI, BPF_TRACE_UPROBE_MULTI } from '@rootlet/uapi';
import { BpfObject, RingBuffer } from '../../src/index.ts';
import type { BpfLink, BpfProgram } from '../../src/index.ts';
import { mayWalkElements } from '../attach/machine.ts';
import { heldHere } from './kinds.ts';

const [folder = '', ifindexText = '', cgroup = '', guest = ''] = process.argv.slice(2);
const ifindex = Number(ifindexText);
const OBJECTS = 'packages/libbpf/test/attach/objects';
const TARGET = join(OBJECTS, 'target.so');
const kernel = new LinuxKernel();
const [major = 0, minor = 0] = kernel.release.split('.').map(Number);
const isSince = (atLeast: number): boolean => major > 6 || (major === 6 && minor >= atLeast);

/** Of an object only what is named is loaded. */
function load(path: string, names: readonly string[], change: (object: BpfObject) => void = () => {}): BpfObject {
  const object = BpfObject.open(path, { kernel });
  for (const name of names) object.findProgram(name)?.setAutoload(true);
  change(object);
  return object.load();
}

function program(object: BpfObject, name: string): BpfProgram {
  const found = object.findProgram(name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}

const links = new Map<string, BpfLink>();
const attach = (name: string, how: () => BpfLink): unknown => links.set(name, how());

// What stays: a link with its program and maps, a program, a map.
const kept = load(`${OBJECTS}/net.o`, ['xdp']);
kept.setVariable('verdict', 2);
attach('xdp', () => program(kept, 'xdp').attachXdp(ifindex));
links.get('xdp')?.pin(`${folder}/link`);
const counter = load('docs/examples/programs/xdp_counter.o', []);
counter.programs[0]?.pin(`${folder}/program`);
const globals = load('docs/examples/programs/globals.o', []);
globals.setVariable('start', 77);
globals.findMap('.data')?.pin(`${folder}/map`);

// Objects that are bound to each other: the library stays, and what attaches the program that calls it.
const [helpers, main] = ['helpers', 'main_prog'].map((name) => load(`docs/examples/linking/${name}.o`, []));
helpers?.pin(`${folder}/helpers`);
const caller = main?.findProgram('main_prog');
// The loopback interface.
if (caller !== undefined) attach('main', () => caller.attachXdp(1));
links.get('main')?.pin(`${folder}/main`);
const result = caller?.testRun({ dataIn: new Uint8Array(64) }).retval;

// What goes.
const net = load(`${OBJECTS}/net.o`, ['bind4', 'lookup', 'stream_verdict', 'socket_filter', ...(isSince(6) ? ['tcx_ingress'] : []), ...(isSince(4) ? ['filter'] : [])]);
net.setVariable('verdict', 1);
attach('cgroup', () => program(net, 'bind4').attachCgroup(openSync(cgroup, 'r')));
attach('netns', () => program(net, 'lookup').attachNetns(openSync('/proc/thread-self/ns/net', 'r')));
const sockets = net.findMap('sockets');
if (sockets !== undefined) kernel.direct.progAttach(program(net, 'stream_verdict'), sockets.fd, program(net, 'stream_verdict').expectedAttachType);
if (isSince(6)) attach('tcx', () => program(net, 'tcx_ingress').attachTcx(ifindex));
if (isSince(4)) attach('netfilter', () => program(net, 'filter').attachNetfilter({ pf: 2, hooknum: 1, priority: -128 }));
// AF_INET, SOCK_DGRAM.
kernel.direct.socketAttach(createKoffiFfi().socket(2, 2, 0), program(net, 'socket_filter'));

const walks = mayWalkElements(kernel, OBJECTS);
const mine = ['uprobe', ...(walks ? ['elements'] : []), ...(isSince(6) ? ['uprobe_multi'] : [])];
const global = ['kprobe', 'tracepoint', 'raw_tracepoint', 'fentry', 'lsm'];
const hasFprobe = kernel.kallsyms(new Set(['register_fprobe_ips'])).size > 0;
const trace = load(`${OBJECTS}/trace.o`, guest === '1' ? [...mine, ...global, ...(hasFprobe ? ['kprobe_multi'] : [])] : mine, (object) => {
  object.setVariable('me', process.pid);
  object.findProgram('uprobe_multi')?.setExpectedAttachType(BPF_TRACE_UPROBE_MULTI);
  object.findProgram('kprobe_multi')?.setExpectedAttachType(BPF_TRACE_KPROBE_MULTI);
});
attach('uprobe', () => program(trace, 'uprobe').attachUprobe(TARGET, { func: 'target_add', pid: 0 }));
if (walks) attach('iter', () => program(trace, 'elements').attachIter({ mapFd: trace.findMap('numbers')?.fd ?? -1 }));
if (isSince(6)) attach('uprobe.multi', () => program(trace, 'uprobe_multi').attachUprobeMulti(TARGET, { pattern: 'target_*' }));
if (guest === '1') {
  attach('kprobe', () => program(trace, 'kprobe').attachKprobe('__x64_sys_getpgid'));
  for (const name of global.slice(1)) attach(name, () => program(trace, name).attach());
  if (hasFprobe) attach('kprobe.multi', () => program(trace, 'kprobe_multi').attach());
}

// Memory that is shared with the kernel, and a ring that is waited for.
const ring = load('docs/examples/programs/xdp_ringbuf.o', []);
const events = ring.findMap('events');
if (events !== undefined) void new RingBuffer(events, () => {}).run();

console.log(JSON.stringify({ held: heldHere(), attached: [...links.keys()], result }));
setInterval(() => {}, 1 << 30);
