// What do the instructions of an object look like?
import { parseElf, SHF_EXECINSTR, STT_FUNC } from '@rootlet/elf';
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { decodeInsns, disasmKernelLine, disasmLlvmSection, INSN_BYTES } from '@rootlet/insn';
import type { Insns, KernelDisasmOptions } from '@rootlet/insn';
import { helperName } from '@rootlet/uapi';
import { InputError } from '../io.ts';
import type { Io } from '../io.ts';

/** `rootlet disasm FILE` */
export function disasm(io: Io, path: string, options: { readonly style: 'kernel' | 'llvm' }): void {
  const elf = parseElf(io.read(path));
  const sections = elf.sections.filter((section) => (section.flags & SHF_EXECINSTR) !== 0 && section.size > 0);
  if (sections.length === 0) throw new InputError(path, 'has no instructions');
  if (options.style === 'llvm') {
    io.write(`\n${path}:\tfile format elf64-bpf\n`);
    for (const section of sections) io.write(`\n${llvmText(elf, section)}`);
    return;
  }
  for (const section of sections) kernelText(io, elf, section);
}

function llvmText(elf: ElfFile, section: ElfSection): string {
  return disasmLlvmSection({
    name: section.name,
    insns: decodeSection(elf, section),
    littleEndian: elf.littleEndian,
    symbols: functions(elf, section),
  });
}

/** Functions with the slots that relocations fill named in place of the zeros that stand there. */
function kernelText(io: Io, elf: ElfFile, section: ElfSection): void {
  const { bold, dim } = io.colors;
  const insns = decodeSection(elf, section);
  const symbolAt = new Map(
    section.relocs.map((reloc) => [reloc.byteOff / INSN_BYTES, relocName(elf, reloc.symbolIdx)] as const),
  );
  const style: KernelDisasmOptions = {
    helperName,
    imm64: (code, insnIdx) => {
      const name = symbolAt.get(insnIdx);
      const addend = code.imm[insnIdx] as number;
      return name === undefined ? undefined : `${name}${addend === 0 ? '' : `+${addend}`} ll`;
    },
    callTarget: (code, insnIdx) => {
      const name = symbolAt.get(insnIdx);
      const addend = ((code.imm[insnIdx] as number) + 1) * INSN_BYTES;
      return name === undefined ? undefined : `${name}${addend === 0 ? '' : `+${addend}`}`;
    },
  };
  io.print(`${bold(section.name)}:`);
  const starts = functions(elf, section);
  for (let insnIdx = 0; insnIdx < insns.length; insnIdx += insns.isWide(insnIdx) ? 2 : 1) {
    for (const start of starts) if (start.byteOff === insnIdx * INSN_BYTES) io.print(`${bold(start.name)}:`);
    io.print(`${dim(`${String(insnIdx).padStart(4)}:`)} ${disasmKernelLine(insns, insnIdx, style)}`);
  }
}

function decodeSection(elf: ElfFile, section: ElfSection): Insns {
  return decodeInsns(section.data.bytes, elf.littleEndian, section.byteOff);
}

function functions(elf: ElfFile, section: ElfSection): { name: string; byteOff: number }[] {
  return elf.symbols
    .filter((symbol) => symbol.type === STT_FUNC && symbol.sectionIdx === section.index)
    .map((symbol) => ({ name: symbol.name, byteOff: symbol.value }));
}

/** Name of a symbol; of section symbols, which have none, the section's. */
function relocName(elf: ElfFile, symbolIdx: number): string {
  const symbol = elf.symbols[symbolIdx];
  if (symbol === undefined) return '?';
  return symbol.name !== '' ? symbol.name : (elf.sections[symbol.sectionIdx]?.name ?? '?');
}
