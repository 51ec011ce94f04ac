import { describe, expect, it } from '@jest/globals';
import { decodeInsns, encodeInsns, LD_IMM64 } from '../src/index.ts';

describe('decodeInsns', () => {
  it('reads both byte orders to the same instruction', () => {
    const little = decodeInsns(Uint8Array.of(0x18, 0x21, 0, 0, 0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0, 1, 0, 0, 0), true);
    const big = decodeInsns(Uint8Array.of(0x18, 0x12, 0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0, 0, 0, 1), false);
    expect(little.at(0)).toEqual({ code: LD_IMM64, dst: 1, src: 2, off: 0, imm: 0x12345678 });
    expect(big.at(0)).toEqual(little.at(0));
    expect(big.imm64(0)).toBe(0x1_1234_5678n);
    expect(encodeInsns(big, false)[1]).toBe(0x12);
  });

  it('names the offset of a ragged end', () => {
    expect(() => decodeInsns(new Uint8Array(12), true, 0x40)).toThrow(expect.objectContaining({ code: 'INSN_SIZE', byteOff: 0x48 }));
  });
});
