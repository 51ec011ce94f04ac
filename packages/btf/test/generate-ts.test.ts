// Does generated TypeScript compile, and does it read and write what decodeValue and encodeValue do?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Btf, BtfValue } from '../src/index.ts';
import {
  BTF_INT_SIGNED, BTF_KIND_DATASEC, BTF_KIND_STRUCT, BTF_KIND_UNION, BtfBuilder, decodeValue, encodeValue, generateTypeScript, iterateTypes, parseBtf, withPointerSize,
} from '../src/index.ts';
import { recordFields } from '../src/scan.ts';
import type { View, ViewClass } from './compile-ts.ts';
import { complaintsOf, run, toModule } from './compile-ts.ts';
import { describeWith, firstMissing, fixtureBtf, FIXTURES, idOf, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

const BLESS = process.env['BLESS'] === '1';
const LAYOUT_TYPES = ['nest', 'bitfields', 'pad4', 'small_enums', 'flexible', 'arrays', 'anon2_t', 'pad3', 'packed1'];
const KIB = 1024;

function isObject(value: unknown): value is Readonly<Record<string, BtfValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Reads a view field by field, element by element, and compares with the plain value. */
function compareParts(view: View, value: BtfValue, where: string, depth = 0): void {
  if (Array.isArray(value)) {
    expect([where, view['length']]).toEqual([where, value.length]);
    const at = (view['at'] as (i: number) => unknown).bind(view);
    value.forEach((item: BtfValue, i) => compareOne(at(i), item, `${where}[${i}]`, depth + 1));
    if (depth < 2) {
      expect(() => at(value.length)).toThrow(RangeError);
      expect(() => at(-1)).toThrow(RangeError);
    }
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) compareOne(view[name], item, `${where}.${name}`, depth + 1);
  }
}

function compareOne(have: unknown, want: BtfValue, where: string, depth: number): void {
  if (typeof want === 'object' && !(want instanceof Uint8Array)) compareParts(have as View, want, where, depth);
  else if (want instanceof Uint8Array) expect([where, (have as View).$get()]).toEqual([where, want]);
  // Asked for only where it will fail: there are many.
  else if (!Object.is(have, want)) expect([where, have]).toEqual([where, want]);
}

/** Compares everything that a class does with data, in one byte order. */
function compareClass(btf: Btf, id: number, cls: ViewClass, bytes: Uint8Array, littleEndian: boolean, partwise: boolean): void {
  const value = decodeValue(btf, id, bytes, { littleEndian });
  // At an odd offset of larger data.
  const data = new Uint8Array(bytes.length + 3);
  data.set(bytes, 3);
  const view = cls.from(data, 3, littleEndian);
  expect(view.$get()).toEqual(value);
  if (partwise) compareParts(view, value, btf.name(id));
  const encoded = encodeValue(btf, id, value, { littleEndian });
  const written = new Uint8Array(bytes.length);
  cls.from(written, 0, littleEndian).$set(value);
  expect(Buffer.from(written.subarray(0, encoded.length)).equals(encoded)).toBe(true);
  // One field at a time into other bytes: what stands around it stays.
  if (!partwise || !isObject(value)) return;
  for (const [name, item] of Object.entries(value)) {
    const noise = Uint8Array.from(bytes.subarray(0, encodeValue(btf, id, { [name]: item }).length), (byte) => byte ^ 0x5a);
    const want = encodeValue(btf, id, { [name]: item }, { littleEndian, into: noise });
    cls.from(noise, 0, littleEndian).$set({ [name]: item });
    if (!Buffer.from(noise).equals(want)) expect([name, noise]).toEqual([name, want]);
  }
}

/** Structs and unions that have a name of their own among all types. */
function namedComposites(btf: Btf): number[] {
  const ids = [BTF_KIND_STRUCT, BTF_KIND_UNION].flatMap((kind) => [...iterateTypes(btf, kind)]).filter(({ name }) => name !== '');
  return ids.filter(({ name, id }) => !ids.some((other) => other.name === name && other.id !== id)).map(({ id }) => id);
}

describe('generateTypeScript', () => {
  it.each([
    ['kinds', {}],
    ['layout', { types: LAYOUT_TYPES, byteOrder: 'constructor' }],
  ] as const)('writes %s as the golden file has it', (name, options) => {
    const text = generateTypeScript(fixtureBtf(name), options);
    const path = join(__dirname, 'fixtures', `${name}.generated.txt`);
    if (BLESS) writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  it('compiles under strict settings, in every byte order', () => {
    const files: Record<string, string> = {};
    for (const name of FIXTURES) {
      for (const byteOrder of ['little', 'big', 'constructor'] as const) files[`/${name}.${byteOrder}.ts`] = generateTypeScript(fixtureBtf(name), { byteOrder });
    }
    expect(complaintsOf(files)).toEqual([]);
  }, 120_000);

  it('gives types that a user can work with, and that refuse what is wrong', () => {
    const use = (body: string): string[] => {
      const files = { '/kinds.ts': generateTypeScript(fixtureBtf('kinds')), '/use.ts': `import { color, node } from './kinds.ts';\nimport type { node_value } from './kinds.ts';\n${body}\n` };
      return complaintsOf(files).filter((line) => !line.includes('is declared but'));
    };
    expect(use(`
      export const n: node = node.from(new Uint8Array(node.SIZE));
      n.point.x = 3; n.next = 5n; n.grid.at(1).set(2, -1); n.$at(8).word += 1;
      export const value: node_value = n.$get();
      export const kind: color = color.RED;
    `)).toEqual([]);
    expect(use('node.from(new Uint8Array(8)).next = 5;')).toHaveLength(1);
    expect(use('export const kind: color = 3;')).toHaveLength(1);
  }, 120_000);

  it('does not depend on ids', () => {
    const kinds = fixtureBtf('kinds');
    const types = ['node', 'bits', 'packed', '.kconfig', 'anonymous_t', 'color'];
    const text = generateTypeScript(kinds, { types });
    expect(generateTypeScript(reversed(kinds), { types })).toBe(text);
    expect(generateTypeScript(reversed(kinds))).toBe(generateTypeScript(kinds));
    // Types behind others, and everything twice.
    const builder = new BtfBuilder();
    for (const name of ['helpers', 'kinds', 'kinds']) builder.addBtf(fixtureBtf(name));
    expect(generateTypeScript(builder.build(), { types })).toBe(text);
    expect(generateTypeScript(kinds, { types: types.map((name) => kinds.findByName(name) ?? 0) })).toBe(text);
  });

  it('moves, and reuses what is nested', () => {
    const kinds = fixtureBtf('kinds');
    const { node } = run(generateTypeScript(kinds, { types: ['node'] }));
    const id = idOf(kinds, 'node', BTF_KIND_STRUCT);
    const records = [1, 2, 3].map((x) => encodeValue(kinds, id, { point: { x, y: -x }, grid: [[x, x + 1, x + 2], []] }));
    const view = node!.from(Uint8Array.from(records.flatMap((record) => [...record])));
    const point = view['point'];
    const seen = records.map((record, i) => (view.$at(i * record.length)['point'] as { x: number }).x);
    expect(seen).toEqual([1, 2, 3]);
    expect(view['point']).toBe(point);
    const grid = view['grid'] as { at(i: number): { at(i: number): number } };
    expect(grid.at(0)).toBe(grid.at(1));
    expect(grid.at(0).at(2)).toBe(5);
    expect(view.$on(new DataView(records[1]!.buffer), 0).$get()).toEqual(decodeValue(kinds, id, records[1]!));
  });

  it('reads and writes arrays of characters as text', () => {
    const builder = new BtfBuilder();
    const char = builder.addInt('char', 1, BTF_INT_SIGNED);
    const comm = builder.addArray(char, char, 16);
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    builder.addStruct('event', 24);
    builder.addField('pid', int, 0);
    builder.addField('comm', comm, 32);
    const { event } = run(generateTypeScript(builder.build(), { types: ['event'] }));
    const bytes = new Uint8Array(24).fill(0xff);
    const text = event!.from(bytes)['comm'] as { text: string; length: number; bytes(): Uint8Array };
    text.text = 'größer';
    expect([text.text, text.length, bytes[3], bytes[20], text.bytes().length]).toEqual(['größer', 16, 255, 255, 16]);
    text.text = 'sixteen letters!';
    expect(text.text).toBe('sixteen letters!');
    expect(() => (text.text = 'seventeen letters')).toThrow(RangeError);
  });

  it('places the variables of a section', () => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    const long = builder.addInt('long', 8, BTF_INT_SIGNED);
    const [a, b] = [builder.addVar('count', int, 1), builder.addVar('total', long, 1)];
    builder.addDatasec('.bss', 0);
    builder.addVarSecinfo(a, 0, 4);
    builder.addVarSecinfo(b, 8, 8);
    const btf = builder.build();
    const { bss } = run(generateTypeScript(btf, { types: ['.bss'] }));
    const bytes = new Uint8Array(16).map((_, i) => i);
    expect(bss!.SIZE).toBe(16);
    expect(bss!.from(bytes).$get()).toEqual(decodeValue(btf, idOf(btf, '.bss', BTF_KIND_DATASEC), bytes));
  });

  it('reads pointers of 4 bytes where a machine has these', () => {
    const builder = new BtfBuilder();
    const ptr = builder.addPtr(0);
    builder.addArray(ptr, ptr, 2);
    builder.addStruct('s', 12);
    builder.addField('one', ptr, 0);
    builder.addField('two', 2, 32);
    const { s } = run(generateTypeScript(withPointerSize(builder.build(), 4), { types: ['s'] }));
    const bytes = new Uint8Array(12).fill(0xff);
    const view = s!.from(bytes).$set({ one: 0x1_8000_0001n, two: [7n] });
    expect(view.$get()).toEqual({ one: 0x8000_0001n, two: [7n, 0xffff_ffffn] });
    expect([...bytes.subarray(0, 8)]).toEqual([1, 0, 0, 0x80, 7, 0, 0, 0]);
  });

  it('finds a type by kind and name, and says when there is none', () => {
    const kinds = fixtureBtf('kinds');
    expect(generateTypeScript(kinds, { types: ['struct bits'] })).toBe(generateTypeScript(kinds, { types: ['bits', 'struct bits'] }));
    expect(generateTypeScript(kinds, { types: ['enum color'] })).not.toContain('class color');
    expect(generateTypeScript(kinds, { types: ['node_ref'] })).toContain('export type node_ref = bigint;');
    for (const [type, code] of [['nobody', 'BTF_NAME'], ['union bits', 'BTF_NAME'], ['', 'BTF_NAME'], ['local', 'BTF_NO_SIZE'], ['opaque', 'BTF_NO_SIZE'], [0, 'BTF_NO_SIZE'], [9999, 'BTF_TYPE_ID']] as const) {
      expect(() => generateTypeScript(kinds, { types: [type] })).toThrow(expect.objectContaining({ code }));
    }
  });

  it('gives typedefs and variables that were asked for', () => {
    const layout = fixtureBtf('layout');
    expect(Object.keys(run(generateTypeScript(layout, { types: ['later_t', 'array_t', 'use_20'] })))).toEqual(expect.arrayContaining(['later', 'later_t', 'array_t', 'anon_t']));
  });
});

describe('generated classes', () => {
  const cases = FIXTURES.flatMap((name) => (['el', 'eb'] as const).map((order) => [name, order] as const));
  it.each(cases)('read and write %s.%s as decodeValue and encodeValue do', (name, order) => {
    const btf = fixtureBtf(name, order);
    const ids = namedComposites(btf);
    if (ids.length === 0) return;
    const classes = run(generateTypeScript(btf, { types: ids, byteOrder: 'constructor' }));
    const fixed = { true: run(generateTypeScript(btf, { types: ids, byteOrder: 'little' })), false: run(generateTypeScript(btf, { types: ids, byteOrder: 'big' })) };
    fc.assert(
      fc.property(fc.constantFrom(...ids), fc.uint8Array({ minLength: 600, maxLength: 600 }), fc.nat(40), fc.boolean(), (id, noise, extra, littleEndian) => {
        const bytes = noise.subarray(0, btf.resolveSize(id) + extra);
        const type = btf.name(id);
        compareClass(btf, id, classes[type]!, bytes, littleEndian, true);
        compareClass(btf, id, fixed[`${littleEndian}`][type]!, bytes, littleEndian, false);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 120_000);

  const bitfield = fc.record({ bitOff: fc.nat(120), bits: fc.integer({ min: 1, max: 64 }), signed: fc.boolean(), size: fc.constantFrom(1, 4, 8) });
  it('read and write bitfields of every place and width', () => {
    fc.assert(
      fc.property(fc.array(bitfield, { minLength: 24, maxLength: 24 }), fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.boolean(), (fields, bytes, littleEndian) => {
        const builder = new BtfBuilder();
        const ints = fields.map(({ size, signed }) => builder.addInt('int', size, signed ? BTF_INT_SIGNED : 0));
        builder.addStruct('s', 24);
        // A number cannot hold more than 32 bits exactly. Fields may overlap, as in a union.
        fields.forEach(({ bitOff, bits, size }, i) => builder.addField(`f${i}`, ints[i]!, bitOff, size <= 4 ? Math.min(bits, 32) : bits));
        const btf = builder.build();
        for (const byteOrder of ['constructor', littleEndian ? 'little' : 'big'] as const) {
          const { s } = run(generateTypeScript(btf, { types: ['s'], byteOrder }));
          compareClass(btf, idOf(btf, 's', BTF_KIND_STRUCT), s!, bytes, littleEndian, true);
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 120_000);

  it('read and write integers of every width, narrow ones too', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 4), fc.boolean(), fc.uint8Array({ minLength: 600, maxLength: 600 }), fc.boolean(), (encoding, narrow, bytes, littleEndian) => {
        const builder = new BtfBuilder();
        const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 16];
        const ints = sizes.map((size) => (narrow && size <= 8 ? builder.addInt(`int${size}`, size, encoding, 8 * size - 2, 1) : builder.addInt(`int${size}`, size, encoding)));
        const rows = ints.map((int) => builder.addArray(int, int, 2));
        builder.addStruct('s', 600);
        ints.forEach((int, i) => {
          builder.addField(`one${i}`, int, 8 * (60 * i + 1));
          builder.addField(`two${i}`, rows[i]!, 8 * (60 * i + 20));
        });
        const btf = builder.build();
        const { s } = run(generateTypeScript(btf, { types: ['s'], byteOrder: 'constructor' }));
        compareClass(btf, idOf(btf, 's', BTF_KIND_STRUCT), s!, bytes, littleEndian, true);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  }, 120_000);

  it('run as an ES module, outside of tests', () => {
    const dir = mkdtempSync(join(tmpdir(), 'rootlet-ts-'));
    try {
      writeFileSync(join(dir, 'kinds.mjs'), toModule(generateTypeScript(fixtureBtf('kinds'))));
      writeFileSync(join(dir, 'main.mjs'), "import { node, color } from './kinds.mjs';\nconst n = node.from(new Uint8Array(node.SIZE));\nn.point.y = -2;\nconsole.log(n.$get().point, color.BLUE);\n");
      expect(spawnSync(process.execPath, [join(dir, 'main.mjs')], { encoding: 'utf8' })).toMatchObject({ stdout: '{ x: 0, y: -2 } 6\n', stderr: '' });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('hostile types', () => {
  const NASTY = [
    'a*/globalThis.pwned=1;/*', "'];globalThis.pwned=1;//", '"];globalThis.pwned=1;//', '`;globalThis.pwned=1;//', '${globalThis.pwned=1}', 'x\nglobalThis.pwned=1\n', 'x\u2028globalThis.pwned=1\u2029',
    '\\', '\\"', '"', '(){}globalThis.pwned=1', '__proto__', 'constructor', 'prototype', 'toString', '$get', '$off', '$view', '$set', '$at', 'class', 'default', 'number', 'string', 'undefined', 'Partial', 'DataView',
    'BtfView', 'bytes', 'off', 'i', 'value', 'let', 'await', '1a', 'a b', 'ünïcode', 'a___2', 'a', 'SIZE', 'from', '@ts-nocheck', '*/', '/*', '<!--', '-->', '😀', 's_value', 's', 'e', 'get', 'set', 'static',
  ];
  const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...NASTY) }, fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes('\0')));

  function nastyBtf(names: readonly string[]): Btf {
    const [a = 'a', b = 'b', c = 'c', d = 'd', e = 'e', f = 'f', g = 'g', h = 'h'] = names;
    const builder = new BtfBuilder();
    const int = builder.addInt(a, 4, BTF_INT_SIGNED);
    const alias = builder.addTypedef(b, int);
    const enumeration = builder.addEnum(c, 4, true);
    for (const one of new Set([d, e, f])) builder.addEnumValue(one, -3);
    const inner = builder.addStruct(d, 8);
    builder.addField(e, alias, 0);
    builder.addField(f, enumeration, 32);
    const rows = builder.addArray(inner, int, 2);
    builder.addStruct(g, 64);
    for (const [i, [member, type]] of [[a, alias], [b, enumeration], [c, inner], [h, rows], [d, int]].entries() as unknown as [number, [string, number]][]) builder.addField(member, type, 64 * i);
    return builder.build();
  }

  it('cannot inject code by their names', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 8, maxLength: 8 }), fc.uint8Array({ minLength: 64, maxLength: 64 }), (names, bytes) => {
        const btf = nastyBtf(names);
        const root = btf.typeCount - 1;
        const text = generateTypeScript(btf, { types: [root] });
        const classes = run(text);
        expect('pwned' in globalThis).toBe(false);
        // The last of equal names counts in plain values, in both.
        const view = Object.values(classes).find((cls) => cls.SIZE === 64)!.from(bytes);
        expect(view.$get()).toEqual(decodeValue(btf, root, bytes));
      }),
      { numRuns: 150, endOnFailure: true },
    );
  }, 120_000);

  it('compile, whatever their names', () => {
    const files: Record<string, string> = {};
    const samples = fc.sample(fc.array(name, { minLength: 8, maxLength: 8 }), { numRuns: 150, seed: 7 });
    [...NASTY.map((one) => Array.from({ length: 8 }, () => one)), ...samples].forEach((names, i) => {
      files[`/nasty${i}.ts`] = generateTypeScript(nastyBtf(names), { types: [nastyBtf(names).typeCount - 1] });
    });
    expect(complaintsOf(files)).toEqual([]);
  }, 120_000);

  it('end in typed errors, soon', () => {
    const code = (fill: (builder: BtfBuilder) => void, types?: readonly (string | number)[]): string => {
      const builder = new BtfBuilder();
      fill(builder);
      try {
        return String(generateTypeScript(builder.build(), types === undefined ? {} : { types }).length);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code((b) => { b.addStruct('self', 8); b.addField('self', 1, 0); })).toBe('BTF_DEPTH');
    expect(code((b) => { b.addUnion('u', 8); for (let i = 0; i < 20; i++) b.addField(`m${i}`, 1, 0); })).toBe('BTF_DEPTH');
    const bushy = (b: BtfBuilder, member: string): void => {
      for (let i = 0; i < 60; i++) {
        b.addUnion('', 4);
        b.addField(member === '' ? '' : `a${i}`, b.typeCount, 0);
        b.addField(member === '' ? '' : `b${i}`, b.typeCount, 0);
      }
      b.addInt('int', 4);
      b.addStruct('root', 4);
      b.addField('a', 1, 0);
    };
    for (const member of ['', 'named']) expect(code((b) => bushy(b, member))).toBe('BTF_DEPTH');
    expect(code((b) => { for (let i = 0; i < 20_000; i++) { b.addStruct(`s${i}`, 4); b.addField('next', b.typeCount, 0); } b.addInt('int', 4); })).toBe('BTF_DEPTH');
    expect(code((b) => { b.addStruct('empty', 0); b.addArray(1, 1, 0xffff_ffff); b.addStruct('s', 0); b.addField('a', 2, 0); })).toBe('BTF_DEPTH');
    expect(code((b) => { b.addStruct('s', 8); b.addField('a', 0, 0); })).toBe('BTF_NO_SIZE');
    expect(code((b) => { b.addInt('int', 4); b.addStruct('s', 16); b.addField('a', 1, 0, 65); })).toBe('BTF_SIZE');
    expect(code((b) => { b.addTypedef('t', 2); b.addTypedef('t', 1); }, ['t'])).toBe('BTF_DEPTH');
    expect(code((b) => { const long = 'n'.repeat(100_000); const int = b.addInt('int', 4); b.addStruct('s', 8); for (let i = 0; i < 60; i++) b.addField(long, int, 0); })).toBe('BTF_DEPTH');
  }, 120_000);
});

/** The same types in the reverse order of ids. */
function reversed(btf: Btf): Btf {
  const words: number[] = [];
  for (let id = btf.typeCount - 1; id >= 1; id--) {
    const at = btf.recordIdx(id);
    const record = [...btf.words.subarray(at, id + 1 < btf.typeCount ? btf.recordIdx(id + 1) : btf.words.length)];
    for (const { word, role } of recordFields(btf.words, at)) if (role === 'type' && btf.words[word] !== 0) record[word - at] = btf.typeCount - btf.words[word]!;
    words.push(...record);
  }
  const header = new Uint32Array([0x0001_eb9f, 24, 0, 4 * words.length, 4 * words.length, btf.strings.length]);
  return parseBtf(Uint8Array.from([...new Uint8Array(header.buffer), ...new Uint8Array(Uint32Array.from(words).buffer), ...btf.strings]));
}

const VMLINUX_TYPES = ['task_struct', 'sk_buff', 'tcp_sock', 'bpf_prog', 'iphdr', 'tcphdr', 'ethhdr', 'perf_event_attr', 'bpf_attr', 'cgroup', 'inode', 'file', 'xdp_md', 'rq', 'net_device'];
const vmlinux = vmlinuxBytes();
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'types of the running kernel', () => {
  const btf = parseBtf(vmlinux ?? new Uint8Array());
  const types = VMLINUX_TYPES.filter((type) => btf.findByName(type) !== undefined);

  it('compile', () => {
    expect(complaintsOf({ '/vmlinux.ts': generateTypeScript(btf, { types: types.map((type) => (type === 'bpf_attr' ? 'union bpf_attr' : `struct ${type}`)) }) })).toEqual([]);
  }, 240_000);

  it.each(types)('%s reads and writes as decodeValue and encodeValue do', (type) => {
    const id = btf.findByNameKind(type, BTF_KIND_STRUCT) ?? idOf(btf, type, BTF_KIND_UNION);
    const cls = run(generateTypeScript(btf, { types: [id], byteOrder: 'constructor' }))[type]!;
    const size = btf.resolveSize(id);
    const runs = size > KIB ? 2 : 30;
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(255)), fc.nat(100), fc.boolean(), (noise, extra, littleEndian) => {
        compareClass(btf, id, cls, Uint8Array.from(noise.take(size + extra)), littleEndian, size <= 4 * KIB);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }, 120_000);
});
if (!existsSync('/sys/kernel/btf/vmlinux')) console.warn('skipped: types of the running kernel');
