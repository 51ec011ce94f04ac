// How does llvm-objdump print a section of code?
import { bytesToHex } from '@rootlet/bytes';
import { disasmLlvm, LLVM_UNKNOWN, llvmJumpTarget, llvmSlots } from './disasm-llvm.ts';
import type { LlvmDisasmOptions } from './disasm-llvm.ts';
import { encodeInsns, INSN_BYTES } from './insns.ts';
import type { Insns } from './insns.ts';

/** A name in the section. */
export interface LlvmSymbol {
  readonly name: string;
  /** Offset in the section in bytes. */
  readonly byteOff: number;
}

/** A relocation, printed under the instruction as with `-r`. */
export interface LlvmReloc {
  /** Offset in the section in bytes. */
  readonly byteOff: number;
  /** Name of the type, e.g. `R_BPF_64_64`. */
  readonly type: string;
  /** Name of the symbol, or of the section for section symbols. */
  readonly symbol: string;
}

/** A section to print. */
export interface LlvmSection {
  readonly name: string;
  readonly insns: Insns;
  /** Byte order of the object: raw bytes are printed as they stand in the file. */
  readonly littleEndian: boolean;
  readonly symbols?: readonly LlvmSymbol[] | undefined;
  readonly relocs?: readonly LlvmReloc[] | undefined;
}

/**
 * A section as `llvm-objdump-19 -d` prints it (with `relocs`, `-dr`), from `Disassembly of section …:` to its last
 * instruction. Slots of zeros are left out as `...`, as llvm does.
 *
 * @returns lines ending in a newline each
 */
export function disasmLlvmSection(section: LlvmSection, options: LlvmDisasmOptions = {}): string {
  const { insns } = section;
  const bytes = encodeInsns(insns, section.littleEndian);
  const symbols = sortSymbols(section);
  const relocs = [...(section.relocs ?? [])].sort((a, b) => a.byteOff - b.byteOff);
  const lines = [`Disassembly of section ${section.name}:`];
  let symbolAt = 0;
  let relocAt = 0;
  for (let idx = 0; idx < insns.length; ) {
    const byteOff = idx * INSN_BYTES;
    for (; symbolAt < symbols.length && (symbols[symbolAt] as LlvmSymbol).byteOff <= byteOff; symbolAt++) {
      const { name, byteOff: at } = symbols[symbolAt] as LlvmSymbol;
      // Of several names for one place llvm-objdump prints the last in the alphabet.
      if (symbols[symbolAt + 1]?.byteOff !== at) lines.push('', `${at.toString(16).padStart(16, '0')} <${name}>:`);
    }
    const next = symbols[symbolAt]?.byteOff ?? insns.length * INSN_BYTES;
    const zeros = countZeroSlots(bytes, byteOff, next);
    if (zeros > 0) {
      lines.push('\t\t...');
      idx += zeros;
      continue;
    }
    const slots = llvmSlots(insns, idx);
    const raw = bytesToHex(bytes.subarray(byteOff, byteOff + slots * INSN_BYTES)).replace(/..(?=.)/g, '$& ');
    lines.push(`${String(idx).padStart(8)}:\t${raw}\t${disasmLlvm(insns, idx, options)}${targetText(insns, idx, symbols, options)}`);
    idx += slots;
    for (; relocAt < relocs.length && (relocs[relocAt] as LlvmReloc).byteOff < idx * INSN_BYTES; relocAt++) {
      const reloc = relocs[relocAt] as LlvmReloc;
      lines.push(`\t\t${reloc.byteOff.toString(16).padStart(16, '0')}:  ${reloc.type}\t${reloc.symbol}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Symbols by place, then name; code before the first one goes by the section's name. */
function sortSymbols(section: LlvmSection): LlvmSymbol[] {
  const symbols = [...(section.symbols ?? [])].sort((a, b) => a.byteOff - b.byteOff || (a.name < b.name ? -1 : 1));
  if (symbols[0]?.byteOff !== 0) symbols.unshift({ name: section.name, byteOff: 0 });
  return symbols;
}

function countZeroSlots(bytes: Uint8Array, byteOff: number, end: number): number {
  let at = byteOff;
  while (at < end && bytes[at] === 0) at++;
  return Math.floor((at - byteOff) / INSN_BYTES);
}

/** ` <name+0x10>`: the last symbol at or before a jump's target. */
function targetText(insns: Insns, insnIdx: number, symbols: readonly LlvmSymbol[], options: LlvmDisasmOptions): string {
  const target = llvmJumpTarget(insns, insnIdx);
  if (target === undefined || disasmLlvm(insns, insnIdx, options) === LLVM_UNKNOWN) return '';
  const byteOff = BigInt.asUintN(64, BigInt(target) * 8n);
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (BigInt((symbols[middle] as LlvmSymbol).byteOff) <= byteOff) low = middle + 1;
    else high = middle;
  }
  const symbol = symbols[low - 1];
  if (symbol === undefined) return '';
  const rest = byteOff - BigInt(symbol.byteOff);
  return rest === 0n ? ` <${symbol.name}>` : ` <${symbol.name}+0x${rest.toString(16)}>`;
}
