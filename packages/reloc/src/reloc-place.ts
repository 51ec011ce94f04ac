// Where does a relocation stand, for errors?
import type { ElfFile, ElfReloc, ElfSection, ElfSymbol } from '@rootlet/elf';
import { RelocError } from './errors.ts';
import { relocTypeName } from './reloc-names.ts';

/** One relocation and its place, for errors. */
export interface RelocPlace {
  readonly section: ElfSection;
  readonly reloc: ElfReloc;
  readonly symbol: ElfSymbol;
}

/** `reloc: section xdp: R_BPF_64_32 of symbol foo`. */
function whatReloc(place: RelocPlace, elf: ElfFile): string {
  const name = place.symbol.name === '' ? (elf.sections[place.symbol.sectionIdx]?.name ?? '') : place.symbol.name;
  const label = name === '' ? `symbol ${place.symbol.index}` : `symbol ${name}`;
  return `reloc: section ${place.section.name}: ${relocTypeName(place.reloc.type)} of ${label}`;
}

/** An error at a relocation. */
export function relocError(
  code: string,
  { elf }: { readonly elf: ElfFile },
  place: RelocPlace,
  problem: string,
  detail: { readonly need?: string; readonly have?: string } = {},
): RelocError {
  return new RelocError(code, whatReloc(place, elf), problem, {
    ...detail,
    byteOff: place.section.byteOff + place.reloc.byteOff,
  });
}

/** The symbol of a relocation. @throws `RELOC_SYMBOL` when there is none */
export function getRelocSymbol(elf: ElfFile, section: ElfSection, reloc: ElfReloc): ElfSymbol {
  const symbol = elf.symbols[reloc.symbolIdx];
  if (symbol === undefined || symbol.index === 0) {
    const what = `reloc: section ${section.name}: ${relocTypeName(reloc.type)}`;
    throw new RelocError('RELOC_SYMBOL', what, 'no such symbol', {
      need: `index 1 to ${elf.symbols.length - 1}`,
      have: reloc.symbolIdx,
      byteOff: section.byteOff + reloc.byteOff,
    });
  }
  return symbol;
}
