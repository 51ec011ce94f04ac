// Are typed data read, written and printed as C lays them out and libbpf prints them?
import { describe, expect, it } from '@jest/globals';
import { hexToBytes } from '@rootlet/bytes';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Btf, FormatValueOptions } from '../src/index.ts';
import { BTF_KIND_STRUCT, BtfBuilder, decodeValue, encodeValue, formatValue, iterateTypes, parseBtf } from '../src/index.ts';
import { fixture, fixtureBtf, idOf, vmlinuxBytes } from './fixtures.ts';

const kinds = fixtureBtf('kinds');
const id = (name: string, btf = kinds): number => idOf(btf, name, BTF_KIND_STRUCT);

describe('decodeValue, encodeValue', () => {
  it('read and write bitfields of both byte orders as the compiler does', () => {
    // { a: 5, b: -3, c: 2, d: 0x123456789, e: GREEN, f: 1 } as clang lays it out for bpfel and bpfeb
    const value = { a: 5, b: -3, c: 2, d: 0x123456789n, e: 5, f: true };
    for (const order of ['el', 'eb'] as const) {
      const btf = fixtureBtf('kinds', order);
      const bytes = encodeValue(btf, id('bits', btf), value);
      expect(decodeValue(btf, id('bits', btf), bytes)).toEqual(value);
      expect(bytes[0]).toBe(order === 'el' ? 0b11101_101 : 0b101_11101);
    }
    expect(decodeValue(kinds, id('bits'), encodeValue(kinds, id('bits'), { e: 'BLUE' }), { enumNames: true })).toMatchObject({ a: 0, e: 'BLUE' });
  });

  it('read anonymous members, arrays, pointers and a flexible array', () => {
    const value = { word: 0x01020304, point: { x: -1, y: 2 }, next: 0xffff_8000_0000_0000n, ratio: 1.5, grid: [[1, 2, 3], [4, 5, 6]], huge: -7n, tail: [1n, 2n] };
    const bytes = encodeValue(kinds, id('node'), value);
    expect(bytes.length).toBe(176);
    expect(decodeValue(kinds, id('node'), bytes)).toMatchObject({ ...value, bytes: [4, 3, 2, 1] });
    expect(decodeValue(kinds, id('node'), bytes.subarray(0, 160))).toMatchObject({ tail: [] });
  });

  it('read text', () => {
    const builder = new BtfBuilder();
    const char = builder.addInt('char', 1, 1);
    const comm = builder.addArray(char, char, 8);
    const btf = builder.build();
    const bytes = encodeValue(btf, comm, 'swapper');
    expect(decodeValue(btf, comm, bytes, { charsAsText: true })).toBe('swapper');
    expect(decodeValue(btf, comm, bytes)).toEqual([115, 119, 97, 112, 112, 101, 114, 0]);
  });

  it.each([
    [{ nothing: 1 }, /no member/], [{ word: 2 ** 32 }, /does not fit 32 bits/], [{ word: 'x' }, /need an integer/], [{ grid: [1] }, /need an array/],
    [{ grid: [[], [], []] }, /more than 2/], [7, /need an object/],
  ])('refuses %j', (value, message) => {
    expect(() => encodeValue(kinds, id('node'), value)).toThrow(message);
  });

  it('refuses too few bytes and types without size', () => {
    expect(() => decodeValue(kinds, id('node'), new Uint8Array(159))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => decodeValue(kinds, 0, new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'BTF_NO_SIZE' }));
  });

  it('keeps bounds on hostile types', () => {
    const builder = new BtfBuilder();
    builder.addStruct('empty', 0);
    builder.addArray(1, 1, 0xffff_ffff);
    builder.addStruct('self', 8);
    builder.addField('self', 3, 0);
    builder.addStruct('proto', 4);
    builder.addField('__proto__', 5, 0);
    builder.addInt('int', 4);
    const btf = builder.build();
    expect(Object.keys(decodeValue(btf, 4, new Uint8Array(4)))).toEqual(['__proto__']);
    for (const bad of [2, 3]) {
      expect(() => decodeValue(btf, bad, new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
      expect(() => formatValue(btf, bad, new Uint8Array(8), { emitZeroes: true })).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
    }
  });
});

/** What libbpf 1.7 printed; written by `node tools/btf-data-diff.mjs --bless`, which also compares far more. */
interface LibbpfText {
  readonly name: string;
  readonly id: number;
  readonly flags: number;
  readonly level: number;
  readonly bytes: string;
  readonly text: string;
}

describe('formatValue', () => {
  const texts = JSON.parse(readFileSync(join(__dirname, 'value-libbpf.json'), 'utf8')) as readonly LibbpfText[];

  it(`prints ${texts.length} texts as libbpf 1.7 did`, () => {
    const parsed = new Map<string, Btf>();
    for (const { name, id: at, flags, level, bytes, text } of texts) {
      const btf = parsed.get(name) ?? parseBtf(fixture(name));
      parsed.set(name, btf);
      const options = (flags & 32) !== 0 ? {} : { compact: (flags & 1) !== 0, skipNames: (flags & 2) !== 0, emitZeroes: (flags & 4) !== 0, emitStrings: (flags & 8) !== 0, indentString: (flags & 16) !== 0 ? '  ' : undefined, indentLevel: level };
      const data = hexToBytes(bytes) ?? new Uint8Array();
      expect(formatValue(btf, at, data, { ...options, likeLibbpf: true })).toBe(text);
    }
    expect(texts.length).toBeGreaterThan(500);
  });

  /** A struct of members one after the other, and its text. */
  function shown(build: (builder: BtfBuilder) => readonly (readonly [name: string, type: number, bitOff: number, bits?: number])[], hex: string, options: FormatValueOptions = {}): string {
    const builder = new BtfBuilder();
    const fields = build(builder);
    const struct = builder.addStruct('s', hex.length / 2);
    for (const [name, type, bitOff, bits] of fields) builder.addField(name, type, bitOff, bits);
    return formatValue(builder.build(), struct, hexToBytes(hex) ?? new Uint8Array(), { compact: true, ...options });
  }

  it('does not repeat the slips of libbpf unless asked to', () => {
    const nested = (builder: BtfBuilder): [string, number, number][] => {
      const int = builder.addInt('int', 4, 1);
      const inner = builder.addStruct('in', 8);
      builder.addField('zero', int, 0);
      builder.addField('one', int, 32);
      return [['inner', inner, 0]];
    };
    expect(shown(nested, '0000000001000000')).toBe('(struct s){.inner = (struct in){.one = (int)1,},}');
    expect(shown(nested, '0000000001000000', { likeLibbpf: true })).toBe('(struct s){}');

    const text = (builder: BtfBuilder): [string, number, number][] => {
      const char = builder.addInt('char', 1, 1);
      const int = builder.addInt('int', 4, 1);
      return [['comm', builder.addArray(char, int, 4), 0], ['ids', builder.addArray(int, int, 2), 32], ['last', char, 96]];
    };
    const data = '616200000000000005000000410000';
    expect(shown(text, data)).toBe("(struct s){.comm = (char[4])['a','b',],.ids = (int[2])[0,5,],.last = (char)65,}");
    expect(shown(text, data, { likeLibbpf: true })).toBe("(struct s){.comm = (char[4])['a','b',],.ids = (int[2])[5,],.last = (char)'A',}");
    expect(shown(text, data, { emitStrings: true })).toBe('(struct s){.comm = (char[4])"ab",.ids = (int[2])[0,5,],.last = (char)65,}');
    expect(shown(text, data, { emitStrings: true, likeLibbpf: true })).toBe('(struct s){.comm = (char[4])"ab".ids = (int[2])[0,5,],.last = (char)65,}');

    const enums = (builder: BtfBuilder): [string, number, number, number?][] => {
      const signed = builder.addEnum('e', 4, true);
      builder.addEnumValue('LESS', -1);
      return [['a', signed, 0, 3], ['b', signed, 32], ['c', signed, 72]];
    };
    expect(shown(enums, '0700000005000000000900000000')).toBe('(struct s){.a = (enum e)LESS,.b = (enum e)5,.c = (enum e)9,}');
    expect(shown(enums, '0700000005000000000900000000', { likeLibbpf: true })).toBe('(struct s){.a = (enum e)7.b = (enum e)5}');
  });

  it('prints variables and sections', () => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, 1);
    const one = builder.addVar('one', int, 0);
    const two = builder.addVar('two', builder.addArray(int, int, 2), 2);
    const section = builder.addDatasec('.data', 12, [{ type: one, byteOff: 0, size: 4 }, { type: two, byteOff: 4, size: 8 }]);
    const btf = builder.build();
    const bytes = Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0);
    expect(formatValue(btf, one, bytes, { compact: true })).toBe('static int one = (int)1');
    expect(formatValue(btf, section, bytes, { compact: true })).toBe('SEC(".data") static int one = (int)1;extern int[2] two = (int[2])[2,3,];');
    expect(() => formatValue(btf, section, bytes.subarray(1))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
  });

  it.each([
    [4, '0000003f', '0.500000'], [4, '00000035', '0.000000'], [4, 'ffff7f7f', '340282346638528859811704183484516925440.000000'], [4, '000080ff', '-inf'],
    [8, '0000000000000080', '-0.000000'], [8, '000000000000f8ff', '-nan'], [8, '000000000000c03f', '0.125000'], [8, '0000000000a0c640', '11584.000000'],
    [16, '00000000000000c0ff3f000000000000', '1.500000'], [16, '0000000000000080ff7f000000000000', 'inf'], [16, '0000000000000040ff3f000000000000', 'nan'],
  ])('prints a float of %i bytes as C does: %s', (size, hex, text) => {
    const builder = new BtfBuilder();
    const float = builder.addFloat('f', size);
    expect(formatValue(builder.build(), float, hexToBytes(hex) ?? new Uint8Array())).toBe(`(f)${text}`);
  });

  it('refuses sizes that C has not', () => {
    const builder = new BtfBuilder();
    const odd = [builder.addInt('i', 3), builder.addFloat('f', 12), builder.addFloat('ld', 16)];
    const btf = builder.build(false);
    for (const at of odd) expect(() => formatValue(btf, at, new Uint8Array(16))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

const vmlinux = vmlinuxBytes();
(vmlinux !== undefined ? describe : describe.skip)('vmlinux of the running kernel', () => {
  const btf = parseBtf(vmlinux ?? new Uint8Array());
  const random = (n: number, seed: number): Uint8Array => {
    let state = seed;
    return Uint8Array.from({ length: n }, () => 1 + (((state = Math.imul(state, 1664525) + 1013904223) >>> 16) % 255));
  };

  it('reads back what it wrote, for every kind of struct', () => {
    let compared = 0;
    for (const type of iterateTypes(btf, BTF_KIND_STRUCT)) {
      if (type.id % 23 !== 0 || !('size' in type) || type.size > 2048) continue;
      // A _Bool is 0 or 1.
      const value = decodeValue(btf, type.id, random(type.size, type.id).map((byte) => byte & 1));
      const bytes = encodeValue(btf, type.id, value);
      // Padding is not a value; everything that is comes back.
      expect(decodeValue(btf, type.id, bytes)).toEqual(value);
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  }, 60_000);
});
