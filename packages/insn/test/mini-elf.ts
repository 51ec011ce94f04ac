// Which code, symbols and relocations does a test's object hold? (@rootlet/elf stands beside this package, not below it.)
import { decodeInsns } from '../src/index.ts';
import type { LlvmSection } from '../src/index.ts';

const R_BPF: Readonly<Record<number, string>> = { 1: 'R_BPF_64_64', 2: 'R_BPF_64_ABS64', 3: 'R_BPF_64_ABS32', 10: 'R_BPF_64_32' };
const SHF_EXECINSTR = 4;
const SHT_SYMTAB = 2;
const SHT_REL = 9;
const STT_SECTION = 3;
const STT_FILE = 4;

/** Executable, non-empty sections of a trusted ELF64 relocatable, in file order. */
export function readCodeSections(bytes: Uint8Array): LlvmSection[] {
  const little = bytes[5] === 1;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u16 = (at: number): number => data.getUint16(at, little);
  const u32 = (at: number): number => data.getUint32(at, little);
  const u64 = (at: number): number => Number(data.getBigUint64(at, little));
  const str = (base: number, at: number): string => {
    const end = bytes.indexOf(0, base + at);
    return Buffer.from(bytes.subarray(base + at, end)).toString();
  };
  const sections = Array.from({ length: u16(0x3c) }, (_, idx) => {
    const at = u64(0x28) + idx * u16(0x3a);
    return { nameOff: u32(at), type: u32(at + 4), flags: u64(at + 8), off: u64(at + 24), size: u64(at + 32), link: u32(at + 40), info: u32(at + 44) };
  });
  type Header = (typeof sections)[0];
  const names = sections[u16(0x3e)] as Header;
  const name = (section: Header): string => str(names.off, section.nameOff);
  const symtab = sections.find(({ type }) => type === SHT_SYMTAB) as Header;
  const strings = sections[symtab.link] as Header;
  const symbols = Array.from({ length: symtab.size / 24 }, (_, idx) => {
    const at = symtab.off + idx * 24;
    const type = (bytes[at + 4] as number) & 15;
    const shndx = u16(at + 6);
    const own = str(strings.off, u32(at));
    return { name: type === STT_SECTION ? name(sections[shndx] as Header) : own, type, shndx, byteOff: u64(at + 8) };
  });
  return sections.flatMap((section, idx) => {
    if ((section.flags & SHF_EXECINSTR) === 0 || section.size === 0) return [];
    const rel = sections.find(({ type, info }) => type === SHT_REL && info === idx);
    return {
      name: name(section),
      littleEndian: little,
      insns: decodeInsns(bytes.subarray(section.off, section.off + section.size), little),
      symbols: symbols.filter(({ shndx, type }) => shndx === idx && type !== STT_SECTION && type !== STT_FILE),
      relocs: Array.from({ length: (rel?.size ?? 0) / 16 }, (_, relIdx) => {
        const at = (rel as Header).off + relIdx * 16;
        const info = data.getBigUint64(at + 8, little);
        return {
          byteOff: u64(at),
          type: R_BPF[Number(info & 0xffffffffn)] ?? '?',
          symbol: (symbols[Number(info >> 32n)] as (typeof symbols)[0]).name,
        };
      }),
    };
  });
}
