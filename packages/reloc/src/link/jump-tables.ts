// What becomes of jump tables when objects are linked?
//
// Their entries are places in the section of the code that jumps, without relocations, so they move as that section's part does. Their
// symbols are global and named alike in every object (`BPF.JT.0.0`), though no other object means them: they become local.
import { R_BPF_64_64, STB_LOCAL, STT_SECTION } from '@rootlet/elf';
import type { ElfSymbol } from '@rootlet/elf';
import { INSN_BYTES } from '@rootlet/insn';
import { RelocError } from '../errors.ts';
import { isCodeSection } from '../functions.ts';
import { JUMP_ENTRY_BYTES } from '../jump-tables.ts';
import { placeByte } from './sections.ts';
import type { Layout, SectionPart } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** Whether a symbol is for its own object only. */
export function isOwnSymbol(unit: LinkUnit, symbol: ElfSymbol): boolean {
  return symbol.binding === STB_LOCAL || symbol.sectionIdx === unit.jumpTablesIdx;
}

/**
 * Moves the entries of one object's tables with the code that they lead to.
 *
 * @param data the output section's bytes
 * @param part the object's `.jumptables`
 * @throws `LINK_RELOC` when a table is none, or leads out of the code's section
 */
export function moveTables(data: DataView, part: SectionPart, layout: Layout): void {
  const { unit, section } = part;
  const seen = new Set<number>();
  let spent = 0;
  for (const code of unit.linked) {
    if (!isCodeSection(code)) continue;
    const codePart = layout.findPart(unit, code.index);
    if (codePart === undefined) continue;
    for (const { byteOff, type, symbolIdx } of code.relocs) {
      const symbol = unit.symbols[symbolIdx];
      if (type !== R_BPF_64_64 || symbol?.sectionIdx !== section.index || symbol.type === STT_SECTION || seen.has(symbolIdx)) continue;
      // Code that was left out takes its table out of use.
      if (placeByte(codePart, byteOff) === undefined) continue;
      seen.add(symbolIdx);
      spent += symbol.size;
      // Tables do not overlap, so none is moved twice.
      if (symbol.value + symbol.size > section.data.length || spent > section.data.length) throw broken(part, symbol, 'is no table of its own');
      for (let at = symbol.value; at + JUMP_ENTRY_BYTES <= symbol.value + symbol.size; at += JUMP_ENTRY_BYTES) {
        const entry = Number(section.data.u64(at));
        const moved = entry < code.size && entry % INSN_BYTES === 0 ? placeByte(codePart, entry) : undefined;
        if (moved === undefined) throw broken(part, symbol, `leads to ${code.name}+${entry}, where no code is`);
        data.setBigUint64(part.base + at, BigInt(moved), unit.littleEndian);
      }
    }
  }
}

function broken({ unit, section }: SectionPart, symbol: ElfSymbol, problem: string): RelocError {
  return new RelocError('LINK_RELOC', `link: object '${unit.name}': section ${section.name}: jump table ${symbol.name}`, problem, {
    byteOff: section.byteOff + symbol.value,
  });
}
