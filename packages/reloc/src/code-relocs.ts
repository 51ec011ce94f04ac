// Which instructions of a section must be patched, and with what?
import type { ElfFile, ElfReloc, ElfSection } from '@rootlet/elf';
import { BPF_PSEUDO_CALL, CALL, INSN_BYTES, LD_IMM64 } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { R_BPF_64_32, R_BPF_64_64, R_BPF_64_ABS32, R_BPF_64_ABS64, R_BPF_64_NODYLD32 } from '@rootlet/elf';
import { RelocError } from './errors.ts';
import type { FuncRange } from './functions.ts';
import { findAddressTarget, findCallTarget, getRelocSymbol, relocError } from './target.ts';
import type { RelocPlace, TargetTables } from './target.ts';
import type { CodeReloc, CodeRelocTarget, DataReloc } from './types.ts';

/**
 * Classifies the relocations of one function, calls without relocation included.
 *
 * @param relocs relocations that lie in the function
 * @throws `RELOC_TYPE`, `RELOC_PLACE`, `RELOC_DUPLICATE`, `RELOC_SYMBOL`, `RELOC_TARGET`, `RELOC_CALL_TARGET`
 */
export function collectCodeRelocs(tables: TargetTables, range: FuncRange, relocs: readonly ElfReloc[]): CodeReloc[] {
  const { section, startIdx, endIdx, sectionInsns: insns } = range;
  const places = relocs.map((reloc): RelocPlace => ({ section, reloc, symbol: getRelocSymbol(tables.elf, section, reloc) }));
  places.forEach((place) => checkInsn(tables, place, range));
  places.sort((a, b) => a.reloc.byteOff - b.reloc.byteOff);
  const found: CodeReloc[] = [];
  const { code, src } = insns;
  let next = 0;
  for (let at = startIdx; at < endIdx; at++) {
    const place = places[next];
    if (place !== undefined && place.reloc.byteOff === at * INSN_BYTES) {
      next++;
      const twice = places[next];
      if (twice?.reloc.byteOff === place.reloc.byteOff) throw relocError('RELOC_DUPLICATE', tables, twice, 'instruction is relocated twice');
      const { reloc } = place;
      const target =
        reloc.type === R_BPF_64_32
          ? findCallTarget(tables, place, (insns.imm[at] as number) + reloc.addend / INSN_BYTES)
          : findAddressTarget(tables, place, wideImm(insns, at) + reloc.addend);
      found.push({ insnIdx: at - startIdx, byteOff: section.byteOff + reloc.byteOff, target });
    } else if (code[at] === CALL && src[at] === BPF_PSEUDO_CALL) {
      const byteOff = section.byteOff + at * INSN_BYTES;
      found.push({ insnIdx: at - startIdx, byteOff, target: findNearTarget(tables, range, at - startIdx, byteOff) });
    }
    if (code[at] === LD_IMM64) at++;
  }
  return found;
}

/** A call within its own section needs no relocation: the immediate is right as it stands. */
function findNearTarget(tables: TargetTables, range: FuncRange, insnIdx: number, byteOff: number): CodeRelocTarget {
  const imm = range.sectionInsns.imm[range.startIdx + insnIdx] as number;
  const targetIdx = range.startIdx + insnIdx + imm + 1;
  const funcIdx = tables.funcByStart.get(range.section.index)?.get(targetIdx);
  if (funcIdx === undefined) {
    const what = `reloc: section ${range.section.name}: function ${range.symbols[0]?.name}: call pc${imm < 0 ? '' : '+'}${imm}`;
    throw new RelocError('RELOC_CALL_TARGET', what, 'no function begins there', { byteOff, insnIdx });
  }
  return { kind: 'call', funcIdx };
}

function checkInsn(tables: TargetTables, place: RelocPlace, range: FuncRange): void {
  const { type } = place.reloc;
  const { startIdx, endIdx, sectionInsns: insns } = range;
  const at = place.reloc.byteOff / INSN_BYTES;
  if (type !== R_BPF_64_64 && type !== R_BPF_64_32) {
    throw relocError('RELOC_TYPE', tables, place, 'not a relocation of code');
  }
  const code = Number.isInteger(at) ? insns.code[at] : undefined;
  const wide = type === R_BPF_64_64;
  const fits = wide ? code === LD_IMM64 && at + 1 < endIdx : code === CALL;
  if (fits && (at === startIdx || insns.code[at - 1] !== LD_IMM64)) return;
  throw relocError('RELOC_PLACE', tables, place, 'wrong instruction to relocate', {
    need: wide ? 'a 64-bit immediate load' : 'a call',
    have: code === undefined ? 'none' : `opcode 0x${code.toString(16)}`,
  });
}

/** The addend of a 64-bit immediate load, signed. */
function wideImm(insns: Insns, insnIdx: number): number {
  return (insns.imm[insnIdx + 1] as number) * 2 ** 32 + ((insns.imm[insnIdx] as number) >>> 0);
}

/**
 * Classifies the relocations of a data section, ordered by offset.
 *
 * @throws `RELOC_TYPE`, `RELOC_PLACE`, `RELOC_SYMBOL`, `RELOC_TARGET`
 */
export function collectDataRelocs(tables: TargetTables, elf: ElfFile, section: ElfSection): DataReloc[] {
  const found: DataReloc[] = [];
  for (const reloc of section.relocs) {
    const place: RelocPlace = { section, reloc, symbol: getRelocSymbol(elf, section, reloc) };
    const size = wordSize(reloc.type);
    if (size === undefined) throw relocError('RELOC_TYPE', tables, place, 'not a relocation of data');
    if (!(reloc.byteOff + size <= section.data.length)) {
      throw relocError('RELOC_PLACE', tables, place, 'reaches out of the section', {
        need: `${size} bytes at ${section.name}+${reloc.byteOff}`,
        have: `${section.data.length}`,
      });
    }
    const inPlace = size === 8 ? Number(section.data.i64(reloc.byteOff)) : section.data.i32(reloc.byteOff);
    const target = findAddressTarget(tables, place, inPlace + reloc.addend);
    found.push({ sectionIdx: section.index, byteOff: reloc.byteOff, size, target });
  }
  return found.sort((a, b) => a.byteOff - b.byteOff);
}

function wordSize(type: number): 4 | 8 | undefined {
  if (type === R_BPF_64_ABS64) return 8;
  return type === R_BPF_64_ABS32 || type === R_BPF_64_NODYLD32 ? 4 : undefined;
}
