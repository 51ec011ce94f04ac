// How is one function of an object kept while nobody asks what it does?
import type { Btf, BtfCoreRelo, BtfLineInfo } from '@rootlet/btf';
import type { ElfSymbol } from '@rootlet/elf';
import type { Insns } from '@rootlet/insn';
import type { FuncRecords } from './ext-info.ts';
import type { FuncRange } from './functions.ts';
import type { CodeFunc, CodeReloc } from './types.ts';

const EXCEPTION_TAG = 'exception_callback:';

/** A function whose instructions and records are decoded when they are first asked for. */
export class ParsedFunc implements CodeFunc {
  readonly index: number;
  readonly name: string;
  readonly sectionIdx: number;
  readonly sectionName: string;
  readonly startIdx: number;
  readonly binding: number;
  readonly visibility: number;
  readonly btfId: number | undefined;
  readonly relocs: readonly CodeReloc[];
  readonly #range: FuncRange;
  readonly #records: FuncRecords;
  readonly #btf: Btf | undefined;

  constructor(index: number, symbol: ElfSymbol, range: FuncRange, records: FuncRecords, relocs: readonly CodeReloc[], btfId: number | undefined, btf: Btf | undefined) {
    this.index = index;
    this.name = symbol.name;
    this.sectionIdx = range.section.index;
    this.sectionName = range.section.name;
    this.startIdx = range.startIdx;
    this.binding = symbol.binding;
    this.visibility = symbol.visibility;
    this.btfId = btfId;
    this.relocs = relocs;
    this.#range = range;
    this.#records = records;
    this.#btf = btf;
  }

  get exceptionCallback(): string | undefined {
    if (this.#btf === undefined || this.btfId === undefined) return undefined;
    const tag = this.#btf.declTags(this.btfId).find(({ value, componentIdx }) => componentIdx < 0 && value.startsWith(EXCEPTION_TAG));
    return tag?.value.slice(EXCEPTION_TAG.length);
  }

  get insns(): Insns {
    return this.#range.insns;
  }

  get lineInfo(): readonly BtfLineInfo[] {
    return this.#records.lineInfo;
  }

  get coreRelos(): readonly BtfCoreRelo[] {
    return this.#records.coreRelos;
  }
}

/** A function with something changed. Spreading one leaves out what is decoded late. */
export function changeFunc(func: CodeFunc, changes: Partial<CodeFunc>): CodeFunc {
  const { index, name, sectionIdx, sectionName, startIdx, insns, binding, visibility, btfId, exceptionCallback, relocs, lineInfo, coreRelos } = func;
  return { index, name, sectionIdx, sectionName, startIdx, insns, binding, visibility, btfId, exceptionCallback, relocs, lineInfo, coreRelos, ...changes };
}
