import { describe, expect, it } from '@jest/globals';
import {
  type ElfFile,
  ElfWriter,
  EM_BPF,
  encodeElf,
  ET_REL,
  findSection,
  findSymbol,
  parseElf,
  R_BPF_64_32,
  R_BPF_64_64,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_NULL,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_GLOBAL,
  STB_WEAK,
  STT_FUNC,
  STT_SECTION,
  STV_HIDDEN,
} from '../src/index.ts';
import { OBJECTS, readObject, thrownBy } from './objects.ts';

const CODE = Uint8Array.of(0x85, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x95, 0, 0, 0, 0, 0, 0, 0);

function write(littleEndian: boolean): Uint8Array {
  const writer = new ElfWriter({ littleEndian });
  const text = writer.addSection({ name: '.text', flags: SHF_ALLOC | SHF_EXECINSTR, data: CODE, addrAlign: 8 });
  const bss = writer.addSection({ name: '.bss', type: SHT_NOBITS, flags: SHF_ALLOC | SHF_WRITE, size: 1000, addrAlign: 16 });
  const helper = writer.addSymbol({ name: 'helper', binding: STB_GLOBAL, sectionIdx: SHN_UNDEF });
  const main = writer.addSymbol({ name: 'main', binding: STB_WEAK, type: STT_FUNC, visibility: STV_HIDDEN, sectionIdx: text, size: 16 });
  const here = writer.addSymbol({ name: '', type: STT_SECTION, sectionIdx: bss });
  writer.addReloc(text, { byteOff: 0, type: R_BPF_64_32, symbol: helper });
  writer.addReloc(text, { byteOff: 8, type: R_BPF_64_64, symbol: here });
  expect([text, bss, helper, main, here]).toEqual([1, 2, 1, 2, 3]);
  return writer.finish();
}

describe.each([true, false])('a written relocatable (little endian: %s)', (littleEndian) => {
  const elf = parseElf(write(littleEndian));

  it('is what was asked for', () => {
    expect(elf).toMatchObject({ littleEndian, type: ET_REL, machine: EM_BPF, flags: 0 });
    expect(elf.sections.map((section) => section.name)).toEqual(['', '.text', '.bss', '.rel.text', '.symtab', '.strtab']);
    expect(findSection(elf, '.text')!.data.bytes).toEqual(CODE);
    expect(findSection(elf, '.bss')).toMatchObject({ type: SHT_NOBITS, size: 1000, addrAlign: 16 });
  });

  it('has local symbols first, and says how many', () => {
    expect(elf.symbols.map((symbol) => [symbol.name, symbol.binding])).toEqual([
      ['', 0],
      ['', 0],
      ['helper', STB_GLOBAL],
      ['main', STB_WEAK],
    ]);
    expect(findSection(elf, '.symtab')!.info).toBe(2);
    expect(findSymbol(elf, 'main')).toMatchObject({ type: STT_FUNC, visibility: STV_HIDDEN, size: 16, sectionIdx: 1 });
  });

  it('has relocations that follow the moved symbols', () => {
    expect(findSection(elf, '.text')!.relocs).toEqual([
      { byteOff: 0, type: R_BPF_64_32, symbolIdx: 2, addend: 0 },
      { byteOff: 8, type: R_BPF_64_64, symbolIdx: 1, addend: 0 },
    ]);
  });

  it('aligns content', () => {
    for (const section of elf.sections) if (section.addrAlign > 1) expect(section.byteOff % section.addrAlign).toBe(0);
  });
});

it('the same calls give the same bytes', () => {
  expect(write(true)).toEqual(write(true));
});

it('addends make a table with addends', () => {
  const writer = new ElfWriter({ littleEndian: false, machine: 62 });
  const data = writer.addSection({ name: '.data', data: new Uint8Array(16) });
  const symbol = writer.addSymbol({ name: 'x', binding: STB_GLOBAL, sectionIdx: data });
  writer.addReloc(data, { byteOff: 0, type: 1, symbol });
  writer.addReloc(data, { byteOff: 8, type: 1, symbol, addend: -4 });
  const elf = parseElf(writer.finish());
  expect(findSection(elf, '.rela.data')?.type).toBe(SHT_RELA);
  expect(findSection(elf, '.data')!.relocs.map((reloc) => reloc.addend)).toEqual([0, -4]);
});

it('an empty file has a symbol table and its names', () => {
  expect(parseElf(new ElfWriter({ littleEndian: true }).finish()).sections.map((section) => section.type)).toEqual([SHT_NULL, SHT_SYMTAB, SHT_STRTAB]);
});

it('numbers that were never handed out are refused', () => {
  const broken = (change: (writer: ElfWriter) => void): (() => unknown) => {
    const writer = new ElfWriter({ littleEndian: true });
    writer.addSection({ name: '.text', data: CODE });
    change(writer);
    return () => writer.finish();
  };
  expect(thrownBy(broken((writer) => writer.addReloc(2, { byteOff: 0, type: 1, symbol: 0 }))).message).toContain('section 2');
  expect(thrownBy(broken((writer) => writer.addReloc(1, { byteOff: 0, type: 1, symbol: 1 }))).message).toContain('symbol 1');
  expect(thrownBy(broken((writer) => writer.addSymbol({ name: 'lost', sectionIdx: 2 }))).message).toContain('lost');
});

/** What of a file must survive writing: content, symbols and relocations, by names instead of numbers. */
function essence(elf: ElfFile): unknown {
  const dropped = [SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_REL, SHT_RELA, 0x6fff4c03];
  const nameOfSection = (index: number): string => elf.sections[index]?.name ?? `#${index}`;
  const symbol = (index: number): string => {
    const item = elf.symbols[index]!;
    return `${item.name}@${nameOfSection(item.sectionIdx)}+${item.value}/${item.size} ${item.type} ${item.binding} ${item.visibility}`;
  };
  return {
    header: [elf.littleEndian, elf.type, elf.machine, elf.flags],
    symbols: elf.symbols.map((item) => symbol(item.index)).sort(),
    sections: elf.sections
      .filter((section) => !dropped.includes(section.type))
      .map((section) => ({
        ...{ name: section.name, type: section.type, flags: section.flags, size: section.size, addrAlign: section.addrAlign, entSize: section.entSize },
        data: Buffer.from(section.data.bytes).toString('hex'),
        relocs: section.relocs.map((reloc) => [reloc.byteOff, reloc.type, symbol(reloc.symbolIdx), reloc.addend]),
      })),
  };
}

it.each(OBJECTS)('%s read, written and read again is the same', (object) => {
  const elf = parseElf(readObject(object));
  const written = encodeElf(elf);
  const again = parseElf(written);
  expect(essence(again)).toEqual(essence(elf));
  expect(encodeElf(again)).toEqual(written);
});

it('a relocation cannot point into a table that is built anew', () => {
  const elf = parseElf(readObject('linking/main_prog.o'));
  const symtab = findSection(elf, '.symtab')!.index;
  const symbols = elf.symbols.map((symbol) => (symbol.name === 'foo' ? { ...symbol, sectionIdx: symtab } : symbol));
  expect(thrownBy(() => encodeElf({ ...elf, symbols }))).toMatchObject({ name: 'DecodeError', code: 'ELF_RELOC' });
});
