// Which definition does each global name get?
import { BTF_FUNC_EXTERN, BTF_KIND_FUNC } from '@rootlet/btf';
import type { BtfFunc } from '@rootlet/btf';
import {
  SHN_LORESERVE,
  SHN_UNDEF,
  STB_LOCAL,
  STB_WEAK,
  STT_FUNC,
  STV_DEFAULT,
  STV_HIDDEN,
  STV_INTERNAL,
  STV_PROTECTED,
} from '@rootlet/elf';
import type { ElfSymbol } from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import { isSharedSection } from './sections.ts';
import type { LinkUnit } from './units.ts';

/** A symbol of one unit. */
export interface UnitSymbol {
  readonly unit: LinkUnit;
  readonly symbol: ElfSymbol;
}

/** A global name of the output. */
export interface LinkedGlobal {
  readonly name: string;
  /** The definition that counts; undefined when no unit has one. */
  readonly definition: UnitSymbol | undefined;
  /** Weak definitions that another one beat. */
  readonly losers: readonly UnitSymbol[];
  /** Undefined symbols of this name. */
  readonly references: readonly UnitSymbol[];
  readonly binding: number;
  readonly visibility: number;
}

/** Visibilities from the least to the most constraining. */
const VISIBILITY_ORDER: readonly number[] = [STV_DEFAULT, STV_PROTECTED, STV_HIDDEN, STV_INTERNAL];

/**
 * Chooses a definition for each global name: the strong one, in whatever order objects come, or else the first weak one.
 * The most constraining visibility of all mentions counts, so hidden wins.
 *
 * @param hideResolved marks functions that another unit calls, as {@link LinkOptions} has it
 * @returns names in order of first appearance
 * @throws `LINK_DUPLICATE` for two strong definitions; `LINK_KIND` when one name is function here and variable there;
 *   `LINK_SYMBOL` for common and absolute symbols
 */
export function resolveGlobals(units: readonly LinkUnit[], hideResolved: boolean): Map<string, LinkedGlobal> {
  const mentions = new Map<string, UnitSymbol[]>();
  for (const unit of units) {
    for (const symbol of unit.elf.symbols) {
      if (symbol.index === 0 || symbol.binding === STB_LOCAL) continue;
      const what = `link: object '${unit.name}': symbol ${symbol.index}`;
      if (symbol.name === '') throw new RelocError('LINK_SYMBOL', what, 'global symbol without a name');
      if (symbol.sectionIdx >= SHN_LORESERVE) {
        throw new RelocError('LINK_SYMBOL', `${what} (${symbol.name})`, 'absolute or common symbol', { have: `section index ${symbol.sectionIdx}` });
      }
      const list = mentions.get(symbol.name);
      if (list === undefined) mentions.set(symbol.name, [{ unit, symbol }]);
      else list.push({ unit, symbol });
    }
  }
  return new Map([...mentions].map(([name, list]) => [name, resolveGlobal(name, list, hideResolved)]));
}

function resolveGlobal(name: string, mentions: readonly UnitSymbol[], hideResolved: boolean): LinkedGlobal {
  const definitions = mentions.filter(({ symbol }) => symbol.sectionIdx !== SHN_UNDEF);
  const references = mentions.filter(({ symbol }) => symbol.sectionIdx === SHN_UNDEF);
  const strong = definitions.filter(({ symbol }) => symbol.binding !== STB_WEAK);
  const shared = definitions.every(({ unit, symbol }) => isSharedSection(sectionName(unit, symbol)));
  const [winner, second] = strong;
  if (winner !== undefined && second !== undefined && !shared) {
    const what = `link: symbol '${name}'`;
    throw new RelocError('LINK_DUPLICATE', what, `defined twice: ${describe(winner)} and ${describe(second)}`);
  }
  const definition = winner ?? definitions[0];
  requireOneKind(name, mentions);

  let visibility: number = STV_DEFAULT;
  for (const { symbol } of mentions) {
    if (VISIBILITY_ORDER.indexOf(symbol.visibility) > VISIBILITY_ORDER.indexOf(visibility)) visibility = symbol.visibility;
  }
  const calledFromElsewhere = definition?.symbol.type === STT_FUNC && references.length > 0;
  if (hideResolved && calledFromElsewhere && visibility === STV_DEFAULT) visibility = STV_PROTECTED;

  const declaration = references.find(({ symbol }) => symbol.binding !== STB_WEAK) ?? references[0];
  const binding = (definition ?? declaration)?.symbol.binding ?? STB_WEAK;
  return { name, definition, losers: definitions.filter((one) => one !== definition), references, binding, visibility };
}

/** `function in section .text of 'a.o'`. */
export function describe({ unit, symbol }: UnitSymbol): string {
  const kind = symbol.type === STT_FUNC ? 'function' : 'variable';
  if (symbol.sectionIdx === SHN_UNDEF) return `extern in '${unit.name}'`;
  return `${kind} in section ${sectionName(unit, symbol)} of '${unit.name}'`;
}

function sectionName(unit: LinkUnit, symbol: ElfSymbol): string {
  return unit.elf.sections[symbol.sectionIdx]?.name ?? '';
}

function requireOneKind(name: string, mentions: readonly UnitSymbol[]): void {
  const known = mentions.flatMap((mention) => {
    const isFunc = isFunction(mention);
    return isFunc === undefined ? [] : [{ mention, isFunc }];
  });
  const first = known[0];
  const other = known.find(({ isFunc }) => isFunc !== first?.isFunc);
  if (first === undefined || other === undefined) return;
  const word = (isFunc: boolean): string => (isFunc ? 'a function' : 'a variable');
  const problem = `${word(first.isFunc)} in '${first.mention.unit.name}', ${word(other.isFunc)} in '${other.mention.unit.name}'`;
  throw new RelocError('LINK_KIND', `link: symbol '${name}'`, problem);
}

/** Undefined when neither symbol nor BTF tells. */
function isFunction({ unit, symbol }: UnitSymbol): boolean | undefined {
  if (symbol.sectionIdx !== SHN_UNDEF) return symbol.type === STT_FUNC;
  if (unit.names.externFuncs.has(symbol.name)) return true;
  return unit.names.externVars.has(symbol.name) ? false : undefined;
}

/** FUNC or VAR id of a global symbol in its unit's BTF; undefined when BTF has none. */
export function btfIdOf({ unit, symbol }: UnitSymbol): number | undefined {
  const { names, btf } = unit;
  if (symbol.sectionIdx === SHN_UNDEF) return names.externFuncs.get(symbol.name) ?? names.externVars.get(symbol.name);
  const funcId = symbol.type === STT_FUNC ? names.funcs.get(symbol.name) : undefined;
  if (funcId !== undefined && btf?.kind(funcId) === BTF_KIND_FUNC) {
    return (btf.type(funcId) as BtfFunc).linkage === BTF_FUNC_EXTERN ? undefined : funcId;
  }
  return symbol.type === STT_FUNC ? undefined : names.vars.get(symbol.name);
}
