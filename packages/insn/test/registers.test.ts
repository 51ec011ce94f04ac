import { describe, expect, it } from '@jest/globals';
import { assemble, definedRegs, findInsnProblem, isExit, isHelperCall, usedRegs } from '../src/index.ts';
import { readKernelRecords } from './kernel-records.ts';

/** r0–r9, which the kernel lists. */
const LISTED = 0x3ff;

describe('usedRegs, definedRegs', () => {
  it('agree with the liveness that the kernel computes', () => {
    let compared = 0;
    const differing: unknown[] = [];
    for (const { insns, text, liveNone, liveAll } of readKernelRecords()) {
      if (liveNone === undefined || liveAll === undefined || findInsnProblem(insns, 0) !== undefined) continue;
      // A jump far back comes before the definition of what is live on the way here.
      if (/goto pc-16$|gotol pc-3$/.test(text ?? '')) continue;
      // How many arguments a helper takes is not known here.
      if (isHelperCall(insns, 0)) continue;
      compared++;
      const used = usedRegs(insns, 0) & LISTED;
      const before = used | (LISTED & ~definedRegs(insns, 0));
      // Nothing is live behind exit, nor all registers behind a jump over the instructions that read them.
      const jumps = isExit(insns, 0) || /gotol? pc[+-](?!0)/.test(text ?? '');
      if (used !== liveNone || (!jumps && before !== liveAll)) differing.push([text, liveNone.toString(2), used.toString(2), liveAll.toString(2), before.toString(2)]);
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(1500);
  });

  it('count r10, and arguments where they are known', () => {
    expect(usedRegs(assemble('*(u64 *)(r10 -8) = r3'), 0)).toBe((1 << 10) | (1 << 3));
    expect(usedRegs(assemble('call helper#7'), 0)).toBe(0b111110);
    expect(usedRegs(assemble('call helper#7'), 0, () => 0)).toBe(0);
    expect(usedRegs(assemble('call helper#1'), 0, () => 2)).toBe(0b110);
    expect(definedRegs(assemble('call prog[0]#1'), 0)).toBe(0b111111);
  });
});
