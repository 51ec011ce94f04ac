// What are the bytes of an output section, and what must still be relocated in them?
import { bug } from '@rootlet/bytes';
import { R_BPF_64_64, SHN_LORESERVE, SHN_UNDEF, SHT_NOBITS, STB_WEAK, STT_FILE, STT_FUNC, STT_SECTION } from '@rootlet/elf';
import type { ElfReloc, ElfSymbol } from '@rootlet/elf';
import { BPF_PSEUDO_CALL, CALL, decodeInsns, INSN_BYTES, LD_IMM64 } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { RelocError } from '../errors.ts';
import { isCodeSection, SectionCode } from '../functions.ts';
import { guardBudget, isNullGuard } from '../guard.ts';
import type { GuardBudget } from '../guard.ts';
import { argCount, indexBtfNames } from '../names.ts';
import type { BtfNames } from '../names.ts';
import { relocTypeName } from '../reloc-names.ts';
import { BOUND_FUNC_ADDRESS } from '../relocate.ts';
import { Addend } from './addend.ts';
import type { LinkedGlobal } from './globals.ts';
import { isOwnSymbol, moveTables } from './jump-tables.ts';
import { placeByte } from './sections.ts';
import type { Layout, OutSection, SectionPart } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** What a relocation of the output names: a section, a local symbol, a global one. */
export type OutTarget = OutSection | ElfSymbol | LinkedGlobal;

/** What relocations name, numbered from 0. */
export class OutTargets {
  readonly #numbers: Map<OutTarget, number> = new Map();

  /** The number of a target, a new one where it has none. */
  add(target: OutTarget): number {
    const known = this.#numbers.get(target);
    if (known !== undefined) return known;
    this.#numbers.set(target, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** Undefined for what no relocation names. */
  find(target: OutTarget): number | undefined {
    return this.#numbers.get(target);
  }
}

/** Relocations of an output section, a column each: there may be tens of thousands. */
export interface OutRelocs {
  readonly byteOffs: number[];
  readonly types: number[];
  /** Numbers of {@link OutTargets}. */
  readonly targets: number[];
}

/** An output section's bytes and relocations, in order of the inputs. */
export interface OutContent {
  /** Undefined for sections without bytes in the file. */
  readonly data: Uint8Array<ArrayBuffer> | undefined;
  readonly relocs: OutRelocs;
}

/** An output section's bytes and relocations so far. */
interface Growing {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly relocs: OutRelocs;
}

/** Bytes and relocations of all output sections. */
export interface OutContents {
  /** In the order of the layout's sections. */
  readonly sections: readonly OutContent[];
  readonly targets: OutTargets;
}

/**
 * Puts the output sections together: copies the parts, adds to each place what moved, and keeps a relocation for whatever
 * a loader has to know. It goes object by object, since what belongs to one stands together in memory.
 *
 * @throws `LINK_RELOC` for relocations that make no sense or refer to what was dropped
 */
export function buildContents(units: readonly LinkUnit[], layout: Layout, globals: ReadonlyMap<string, LinkedGlobal>): OutContents {
  const targets = new OutTargets();
  const growing = layout.sections.map((out): Growing => {
    const data = new Uint8Array(out.type === SHT_NOBITS ? 0 : out.size);
    return { data, view: new DataView(data.buffer), relocs: { byteOffs: [], types: [], targets: [] } };
  });
  for (const unit of units) {
    for (const part of layout.partsOf(unit)) {
      if (!part.shared && part.out.type !== SHT_NOBITS) addPart(growing[part.out.index] as Growing, part, layout, globals, targets);
    }
  }
  const sections = layout.sections.map(({ index, type }) => {
    const { data, relocs } = growing[index] as Growing;
    return { data: type === SHT_NOBITS ? undefined : data, relocs };
  });
  return { sections, targets };
}

function addPart(
  { data, view, relocs }: Growing,
  part: SectionPart,
  layout: Layout,
  globals: ReadonlyMap<string, LinkedGlobal>,
  targets: OutTargets,
): void {
  copyPart(data, part);
  if (part.section.index === part.unit.jumpTablesIdx) moveTables(view, part, layout);
  const { relocs: own } = part.section;
  if (own.length === 0 && part.cuts.length === 0) return;
  const mover = new PartMover(view, part, layout, globals);
  if (part.cuts.length > 0) mover.moveNearCalls();
  for (const reloc of own) {
    const byteOff = placeByte(part, reloc.byteOff);
    const target = byteOff === undefined ? undefined : mover.move(reloc, byteOff);
    if (byteOff === undefined || target === undefined) continue;
    relocs.byteOffs.push(byteOff);
    relocs.types.push(reloc.type);
    relocs.targets.push(targets.add(target));
  }
}

function copyPart(data: Uint8Array, part: SectionPart): void {
  const { section, unit } = part;
  let start = section.byteOff;
  let at = part.base;
  for (const cut of part.cuts) {
    at = copyBytes(data, at, unit.bytes, start, section.byteOff + cut.start);
    start = section.byteOff + cut.end;
  }
  copyBytes(data, at, unit.bytes, start, section.byteOff + section.size);
}

/** Copies bytes from `start` to `end` of an object. @returns where the copy ends */
function copyBytes(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  // A view of a few bytes takes longer than they do.
  if (end - start > 64) {
    to.set(from.subarray(start, end), at);
    return at + end - start;
  }
  for (let byteOff = start; byteOff < end; byteOff++) to[at++] = from[byteOff] as number;
  return at;
}

/** Moves the relocations of one part. */
class PartMover {
  readonly #data: DataView;
  readonly #part: SectionPart;
  readonly #layout: Layout;
  readonly #globals: ReadonlyMap<string, LinkedGlobal>;
  #insns: Insns | undefined;
  #relocBySlot: Map<number, ElfReloc> | undefined;
  readonly #inCode: boolean;
  #budget: GuardBudget | undefined;
  #names: BtfNames | undefined;

  constructor(data: DataView, part: SectionPart, layout: Layout, globals: ReadonlyMap<string, LinkedGlobal>) {
    this.#data = data;
    this.#part = part;
    this.#layout = layout;
    this.#globals = globals;
    this.#inCode = isCodeSection(part.section);
  }

  /**
   * Changes what stands in the place of a relocation.
   *
   * @param byteOff its place in the output
   * @returns what it names; undefined when nothing is left to relocate
   */
  move(reloc: ElfReloc, byteOff: number): OutTarget | undefined {
    const { unit } = this.#part;
    const symbol = unit.symbols[reloc.symbolIdx];
    if (symbol === undefined || symbol.index === 0) throw this.#error(reloc, 'no such symbol');
    const addend = Addend.at(this.#data, byteOff, reloc.type, unit.littleEndian, this.#inCode);
    if (addend === undefined) throw this.#error(reloc, 'cannot stand here');
    if (reloc.addend !== 0) addend.add(reloc.addend);
    if (isOwnSymbol(unit, symbol)) return this.#moveLocal(reloc, symbol, addend);
    const global = this.#globals.get(symbol.name) ?? bug(`no global ${symbol.name}`);
    if (this.#isLinkedGuard(reloc, symbol, global)) {
      addend.set(Number(BOUND_FUNC_ADDRESS));
      return undefined;
    }
    return global;
  }

  #moveLocal(reloc: ElfReloc, symbol: ElfSymbol, addend: Addend): OutTarget {
    const { unit } = this.#part;
    if (symbol.sectionIdx === SHN_UNDEF || symbol.sectionIdx >= SHN_LORESERVE) throw this.#error(reloc, 'local symbol stands in no section');
    if (symbol.type === STT_FILE) throw this.#error(reloc, 'refers to the name of a file');
    const part = this.#layout.findPart(unit, symbol.sectionIdx);
    if (part === undefined) throw this.#error(reloc, 'refers to a section that is not linked');
    const isSection = symbol.type === STT_SECTION;
    const moved = placeByte(part, symbol.value + (isSection ? addend.bytes : 0));
    if (moved === undefined) throw this.#error(reloc, 'refers to a weak function that another definition beat');
    if (!isSection) return symbol;
    addend.set(moved);
    return part.out;
  }

  /** A weak extern that is only asked whether it is there, and now is: a constant, not a pointer that the verifier must follow. */
  #isLinkedGuard(reloc: ElfReloc, symbol: ElfSymbol, global: LinkedGlobal): boolean {
    const { unit, section } = this.#part;
    const wasWeak = symbol.sectionIdx === SHN_UNDEF && symbol.binding === STB_WEAK;
    if (!wasWeak || global.definition?.symbol.type !== STT_FUNC) return false;
    if (reloc.type !== R_BPF_64_64 || !this.#inCode) return false;
    this.#insns ??= decodeInsns(section.data.bytes, unit.littleEndian, section.byteOff);
    this.#relocBySlot ??= new Map(section.relocs.map((one) => [one.byteOff / INSN_BYTES, one]));
    this.#names ??= indexBtfNames(unit.btf);
    const relocBySlot = this.#relocBySlot;
    const names = this.#names;
    const callArguments = (_: Insns, insnIdx: number): number | undefined => {
      const called = unit.symbols[relocBySlot.get(insnIdx)?.symbolIdx ?? 0];
      if (called === undefined || called.name === '') return undefined;
      return argCount(unit.btf, names.externFuncs.get(called.name) ?? names.funcs.get(called.name));
    };
    this.#budget ??= guardBudget(section.size / INSN_BYTES);
    return isNullGuard(this.#insns, reloc.byteOff / INSN_BYTES, callArguments, this.#budget);
  }

  /** Calls within the section have no relocation; where code between was left out, their distance changes. */
  moveNearCalls(): void {
    const { unit, section } = this.#part;
    // Says what is wrong with sections that are no whole number of slots.
    if (section.size % INSN_BYTES !== 0) decodeInsns(section.data.bytes, unit.littleEndian, section.byteOff);
    const code = new SectionCode(section.data.bytes, unit.littleEndian);
    let relocated: Set<number> | undefined;
    for (let insnIdx = 0; insnIdx < code.length; insnIdx++) {
      let isNear = code.opcode(insnIdx) === CALL && code.src(insnIdx) === BPF_PSEUDO_CALL;
      if (isNear) {
        relocated ??= new Set(section.relocs.map((reloc) => reloc.byteOff / INSN_BYTES));
        isNear = !relocated.has(insnIdx);
      }
      const from = isNear ? placeByte(this.#part, insnIdx * INSN_BYTES) : undefined;
      if (from !== undefined) {
        const target = (insnIdx + 1 + code.imm(insnIdx)) * INSN_BYTES;
        const to = placeByte(this.#part, target);
        if (to === undefined) {
          throw new RelocError('LINK_RELOC', this.#what(), 'calls a weak function that another definition beat, without a relocation', {
            byteOff: section.byteOff + insnIdx * INSN_BYTES,
          });
        }
        this.#data.setInt32(from + 4, (to - from) / INSN_BYTES - 1, unit.littleEndian);
      }
      if (code.opcode(insnIdx) === LD_IMM64) insnIdx++;
    }
  }

  #what(): string {
    return `link: object '${this.#part.unit.name}': section ${this.#part.section.name}`;
  }

  #error(reloc: ElfReloc, problem: string): RelocError {
    const symbol = this.#part.unit.symbols[reloc.symbolIdx];
    const what = `${this.#what()}: ${relocTypeName(reloc.type)} of symbol ${symbol?.name ?? reloc.symbolIdx}`;
    return new RelocError('LINK_RELOC', what, problem, { byteOff: this.#part.section.byteOff + reloc.byteOff });
  }
}
