// Is BTF found in ELF files of any sort, and is every broken one refused?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BtfBuilder, distillBase, dumpRaw, parseBtf, parseBtfElf, parseBtfExt, parseBtfFile } from '../src/index.ts';
import { fixture, fixtureBtf, FIXTURES } from './fixtures.ts';

const OBJECTS = join(__dirname, '../../reloc/test/fixtures');

interface ElfShape {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** Section count and index of names stand in section header 0. */
  readonly extended?: boolean;
  readonly flags?: number;
  readonly type?: number;
}

/** An ELF file with these sections and nothing else: header, contents, section headers. */
function elf(sections: Readonly<Record<string, Uint8Array>>, { bits, littleEndian, extended = false, flags = 0, type = 1 }: ElfShape): Uint8Array {
  const wide = bits === 64;
  const names = Object.keys(sections);
  const table = new TextEncoder().encode(`\0${[...names, '.shstrtab'].join('\0')}\0`);
  const parts = [...Object.values(sections), table];
  const [headerBytes, entryBytes] = wide ? [64, 64] : [52, 40];
  const total = parts.reduce((sum, part) => sum + part.length, headerBytes);
  const shoff = Math.ceil(total / 8) * 8;
  const bytes = new Uint8Array(shoff + entryBytes * (parts.length + 1));
  const view = new DataView(bytes.buffer);
  const word = (at: number, value: number): void => {
    if (wide) view.setBigUint64(at, BigInt(value), littleEndian);
    else view.setUint32(at, value, littleEndian);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]);
  word(wide ? 40 : 32, shoff);
  const [entryAt, countAt, namesAt] = wide ? [58, 60, 62] : [46, 48, 50];
  view.setUint16(entryAt, entryBytes, littleEndian);
  view.setUint16(countAt, extended ? 0 : parts.length + 1, littleEndian);
  view.setUint16(namesAt, extended ? 0xffff : parts.length, littleEndian);
  if (extended) {
    word(shoff + (wide ? 32 : 20), parts.length + 1);
    view.setUint32(shoff + (wide ? 40 : 24), parts.length, littleEndian);
  }
  let at = headerBytes;
  let nameOff = 1;
  parts.forEach((part, i) => {
    const entry = shoff + entryBytes * (i + 1);
    const isTable = i === parts.length - 1;
    bytes.set(part, at);
    view.setUint32(entry, nameOff, littleEndian);
    view.setUint32(entry + 4, isTable ? 3 : type, littleEndian);
    word(entry + 8, isTable ? 0 : flags);
    word(entry + (wide ? 24 : 16), at);
    word(entry + (wide ? 32 : 20), part.length);
    at += part.length;
    nameOff += [...names, '.shstrtab'][i]!.length + 1;
  });
  return bytes;
}

const SHAPES: readonly ElfShape[] = [32, 64].flatMap((bits) =>
  [true, false].flatMap((littleEndian) => [false, true].map((extended) => ({ bits: bits as 32 | 64, littleEndian, extended }))),
);

describe('objects that clang built', () => {
  const names = readdirSync(OBJECTS).filter((name) => name.endsWith('.o'));

  it.each(names)('%s', (name) => {
    const { btf, ext, base } = parseBtfElf(readFileSync(join(OBJECTS, name)));
    expect(btf.littleEndian).toBe(!name.includes('.be.'));
    expect(btf.typeCount).toBeGreaterThan(3);
    expect(base).toBeUndefined();
    for (const section of ext?.funcInfo ?? []) for (const { typeId } of section.records) expect(btf.kind(typeId)).toBe(12);
  });

  it('are many', () => {
    expect(names.length).toBeGreaterThan(10);
  });
});

describe.each(SHAPES)('ELF of %j', (shape) => {
  const order = shape.littleEndian ? 'el' : 'eb';

  it.each(FIXTURES)('%s', (name) => {
    const [types, records] = [fixture(`${name}.${order}.btf`), fixture(`${name}.${order}.btfext`)];
    const file = elf({ '.text': new Uint8Array(8), '.BTF_ids': new Uint8Array(4), '.BTF': types, '.BTF.ext': records }, shape);
    const { btf, ext } = parseBtfElf(file);
    expect(btf.bytes).toEqual(types);
    expect(ext?.funcInfo.map((section) => section.records)).toEqual(parseBtfExt(records, { btf }).funcInfo.map((section) => section.records));
    expect(parseBtfFile(file).btf.bytes).toEqual(types);
  });

  it('refuses what is compressed or has no bytes', () => {
    const types = fixture(`core.${order}.btf`);
    expect(() => parseBtfElf(elf({ '.BTF': types }, { ...shape, flags: 0x800 }))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringMatching(/compressed section \.BTF/) }));
    expect(() => parseBtfElf(elf({ '.BTF': types }, { ...shape, type: 8 }))).toThrow(expect.objectContaining({ code: 'ELF_SECTION' }));
  });

  it('survives every byte of its headers set to 0 and 255', () => {
    const file = elf({ '.BTF': fixture(`helpers.${order}.btf`), '.BTF.ext': fixture(`helpers.${order}.btfext`) }, shape);
    const headers = [...Array(64).keys(), ...Array.from({ length: 4 * 64 }, (_, i) => file.length - 1 - i)];
    const codes = new Set<string>();
    for (const at of headers) {
      for (const value of [0, 255]) {
        const copy = file.slice();
        copy[at] = value;
        codes.add(attempt(() => parseBtfFile(copy).ext));
      }
    }
    for (const code of ['ok', 'ELF_CLASS', 'ELF_BYTE_ORDER', 'BTF_MISSING']) expect(codes).toContain(code);
  });
});

/** The code of a typed error; anything else is a failure of the test. */
function attempt(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    if ((name === 'DecodeError' || name === 'UnsupportedError') && typeof code === 'string') return code;
    throw error;
  }
}

describe('a module', () => {
  const base = fixtureBtf('kinds');
  const own = new BtfBuilder({ base });
  own.addTypedef('node_t', base.findByName('node') ?? 0);
  own.addPtr(own.typeCount - 1);
  const split = own.build();
  const distilled = distillBase(split);
  const shape: ElfShape = { bits: 64, littleEndian: true };
  const dump = (btf: typeof base): string => [...dumpRaw(btf)].join('');

  it('is split on the base that is given', () => {
    const { btf } = parseBtfElf(elf({ '.BTF': split.bytes }, shape), { base });
    expect(dump(btf)).toBe(dump(split));
    expect(parseBtfFile(split.bytes, { base }).btf.startId).toBe(base.typeCount);
  });

  it('is split on its own distilled base when none is given', () => {
    const file = parseBtfElf(elf({ '.BTF': distilled.split.bytes, '.BTF.base': distilled.base.bytes }, shape));
    expect(file.base?.bytes).toEqual(distilled.base.bytes);
    expect(file.btf.base).toBe(file.base);
    expect(dump(file.btf)).toBe(dump(distilled.split));
  });

  it('is relocated when it has a distilled base and one is given', () => {
    const file = parseBtfElf(elf({ '.BTF': distilled.split.bytes, '.BTF.base': distilled.base.bytes }, shape), { base });
    expect(file.btf.base).toBe(base);
    expect(dump(file.btf)).toBe(dump(split));
    const other = fixtureBtf('main_prog');
    expect(() => parseBtfElf(elf({ '.BTF': distilled.split.bytes, '.BTF.base': distilled.base.bytes }, shape), { base: other })).toThrow(
      expect.objectContaining({ code: 'BTF_RELOCATE' }),
    );
  });

  it('takes its .BTF.ext along', () => {
    const linked = new BtfBuilder({ base: fixtureBtf('layout') });
    const ids = linked.addBtf(fixtureBtf('core'));
    const moved = linked.build();
    const small = distillBase(moved);
    const records = parseBtfExt(fixture('core.el.btfext'), { btf: fixtureBtf('core') });
    // Strings of `core` are found by their text in both, so the records are written anew for the distilled one.
    const builder = BtfBuilder.from(small.split);
    const view = new DataView(new ArrayBuffer(32 + 4 + 8 + 8));
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    view.setUint32(4, 32, true);
    view.setUint32(12, 20, true);
    view.setUint32(32, 8, true);
    view.setUint32(36, builder.addString('kprobe/first'), true);
    view.setUint32(40, 1, true);
    view.setUint32(48, small.ids[ids[records.funcInfo[0]!.records[0]!.typeId]!]!, true);
    const file = elf({ '.BTF': builder.encode(), '.BTF.base': small.base.bytes, '.BTF.ext': new Uint8Array(view.buffer) }, shape);
    const { btf, ext } = parseBtfElf(file, { base: fixtureBtf('layout') });
    expect(ext?.funcInfo.map(({ sectionName, records: [first] }) => [sectionName, first && btf.name(first.typeId)])).toEqual([['kprobe/first', 'first']]);
  });
});

describe('other files', () => {
  it('say what is wrong', () => {
    const shape: ElfShape = { bits: 64, littleEndian: true };
    expect(() => parseBtfElf(elf({ '.text': new Uint8Array(8) }, shape))).toThrow(expect.objectContaining({ code: 'BTF_MISSING' }));
    expect(() => parseBtfElf(fixture('core.el.btf'))).toThrow(expect.objectContaining({ code: 'ELF_MAGIC' }));
    expect(() => parseBtfFile(new Uint8Array([0x7f, 0x45, 0x4c, 0x46]))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => parseBtfFile(new Uint8Array())).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(parseBtfFile(fixture('core.el.btf').buffer).btf.typeCount).toBe(fixtureBtf('core').typeCount);
    const broken = fixture('core.el.btf');
    broken[32] = 0xff;
    const file = elf({ '.text': new Uint8Array(8), '.BTF': broken }, shape);
    // 64 bytes of header and 8 of .text stand before.
    expect(() => parseBtfElf(file)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^BTF_/), byteOff: expect.any(Number) }));
    expect(attempt(() => parseBtf(broken))).toBe(attempt(() => parseBtfElf(file)));
  });

  it('of random bytes are refused or read', () => {
    const file = readFileSync(join(OBJECTS, 'main_prog.o'));
    const codes = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.nat(file.length), (changes, keep) => {
        const copy = new Uint8Array(file);
        for (const [at, value] of changes) copy[at < file.length / 8 ? at % 64 : at] = value;
        codes.add(attempt(() => parseBtfFile(copy.subarray(0, keep % 3 === 0 ? keep : copy.length)).ext));
      }),
      { numRuns: 2000 },
    );
    expect(codes.size).toBeGreaterThan(5);
  });
});
