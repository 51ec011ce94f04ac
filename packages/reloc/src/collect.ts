// Which functions does an object have, and what do they refer to?
import type { Btf, BtfExt } from '@rootlet/btf';
import { BTF_KIND_FUNC } from '@rootlet/btf';
import type { ElfFile, ElfReloc, ElfSection } from '@rootlet/elf';
import { INSN_BYTES } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { ParsedFunc } from './code-func.ts';
import { collectCodeRelocs, collectDataRelocs } from './code-relocs.ts';
import { SHF_ALLOC, SHT_PROGBITS, STT_OBJECT } from '@rootlet/elf';
import { createExtLookup } from './ext-info.ts';
import { collectExterns } from './externs.ts';
import { collectFuncRanges, isCodeSection } from './functions.ts';
import type { FuncRange } from './functions.ts';
import { guardBudget, isNullGuard } from './guard.ts';
import { JumpTableReader } from './jump-tables.ts';
import { argCount, indexBtfNames } from './names.ts';
import type { TargetTables } from './target.ts';
import type { CodeFunc, CodeModel, CodeReloc, CodeRelocTarget, DataReloc } from './types.ts';

/**
 * Collects the code of an object: functions from symbols of code sections, what their instructions refer to, their
 * line and CO-RE records, the externs, and addresses in data. Pure; nothing is patched.
 *
 * @param elf a parsed relocatable
 * @param btf its `.BTF`
 * @param ext its `.BTF.ext`
 * @throws RelocError with `RELOC_FUNC_RANGE`, `RELOC_FUNC_OVERLAP`, `RELOC_EXTERN`, `RELOC_SYMBOL`,
 *   `RELOC_TYPE`, `RELOC_PLACE`, `RELOC_DUPLICATE`, `RELOC_TARGET`, `RELOC_CALL_TARGET`, `RELOC_JUMP_TABLE`
 * @source Documentation/bpf/llvm_reloc.rst
 */
export function collectCode(elf: ElfFile, btf?: Btf, ext?: BtfExt): CodeModel {
  const names = indexBtfNames(btf);
  const externs = collectExterns(elf, names);
  const ranges = collectFuncRanges(elf);
  const tables: TargetTables = { elf, externs, ...indexFuncs(ranges), mapByOff: indexMaps(elf), jumpTables: new JumpTableReader() };
  const cursor = new RelocCursor();
  const findRecords = createExtLookup(ext);
  const funcNames = ranges.flatMap((range) => range.symbols.map((symbol) => symbol.name));
  const countArgs = (target: CodeRelocTarget): number | undefined => {
    if (target.kind === 'call') return argCount(btf, names.funcs.get(funcNames[target.funcIdx] as string));
    return target.kind === 'externCall' ? argCount(btf, externs.externs[target.externIdx]?.btfId) : undefined;
  };

  const funcs: CodeFunc[] = [];
  for (const range of ranges) {
    const relocs = markGuards(collectCodeRelocs(tables, range, cursor.take(range)), range, countArgs);
    const records = findRecords(range);
    const recordId = isFuncId(btf, records.btfId) ? records.btfId : undefined;
    for (const symbol of range.symbols) {
      // The record is exact; a name may be shared by static functions.
      funcs.push(new ParsedFunc(funcs.length, symbol, range, records, relocs, recordId ?? names.funcs.get(symbol.name), btf));
    }
  }
  const dataRelocs: DataReloc[] = [];
  for (const section of elf.sections) {
    const isData = section.type === SHT_PROGBITS && (section.flags & SHF_ALLOC) !== 0 && !isCodeSection(section);
    if (isData) for (const reloc of collectDataRelocs(tables, elf, section)) dataRelocs.push(reloc);
  }
  return { littleEndian: elf.littleEndian, funcs, externs: externs.externs, dataRelocs };
}

/** Addresses of functions that are only compared with null. */
function markGuards(relocs: CodeReloc[], range: FuncRange, countArgs: (target: CodeRelocTarget) => number | undefined): CodeReloc[] {
  if (!relocs.some((reloc) => reloc.target.kind === 'funcAddr')) return relocs;
  const { insns } = range;
  const bySlot = new Map(relocs.map((reloc) => [reloc.insnIdx, reloc.target]));
  const callArguments = (_: Insns, insnIdx: number): number | undefined => {
    const target = bySlot.get(insnIdx);
    return target === undefined ? undefined : countArgs(target);
  };
  const budget = guardBudget(insns.length);
  return relocs.map((reloc) => {
    const { target } = reloc;
    if (target.kind !== 'funcAddr' || !isNullGuard(insns, reloc.insnIdx, callArguments, budget)) return reloc;
    return { ...reloc, target: { ...target, guard: true } };
  });
}

function isFuncId(btf: Btf | undefined, id: number | undefined): boolean {
  return btf !== undefined && id !== undefined && id > 0 && id < btf.typeCount && btf.kind(id) === BTF_KIND_FUNC;
}

function indexFuncs(ranges: readonly FuncRange[]): Pick<TargetTables, 'funcBySymbol' | 'funcByStart'> {
  const funcBySymbol = new Map<number, number>();
  const funcByStart = new Map<number, Map<number, number>>();
  let index = 0;
  for (const range of ranges) {
    const starts = funcByStart.get(range.section.index) ?? new Map<number, number>();
    funcByStart.set(range.section.index, starts.set(range.startIdx, index));
    for (const symbol of range.symbols) funcBySymbol.set(symbol.index, index++);
  }
  return { funcBySymbol, funcByStart };
}

function indexMaps(elf: ElfFile): Map<number, Map<number, string>> {
  const byOff = new Map<number, Map<number, string>>();
  for (const symbol of elf.symbols) {
    if (symbol.type !== STT_OBJECT || elf.sections[symbol.sectionIdx]?.name !== '.maps') continue;
    const maps = byOff.get(symbol.sectionIdx) ?? new Map<number, string>();
    byOff.set(symbol.sectionIdx, maps);
    if (!maps.has(symbol.value)) maps.set(symbol.value, symbol.name);
  }
  return byOff;
}

/** Hands each relocation of code to the function it lies in: functions are asked for in the order of sections and places. */
class RelocCursor {
  #section: ElfSection | undefined;
  #relocs: readonly ElfReloc[] = [];
  #next = 0;

  /** Relocations of a function, ascending. Code that belongs to no function is dead. */
  take({ section, startIdx, endIdx }: FuncRange): readonly ElfReloc[] {
    if (section !== this.#section) {
      this.#section = section;
      this.#relocs = ascending(section.relocs);
      this.#next = 0;
    }
    const relocs = this.#relocs;
    while (this.#next < relocs.length && relocs[this.#next]!.byteOff < startIdx * INSN_BYTES) this.#next++;
    const first = this.#next;
    while (this.#next < relocs.length && relocs[this.#next]!.byteOff < endIdx * INSN_BYTES) this.#next++;
    return first === 0 && this.#next === relocs.length ? relocs : relocs.slice(first, this.#next);
  }
}

/** Compilers write them so. */
function ascending(relocs: readonly ElfReloc[]): readonly ElfReloc[] {
  for (let at = 1; at < relocs.length; at++) {
    if (relocs[at]!.byteOff < relocs[at - 1]!.byteOff) return [...relocs].sort((a, b) => a.byteOff - b.byteOff);
  }
  return relocs;
}
