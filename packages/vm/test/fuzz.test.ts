// Can a program that nobody verified do anything but stop?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeInsns, Insns } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { Vm } from '../src/index.ts';
import type { VmMap } from '../src/index.ts';
import vectors from './data/isa-vectors.json';

/** Opcodes that occur, so that most instructions are ones. */
const CODES = [...new Set(vectors.flatMap(({ insns }) => Array.from({ length: insns.length / 16 }, (_, i) => Number.parseInt(insns.slice(16 * i, 16 * i + 2), 16))))];

const anyInsn: fc.Arbitrary<Insn> = fc.record({
  code: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...CODES) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) }),
  dst: fc.integer({ min: 0, max: 11 }),
  src: fc.integer({ min: 0, max: 11 }),
  off: fc.oneof(fc.integer({ min: -12, max: 12 }), fc.integer({ min: -0x8000, max: 0x7fff })),
  imm: fc.oneof(fc.integer({ min: -4, max: 220 }), fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })),
});

/** Calls of helpers with whatever is in the registers. */
const helperCall: fc.Arbitrary<Insn> = fc.integer({ min: 0, max: 215 }).map((imm) => ({ code: 0x85, dst: 0, src: 0, off: 0, imm }));

describe('unverified programs', () => {
  it('end, or fault, and touch nothing but their own memory', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 6, arbitrary: anyInsn }, { weight: 1, arbitrary: helperCall }), { minLength: 1, maxLength: 40 }), (records) => {
        const vm = new Vm({ fuel: 2000, memoryLimit: 1 << 20 });
        const map = vm.createMap({ name: 'map', type: 1, keySize: 4, valueSize: 8, maxEntries: 8, flags: 0 }) as VmMap;
        const secret = vm.memory.allocate(64, { what: 'secret', mapped: false }) as number;
        vm.memory.bytes.fill(0x5a, secret, secret + 64);
        const loaded = vm.loadProgram({ name: 'any', insns: Insns.from(records), mapByFd: () => map, mapByIdx: () => map });
        for (const kind of ['xdp', 'skb', 'raw'] as const) {
          const context = vm.createContext({ kind, ...(kind === 'raw' ? { bytes: new Uint8Array(32) } : { packet: new Uint8Array(64) }) });
          const result = vm.run(loaded, context);
          expect(result.insns).toBeLessThanOrEqual(2000);
          context?.dispose();
        }
        expect(vm.memory.bytes.subarray(secret, secret + 64).every((byte) => byte === 0x5a)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('load from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 400 }), (bytes) => {
        const vm = new Vm({ fuel: 500 });
        const map = vm.createMap({ name: 'map', type: 2, keySize: 4, valueSize: 8, maxEntries: 8, flags: 0 }) as VmMap;
        const insns = decodeInsns(bytes.slice(0, bytes.length - (bytes.length % 8)), true);
        const loaded = vm.loadProgram({ name: 'any', insns, mapByFd: () => map, mapByIdx: () => map });
        expect(vm.run(loaded).insns).toBeLessThanOrEqual(500);
        vm.freeProgram(loaded);
      }),
      { numRuns: 400 },
    );
  });

  it('never write what is read-only', () => {
    const vm = new Vm();
    const map = vm.createMap({ name: 'rodata', type: 2, keySize: 4, valueSize: 8, maxEntries: 1, flags: 128 }) as VmMap;
    const write: Insn[] = [
      { code: 0x18, dst: 1, src: 2, off: 0, imm: 3 },
      { code: 0, dst: 0, src: 0, off: 0, imm: 0 },
      { code: 0x7a, dst: 1, src: 0, off: 0, imm: 1 },
      { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    ];
    const loaded = vm.loadProgram({ name: 'write', insns: Insns.from(write), mapByFd: () => map });
    expect(vm.run(loaded).fault).toMatchObject({ kind: 'write', what: expect.stringContaining('map rodata is read-only') });
  });
});
