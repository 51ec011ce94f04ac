import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alignUp, bytesToHex, ByteView, ByteWriter, Cursor, hexToBytes, HOST_LITTLE_ENDIAN, swap16, swap32 } from '../src/index.ts';

describe('ByteWriter', () => {
  it('writes numbers in its byte order', () => {
    const write = (littleEndian: boolean): string =>
      bytesToHex(new ByteWriter(littleEndian).writeU8(1).writeU16(0x0203).writeU32(0x04050607).writeU64(0x08090a0b0c0d0e0fn).finish());
    expect(write(false)).toBe('0102030405060708090a0b0c0d0e0f');
    expect(write(true)).toBe('010302070605040f0e0d0c0b0a0908');
  });

  it('writes negative numbers as two’s complement', () => {
    expect(bytesToHex(new ByteWriter(false).writeU8(-1).writeU16(-2).writeU32(-3).writeU64(-4).writeU64(-5n).finish())).toBe(
      'fffffefffffffdfffffffffffffffcfffffffffffffffb',
    );
  });

  it('writes strings, bytes, zeros and alignment', () => {
    const writer = new ByteWriter(true).writeCstr('ü').writeBytes(Uint8Array.of(9, 8)).align(4).align(4).writeZeros(1).align(3);
    expect(bytesToHex(writer.finish())).toBe('c3bc0009' + '08000000' + '00');
    expect(writer.length).toBe(9);
  });

  it('changes a word that was written, and no other', () => {
    const writer = new ByteWriter(true).writeU32(1).writeU32(2);
    writer.patchU32(4, 0x01020304);
    expect(bytesToHex(writer.finish())).toBe('0100000004030201');
    expect(() => writer.patchU32(5, 0)).toThrow(RangeError);
    expect(() => writer.patchU32(-1, 0)).toThrow(RangeError);
  });

  it('hands out a copy', () => {
    const writer = new ByteWriter(true).writeU8(1);
    const first = writer.finish();
    writer.writeU8(2);
    first[0] = 7;
    expect([...writer.finish()]).toEqual([1, 2]);
  });

  it('writes what a cursor reads', () => {
    const fields = fc.array(fc.oneof(
      fc.tuple(fc.constant('U8' as const), fc.bigInt(0n, 0xffn)),
      fc.tuple(fc.constant('U16' as const), fc.bigInt(0n, 0xffffn)),
      fc.tuple(fc.constant('U32' as const), fc.bigInt(0n, 0xffff_ffffn)),
      fc.tuple(fc.constant('U64' as const), fc.bigInt(0n, (1n << 64n) - 1n)),
    ));
    fc.assert(
      fc.property(fields, fc.boolean(), fc.integer({ min: 0, max: 40 }), (list, littleEndian, capacity) => {
        const writer = new ByteWriter(littleEndian, capacity);
        for (const [kind, value] of list) {
          if (kind === 'U64') writer.writeU64(value);
          else writer[`write${kind}`](Number(value));
        }
        const cursor = new Cursor(new ByteView(writer.finish(), 'test', littleEndian));
        for (const [kind, value] of list) expect(BigInt(cursor[`read${kind}`]())).toBe(value);
        expect(cursor.remaining).toBe(0);
      }),
    );
  });
});

describe('byte order', () => {
  it('is turned around', () => {
    expect(swap16(0x1234)).toBe(0x3412);
    expect(swap32(0x12345678)).toBe(0x78563412);
    expect(swap32(0x000000ff)).toBe(0xff000000);
    expect(swap32(-2)).toBe(0xfeffffff);
  });

  it('of this machine is that of its typed arrays', () => {
    expect(new DataView(new Uint32Array([1]).buffer).getUint32(0, HOST_LITTLE_ENDIAN)).toBe(1);
  });
});

it('alignUp rounds up, beyond 32 bits too', () => {
  expect([alignUp(0, 8), alignUp(1, 8), alignUp(8, 8), alignUp(2 ** 40 + 1, 4096)]).toEqual([0, 8, 8, 2 ** 40 + 4096]);
});

describe('hexadecimal', () => {
  it('is read as people write it', () => {
    expect(hexToBytes('0xDE ad:be\nef')).toEqual(Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
    expect(hexToBytes('')).toEqual(new Uint8Array(0));
  });

  it.each(['abc', 'xy', '0x0', '1 2 3', '0x0x00', '٣٣'])('%p is none', (text) => {
    expect(hexToBytes(text)).toBeUndefined();
  });

  it('goes both ways', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes)));
  });
});
