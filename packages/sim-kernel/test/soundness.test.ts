// Does a program that the verifier accepts ever fault?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Insns } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import type { KernelError } from '@rootlet/loader';
import { BPF_MAP_TYPE_ARRAY, BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { SimKernel } from '../src/index.ts';
import { progAttr } from './support.ts';

function insn(code: number, dst = 0, src = 0, off = 0, imm = 0): Insn {
  return { code, dst, src, off, imm };
}

/** r6 = ctx; r7 = data; r8 = a map value or data; r9 = a number from the packet; r0 to r5 numbers; 16 bytes of stack. */
function prelude(mapFd: number): Insn[] {
  return [
    insn(0xbf, 6, 1),
    insn(0x61, 7, 1, 0),
    insn(0x61, 2, 1, 4),
    insn(0xbf, 3, 7),
    insn(0x07, 3, 0, 0, 16),
    insn(0xbd, 3, 2, 2),
    insn(0xb7, 0, 0, 0, 0),
    insn(0x95),
    insn(0x62, 10, 0, -4, 0),
    insn(0xbf, 2, 10),
    insn(0x07, 2, 0, 0, -4),
    insn(0x18, 1, 1, 0, mapFd),
    insn(0),
    insn(0x85, 0, 0, 0, 1),
    insn(0x55, 0, 0, 2, 0),
    insn(0xb7, 0, 0, 0, 0),
    insn(0x95),
    insn(0xbf, 8, 0),
    insn(0x71, 9, 7, 3),
    insn(0x7a, 10, 0, -8, 7),
    insn(0x7a, 10, 0, -16, -1),
    ...[0, 1, 2, 3, 4, 5].map((reg) => insn(0xb7, reg, 0, 0, reg * 3 - 4)),
  ];
}

const number = fc.constantFrom(0, 1, 2, 3, 4, 5, 9);
const small = fc.constantFrom(-1, 0, 1, 2, 3, 7, 8, 15, 16, 31, 63, 64, 255, 0x7fff_ffff, -0x8000_0000);
const size = fc.constantFrom(0x00, 0x08, 0x10, 0x18);
const offset = fc.integer({ min: -20, max: 20 });

const arithmetic = fc
  .tuple(fc.constantFrom(0x04, 0x07), fc.constantFrom(0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0), fc.boolean(), number, number, small)
  .map(([cls, op, reg, dst, src, imm]) => insn(cls | op | (reg ? 8 : 0), dst, reg ? src : 0, 0, reg ? 0 : imm));
const branch = fc
  .tuple(fc.constantFrom(0x05, 0x06), fc.constantFrom(0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0), fc.boolean(), number, number, fc.integer({ min: 0, max: 5 }), small)
  .map(([cls, op, reg, dst, src, off, imm]) => insn(cls | op | (reg ? 8 : 0), dst, reg ? src : 0, off, reg ? 0 : imm));
const base = fc.constantFrom(6, 7, 8, 10);
const load = fc.tuple(size, number, base, offset).map(([width, dst, src, off]) => insn(0x61 | width, dst, src, off));
const store = fc.tuple(size, base, number, offset).map(([width, dst, src, off]) => insn(0x63 | width, dst, src, off));
/** r8 or r7 plus a number, and an access there: what range analysis is for. */
const indexed = fc
  .tuple(fc.constantFrom(7, 8), number, fc.constantFrom(1, 3, 7, 15, 31), size, number, fc.boolean(), offset)
  .map(([from, index, mask, width, value, write, off]) => [
    insn(0xbf, 1, index),
    insn(0x57, 1, 0, 0, mask),
    insn(0xbf, 2, from),
    insn(0x0f, 2, 1),
    write ? insn(0x63 | width, 2, value === 2 ? 0 : value, off) : insn(0x61 | width, 3, 2, off),
    insn(0xb7, 2, 0, 0, 5),
    insn(0xb7, 1, 0, 0, 6),
  ]);
const step = fc.oneof(
  { weight: 4, arbitrary: arithmetic.map((one) => [one]) },
  { weight: 2, arbitrary: branch.map((one) => [one]) },
  { weight: 2, arbitrary: load.map((one) => [one]) },
  { weight: 2, arbitrary: store.map((one) => [one]) },
  { weight: 2, arbitrary: indexed },
);

describe('what is accepted', () => {
  it('runs on any packet without a fault', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), fc.array(fc.uint8Array({ minLength: 14, maxLength: 40 }), { minLength: 3, maxLength: 3 }), (steps, packets) => {
        const kernel = new SimKernel({ fuel: 100_000 });
        const map = { name: 'map', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 16, maxEntries: 1, flags: 0 };
        const mapFd = kernel.mapCreate(map);
        const body = [...steps.flat(), ...Array.from({ length: 6 }, () => insn(0xb7, 0, 0, 0, 2)), insn(0x95)];
        let fd: number;
        try {
          fd = kernel.progLoad(progAttr(Insns.from([...prelude(mapFd), ...body]), { type: BPF_PROG_TYPE_XDP })).fd;
        } catch (error) {
          if ((error as KernelError).name === 'KernelError') return;
          throw error;
        }
        accepted++;
        for (const dataIn of packets) expect(kernel.progTestRun(fd, { dataIn }).retval).toBe(2 * (dataIn.length >= 16 ? 1 : 0));
      }),
      { numRuns: 1500 },
    );
    // The generator is of use only while a good part of what it makes is accepted.
    expect(accepted).toBeGreaterThan(200);
  });
});
