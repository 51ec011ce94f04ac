// What does the parser say of files that were made to hurt?
import { describe, expect, it } from '@jest/globals';
import { ElfWriter, findSection, parseElf, SHN_ABS, SHT_STRTAB, SHT_SYMTAB, SHT_SYMTAB_SHNDX } from '../src/index.ts';
import { EHDR, Patcher, readObject, SHDR, thrownBy } from './objects.ts';

const OBJECT = 'linking/main_prog.o';
const elf = parseElf(readObject(OBJECT));
const indexOf = (name: string): number => findSection(elf, name)!.index;
const TEXT = indexOf('.text');
const REL = indexOf('.rel.text');
const SYMTAB = elf.sections.find((section) => section.type === SHT_SYMTAB)!.index;
const STRTAB = elf.sections.find((section) => section.type === SHT_STRTAB)!.index;

/** One row: what is wrong, the change, the error's code, and words of its message. */
const ROWS: readonly [string, (patcher: Patcher) => unknown, string, string][] = [
  ['no magic', (p) => p.u8(0, 0), 'ELF_MAGIC', 'not an ELF file'],
  ['32 bits', (p) => p.u8(EHDR.class, 1), 'ELF_CLASS', 'need 2, have 1'],
  ['no byte order', (p) => p.u8(EHDR.data, 3), 'ELF_BYTE_ORDER', 'have 3'],
  ['the other byte order', (p) => p.u8(EHDR.data, 2), 'ELF_VERSION', 'have 16777216'],
  ['version 0', (p) => p.u8(EHDR.version, 0), 'ELF_VERSION', 'have 0'],
  ['version 2 in the second place', (p) => p.u32(EHDR.version2, 2), 'ELF_VERSION', 'have 2 at 0x14'],
  ['header size', (p) => p.u16(EHDR.ehsize, 52), 'ELF_HEADER', 'e_ehsize: need 64, have 52'],
  ['section header size', (p) => p.u16(EHDR.shentsize, 40), 'ELF_HEADER', 'e_shentsize: need 64, have 40'],
  ['sections without a place', (p) => p.u64(EHDR.shoff, 0n), 'ELF_HEADER', 'without e_shoff'],
  ['section headers behind the end', (p) => p.u64(EHDR.shoff, 1n << 32n), 'TRUNCATED', 'section header 0'],
  ['section headers at 2^63', (p) => p.u64(EHDR.shoff, 1n << 63n), 'VALUE_TOO_LARGE', 'e_shoff'],
  ['65,279 section headers', (p) => p.u16(EHDR.shnum, 0xfeff), 'TRUNCATED', 'section headers: truncated'],
  ['2^40 section headers, extended', (p) => p.u16(EHDR.shnum, 0).u64(p.section(0) + SHDR.size, 1n << 40n), 'TRUNCATED', 'section headers'],
  ['a section header 0 that is not null', (p) => p.u32(p.section(0) + SHDR.type, 1), 'ELF_SECTION', 'not the null section'],
  ['names in a section that is not there', (p) => p.u16(EHDR.shstrndx, 200), 'ELF_STRTAB', 'have 200'],
  ['names in code', (p) => p.u16(EHDR.shstrndx, TEXT), 'ELF_STRTAB', 'not a string table'],
  ['a section name outside', (p) => p.u32(p.section(TEXT) + SHDR.name, 0xffffffff), 'ELF_STRTAB', `section ${TEXT}: name outside`],
  ['no NUL at the end of the names', (p) => p.bytes.fill(0x61, p.content(STRTAB), p.content(STRTAB) + elf.sections[STRTAB]!.size), 'STRING_UNTERMINATED', 'NUL'],
  ['4 GB of content', (p) => p.u64(p.section(TEXT) + SHDR.size, 1n << 32n), 'TRUNCATED', 'need 4294967296 bytes'],
  ['2^64 - 1 bytes of content', (p) => p.u64(p.section(TEXT) + SHDR.size, (1n << 64n) - 1n), 'VALUE_TOO_LARGE', 'sh_size'],
  ['content at 2^53 - 1', (p) => p.u64(p.section(TEXT) + SHDR.offset, (1n << 53n) - 1n), 'TRUNCATED', 'outside of the file'],
  ['alignment 3', (p) => p.u64(p.section(TEXT) + SHDR.align, 3n), 'ELF_SECTION', 'alignment'],
  ['alignment 2^40', (p) => p.u64(p.section(TEXT) + SHDR.align, 1n << 40n), 'ELF_SECTION', 'alignment'],
  ['alignment 2^53 - 1', (p) => p.u64(p.section(TEXT) + SHDR.align, (1n << 53n) - 1n), 'ELF_SECTION', 'alignment'],
  ['sections on top of each other', (p) => p.u64(p.section(TEXT) + SHDR.offset, BigInt(p.content(SYMTAB))), 'ELF_OVERLAP', 'overlaps'],
  ['a second symbol table', (p) => p.u32(p.section(TEXT) + SHDR.type, SHT_SYMTAB), 'ELF_SYMTAB', 'more than one'],
  ['symbols of 16 bytes', (p) => p.u64(p.section(SYMTAB) + SHDR.entsize, 16n), 'ELF_SYMTAB', 'need 24, have 16'],
  ['half a symbol', (p) => p.u64(p.section(SYMTAB) + SHDR.size, 36n), 'ELF_SYMTAB', 'multiple'],
  ['more locals than symbols', (p) => p.u32(p.section(SYMTAB) + SHDR.info, 1000), 'ELF_SYMTAB', 'local symbols'],
  ['symbol names in code', (p) => p.u32(p.section(SYMTAB) + SHDR.link, TEXT), 'ELF_STRTAB', 'not a string table'],
  ['symbol names nowhere', (p) => p.u32(p.section(SYMTAB) + SHDR.link, 0xffffffff), 'ELF_STRTAB', 'out of range'],
  ['a symbol in section 200', (p) => p.u16(p.content(SYMTAB) + 24 * 2 + 6, 200), 'ELF_SYMBOL', 'section out of range'],
  ['a symbol behind its section', (p) => p.u64(p.content(SYMTAB) + 24 * 2 + 8, 145n), 'ELF_SYMBOL', 'outside of section'],
  ['a symbol at 2^64 - 1', (p) => p.u64(p.content(SYMTAB) + 24 * 2 + 8, (1n << 64n) - 1n), 'ELF_SYMBOL', 'outside of section'],
  ['a symbol larger than its section', (p) => p.u64(p.content(SYMTAB) + 24 * 2 + 16, 1n << 32n), 'ELF_SYMBOL', 'outside of section'],
  ['an extended index without table', (p) => p.u16(p.content(SYMTAB) + 24 * 2 + 6, 0xffff), 'ELF_SYMBOL', 'no extended section index'],
  ['relocations of 24 bytes', (p) => p.u64(p.section(REL) + SHDR.entsize, 24n), 'ELF_RELOC', 'need 16, have 24'],
  ['a relocation and a half', (p) => p.u64(p.section(REL) + SHDR.size, 24n), 'ELF_RELOC', 'multiple'],
  ['relocations with symbols of code', (p) => p.u32(p.section(REL) + SHDR.link, TEXT), 'ELF_RELOC', 'not the symbol table'],
  ['relocations of section 0', (p) => p.u32(p.section(REL) + SHDR.info, 0), 'ELF_RELOC', 'target section out of range'],
  ['relocations of section 4,000,000,000', (p) => p.u32(p.section(REL) + SHDR.info, 4_000_000_000), 'ELF_RELOC', 'target section out of range'],
  ['a relocation behind the end of the code', (p) => p.u64(p.content(REL), 144n), 'ELF_RELOC', 'need less than 144, have 144'],
  ['a relocation at 2^63', (p) => p.u64(p.content(REL), 1n << 63n), 'VALUE_TOO_LARGE', 'r_offset'],
  ['a relocation with symbol 2^32 - 1', (p) => p.u32(p.content(REL) + 12, 0xffffffff), 'ELF_RELOC', 'symbol out of range'],
];

describe('one field is wrong', () => {
  it.each(ROWS)('%s', (_what, change, code, words) => {
    const patcher = new Patcher(readObject(OBJECT));
    change(patcher);
    const error = thrownBy(() => parseElf(patcher.bytes));
    expect(error.name).toBe('DecodeError');
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).toMatch(/^elf: /);
  });

  it('says where', () => {
    const patcher = new Patcher(readObject(OBJECT));
    const at = patcher.section(TEXT) + SHDR.align;
    patcher.u64(at, 3n);
    expect(thrownBy(() => parseElf(patcher.bytes)).byteOff).toBe(at);
  });
});

describe('the whole file is too short', () => {
  const bytes = readObject(OBJECT);

  it('at every length', () => {
    for (let length = 0; length < bytes.length; length++) {
      const error = thrownBy(() => parseElf(bytes.subarray(0, length)));
      expect([error.name, error.code]).toEqual(['DecodeError', 'TRUNCATED']);
    }
  });
});

describe('little input, much work', () => {
  it('does not read a thousand names that share one long tail', () => {
    // Symbol i is called by the last 20,000 - i characters of one string: 4,000 symbols would make 72 MB of text.
    const writer = new ElfWriter({ littleEndian: true });
    for (let i = 0; i < 4000; i++) writer.addSymbol({ name: 'a'.repeat(i === 0 ? 20_000 : 1), sectionIdx: SHN_ABS });
    const patcher = new Patcher(writer.finish());
    const symtab = parseElf(patcher.bytes).sections.find((section) => section.type === SHT_SYMTAB)!;
    for (let i = 1; i < 4000; i++) patcher.u32(symtab.byteOff + 24 * (i + 1), 1 + i);
    expect(thrownBy(() => parseElf(patcher.bytes)).code).toBe('ELF_NAMES');
  });

  it('accepts names that share their tails as linkers do', () => {
    const writer = new ElfWriter({ littleEndian: true });
    writer.addSymbol({ name: 'foobar', sectionIdx: SHN_ABS });
    writer.addSymbol({ name: 'x', sectionIdx: SHN_ABS });
    const patcher = new Patcher(writer.finish());
    const symtab = parseElf(patcher.bytes).sections.find((section) => section.type === SHT_SYMTAB)!;
    const name = new DataView(patcher.bytes.buffer).getUint32(symtab.byteOff + 24, true);
    patcher.u32(symtab.byteOff + 48, name + 3);
    expect(parseElf(patcher.bytes).symbols.map((symbol) => symbol.name)).toEqual(['', 'foobar', 'bar']);
  });

  it('refuses relocation tables on top of each other', () => {
    const patcher = new Patcher(readObject(OBJECT));
    const other = indexOf('.rel.BTF.ext');
    patcher.u64(patcher.section(REL) + SHDR.offset, BigInt(patcher.content(other)));
    expect(thrownBy(() => parseElf(patcher.bytes)).code).toBe('ELF_OVERLAP');
  });

  it('takes a section without bytes at its word, and allocates nothing for it', () => {
    const bytes = readObject('programs/globals.o');
    const bss = findSection(parseElf(bytes), '.bss')!;
    const patcher = new Patcher(bytes);
    patcher.u64(patcher.section(bss.index) + SHDR.size, 1n << 40n);
    const again = findSection(parseElf(patcher.bytes), '.bss')!;
    expect([again.size, again.data.length]).toEqual([2 ** 40, 0]);
  });
});

describe('extended section indices of symbols', () => {
  const withTable = (indices: readonly number[]): Uint8Array => {
    const table = new Uint8Array(new Uint32Array(indices).buffer);
    const writer = new ElfWriter({ littleEndian: true });
    writer.addSection({ name: '.text', data: new Uint8Array(8) });
    writer.addSection({ name: '.symtab_shndx', type: SHT_SYMTAB_SHNDX, data: table, link: 3, addrAlign: 4, entSize: 4 });
    writer.addSymbol({ name: 'far', sectionIdx: 0xffff });
    return writer.finish();
  };

  it('are followed', () => {
    expect(parseElf(withTable([0, 1])).symbols[1]?.sectionIdx).toBe(1);
  });

  it('are checked', () => {
    expect(thrownBy(() => parseElf(withTable([0, 9]))).code).toBe('ELF_SYMBOL');
    expect(thrownBy(() => parseElf(withTable([0]))).code).toBe('ELF_SYMTAB');
    expect(thrownBy(() => parseElf(withTable([0, 0xfff1]))).code).toBe('UNSUPPORTED');
  });
});
