// How many nanoseconds does an instruction take?
import { Insns } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { Vm } from '../src/index.ts';
import type { ContextInput, VmMap } from '../src/index.ts';

type Slot = [code: number, dst?: number, src?: number, off?: number, imm?: number];

function program(...slots: Slot[]): Insns {
  return Insns.from(slots.map(([code, dst = 0, src = 0, off = 0, imm = 0]): Insn => ({ code, dst, src, off, imm })));
}

/** xorshift64 a million times: arithmetic only. */
const XORSHIFT = program(
  [0xb7, 0, 0, 0, 88172645],
  [0xb7, 2, 0, 0, 1_000_000],
  [0xbf, 1, 0],
  [0x67, 1, 0, 0, 13],
  [0xaf, 0, 1],
  [0xbf, 1, 0],
  [0x77, 1, 0, 0, 7],
  [0xaf, 0, 1],
  [0xbf, 1, 0],
  [0x67, 1, 0, 0, 17],
  [0xaf, 0, 1],
  [0x07, 2, 0, 0, -1],
  [0x55, 2, 0, -11, 0],
  [0x95],
);

/** A checksum-like walk over a packet, byte by byte, with branches. */
const PACKET = program(
  [0x61, 2, 1, 0],
  [0x61, 3, 1, 4],
  [0xb7, 0],
  [0xbf, 4, 2],
  [0x07, 4, 0, 0, 1],
  [0x2d, 4, 3, 9],
  [0x71, 5, 2, 0],
  [0x25, 5, 0, 2, 127],
  [0x0f, 0, 5],
  [0x05, 0, 0, 2],
  [0xaf, 0, 5],
  [0x67, 0, 0, 0, 1],
  [0x07, 2, 0, 0, 1],
  [0x05, 0, 0, -11],
  [0x95],
  [0x95],
);

/** An array map lookup and an addition, a hundred thousand times. */
const LOOKUP = program(
  [0xb7, 6, 0, 0, 100_000],
  [0x62, 10, 0, -4, 1],
  [0xbf, 2, 10],
  [0x07, 2, 0, 0, -4],
  [0x18, 1, 1, 0, 3],
  [0],
  [0x85, 0, 0, 0, 1],
  [0x15, 0, 0, 4, 0],
  [0xb7, 1, 0, 0, 1],
  [0xdb, 0, 1, 0, 0],
  [0x07, 6, 0, 0, -1],
  [0x55, 6, 0, -10, 0],
  [0x95],
);

function measure(name: string, insns: Insns, input: ContextInput | undefined, rounds: number): void {
  const vm = new Vm();
  const map = vm.createMap({ name: 'm', type: 2, keySize: 4, valueSize: 8, maxEntries: 4, flags: 0 }) as VmMap;
  const loaded = vm.loadProgram({ name, insns, mapByFd: () => map });
  const context = input === undefined ? undefined : vm.createContext(input);
  for (let i = 0; i < rounds; i++) vm.run(loaded, context);
  const samples: number[] = [];
  for (let sample = 0; sample < 9; sample++) {
    const start = cpuMs();
    let count = 0;
    for (let i = 0; i < rounds; i++) {
      const result = vm.run(loaded, context);
      if (result.fault !== undefined) throw new Error(result.fault.what);
      count += result.insns;
    }
    samples.push(((cpuMs() - start) * 1e6) / count);
  }
  samples.sort((a, b) => a - b);
  console.log(`${name.padEnd(16)} ${(samples[4] as number).toFixed(2)} ns/insn (${(samples[0] as number).toFixed(2)} best)`);
}

const packet = new Uint8Array(512).map((_, i) => (i * 167) & 0xff);
measure('xorshift', XORSHIFT, undefined, 3);
measure('packet walk', PACKET, { kind: 'xdp', packet }, 3000);
measure('array lookup', LOOKUP, undefined, 20);

/** CPU time, so that what else the machine does counts less. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
