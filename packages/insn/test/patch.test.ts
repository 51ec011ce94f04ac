import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  assemble,
  disasmKernel,
  findInsnProblem,
  insertInsns,
  Insns,
  isBranch,
  isGoto,
  isPseudoFunc,
  isSubprogCall,
  jumpTarget,
  NO_SLOT,
  PatchError,
  patchInsns,
  removeInsns,
  replaceInsns,
  subprogTarget,
} from '../src/index.ts';
import type { Insn, Patch } from '../src/index.ts';
import { validInsn } from './arbitrary.ts';

/** Text in which every jump has a label: the oracle puts lines in and takes lines out, the assembler finds the distances. */
function toLines(insns: Insns): { text: string; insnIdx: number }[] {
  const lines: { text: string; insnIdx: number }[] = [];
  for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) {
    let text = disasmKernel(insns, idx, { imm64: 'asm' });
    if (jumpTarget(insns, idx) !== NO_SLOT) text = text.replace(/pc[+-]\d+$/, `L${jumpTarget(insns, idx)}`);
    if (subprogTarget(insns, idx) !== NO_SLOT) {
      text = text.replace(/pc[+-]\d+$/, `L${subprogTarget(insns, idx)}`).replace(/\[[+-]\d+\]/, `[L${subprogTarget(insns, idx)}]`);
    }
    lines.push({ text, insnIdx: idx });
  }
  return lines;
}

function patchText(insns: Insns, patches: readonly Patch[]): string {
  const out: string[] = [];
  const pending = [...patches];
  let removedTo = 0;
  for (const { text, insnIdx } of [...toLines(insns), { text: '', insnIdx: insns.length }]) {
    const label = `L${insnIdx}:`;
    let labelled = false;
    let removes = false;
    while (pending[0] !== undefined && pending[0].insnIdx === insnIdx) {
      const { insert, remove = 0, jumpPast = false } = pending.shift() as Patch;
      if (!jumpPast && !labelled) {
        out.push(label);
        labelled = true;
      }
      if (insert !== undefined) for (let at = 0; at < insert.length; at++) out.push(disasmKernel(insert, at));
      if (remove > 0) {
        removedTo = insnIdx + remove;
        removes = true;
        // Labels of the slots removed stand where their replacement begins.
        const start = labelled ? out.indexOf(label) + 1 : out.length;
        for (let slot = insnIdx + 1; slot < removedTo; slot++) out.splice(start, 0, `L${slot}:`);
      }
    }
    if (!labelled && (insnIdx >= removedTo || removes)) out.push(label);
    if (insnIdx >= removedTo) out.push(text);
  }
  return out.join('\n');
}

/** A program whose jumps, calls and subprogram addresses all go to an instruction, or to the end. */
const closedProgram: fc.Arbitrary<Insns> = fc.array(fc.tuple(validInsn, fc.nat()), { minLength: 1, maxLength: 30 }).map((parts) => {
  const insns = Insns.from(parts.flatMap(([slots]) => slots));
  const starts: number[] = [];
  for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) starts.push(idx);
  starts.forEach((idx, at) => {
    const target = [...starts, insns.length][(parts[at] as [Insn[], number])[1] % (starts.length + 1)] as number;
    if (isGoto(insns, idx) || isBranch(insns, idx)) insns.set(idx, insns.code[idx] === 0x06 ? { imm: target - idx - 1 } : { off: target - idx - 1 });
    if (isSubprogCall(insns, idx) || isPseudoFunc(insns, idx)) insns.set(idx, { imm: target - idx - 1 });
  });
  return insns;
});

const patchesOf = (insns: Insns): fc.Arbitrary<Patch[]> => {
  const starts: number[] = [];
  for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) starts.push(idx);
  starts.push(insns.length);
  const one = fc.record({ from: fc.nat(starts.length - 1), count: fc.nat(3), add: fc.nat(3), jumpPast: fc.boolean() });
  return fc.array(one, { maxLength: 5 }).map((wishes) => {
    const patches: Patch[] = [];
    let free = 0;
    for (const { from, count, add, jumpPast } of wishes.sort((a, b) => a.from - b.from)) {
      const insnIdx = starts[from] as number;
      if (insnIdx < free) continue;
      const remove = (starts[Math.min(from + count, starts.length - 1)] as number) - insnIdx;
      // The oracle cannot say where labels of removed slots go when jumps pass the replacement.
      const insert = assemble('r7 = 7\n'.repeat(add));
      patches.push({ insnIdx, remove, insert, jumpPast: jumpPast && remove === 0 });
      free = insnIdx + remove;
    }
    return patches;
  });
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof PatchError) return error.code;
    throw error;
  }
  return 'patched';
};

describe('patchInsns', () => {
  it('does what taking out and putting in lines of labelled text does', () => {
    const withPatches = closedProgram.chain((insns) => fc.tuple(fc.constant(insns), patchesOf(insns)));
    fc.assert(
      fc.property(withPatches, ([insns, patches]) => {
        const before = insns.slice();
        const { insns: patched, newIdx, newTarget } = patchInsns(insns, patches);
        expect(insns).toEqual(before);
        expect(patched).toEqual(assemble(patchText(insns, patches)));
        expect(newIdx[insns.length]).toBe(patched.length);
        for (let idx = 0; idx <= insns.length; idx++) expect(newTarget[idx]).toBeLessThanOrEqual(patched.length);
        for (let idx = 0; idx < insns.length; idx++) {
          const kept = !patches.some(({ insnIdx, remove = 0 }) => idx >= insnIdx && idx < insnIdx + remove);
          if (kept) expect(patched.code[newIdx[idx] as number]).toBe(insns.code[idx]);
        }
        for (let idx = 0; idx < patched.length; idx += patched.isWide(idx) ? 2 : 1) expect(findInsnProblem(patched, idx)).toBeUndefined();
      }),
      { numRuns: 800 },
    );
  });

  const program = `
    r6 = 5 ll
    head: call sub
    if r0 != 0 goto head
    goto out
    r3 = subprog[sub]
    out: exit
    sub: r0 = 0
    exit`;

  it('sends jumps to inserted code, or past it', () => {
    const insert = assemble('r7 = 1\nr8 = 2');
    const taken = insertInsns(assemble(program), 2, insert);
    expect(taken.insns).toEqual(assemble(program.replace('head:', 'head: r7 = 1\nr8 = 2\n')));
    expect([taken.newIdx[2], taken.newTarget[2]]).toEqual([4, 2]);
    const passed = patchInsns(assemble(program), [{ insnIdx: 8, insert, jumpPast: true }]);
    expect(passed.insns).toEqual(assemble(program.replace('sub:', 'r7 = 1\nr8 = 2\nsub:')));
    expect([passed.newIdx[8], passed.newTarget[8]]).toEqual([10, 10]);
  });

  it('removes and replaces', () => {
    expect(removeInsns(assemble(program), 4, 7).insns).toEqual(assemble('r6 = 5 ll\nhead: call sub\nif r0 != 0 goto head\nexit\nsub: r0 = 0\nexit'));
    const { insns, newIdx, newTarget } = replaceInsns(assemble('goto pc+1\nr0 = 1\nr0 = 2\nexit'), 1, 3, assemble('r0 = 9 ll\nr0 += 1'));
    expect(insns).toEqual(assemble('goto pc+0\nr0 = 9 ll\nr0 += 1\nexit'));
    expect([...newIdx]).toEqual([0, 1, 1, 4, 5]);
    expect([...newTarget]).toEqual([0, 1, 1, 4, 5]);
  });

  it('lets inserted jumps go to old slots', () => {
    const insns = assemble('r0 = 0\nr1 = 1\nexit');
    const insert = assemble('if r1 == 0 goto pc+0\ncall pc+0\ngoto pc+0');
    const patch: Patch = { insnIdx: 1, insert, targets: new Map([[0, 2], [1, 0]]) };
    expect(patchInsns(insns, [patch]).insns).toEqual(assemble('a: r0 = 0\nif r1 == 0 goto b\ncall a\ngoto c\nc: r1 = 1\nb: exit'));
    expect(codeOf(() => patchInsns(insns, [{ ...patch, insert: assemble('r0 = 0') }]))).toBe('PATCH_TARGET');
  });

  it('finds jumps that get too far, and lets gotol and calls go', () => {
    const far = assemble('r0 = 0\n'.repeat(40_000));
    expect(codeOf(() => insertInsns(assemble('goto out\nr0 = 1\nout: exit'), 1, far))).toBe('PATCH_JUMP_OVERFLOW');
    expect(codeOf(() => insertInsns(assemble('head: r0 = 1\nmay_goto head\nexit'), 1, far))).toBe('PATCH_JUMP_OVERFLOW');
    expect(insertInsns(assemble('gotol out\nr0 = 1\nout: exit'), 1, far).insns.imm[0]).toBe(40_001);
    expect(insertInsns(assemble('call out\nr0 = 1\nout: exit'), 1, far).insns.imm[0]).toBe(40_001);
    expect(() => insertInsns(assemble('exit\ngoto out\nr0 = 1\nout: exit'), 2, far)).toThrow(
      'insn: patch: jump too far: need -32768 to 32767 slots, have 40001 at instruction 1',
    );
  });

  it('leaves wild jumps wild', () => {
    const { insns } = insertInsns(assemble('goto pc+5\ngoto pc-9\nexit'), 1, assemble('r0 = 0'));
    expect([jumpTarget(insns, 0), jumpTarget(insns, 2)]).toEqual([7, -7]);
  });

  it('refuses patches that make no sense', () => {
    const insns = assemble('r1 = 5 ll\nexit');
    expect(codeOf(() => removeInsns(insns, 1, 2))).toBe('PATCH_MIDDLE');
    expect(codeOf(() => removeInsns(insns, 0, 1))).toBe('PATCH_MIDDLE');
    expect(codeOf(() => insertInsns(insns, 1, assemble('exit')))).toBe('PATCH_MIDDLE');
    expect(codeOf(() => removeInsns(insns, 2, 4))).toBe('PATCH_RANGE');
    expect(codeOf(() => insertInsns(insns, -1, assemble('exit')))).toBe('PATCH_RANGE');
    expect(codeOf(() => insertInsns(insns, Number.NaN, assemble('exit')))).toBe('PATCH_RANGE');
    expect(codeOf(() => patchInsns(insns, [{ insnIdx: 0, remove: 3 }, { insnIdx: 2 }]))).toBe('PATCH_OVERLAP');
  });

  it('applies 50,000 patches in one go', () => {
    const insns = assemble(`gotol end\n${'r0 = 0\n'.repeat(50_000)}end: exit`);
    const insert = assemble('r1 = 1');
    const patches = Array.from({ length: 50_000 }, (_, at) => ({ insnIdx: at + 1, insert }));
    expect(patchInsns(insns, patches).insns.imm[0]).toBe(100_000);
  });
});
