// Where is the section, where is the symbol of this name?
import { SHN_LORESERVE, SHN_UNDEF, STB_LOCAL } from './constants.ts';
import type { ElfFile, ElfSection, ElfSymbol } from './types.ts';

/** The first section called `name`; undefined when there is none. */
export function findSection(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.index !== 0 && section.name === name);
}

/** The symbol called `name`, a global or weak one before a local one; undefined when there is none. */
export function findSymbol(elf: ElfFile, name: string): ElfSymbol | undefined {
  let local: ElfSymbol | undefined;
  for (const symbol of elf.symbols) {
    if (symbol.index === 0 || symbol.name !== name) continue;
    if (symbol.binding !== STB_LOCAL) return symbol;
    local ??= symbol;
  }
  return local;
}

/** The section a symbol is defined in; undefined for undefined, absolute and common symbols. */
export function findSymbolSection(elf: ElfFile, symbol: ElfSymbol): ElfSection | undefined {
  const index = symbol.sectionIdx;
  return index === SHN_UNDEF || index >= SHN_LORESERVE ? undefined : elf.sections[index];
}
