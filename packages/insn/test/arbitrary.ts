// Which instructions may a property test be given?
import fc from 'fast-check';
import { BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_IDX, BPF_PSEUDO_FUNC, ISA, LD_IMM64 } from '../src/index.ts';
import type { FieldRule, Insn, IsaRow } from '../src/index.ts';

const S32 = fc.oneof(fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000), fc.integer());
const S16 = fc.oneof(fc.constantFrom(0, 1, -1, 0x7fff, -0x8000), fc.integer({ min: -0x8000, max: 0x7fff }));

function field(rule: FieldRule, any: fc.Arbitrary<number>): fc.Arbitrary<number> {
  return rule === 'any' ? any : fc.constantFrom(...rule);
}

/** A valid instruction: one slot, or the two of a 64-bit load. */
export const validInsn: fc.Arbitrary<Insn[]> = fc.constantFrom(...ISA).chain((row: IsaRow) =>
  fc
    .record({
      code: fc.constant(row.code),
      dst: field(row.dst, fc.nat(10)),
      src: field(row.src, fc.nat(10)),
      off: field(row.off, S16),
      imm: field(row.imm, S32),
      high: S32,
    })
    .map(({ high, ...insn }) => {
      if (row.code !== LD_IMM64) return [insn];
      const oneWord = insn.src === BPF_PSEUDO_MAP_FD || insn.src === BPF_PSEUDO_MAP_IDX || insn.src === BPF_PSEUDO_FUNC;
      return [insn, { code: 0, dst: 0, src: 0, off: 0, imm: oneWord ? 0 : high }];
    }),
);

/** Instructions one after the other; jumps may go anywhere. */
export const validProgram: fc.Arbitrary<Insn[]> = fc.array(validInsn, { maxLength: 24 }).map((insns) => insns.flat());
