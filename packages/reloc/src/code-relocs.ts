// Which instructions of a section must be patched, and with what?
import type { ElfFile, ElfReloc, ElfSection } from '@rootlet/elf';
import { BPF_PSEUDO_CALL, CALL, INSN_BYTES, LD_IMM64 } from '@rootlet/insn';
import { R_BPF_64_32, R_BPF_64_64, R_BPF_64_ABS32, R_BPF_64_ABS64, R_BPF_64_NODYLD32 } from '@rootlet/elf';
import { RelocError } from './errors.ts';
import type { FuncRange, SectionCode } from './functions.ts';
import { getRelocSymbol, relocError } from './reloc-place.ts';
import type { RelocPlace } from './reloc-place.ts';
import { findAddressTarget, findCallTarget } from './target.ts';
import type { TargetTables } from './target.ts';
import type { CodeReloc, CodeRelocTarget, DataReloc } from './types.ts';

/**
 * Classifies the relocations of one function, calls without relocation included.
 *
 * @param relocs relocations that lie in the function, ascending
 * @throws `RELOC_TYPE`, `RELOC_PLACE`, `RELOC_DUPLICATE`, `RELOC_SYMBOL`, `RELOC_TARGET`, `RELOC_CALL_TARGET`,
 *   `RELOC_JUMP_TABLE`
 */
export function collectCodeRelocs(tables: TargetTables, range: FuncRange, relocs: readonly ElfReloc[]): CodeReloc[] {
  const { section, startIdx, endIdx, code } = range;
  for (const reloc of relocs) checkInsn(tables, placeOf(tables, section, reloc), range);
  const found: CodeReloc[] = [];
  const { bytes } = code;
  let next = 0;
  const end = endIdx * INSN_BYTES;
  for (let off = startIdx * INSN_BYTES; off < end; off += INSN_BYTES) {
    const opcode = bytes[off];
    // Only these are relocated, as was checked.
    if (opcode !== CALL && opcode !== LD_IMM64) continue;
    const at = off / INSN_BYTES;
    const reloc = relocs[next];
    if (reloc !== undefined && reloc.byteOff === off) {
      next++;
      const twice = relocs[next];
      if (twice?.byteOff === off) throw relocError('RELOC_DUPLICATE', tables, placeOf(tables, section, twice), 'instruction is relocated twice');
      const place = placeOf(tables, section, reloc);
      const target =
        reloc.type === R_BPF_64_32
          ? findCallTarget(tables, place, code.imm(at) + reloc.addend / INSN_BYTES)
          : findAddressTarget(tables, place, wideImm(code, at) + reloc.addend, range);
      found.push({ insnIdx: at - startIdx, byteOff: section.byteOff + off, target });
    } else if (opcode === CALL && code.src(at) === BPF_PSEUDO_CALL) {
      const byteOff = section.byteOff + off;
      found.push({ insnIdx: at - startIdx, byteOff, target: findNearTarget(tables, range, at - startIdx, byteOff) });
    }
    if (opcode === LD_IMM64) off += INSN_BYTES;
  }
  return found;
}

function placeOf(tables: TargetTables, section: ElfSection, reloc: ElfReloc): RelocPlace {
  return { section, reloc, symbol: getRelocSymbol(tables.elf, section, reloc) };
}

/** A call within its own section needs no relocation: the immediate is right as it stands. */
function findNearTarget(tables: TargetTables, range: FuncRange, insnIdx: number, byteOff: number): CodeRelocTarget {
  const imm = range.code.imm(range.startIdx + insnIdx);
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
  const { startIdx, endIdx } = range;
  const at = place.reloc.byteOff / INSN_BYTES;
  if (type !== R_BPF_64_64 && type !== R_BPF_64_32) {
    throw relocError('RELOC_TYPE', tables, place, 'not a relocation of code');
  }
  const code = Number.isInteger(at) ? range.code.opcode(at) : undefined;
  const wide = type === R_BPF_64_64;
  const fits = wide ? code === LD_IMM64 && at + 1 < endIdx : code === CALL;
  if (fits && (at === startIdx || range.code.opcode(at - 1) !== LD_IMM64)) return;
  throw relocError('RELOC_PLACE', tables, place, 'wrong instruction to relocate', {
    need: wide ? 'a 64-bit immediate load' : 'a call',
    have: code === undefined ? 'none' : `opcode 0x${code.toString(16)}`,
  });
}

/** The addend of a 64-bit immediate load, signed. */
function wideImm(code: SectionCode, insnIdx: number): number {
  return code.imm(insnIdx + 1) * 2 ** 32 + (code.imm(insnIdx) >>> 0);
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
