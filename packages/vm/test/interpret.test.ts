// Does every instruction do what the kernel does with it?
import { describe, expect, it } from '@jest/globals';
import { decodeInsns, Insns } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { bytesToHex, hexToBytes } from '@rootlet/bytes';
import { formatFault, Vm } from '../src/index.ts';
import type { RunResult } from '../src/index.ts';
import vectors from './data/isa-vectors.json';

/** Slots from [code, dst, src, off, imm]. */
type Slot = [code: number, dst?: number, src?: number, off?: number, imm?: number];

function program(...slots: Slot[]): Insns {
  const records: Insn[] = slots.map(([code, dst = 0, src = 0, off = 0, imm = 0]) => ({ code, dst, src, off, imm }));
  return Insns.from(records);
}

function run(insns: Insns, options: ConstructorParameters<typeof Vm>[0] = {}): RunResult {
  const vm = new Vm(options);
  return vm.run(vm.loadProgram({ name: 'prog', insns }));
}

describe('recorded from BPF_PROG_TEST_RUN on Linux 6.18', () => {
  const vm = new Vm();
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const insns = decodeInsns(hexToBytes(vector.insns) as Uint8Array, true);
    const loaded = vm.loadProgram({ name: vector.name, insns });
    for (const [input, output] of vector.cases as [string, string][]) {
      const packet = new Uint8Array(64);
      packet.set(hexToBytes(input) as Uint8Array);
      const context = vm.createContext({ kind: 'xdp', packet });
      if (context === undefined) throw new Error('no memory');
      const result = vm.run(loaded, context);
      const after = context.packet?.bytes() as Uint8Array;
      context.dispose();
      expect(result.fault && formatFault(result.fault)).toBeUndefined();
      expect(result.retval).toBe(1);
      expect([input, bytesToHex(after.subarray(24, 48))]).toEqual([input, output]);
    }
  });
});

describe('faults are values', () => {
  it('reads through a null pointer', () => {
    const { fault } = run(program([0xb7, 1], [0x61, 0, 1, 4], [0x95]));
    expect(fault).toMatchObject({ kind: 'read', address: 4n, size: 4, insnIdx: 1, program: 'prog' });
    expect(formatFault(fault as NonNullable<typeof fault>)).toBe(
      'prog: read of 4 bytes at 0x4: null page at instruction 1',
    );
  });

  it('writes above the stack', () => {
    expect(run(program([0x72, 10, 0, 0, 1], [0x95])).fault).toMatchObject({ kind: 'write', size: 1, insnIdx: 0 });
  });

  it('writes below the stack', () => {
    expect(run(program([0x7a, 10, 0, -520, 1], [0x95])).fault).toMatchObject({ kind: 'write', size: 8 });
  });

  it('sees an access that only begins within a region', () => {
    expect(run(program([0x79, 0, 10, -4], [0x95])).fault).toMatchObject({ kind: 'read', size: 8 });
  });

  it('sees addresses beyond 32 bits', () => {
    const { fault } = run(program([0xbf, 1, 10], [0x18, 2, 0, 0, 0], [0, 0, 0, 0, 1], [0x0f, 1, 2], [0x79, 0, 1, -8], [0x95]));
    expect(fault).toMatchObject({ kind: 'read', insnIdx: 4 });
    expect((fault?.address as bigint) >> 32n).toBe(1n);
  });

  it('sees through a dynptr that a program made up', () => {
    const vm = new Vm();
    const secret = vm.memory.allocate(64, { what: 'secret', mapped: false }) as number;
    const made: Slot[] = [[0x62, 10, 0, -16, secret], [0x62, 10, 0, -12, 64], [0x7a, 10, 0, -8, 1], [0x7a, 10, 0, -24, 0]];
    const pointer = (regno: number, off: number): Slot[] => [[0xbf, regno, 10], [0x07, regno, 0, 0, off]];
    const numbers = (...values: [number, number][]): Slot[] => values.map(([regno, value]) => [0xb7, regno, 0, 0, value]);
    const read = program(...made, ...pointer(1, -24), ...numbers([2, 8], [4, 0], [5, 0]), ...pointer(3, -16), [0x85, 0, 0, 0, 201], [0x95]);
    const write = program(...made, ...pointer(1, -16), ...numbers([2, 0], [4, 8], [5, 0]), ...pointer(3, -24), [0x85, 0, 0, 0, 202], [0x95]);
    for (const [insns, kind] of [[read, 'read'], [write, 'write']] as const) {
      const loaded = vm.loadProgram({ name: 'forger', insns });
      expect(vm.run(loaded).fault).toMatchObject({ kind, address: BigInt(secret) });
    }
  });

  it('runs out of fuel', () => {
    const result = run(program([0x05, 0, 0, -1]), { fuel: 1000 });
    expect(result).toMatchObject({ insns: 1000, fault: { kind: 'fuel' } });
  });

  it('stops endless recursion', () => {
    expect(run(program([0x85, 0, 1, 0, -1], [0x95])).fault).toMatchObject({ kind: 'callDepth' });
  });

  it('stops at the end of the program, at a jump out of it, and at unknown opcodes', () => {
    expect(run(program([0xb7])).fault).toMatchObject({ kind: 'illegal' });
    expect(run(program([0x05, 0, 0, 100], [0x95])).fault).toMatchObject({ kind: 'illegal' });
    expect(run(program([0xff], [0x95])).fault).toMatchObject({ kind: 'illegal' });
    expect(run(program([0x8d], [0x95])).fault).toMatchObject({ kind: 'illegal' });
  });

  it('names a helper that is not there', () => {
    expect(run(program([0x85, 0, 0, 0, 27], [0x95])).fault).toMatchObject({
      kind: 'helper',
      what: 'helper bpf_get_stackid is not there',
    });
  });
});

describe('a watcher', () => {
  it('is told of every instruction before it runs, and changes nothing', () => {
    const vm = new Vm({ fuel: 100 });
    // r6 = 5; call pc+2; r0 += r6; exit; r0 = 3; exit
    const loaded = vm.loadProgram({ name: 'prog', insns: program([0xb7, 6, 0, 0, 5], [0x85, 0, 1, 0, 2], [0x0f, 0, 6], [0x95], [0xb7, 0, 0, 0, 3], [0x95]) });
    const seen: [number, number, bigint, bigint][] = [];
    vm.watcher = ({ insnIdx, depth, register }) => seen.push([insnIdx, depth, register(0), register(6)]);
    expect(vm.run(loaded)).toMatchObject({ retval: 8, insns: 6 });
    expect(seen).toEqual([
      [0, 0, 0n, 0n],
      [1, 0, 0n, 5n],
      [4, 1, 0n, 5n],
      [5, 1, 3n, 5n],
      [2, 0, 3n, 5n],
      [3, 0, 8n, 5n],
    ]);
    vm.watcher = undefined;
    expect(vm.run(loaded)).toMatchObject({ retval: 8, insns: 6 });
    expect(seen).toHaveLength(6);
  });

  it('sees a program that runs out of fuel to its last instruction', () => {
    const vm = new Vm({ fuel: 10 });
    let steps = 0;
    vm.watcher = () => steps++;
    const result = vm.run(vm.loadProgram({ name: 'prog', insns: program([0x05, 0, 0, -1]) }));
    expect([steps, result.insns, result.fault?.kind]).toEqual([10, 10, 'fuel']);
  });
});

describe('calls', () => {
  it('keeps registers 6 to 10 and counts instructions', () => {
    // r6 = 5; r1 = 37; call f; r0 += r6; exit; f: r6 = 0; *(r10 - 8) = r1; r0 = *(r10 - 8); exit
    const result = run(
      program([0xb7, 6, 0, 0, 5], [0xb7, 1, 0, 0, 37], [0x85, 0, 1, 0, 2], [0x0f, 0, 6], [0x95], [0xb7, 6], [0x7b, 10, 1, -8], [0x79, 0, 10, -8], [0x95]),
    );
    expect(result).toMatchObject({ retval: 42, insns: 9 });
  });

  it('calls another program, whose target can be exchanged between calls', () => {
    const vm = new Vm();
    const one = vm.loadProgram({ name: 'one', insns: program([0xbf, 0, 1], [0x07, 0, 0, 0, 1], [0x95]) });
    const two = vm.loadProgram({ name: 'two', insns: program([0xbf, 0, 1], [0x07, 0, 0, 0, 2], [0x95]) });
    const main = vm.loadProgram({ name: 'main', insns: program([0xb7, 1, 0, 0, 40], [0x85, 0, 3, -1, 7], [0x95]) });
    expect(main.externs).toMatchObject([{ insnIdx: 1, btfId: 7, fdIdx: -1 }]);
    expect(vm.run(main).fault).toMatchObject({ kind: 'unbound', insnIdx: 1 });
    const call = main.externs[0] as (typeof main.externs)[number];
    call.target = one.slots.get(0);
    expect(vm.run(main).retval).toBe(41);
    call.target = two.slots.get(0);
    expect(vm.run(main).retval).toBe(42);
    expect([one.runCount, two.runCount, main.runCount]).toEqual([1, 1, 3]);
  });

  it('runs a replacement until it is taken out', () => {
    const vm = new Vm();
    const main = vm.loadProgram({
      name: 'main',
      insns: program([0x85, 0, 1, 0, 1], [0x95], [0xb7, 0, 0, 0, 1], [0x95]),
    });
    const other = vm.loadProgram({ name: 'other', insns: program([0xb7, 0, 0, 0, 2], [0x95]) });
    const slot = main.slots.get(2) as NonNullable<ReturnType<typeof main.slots.get>>;
    expect(vm.run(main).retval).toBe(1);
    slot.replacement = other.slots.get(0);
    expect(vm.run(main).retval).toBe(2);
    slot.replacement = undefined;
    expect(vm.run(main).retval).toBe(1);
  });

  it('faults in a called program name that program', () => {
    const vm = new Vm();
    const bad = vm.loadProgram({ name: 'bad', insns: program([0xb7, 1], [0x71, 0, 1], [0x95]) });
    const main = vm.loadProgram({ name: 'main', insns: program([0x85, 0, 3, -1, 7], [0x95]), extern: () => bad.slots.get(0) });
    expect(vm.run(main).fault).toMatchObject({ kind: 'read', program: 'bad', insnIdx: 1 });
    // The machine is as good as new afterwards.
    expect(vm.run(main).fault).toMatchObject({ kind: 'read', program: 'bad', insnIdx: 1 });
  });

  it('loops through a callback', () => {
    // r1 = 10; r2 = &f; r3 = r10 - 8 (counter); r4 = 0; call bpf_loop; r0 = counter; exit
    const insns = program(
      [0x7a, 10, 0, -8, 0],
      [0xb7, 1, 0, 0, 10],
      [0x18, 2, 4, 0, 7],
      [0],
      [0xbf, 3, 10],
      [0x07, 3, 0, 0, -8],
      [0xb7, 4],
      [0x85, 0, 0, 0, 181],
      [0x79, 0, 10, -8],
      [0x95],
      // f(index, ctx): *ctx += index; return index == 4
      [0xdb, 2, 1, 0, 0],
      [0xb7, 0, 0, 0, 0],
      [0x55, 1, 0, 1, 4],
      [0xb7, 0, 0, 0, 1],
      [0x95],
    );
    expect(run(insns)).toMatchObject({ retval: 10 });
  });
});
