// Where may an indirect jump go?
//
// A dense `switch` becomes a load from a table and `gotox`. The tables stand in `.jumptables`, a symbol each: 64-bit byte offsets within
// the section of the code that loads the table's address. There are no relocations for them. A kernel takes each as a map of instructions.
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { INSN_BYTES, LD_IMM64 } from '@rootlet/insn';
import type { FuncRange } from './functions.ts';
import { relocError } from './reloc-place.ts';
import type { RelocPlace } from './reloc-place.ts';

/** Section of jump tables. @source clang 22, `-mcpu=v4` */
export const JUMP_TABLES = '.jumptables';
/** Size of one entry. */
export const JUMP_ENTRY_BYTES = 8;

/** The places that one indirect jump may go to. */
export interface JumpTable {
  /** Symbol, e.g. `BPF.JT.0.0`. */
  readonly name: string;
  /** Place in `.jumptables`. */
  readonly byteOff: number;
  /** Slots within the function that loads the table's address. */
  readonly targets: readonly number[];
}

/** Reads tables, each once, however many instructions load its address. */
export class JumpTableReader {
  readonly #known = new Map<string, JumpTable>();
  /** Bytes of `.jumptables` that were read. */
  #spent = 0;

  /**
   * The table that an instruction loads the address of.
   *
   * @param section `.jumptables`
   * @param range function of the instruction
   * @param addend bytes
   * @throws `RELOC_JUMP_TABLE` when there is no table, or it leads out of the function
   */
  read(tables: { readonly elf: ElfFile }, place: RelocPlace, section: ElfSection, range: FuncRange, addend: number): JumpTable {
    const { name, value: byteOff, size } = place.symbol;
    const whole = size > 0 && size % JUMP_ENTRY_BYTES === 0 && byteOff % JUMP_ENTRY_BYTES === 0 && byteOff + size <= section.data.length;
    if (!whole || addend !== 0) {
      const have = `${size} bytes at ${byteOff + addend} of ${section.data.length}`;
      throw relocError('RELOC_JUMP_TABLE', tables, place, 'no table of 64-bit places', { have });
    }
    const key = `${range.section.index} ${range.startIdx} ${byteOff} ${size}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // Tables do not overlap; a second function fails at the first entry of another's.
    this.#spent += size;
    if (this.#spent > section.data.length) throw relocError('RELOC_JUMP_TABLE', tables, place, 'tables overlap');
    const targets: number[] = [];
    for (let at = byteOff; at < byteOff + size; at += JUMP_ENTRY_BYTES) {
      const entry = section.data.u64(at);
      if (!isPlace(range, entry)) {
        throw relocError('RELOC_JUMP_TABLE', tables, place, `entry ${targets.length} leads out of function ${range.symbols[0]?.name ?? ''}`, {
          need: `an instruction at ${range.startIdx * INSN_BYTES} to ${range.endIdx * INSN_BYTES - 1} of ${range.section.name}`,
          have: String(entry),
        });
      }
      targets.push(Number(entry) / INSN_BYTES - range.startIdx);
    }
    const table: JumpTable = { name, byteOff, targets };
    this.#known.set(key, table);
    return table;
  }
}

/** Whether an instruction of the function begins there; the second slot of a load is none. */
function isPlace({ startIdx, endIdx, code }: FuncRange, byteOff: bigint): boolean {
  const insnIdx = Number(byteOff) / INSN_BYTES;
  if (!(insnIdx >= startIdx && insnIdx < endIdx && Number.isInteger(insnIdx))) return false;
  return insnIdx === startIdx || code.opcode(insnIdx - 1) !== LD_IMM64;
}
