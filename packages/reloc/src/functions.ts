// Where does each function of a section begin and end?
import type { ElfFile, ElfSection, ElfSymbol } from '@rootlet/elf';
import { decodeInsns, INSN_BYTES } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { SHF_EXECINSTR, SHT_PROGBITS, STT_FUNC } from '@rootlet/elf';
import { RelocError } from './errors.ts';

/** The slots of one section that symbols claim as a function. */
export interface FuncRange {
  readonly section: ElfSection;
  /** Every symbol of this range: the function and its aliases. */
  readonly symbols: readonly ElfSymbol[];
  /** First slot within the section. */
  readonly startIdx: number;
  /** One past the last slot within the section. */
  readonly endIdx: number;
  /** The whole section: the function is `startIdx` to `endIdx`. */
  readonly code: SectionCode;
  /** Instructions of the function; decoded when they are first asked for. */
  readonly insns: Insns;
}

/** Fields of the instructions of a section, read where they stand: opening an object looks at few of them. */
export class SectionCode {
  /** Number of slots. */
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly #data: DataView;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.length = bytes.length / INSN_BYTES;
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Opcode of a slot; undefined behind the last. */
  opcode(insnIdx: number): number | undefined {
    return this.bytes[insnIdx * INSN_BYTES];
  }

  /** Source register. */
  src(insnIdx: number): number {
    const regs = this.bytes[insnIdx * INSN_BYTES + 1] ?? 0;
    return this.littleEndian ? regs >> 4 : regs & 0x0f;
  }

  /** Signed immediate. */
  imm(insnIdx: number): number {
    return this.#data.getInt32(insnIdx * INSN_BYTES + 4, this.littleEndian);
  }
}

/** Whether a section holds instructions. */
export function isCodeSection(section: ElfSection): boolean {
  return section.type === SHT_PROGBITS && (section.flags & SHF_EXECINSTR) !== 0;
}

/**
 * Splits the code sections of an object into functions, by section, then by start.
 *
 * Code between functions is left out: padding, and what `bpftool gen object` leaves of a weak function that another
 * definition beat. Nothing can call it but by its place, and such a call is an error.
 *
 * @throws `RELOC_FUNC_RANGE` when a function is empty, unaligned or reaches out of its section; `RELOC_FUNC_OVERLAP`;
 *   `INSN_SIZE`
 */
export function collectFuncRanges(elf: ElfFile): FuncRange[] {
  const bySection = new Map<number, ElfSymbol[]>();
  for (const symbol of elf.symbols) {
    if (symbol.type !== STT_FUNC) continue;
    const section = elf.sections[symbol.sectionIdx];
    if (section === undefined || !isCodeSection(section)) continue;
    const list = bySection.get(section.index);
    if (list === undefined) bySection.set(section.index, [symbol]);
    else list.push(symbol);
  }
  const ranges: FuncRange[] = [];
  for (const section of elf.sections) {
    if (!isCodeSection(section) || section.size === 0) continue;
    for (const range of splitSection(elf, section, bySection.get(section.index) ?? [])) ranges.push(range);
  }
  return ranges;
}

function splitSection(elf: ElfFile, section: ElfSection, symbols: ElfSymbol[]): FuncRange[] {
  // Says what is wrong with sections that are no whole number of slots.
  if (section.size % INSN_BYTES !== 0) decodeInsns(section.data.bytes, elf.littleEndian, section.byteOff);
  const code = new SectionCode(section.data.bytes, elf.littleEndian);
  symbols.sort((a, b) => a.value - b.value || a.index - b.index);
  const ranges: FuncRange[] = [];
  let endIdx = 0;
  for (let at = 0; at < symbols.length; ) {
    const first = symbols[at] as ElfSymbol;
    checkRange(section, first);
    const startIdx = first.value / INSN_BYTES;
    const aliases = [first];
    for (at++; symbols[at]?.value === first.value; at++) aliases.push(symbols[at] as ElfSymbol);
    const odd = aliases.find((symbol) => symbol.size !== first.size);
    if (startIdx < endIdx || odd !== undefined) {
      const other = odd?.name ?? ranges.at(-1)?.symbols[0]?.name;
      throw new RelocError('RELOC_FUNC_OVERLAP', whatFunc(section, first), `overlaps function ${other}`, {
        byteOff: section.byteOff + first.value,
      });
    }
    endIdx = startIdx + first.size / INSN_BYTES;
    ranges.push(new ParsedRange(section, aliases, startIdx, endIdx, code));
  }
  return ranges;
}

class ParsedRange implements FuncRange {
  readonly section: ElfSection;
  readonly symbols: readonly ElfSymbol[];
  readonly startIdx: number;
  readonly endIdx: number;
  readonly code: SectionCode;
  #insns: Insns | undefined;

  constructor(section: ElfSection, symbols: readonly ElfSymbol[], startIdx: number, endIdx: number, code: SectionCode) {
    this.section = section;
    this.symbols = symbols;
    this.startIdx = startIdx;
    this.endIdx = endIdx;
    this.code = code;
  }

  get insns(): Insns {
    const { bytes, littleEndian } = this.code;
    this.#insns ??= decodeInsns(bytes.subarray(this.startIdx * INSN_BYTES, this.endIdx * INSN_BYTES), littleEndian);
    return this.#insns;
  }
}

function whatFunc(section: ElfSection, symbol: ElfSymbol): string {
  return `reloc: section ${section.name}: function ${symbol.name}`;
}

function checkRange(section: ElfSection, symbol: ElfSymbol): void {
  const aligned = symbol.value % INSN_BYTES === 0 && symbol.size % INSN_BYTES === 0;
  if (symbol.size > 0 && aligned && symbol.value + symbol.size <= section.data.length) return;
  let problem = 'reaches out of its section';
  if (symbol.size === 0) problem = 'is empty';
  else if (!aligned) problem = `is not aligned to ${INSN_BYTES} bytes`;
  throw new RelocError('RELOC_FUNC_RANGE', whatFunc(section, symbol), problem, {
    have: `${symbol.size} bytes in a section of ${section.data.length}`,
    byteOff: section.byteOff + symbol.value,
  });
}
