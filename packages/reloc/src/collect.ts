// Which functions does an object have, and what do they refer to?
import type { Btf, BtfCoreRelo, BtfExt, BtfLineInfo } from '@rootlet/btf';
import { BTF_KIND_FUNC } from '@rootlet/btf';
import type { ElfFile, ElfReloc } from '@rootlet/elf';
import { INSN_BYTES } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { collectCodeRelocs, collectDataRelocs } from './code-relocs.ts';
import { SHF_ALLOC, SHT_PROGBITS, STT_OBJECT } from '@rootlet/elf';
import { createExtLookup } from './ext-info.ts';
import { collectExterns } from './externs.ts';
import { collectFuncRanges, isCodeSection } from './functions.ts';
import type { FuncRange } from './functions.ts';
import { guardBudget, isNullGuard } from './guard.ts';
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
 *   `RELOC_TYPE`, `RELOC_PLACE`, `RELOC_DUPLICATE`, `RELOC_TARGET`, `RELOC_CALL_TARGET`
 * @source Documentation/bpf/llvm_reloc.rst
 */
export function collectCode(elf: ElfFile, btf?: Btf, ext?: BtfExt): CodeModel {
  const names = indexBtfNames(btf);
  const externs = collectExterns(elf, names);
  const ranges = collectFuncRanges(elf);
  const tables: TargetTables = { elf, externs, ...indexFuncs(ranges), mapByOff: indexMaps(elf) };
  const relocsOf = splitRelocs(tables, ranges);
  const findRecords = createExtLookup(ext);
  const funcNames = ranges.flatMap((range) => range.symbols.map((symbol) => symbol.name));
  const countArgs = (target: CodeRelocTarget): number | undefined => {
    if (target.kind === 'call') return argCount(btf, names.funcs.get(funcNames[target.funcIdx] as string));
    return target.kind === 'externCall' ? argCount(btf, externs.externs[target.externIdx]?.btfId) : undefined;
  };

  const funcs: CodeFunc[] = [];
  for (const range of ranges) {
    const relocs = markGuards(collectCodeRelocs(tables, range, relocsOf.get(range) ?? []), range, countArgs);
    const records = findRecords(range);
    const recordId = isFuncId(btf, records.btfId) ? records.btfId : undefined;
    for (const symbol of range.symbols) {
      funcs.push({
        index: funcs.length,
        name: symbol.name,
        sectionIdx: range.section.index,
        sectionName: range.section.name,
        startIdx: range.startIdx,
        get insns(): Insns {
          return range.insns;
        },
        binding: symbol.binding,
        visibility: symbol.visibility,
        // The record is exact; a name may be shared by static functions.
        btfId: recordId ?? names.funcs.get(symbol.name),
        relocs,
        get lineInfo(): readonly BtfLineInfo[] {
          return records.lineInfo;
        },
        get coreRelos(): readonly BtfCoreRelo[] {
          return records.coreRelos;
        },
      });
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

/** Hands each relocation of code to the function it lies in. */
function splitRelocs(tables: TargetTables, ranges: readonly FuncRange[]): Map<FuncRange, ElfReloc[]> {
  const bySection = new Map<number, FuncRange[]>();
  for (const range of ranges) {
    const list = bySection.get(range.section.index);
    if (list === undefined) bySection.set(range.section.index, [range]);
    else list.push(range);
  }
  const found = new Map<FuncRange, ElfReloc[]>();
  for (const section of tables.elf.sections) {
    if (!isCodeSection(section)) continue;
    const inSection = bySection.get(section.index) ?? [];
    for (const reloc of section.relocs) {
      const range = findRange(inSection, reloc.byteOff / INSN_BYTES);
      // Code that belongs to no function is dead.
      if (range === undefined) continue;
      const list = found.get(range);
      if (list === undefined) found.set(range, [reloc]);
      else list.push(reloc);
    }
  }
  return found;
}

/** Ranges of one section ascend and do not overlap. */
function findRange(ranges: readonly FuncRange[], insnIdx: number): FuncRange | undefined {
  let low = 0;
  for (let high = ranges.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as FuncRange).endIdx <= insnIdx) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && insnIdx >= range.startIdx ? range : undefined;
}
