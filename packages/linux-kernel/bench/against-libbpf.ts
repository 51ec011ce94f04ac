// Is talking to the kernel from JavaScript nearly as fast as from C?
//
//   npm run bench -w @rootlet/linux-kernel      as root, on Linux
//   ROUNDS=20 npm run bench -w @rootlet/linux-kernel
//
// The peer is the newest libbpf that Debian has, called from peer.c. A round measures both, one right after the other, on the same
// maps and programs, in CPU time, because others may be busy on the machine; ours counts all threads, theirs its own. A ratio is that of
// the medians, and behind it that of the fastest rounds.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { assemble } from '@rootlet/insn';
import * as uapi from '@rootlet/uapi';
import { LinuxKernel } from '../src/index.ts';

const rounds = Number(process.env['ROUNDS'] ?? 15);
const [command = '', ...args] = JSON.parse(process.env['ROOTLET_BENCH_PEER'] ?? '[]') as string[];
const peer = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();

/** What the peer took, nanoseconds. */
async function askPeer(op: string, map: number, prog: number, n: number): Promise<number> {
  peer.stdin.write(`${op} ${map} ${prog} ${n}\n`);
  const { value, done } = await lines.next();
  if (done === true) throw new Error(`the peer died of ${op}`);
  return Number(value);
}

const kernel = new LinuxKernel();
const idOf = (fd: number): number => kernel.info(fd).id;
const create = (type: number, keySize: number, valueSize: number, maxEntries: number): number =>
  kernel.mapCreate({ name: 'bench', type, keySize, valueSize, maxEntries, flags: 0 });

const array = create(uapi.BPF_MAP_TYPE_ARRAY, 4, 8, 256);
const hash = create(uapi.BPF_MAP_TYPE_HASH, 4, 8, 256);
const keys = new Uint8Array(Uint32Array.from({ length: 256 }, (_, idx) => idx).buffer);
kernel.mapUpdateBatch(hash, keys, new Uint8Array(8 * 256));
const RING_BYTES = 1 << 22;
const RECORDS = 150_000;
const ring = create(uapi.BPF_MAP_TYPE_RINGBUF, 0, 0, RING_BYTES);
const attr = { name: 'bench', expectedAttachType: 0, license: 'GPL', flags: 0 };
const producer = kernel.progLoad({
  ...attr,
  type: uapi.BPF_PROG_TYPE_XDP,
  insns: assemble(`
    *(u64 *)(r10 - 8) = 7
    *(u64 *)(r10 - 16) = 7
    r1 = map[fd:${ring}]
    r2 = r10
    r2 += -16
    r3 = 16
    r4 = 0
    call helper#${uapi.BPF_FUNC_ringbuf_output}
    r0 = 2
    exit`),
}).fd;
const INSNS = 2000;
const straight = assemble(['r0 = 0', ...Array.from({ length: INSNS - 2 }, () => 'r0 += 1'), 'exit'].join('\n'));

let sum = 0;

function timed(n: number, work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return ((user + system) * 1000) / n;
}

/** Keys that callers have at hand. */
const eachKey = Array.from({ length: 256 }, (_, idx) => keys.slice(idx * 4, idx * 4 + 4));

function lookup(n: number): number {
  return timed(n, () => {
    for (let i = 0; i < n; i++) sum = (sum + (kernel.mapLookup(array, eachKey[i & 255] as Uint8Array)?.[0] ?? 0)) | 0;
  });
}

function batch(n: number): number {
  return timed(n, () => {
    for (let i = 0; i < n; i++) sum = (sum + (kernel.mapLookupBatch(hash, 256).values[0] ?? 0)) | 0;
  });
}

/** @param view whether each record gets a view of its own */
function consume(view: boolean): number {
  kernel.progTestRun(producer, { dataIn: new Uint8Array(64), repeat: RECORDS });
  const reader = kernel.streams.openRing(ring);
  let count = 0;
  const onView = (record: Uint8Array): void => {
    sum = (sum + (record[0] ?? 0) + record.length) | 0;
  };
  const onRaw = (bytes: Uint8Array, byteOff: number, byteLength: number): void => {
    sum = (sum + (bytes[byteOff] ?? 0) + byteLength) | 0;
  };
  const took = timed(RECORDS, () => {
    if (!view) {
      count = reader.drain(onRaw, Infinity);
      reader.release();
      return;
    }
    while (reader.next()) {
      count++;
      onView(new Uint8Array(reader.bytes.buffer, reader.bytes.byteOffset + reader.byteOff, reader.byteLength));
    }
  });
  reader.close();
  if (count !== RECORDS) throw new Error(`${count} of ${RECORDS} records`);
  return took;
}

function load(): number {
  let fd = -1;
  const took = timed(1, () => ({ fd } = kernel.progLoad({ ...attr, type: uapi.BPF_PROG_TYPE_SOCKET_FILTER, insns: straight })));
  kernel.close(fd);
  return took;
}

const rows = [
  { what: 'one map lookup', goal: 1.3, ours: () => lookup(50_000), theirs: () => askPeer('lookup', idOf(array), 0, 50_000) },
  { what: 'batch of 256 from a hash map', goal: 1.1, ours: () => batch(2000), theirs: () => askPeer('batch', idOf(hash), 0, 2000) },
  { what: 'ring buffer record', goal: 4, ours: () => consume(false), theirs: () => askPeer('ring', idOf(ring), idOf(producer), RECORDS) },
  { what: 'ring buffer record, with a view', goal: undefined, ours: () => consume(true), theirs: () => askPeer('ring', idOf(ring), idOf(producer), RECORDS) },
  { what: 'load of 2,000 instructions', goal: 1.3, ours: load, theirs: () => askPeer('load', 0, 0, INSNS) },
];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
console.log(`${kernel.name}, node ${process.version}, ${rounds} rounds; nanoseconds of CPU, median (fastest)`);
for (const { what, goal, ours, theirs } of rows) {
  // What is measured once is compiled, and cached, first.
  for (let warm = 0; warm < 20; warm++) ours();
  const mine: number[] = [];
  const peers: number[] = [];
  for (let round = 0; round < rounds; round++) {
    peers.push(await theirs());
    mine.push(ours());
  }
  const show = (values: readonly number[]): string => `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)})`;
  const ratio = median(mine) / median(peers);
  const best = Math.min(...mine) / Math.min(...peers);
  const verdict = goal === undefined ? '' : ratio <= goal ? `  goal ${goal}: met` : `  goal ${goal}: MISSED`;
  console.log(`${what.padEnd(32)} rootlet ${show(mine).padEnd(24)} libbpf ${show(peers).padEnd(24)} ratio ${ratio.toFixed(2)} (${best.toFixed(2)})${verdict}`);
}
peer.stdin.end();
for (const fd of [producer, array, hash, ring]) kernel.close(fd);
if (sum === -1) console.log(sum);
