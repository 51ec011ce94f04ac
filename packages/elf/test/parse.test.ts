import { describe, expect, it } from '@jest/globals';
import {
  EM_BPF,
  EM_X86_64,
  ET_REL,
  findSection,
  findSymbol,
  findSymbolSection,
  parseElf,
  R_BPF_64_32,
  R_BPF_64_64,
  R_BPF_64_NODYLD32,
  SHF_ALLOC,
  SHF_COMPRESSED,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHN_ABS,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_PROGBITS,
  SHT_SYMTAB,
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STT_FILE,
  STT_FUNC,
  STT_NOTYPE,
  STT_OBJECT,
  STV_DEFAULT,
  STV_HIDDEN,
} from '../src/index.ts';
import { OBJECTS, readObject } from './objects.ts';

describe.each(['', '.bpfeb'])('an object of clang (main_prog%s.o)', (suffix) => {
  const elf = parseElf(readObject(`linking/main_prog${suffix}.o`));

  it('has its header read', () => {
    expect(elf.littleEndian).toBe(suffix === '');
    expect([elf.type, elf.machine, elf.flags]).toEqual([ET_REL, EM_BPF, 0]);
  });

  it('has its sections, each at its index', () => {
    elf.sections.forEach((section, index) => expect(section.index).toBe(index));
    const text = findSection(elf, '.text')!;
    expect(text).toMatchObject({ type: SHT_PROGBITS, flags: SHF_ALLOC | SHF_EXECINSTR, size: 144, addrAlign: 8, addr: 0 });
    expect(text.data.length).toBe(144);
    // w2 = 5
    expect([...text.data.bytes.subarray(0, 8)]).toEqual(suffix === '' ? [0xb4, 2, 0, 0, 5, 0, 0, 0] : [0xb4, 0x20, 0, 0, 0, 0, 0, 5]);
    expect(findSection(elf, '.maps')).toBeUndefined();
    expect(findSection(elf, '')).toBeUndefined();
  });

  it('has the calls of externs as relocations', () => {
    const { relocs } = findSection(elf, '.text')!;
    expect(relocs.map((reloc) => [reloc.byteOff, reloc.type, elf.symbols[reloc.symbolIdx]?.name, reloc.addend])).toEqual([
      [80, R_BPF_64_32, 'foo', 0],
      [120, R_BPF_64_32, 'bar', 0],
    ]);
    expect(findSection(elf, '.BTF.ext')!.relocs.every((reloc) => reloc.type === R_BPF_64_NODYLD32)).toBe(true);
  });

  it('has its symbols', () => {
    expect(findSymbol(elf, 'foo')).toMatchObject({ binding: STB_GLOBAL, type: STT_NOTYPE, sectionIdx: SHN_UNDEF, value: 0, size: 0 });
    expect(findSymbol(elf, 'main_prog')).toMatchObject({ binding: STB_GLOBAL, type: STT_FUNC, visibility: STV_DEFAULT, value: 0, size: 144 });
    expect(findSymbol(elf, 'main_prog.c')).toMatchObject({ binding: STB_LOCAL, type: STT_FILE, sectionIdx: SHN_ABS });
    expect(findSymbol(elf, 'nobody')).toBeUndefined();
    expect(findSymbolSection(elf, findSymbol(elf, 'main_prog')!)?.name).toBe('.text');
    expect(findSymbolSection(elf, findSymbol(elf, 'foo')!)).toBeUndefined();
  });
});

it('tells weak, hidden and local symbols apart', () => {
  expect(findSymbol(parseElf(readObject('linking/weak_main.o')), 'policy')?.binding).toBe(STB_WEAK);
  const visibility = parseElf(readObject('linking/visibility.o'));
  expect(findSymbol(visibility, 'hidden_fn')).toMatchObject({ visibility: STV_HIDDEN, binding: STB_GLOBAL });
  expect(findSymbol(visibility, 'private_fn')).toMatchObject({ binding: STB_LOCAL, size: 24 });
});

it('keeps variables and their sections', () => {
  const elf = parseElf(readObject('programs/globals.o'));
  expect(findSection(elf, '.data')).toMatchObject({ size: 20, flags: SHF_ALLOC | SHF_WRITE });
  const bss = findSection(elf, '.bss')!;
  expect(bss).toMatchObject({ type: SHT_NOBITS, size: 16 });
  expect(bss.data.length).toBe(0);
  expect(findSymbol(elf, 'table')).toMatchObject({ type: STT_OBJECT, size: 16 });
  expect(findSection(elf, 'xdp')!.relocs.every((reloc) => reloc.type === R_BPF_64_64)).toBe(true);
});

it('shares the memory of the input', () => {
  const bytes = readObject('linking/main_prog.o');
  const text = findSection(parseElf(bytes), '.text')!;
  expect(text.data.bytes.buffer).toBe(bytes.buffer);
  expect(text.data.bytes.byteOffset).toBe(text.byteOff);
  expect(text.data.byteOff).toBe(text.byteOff);
});

it('reads a file inside a larger buffer, at any alignment', () => {
  const bytes = readObject('linking/main_prog.o');
  const within = new Uint8Array(bytes.length + 7);
  within.set(bytes, 3);
  const elf = parseElf(within.subarray(3, 3 + bytes.length));
  expect(findSection(elf, '.text')!.byteOff).toBe(findSection(parseElf(bytes), '.text')!.byteOff);
});

it('reads objects of other machines, with their addends', () => {
  const elf = parseElf(readObject('linking/graph3.x86.o'));
  expect(elf.machine).toBe(EM_X86_64);
  expect(findSymbol(elf, 'three')?.type).toBe(STT_FUNC);
  expect(elf.sections.flatMap((section) => section.relocs).some((reloc) => reloc.addend !== 0)).toBe(true);
});

it('leaves compressed sections as they are', () => {
  const elf = parseElf(readObject('programs/variants.compressed.o'));
  expect(elf.sections.some((section) => (section.flags & SHF_COMPRESSED) !== 0)).toBe(true);
});

it.each(OBJECTS)('reads %s', (object) => {
  const elf = parseElf(readObject(object));
  expect(elf.machine).toBe(object.includes('x86') ? EM_X86_64 : EM_BPF);
  expect(elf.symbols.length).toBeGreaterThan(1);
  expect(elf.sections.filter((section) => section.type === SHT_SYMTAB)).toHaveLength(1);
});

describe('extended numbering', () => {
  it('takes the number of sections and the name section from header 0', () => {
    const bytes = readObject('linking/helpers.o');
    const plain = parseElf(bytes);
    const view = new DataView(bytes.buffer);
    const first = Number(view.getBigUint64(40, true));
    view.setBigUint64(first + 32, BigInt(plain.sections.length), true);
    view.setUint32(first + 40, view.getUint16(62, true), true);
    view.setUint16(60, 0, true);
    view.setUint16(62, 0xffff, true);
    const extended = parseElf(bytes);
    expect(extended.sections.map((section) => section.name)).toEqual(plain.sections.map((section) => section.name));
  });
});
