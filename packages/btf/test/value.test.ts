// Are typed data read, written and printed as C lays them out and libbpf prints them?
import { describe, expect, it } from '@jest/globals';
import { hexToBytes } from '@rootlet/bytes';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Btf, BtfValue, FormatValueOptions } from '../src/index.ts';
import {
  BTF_INT_BOOL, BTF_KIND_ARRAY, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_UNION, BtfBuilder, decodeValue,
  encodeValue, formatType, formatValue, iterateMembers, iterateTypes, parseBtf,
} from '../src/index.ts';
import { firstMissing, fixture, fixtureBtf, FIXTURES, idOf, itWith, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

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
    [{ nothing: 1 }, /value .nothing: no member/], [{ word: 2 ** 32 }, /does not fit 32 unsigned bits/], [{ word: 'x' }, /need an integer/], [{ grid: [1] }, /need an array/],
    [{ grid: [[], [], []] }, /at most 2, have 3/], [7, /need an object/],
  ])('refuses %j', (value, message) => {
    expect(() => encodeValue(kinds, id('node'), value)).toThrow(message);
  });

  it('refuses too few bytes and types without size', () => {
    expect(() => decodeValue(kinds, id('node'), new Uint8Array(159))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => decodeValue(kinds, 0, new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'BTF_NO_SIZE' }));
  });

  it('keeps bounds on bits that lie outside', () => {
    const builder = new BtfBuilder();
    const narrow = builder.addInt('narrow', 4, 0, 3, 200);
    const pointer = builder.addPtr(0);
    const struct = builder.addStruct('s', 8);
    builder.addField('p', pointer, 40, 8);
    const btf = builder.build();
    expect(() => decodeValue(btf, narrow, new Uint8Array(4))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => encodeValue(btf, narrow, 1)).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    for (const run of [() => decodeValue(btf, struct, new Uint8Array(8)), () => formatValue(btf, struct, new Uint8Array(8).fill(1))]) expect(run).toThrow(expect.objectContaining({ code: 'BTF_KIND' }));
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

/** A value inside of a decoded one. */
function at(value: BtfValue, path: string): BtfValue | undefined {
  let found: unknown = value;
  for (const step of path.replace(/\[(\d+)\]/g, '.$1').split('.').slice(1)) found = (found as Readonly<Record<string, unknown>>)[step];
  return found as BtfValue | undefined;
}

describe('a program that gcc compiled', () => {
  // Written by `node tools/btf-values.mjs --bless` from tools/btf/values.c.
  const { btf: blob, printed } = JSON.parse(readFileSync(join(__dirname, 'value-gcc.json'), 'utf8')) as { readonly btf: string; readonly printed: readonly string[] };
  const btf = parseBtf(new Uint8Array(Buffer.from(blob, 'base64')));

  it('sees the values that are decoded, and has the bytes that are encoded', () => {
    let value: BtfValue = 0;
    let compared = 0;
    for (const line of printed) {
      const [first = '', second = '', hex = ''] = line.split(' ');
      if (first === '=') {
        const bytes = hexToBytes(hex) ?? new Uint8Array();
        value = decodeValue(btf, id(second, btf), bytes);
        expect(encodeValue(btf, id(second, btf), value, { into: bytes })).toEqual(bytes);
        continue;
      }
      const found = at(value, first);
      const want = second.startsWith('-0x') ? String(-BigInt(second.slice(1))) : second;
      expect([first, typeof found === 'boolean' ? String(Number(found)) : String(found as number | bigint)]).toEqual([first, want.includes('.') ? String(Number(want)) : want]);
      compared++;
    }
    expect(compared).toBeGreaterThan(50);
  });
});

describe('round trips', () => {
  /** Bits that hold values, by walking the type another way than decoding does; _Bool and floats, which have other bits for one value, apart. */
  function valueBits(btf: Btf, struct: number, size: number): { readonly mask: Uint8Array; readonly hasBool: boolean } {
    const mask = new Uint8Array(size);
    let hasBool = false;
    const mark = (type: number, bitOff: number, bits: number): void => {
      const resolved = btf.resolveType(type);
      const inner = btf.type(resolved);
      if (bits !== 0 || inner.kind === BTF_KIND_INT || inner.kind === BTF_KIND_PTR || inner.kind === BTF_KIND_ENUM || inner.kind === BTF_KIND_ENUM64) {
        if (inner.kind === BTF_KIND_INT && (inner.encoding & BTF_INT_BOOL) !== 0) {
          hasBool = true;
          return;
        }
        const count = bits === 0 ? 8 * btf.resolveSize(resolved) : bits;
        for (let i = bitOff; i < bitOff + count; i++) {
          const byte = Math.floor(i / 8);
          mask[byte] = (mask[byte] ?? 0) | (btf.littleEndian ? 1 << (i % 8) : 0x80 >> (i % 8));
        }
      } else if (inner.kind === BTF_KIND_ARRAY) {
        const step = btf.resolveSize(inner.type);
        for (let i = 0; i < inner.nelems; i++) mark(inner.type, bitOff + 8 * i * step, 0);
      } else {
        for (const member of iterateMembers(btf, resolved)) mark(member.type, bitOff + member.bitOff, member.bitfieldSize);
      }
    };
    mark(struct, 0, 0);
    return { mask, hasBool };
  }

  /** Checks every struct and union; returns how many there were. */
  function check(btf: Btf, step: number): number {
    let count = 0;
    for (const kind of [BTF_KIND_STRUCT, BTF_KIND_UNION]) {
      for (const type of iterateTypes(btf, kind)) {
        if (type.id % step !== 0 || !('size' in type) || type.size > 4096) continue;
        // Two elements more for a flexible array, if there is one.
        for (const extra of [0, 16]) {
          const { mask, hasBool } = valueBits(btf, type.id, type.size);
          // A _Bool of a union is 0 or 1 and overwrites the others.
          const bytes = random(type.size + extra, type.id).map((byte) => (hasBool ? byte & 1 : byte));
          const once = encodeValue(btf, type.id, decodeValue(btf, type.id, bytes));
          const differ = mask.findIndex((bits, i) => (bits & ((bytes[i] ?? 0) ^ (once[i] ?? 0))) !== 0);
          if (differ !== -1) throw new Error(`${formatType(btf, type.id)} of ${type.size} bytes: byte ${differ}`);
          // With all other bits as they were, everything is.
          const value = decodeValue(btf, type.id, once);
          expect(encodeValue(btf, type.id, value, { into: once })).toEqual(once);
          expect(decodeValue(btf, type.id, once)).toEqual(value);
        }
        count++;
      }
    }
    return count;
  }
  const random = (n: number, seed: number): Uint8Array => {
    let state = seed;
    return Uint8Array.from({ length: n }, () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 16) & 0xff);
  };

  it.each(['el', 'eb'] as const)('give the bytes back but for padding, fixtures %s', (order) => {
    for (const name of FIXTURES) check(fixtureBtf(name, order), 1);
    expect(check(fixtureBtf('layout', order), 1)).toBeGreaterThan(30);
  });

  const vmlinux = vmlinuxBytes();
  itWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'give the bytes back but for padding, every 7th type of vmlinux, both byte orders', () => {
    const btf = parseBtf(vmlinux ?? new Uint8Array());
    expect(check(btf, 7)).toBeGreaterThan(1000);
    const swapped = BtfBuilder.from(btf).build(!btf.littleEndian);
    expect(check(swapped, 29)).toBeGreaterThan(200);
  }, 120_000);
});

describe('encodeValue refuses', () => {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, 1);
  const bool = builder.addInt('_Bool', 1, 4);
  const float = builder.addFloat('float', 4);
  const char = builder.addInt('char', 1, 1);
  const color = builder.addEnum('color', 4);
  builder.addEnumValue('RED', 0);
  const pointer = builder.addPtr(0);
  const comm = builder.addArray(char, int, 4);
  const inner = builder.addStruct('inner', 4);
  builder.addField('low', int, 0, 3);
  builder.addField('high', int, 3, 5);
  const union = builder.addUnion('u', 8);
  builder.addField('a', int, 0);
  builder.addField('b', pointer, 0);
  const grid = builder.addArray(builder.addArray(inner, int, 2), int, 2);
  const s = builder.addStruct('s', 64);
  const members: readonly (readonly [string, number, number])[] = [['int', int, 0], ['bool', bool, 32], ['float', float, 64], ['color', color, 96], ['pointer', pointer, 128], ['comm', comm, 192], ['grid', grid, 224], ['u', union, 384]];
  for (const [name, type, bitOff] of members) builder.addField(name, type, bitOff);
  const variable = builder.addVar('v', s, 1);
  const section = builder.addDatasec('.data', 64, [{ type: variable, byteOff: 0, size: 64 }]);
  const huge = builder.addArray(int, int, 0x3fff_ffff);
  const liar = builder.addStruct('liar', 4);
  builder.addField('x', pointer, 0);
  const btf = builder.build();

  it.each([
    [{ int: 2 ** 31 }, '.int', 'does not fit 32 signed bits: have 2147483648'], [{ int: 1.5 }, '.int', 'does not fit: need an integer, have 1.5'], [{ int: NaN }, '.int', 'need an integer'],
    [{ bool: 2 }, '.bool', 'does not fit 1 unsigned bits'], [{ float: 1e39 }, '.float', 'does not fit a float of 4 bytes'], [{ float: 'x' }, '.float', 'need a float of 4 bytes'],
    [{ color: 'BLUE' }, '.color', 'no enumerator "BLUE"'], [{ color: -1 }, '.color', 'does not fit 32 unsigned bits'], [{ pointer: -1n }, '.pointer', 'does not fit 64 unsigned bits'],
    [{ pointer: 1n << 64n }, '.pointer', 'does not fit 64 unsigned bits'], [{ pointer: 2 ** 60 }, '.pointer', 'a number this large is not exact: need a bigint'], [{ comm: 'swapper' }, '.comm', 'too many elements: need at most 4, have 7'],
    [{ comm: [1, 2, 300] }, '.comm[2]', 'does not fit 8 signed bits'], [{ grid: [[{}, { low: 4 }]] }, '.grid[0][1].low', 'does not fit 3 signed bits'], [{ grid: [[{ mid: 1 }]] }, '.grid[0][0].mid', 'no member'],
    [{ grid: [7] }, '.grid[0]', 'need an array, have 7'], [{ u: { c: 1 } }, '.u.c', 'no member'], [{ u: 3 }, '.u', 'need an object, have 3'], [[], '', 'need an object, have an array'],
  ] as readonly (readonly [BtfValue, string, string])[])('%j', (value, path, problem) => {
    let caught: { readonly code?: string; readonly what?: string; readonly message?: string } = {};
    try {
      encodeValue(btf, s, value);
    } catch (error) {
      caught = error as typeof caught;
    }
    expect(caught).toMatchObject({ code: 'BTF_VALUE', what: `btf: value${path === '' ? '' : ` ${path}`}` });
    expect(caught.message).toContain(problem);
  });

  it('what a section has not, what is too long, and what lies outside', () => {
    expect(() => encodeValue(btf, section, { w: {} })).toThrow(expect.objectContaining({ code: 'BTF_VALUE', what: 'btf: value .w' }));
    expect(() => encodeValue(btf, section, { v: { int: 'x' } })).toThrow(expect.objectContaining({ what: 'btf: value .v.int' }));
    expect(() => encodeValue(btf, int, 1, { into: new Uint8Array(3) })).toThrow(expect.objectContaining({ code: 'BTF_VALUE' }));
    expect(() => encodeValue(btf, huge, [])).toThrow(expect.objectContaining({ code: 'BTF_SIZE' }));
    expect(() => encodeValue(btf, liar, { x: 1 })).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => encodeValue(btf, s, null as unknown as BtfValue)).toThrow(expect.objectContaining({ code: 'BTF_VALUE' }));
  });

  it('nothing of a union but what is not there: only the member given is written', () => {
    const into = new Uint8Array(8).fill(0xee);
    expect([...encodeValue(btf, union, { a: 1 }, { into })]).toEqual([1, 0, 0, 0, 0xee, 0xee, 0xee, 0xee]);
  });
});
