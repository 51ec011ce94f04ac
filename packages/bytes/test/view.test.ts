import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteView, Cursor, decodeUtf8 } from '../src/index.ts';

function thrownBy(run: () => unknown): { name: string; code: string; message: string; byteOff: number } {
  try {
    run();
  } catch (error) {
    return error as { name: string; code: string; message: string; byteOff: number };
  }
  throw new Error('nothing was thrown');
}

const BYTES = Uint8Array.of(0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88);

describe('ByteView', () => {
  const little = new ByteView(BYTES, 'test', true, 100);
  const big = new ByteView(BYTES, 'test', false, 100);

  it('reads numbers in its byte order', () => {
    expect([little.u8(1), little.u16(0), little.i16(0), little.u32(0), little.i32(0)]).toEqual([0x82, 0x8201, 0x8201 - 0x10000, 0x84038201, 0x84038201 - 0x1_0000_0000]);
    expect([big.u8(1), big.u16(0), big.i16(2), big.u32(0), big.i32(0)]).toEqual([0x82, 0x0182, 0x0384, 0x01820384, 0x01820384]);
    expect([little.u64(0), little.i64(0)]).toEqual([0x8807860584038201n, BigInt.asIntN(64, 0x8807860584038201n)]);
    expect([big.u64(0), big.i64(0)]).toEqual([0x0182038405860788n, 0x0182038405860788n]);
  });

  it('reads at odd offsets', () => {
    expect(little.u32(3)).toBe(0x07860584);
  });

  it('names the offset in the file when it ends too early', () => {
    const error = thrownBy(() => little.slice(4, 4, 'test: inner').u32(2));
    expect(error).toMatchObject({ name: 'DecodeError', code: 'TRUNCATED', byteOff: 106 });
    expect(error.message).toBe('test: inner: truncated: need 4 bytes, have 2 at 0x6a');
  });

  it.each([-1, 8, 1e9, Number.NaN, Infinity, 2 ** 53])('refuses offset %p', (off) => {
    for (const read of ['u8', 'u16', 'i16', 'u32', 'i32', 'u64', 'i64'] as const) {
      expect(thrownBy(() => little[read](off)).code).toBe('TRUNCATED');
    }
    expect(thrownBy(() => little.cstr(off)).code).toBe('TRUNCATED');
  });

  it.each([
    [0, 9],
    [8, 1],
    [-1, 2],
    [0, -1],
    [2 ** 53, 1],
    [1, Number.NaN],
  ])('refuses a window at %p of %p bytes', (off, size) => {
    expect(thrownBy(() => little.slice(off, size)).code).toBe('TRUNCATED');
  });

  it('has windows that share memory and know their place', () => {
    const inner = little.slice(2, 4).slice(1, 2, 'test: inner');
    expect(inner.bytes.buffer).toBe(BYTES.buffer);
    expect([inner.byteOff, inner.length, inner.what, inner.littleEndian, inner.u8(0)]).toEqual([103, 2, 'test: inner', true, 0x84]);
    expect(little.slice(8, 0).length).toBe(0);
  });

  it('reads sizes as numbers, up to 2^53 - 1', () => {
    const sizes = new ByteView(Uint8Array.of(255, 255, 255, 255, 255, 255, 31, 0, 0, 0, 0, 0, 0, 0, 32, 0), 'test', true);
    expect(sizes.size64(0, 'size')).toBe(Number.MAX_SAFE_INTEGER);
    expect(thrownBy(() => sizes.size64(8, 'size'))).toMatchObject({ code: 'VALUE_TOO_LARGE', message: 'test: size: value too large: need at most 2^53 - 1, have 9007199254740992 at 0x8' });
  });

  it('reads strings up to their NUL', () => {
    const strings = new ByteView(new TextEncoder().encode('\0foo\0grün\0end'), 'strings', true);
    expect([strings.cstr(0), strings.cstr(1), strings.cstr(3), strings.cstr(5)]).toEqual(['', 'foo', 'o', 'grün']);
    expect(thrownBy(() => strings.cstr(12)).code).toBe('STRING_UNTERMINATED');
  });

  it('reads inside a buffer that is larger', () => {
    const view = new ByteView(BYTES.subarray(2, 5), 'test', true);
    expect(view.u16(1)).toBe(0x0584);
    expect(thrownBy(() => view.u16(2)).code).toBe('TRUNCATED');
  });
});

describe('decodeUtf8', () => {
  it('agrees with TextDecoder on everything', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => decodeUtf8(bytes) === new TextDecoder().decode(bytes)));
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => decodeUtf8(new TextEncoder().encode(text)) === new TextDecoder().decode(new TextEncoder().encode(text))));
  });

  it('reads shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(2));
    shared.set([0xc3, 0xbc]);
    expect(decodeUtf8(shared)).toBe('ü');
  });
});

describe('Cursor', () => {
  it('reads fields in order, and knows where it is', () => {
    const cursor = new Cursor(new ByteView(BYTES, 'test', false, 16));
    expect([cursor.readU8(), cursor.readU16(), cursor.readU8(), cursor.readU32()]).toEqual([0x01, 0x8203, 0x84, 0x05860788]);
    expect([cursor.pos, cursor.byteOff, cursor.remaining]).toEqual([8, 24, 0]);
    expect(thrownBy(() => cursor.readU8())).toMatchObject({ code: 'TRUNCATED', byteOff: 24 });
    expect(cursor.pos).toBe(8);
  });

  it('reads wide and signed fields', () => {
    expect(new Cursor(new ByteView(BYTES, 'test', true)).readU64()).toBe(0x8807860584038201n);
    expect(new Cursor(new ByteView(BYTES, 'test', true)).readI32()).toBe(0x84038201 - 0x1_0000_0000);
    expect(thrownBy(() => new Cursor(new ByteView(BYTES, 'test', true)).readSize64('length')).message).toContain('test: length');
  });

  it('skips only what is there', () => {
    const cursor = new Cursor(new ByteView(BYTES, 'test', true), 2);
    cursor.skip(6);
    expect(cursor.remaining).toBe(0);
    expect(thrownBy(() => cursor.skip(1)).code).toBe('TRUNCATED');
    expect(thrownBy(() => cursor.skip(-1)).code).toBe('TRUNCATED');
  });
});
