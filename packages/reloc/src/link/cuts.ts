// What is left of a function that another definition beat?
import { STT_FUNC } from '@rootlet/elf';
import type { ElfSection, ElfSymbol } from '@rootlet/elf';
import { isCodeSection } from '../functions.ts';
import type { LinkedGlobal } from './globals.ts';
import type { Cut } from './sections.ts';
import type { LinkUnit } from './units.ts';

const NO_CUTS: readonly Cut[] = [];

/**
 * Finds the code of beaten weak functions. It is left out, so that a later reader finds no code without a name. Beaten
 * variables stay as unnamed bytes: taking them out would move what is aligned behind them.
 *
 * A body that has other names (an alias, a local symbol) stays.
 *
 * @returns cuts of an input section, ascending
 */
export function findCuts(globals: ReadonlyMap<string, LinkedGlobal>): (unit: LinkUnit, section: ElfSection) => readonly Cut[] {
  const beaten = new Map<LinkUnit, Set<ElfSymbol>>();
  for (const { losers } of globals.values()) {
    for (const { unit, symbol } of losers) {
      if (symbol.type !== STT_FUNC) continue;
      const lost = beaten.get(unit);
      if (lost === undefined) beaten.set(unit, new Set([symbol]));
      else lost.add(symbol);
    }
  }
  const cutsOf = new Map([...beaten].map(([unit, lost]) => [unit, findUnitCuts(unit, lost)]));
  return (unit, section) => cutsOf.get(unit)?.get(section.index) ?? NO_CUTS;
}

function findUnitCuts(unit: LinkUnit, lost: ReadonlySet<ElfSymbol>): Map<number, Cut[]> {
  const bySection = new Map<number, ElfSymbol[]>();
  for (const { sectionIdx } of lost) {
    const section = unit.sections[sectionIdx];
    if (section !== undefined && isCodeSection(section)) bySection.set(sectionIdx, []);
  }
  for (const symbol of unit.symbols) if (symbol.type === STT_FUNC) bySection.get(symbol.sectionIdx)?.push(symbol);
  return new Map([...bySection].map(([sectionIdx, symbols]) => [sectionIdx, findSectionCuts(symbols, lost)]));
}

/** Runs of overlapping symbols; one is cut when all of its symbols have lost. */
function findSectionCuts(symbols: ElfSymbol[], lost: ReadonlySet<ElfSymbol>): Cut[] {
  // Most often they stand in order.
  if (symbols.some((symbol, at) => at > 0 && symbol.value < (symbols[at - 1] as ElfSymbol).value)) symbols.sort((a, b) => a.value - b.value);
  const cuts: Cut[] = [];
  let before = 0;
  for (let at = 0; at < symbols.length; ) {
    const start = (symbols[at] as ElfSymbol).value;
    let end = start;
    let allLost = true;
    for (let next = symbols[at]; next !== undefined && (next.value < end || next.value === start); next = symbols[++at]) {
      end = Math.max(end, next.value + next.size);
      allLost &&= lost.has(next);
    }
    if (!allLost || end === start) continue;
    cuts.push({ start, end, before });
    before += end - start;
  }
  return cuts;
}
