// Which symbols does an object want from elsewhere?
import type { ElfFile } from '@rootlet/elf';
import { R_BPF_64_32, SHN_UNDEF, STB_LOCAL, STB_WEAK } from '@rootlet/elf';
import { RelocError } from './errors.ts';
import { isCodeSection } from './functions.ts';
import type { BtfNames } from './names.ts';
import type { CodeExtern } from './types.ts';

/** The externs of an object, and which symbol is which. */
export interface ExternTable {
  readonly externs: readonly CodeExtern[];
  /** Extern index by symbol index. */
  readonly bySymbol: ReadonlyMap<number, number>;
}

/**
 * Collects undefined symbols in symbol table order.
 *
 * BTF says whether one is a function or a variable; without BTF it is a function when something calls it.
 *
 * @throws `RELOC_EXTERN` for an undefined symbol with local binding or two of one name
 */
export function collectExterns(elf: ElfFile, names: BtfNames): ExternTable {
  let called: ReadonlySet<number> | undefined;
  const externs: CodeExtern[] = [];
  const bySymbol = new Map<number, number>();
  const seen = new Set<string>();
  for (const symbol of elf.symbols) {
    if (symbol.index === 0 || symbol.sectionIdx !== SHN_UNDEF || symbol.name === '') continue;
    if (symbol.binding === STB_LOCAL) {
      throw new RelocError('RELOC_EXTERN', `reloc: symbol ${symbol.name}`, 'undefined symbol is local');
    }
    if (seen.has(symbol.name)) {
      throw new RelocError('RELOC_EXTERN', `reloc: symbol ${symbol.name}`, 'declared extern twice');
    }
    seen.add(symbol.name);
    const funcId = names.externFuncs.get(symbol.name);
    const btfId = funcId ?? names.externVars.get(symbol.name);
    if (btfId === undefined) called ??= findCalled(elf);
    const isFunc = btfId === undefined ? called?.has(symbol.index) === true : funcId !== undefined;
    bySymbol.set(symbol.index, externs.length);
    externs.push({
      index: externs.length,
      name: symbol.name,
      kind: isFunc ? 'func' : 'var',
      weak: symbol.binding === STB_WEAK,
      btfId,
      sectionName: btfId === undefined ? undefined : names.sectionOf.get(btfId),
    });
  }
  return { externs, bySymbol };
}

/** Symbols that code calls. Only code is looked at: most relocations are those of debug information. */
function findCalled(elf: ElfFile): Set<number> {
  const called = new Set<number>();
  for (const section of elf.sections) {
    if (!isCodeSection(section)) continue;
    for (const reloc of section.relocs) if (reloc.type === R_BPF_64_32) called.add(reloc.symbolIdx);
  }
  return called;
}
