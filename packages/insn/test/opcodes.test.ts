import { describe, expect, it } from '@jest/globals';
import * as insn from '../src/index.ts';
import * as opcodes from '../src/opcodes.ts';
import { COND_TEXT, isComparison } from '../src/operators.ts';

describe('opcodes', () => {
  it('are all exported', () => {
    expect(Object.keys(opcodes).filter((name) => !(name in insn))).toEqual([]);
  });

  it('say which jumps compare', () => {
    for (let op = 0; op < 256; op += 16) expect([op, isComparison(op)]).toEqual([op, COND_TEXT.has(op)]);
  });

  it('come apart as they were put together', () => {
    for (let code = 0; code < 256; code++) {
      expect(opcodes.insnClass(code) | opcodes.insnSize(code) | opcodes.insnMode(code)).toBe(code);
      expect(opcodes.insnClass(code) | opcodes.insnSrc(code) | opcodes.insnOp(code)).toBe(code);
    }
    expect([opcodes.BPF_B, opcodes.BPF_H, opcodes.BPF_W, opcodes.BPF_DW].map(opcodes.accessBytes)).toEqual([1, 2, 4, 8]);
  });
});
