import { describe, expect, it } from '@jest/globals';
import {
  assemble,
  fallThrough,
  isAtomic,
  isBranch,
  isCall,
  isExit,
  isGoto,
  isHelperCall,
  isIndirectGoto,
  isKfuncCall,
  isLoad,
  isMayGoto,
  isPacketLoad,
  isProgCall,
  isPseudoFunc,
  isStore,
  isSubprogCall,
  jumpTarget,
  NO_SLOT,
  subprogTarget,
  successors,
} from '../src/index.ts';

const PREDICATES = {
  isAtomic, isBranch, isCall, isExit, isGoto, isHelperCall, isIndirectGoto, isKfuncCall, isLoad, isMayGoto, isPacketLoad, isProgCall,
  isPseudoFunc, isStore, isSubprogCall,
};

describe('predicates', () => {
  it.each([
    ['exit', ['isExit']],
    ['goto pc+0', ['isGoto']],
    ['gotol pc+0', ['isGoto']],
    ['gotox r3', ['isIndirectGoto']],
    ['may_goto pc+0', ['isBranch', 'isMayGoto']],
    ['if w1 s< w2 goto pc+0', ['isBranch']],
    ['call helper#1', ['isCall', 'isHelperCall']],
    ['call pc+0', ['isCall', 'isSubprogCall']],
    ['call kfunc#1', ['isCall', 'isKfuncCall']],
    ['call prog[1]#1', ['isCall', 'isProgCall']],
    ['r1 = subprog[+0]', ['isPseudoFunc']],
    ['r1 = 5 ll', []],
    ['r1 = *(s8 *)(r2 +0)', ['isLoad']],
    ['r0 = *(u8 *)skb[r1 + 0]', ['isLoad', 'isPacketLoad']],
    ['*(u8 *)(r1 +0) = 1', ['isStore']],
    ['*(u8 *)(r1 +0) = r1', ['isStore']],
    ['lock *(u32 *)(r1 +0) += r1', ['isAtomic', 'isStore']],
    ['r1 = load_acquire((u32 *)(r2 +0))', ['isAtomic', 'isLoad']],
    ['store_release((u32 *)(r1 +0), r2)', ['isAtomic', 'isStore']],
    ['r1 += 1', []],
  ])('%s', (text, expected) => {
    const insns = assemble(text);
    const found = Object.entries(PREDICATES).filter(([, is]) => is(insns, 0));
    expect(found.map(([name]) => name)).toEqual(expected);
    for (const is of Object.values(PREDICATES)) expect(is(insns, 9)).toBe(false);
  });
});

describe('successors', () => {
  it('falls through, then jumps', () => {
    const insns = assemble('r1 = 5 ll\nif r1 == 0 goto pc+1\ngoto pc-4\ngotol pc+0\ncall pc+0\nmay_goto pc-1\nexit');
    expect([0, 2, 3, 4, 5, 6, 7].map((idx) => successors(insns, idx))).toEqual([[2], [3, 4], [0], [5], [6], [7, 6], []]);
    expect(subprogTarget(insns, 5)).toBe(6);
    expect([fallThrough(insns, 7), jumpTarget(insns, 5), subprogTarget(insns, 0)]).toEqual([NO_SLOT, NO_SLOT, NO_SLOT]);
  });

  it('leaves out what is outside', () => {
    expect(successors(assemble('if r1 == 0 goto pc-9'), 0)).toEqual([]);
    expect(jumpTarget(assemble('if r1 == 0 goto pc-9'), 0)).toBe(-8);
  });
});
