// What is left of a function that another definition beat?
import { STB_LOCAL, STT_FUNC } from '@rootlet/elf';
import type { ElfSection } from '@rootlet/elf';
import { isCodeSection } from '../functions.ts';
import type { LinkedGlobal } from './globals.ts';
import type { Cut } from './sections.ts';
import type { LinkUnit } from './units.ts';

/**
 * Finds the code of beaten weak functions. It is left out, so that a later reader finds no code without a name. Beaten
 * variables stay as unnamed bytes: taking them out would move what is aligned behind them.
 *
 * A body that has other names (an alias, a local symbol) stays.
 *
 * @returns cuts of an input section, ascending
 */
export function findCuts(globals: ReadonlyMap<string, LinkedGlobal>): (unit: LinkUnit, section: ElfSection) => readonly Cut[] {
  const beaten = new Map<LinkUnit, Set<number>>();
  for (const { losers } of globals.values()) {
    for (const { unit, symbol } of losers) {
      if (symbol.type !== STT_FUNC) continue;
      const ofUnit = beaten.get(unit);
      if (ofUnit === undefined) beaten.set(unit, new Set([symbol.index]));
      else ofUnit.add(symbol.index);
    }
  }
  return (unit, section) => {
    const lost = beaten.get(unit);
    if (lost === undefined || !isCodeSection(section)) return [];
    const inSection = unit.elf.symbols.filter((symbol) => symbol.type === STT_FUNC && symbol.sectionIdx === section.index);
    const kept = inSection.filter((symbol) => symbol.binding === STB_LOCAL || !lost.has(symbol.index));
    const cuts: Cut[] = [];
    let end = 0;
    for (const symbol of inSection.filter((one) => lost.has(one.index)).sort((a, b) => a.value - b.value)) {
      const cut = { start: symbol.value, end: symbol.value + symbol.size };
      const isNamed = kept.some((other) => other.value < cut.end && cut.start < other.value + other.size);
      if (isNamed || cut.start < end || cut.start === cut.end) continue;
      end = cut.end;
      cuts.push(cut);
    }
    return cuts;
  };
}
