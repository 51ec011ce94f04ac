// Which definition does each global name get?
import { BTF_FUNC_EXTERN, BTF_KIND_FUNC } from '@rootlet/btf';
import {
  SHN_LORESERVE,
  SHN_UNDEF,
  STB_WEAK,
  STT_FUNC,
  STV_DEFAULT,
  STV_HIDDEN,
  STV_INTERNAL,
  STV_PROTECTED,
} from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import { describe, sectionName } from './describe.ts';
import type { UnitSymbol } from './describe.ts';
import { isOwnSymbol } from './jump-tables.ts';
import { isSharedSection } from './sections.ts';
import type { LinkUnit } from './units.ts';

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

/** All that the objects so far say of their global names. */
export class Mentions {
  readonly #byName: Map<string, Mention> = new Map();

  /**
   * The global symbols of an object that can be linked with those before.
   *
   * @throws `LINK_DUPLICATE` for two strong definitions; `LINK_KIND` when one name is function here and variable there;
   *   `LINK_SYMBOL` for common and absolute symbols
   */
  check(unit: LinkUnit): UnitSymbol[] {
    const found: UnitSymbol[] = [];
    const own = new Map<string, UnitSymbol>();
    for (const symbol of unit.elf.symbols) {
      if (symbol.index === 0 || isOwnSymbol(unit, symbol)) continue;
      const mention = { unit, symbol };
      requireOrdinary(mention);
      this.#require(mention, own);
      found.push(mention);
    }
    return found;
  }

  /** Adds what {@link Mentions.check} gave. */
  add(found: readonly UnitSymbol[]): void {
    for (const mention of found) {
      const { name } = mention.symbol;
      const before = this.#byName.get(name);
      const entry: Mention = before ?? { all: [], strong: undefined, known: undefined };
      if (before === undefined) this.#byName.set(name, entry);
      entry.all.push(mention);
      if (entry.strong === undefined && isStrong(mention)) entry.strong = mention;
      if (entry.known === undefined && isFunction(mention) !== undefined) entry.known = mention;
    }
  }

  /** @param own strong definitions of the object itself */
  #require(mention: UnitSymbol, own: Map<string, UnitSymbol>): void {
    const { name } = mention.symbol;
    const before = this.#byName.get(name);
    if (isStrong(mention)) {
      const other = own.get(name) ?? before?.strong;
      if (other !== undefined && !(isShared(other) && isShared(mention))) {
        throw new RelocError('LINK_DUPLICATE', `link: symbol '${name}'`, `defined twice: ${describe(other)} and ${describe(mention)}`);
      }
      own.set(name, mention);
    }
    const isFunc = isFunction(mention);
    if (before?.known === undefined || isFunc === undefined || isFunction(before.known) === isFunc) return;
    const word = (func: boolean): string => (func ? 'a function' : 'a variable');
    const problem = `${word(!isFunc)} in '${before.known.unit.name}', ${word(isFunc)} in '${mention.unit.name}': ${describe(before.known)}, ${describe(mention)}`;
    throw new RelocError('LINK_KIND', `link: symbol '${name}'`, problem);
  }

  /**
   * Chooses a definition for each global name: the strong one, in whatever order objects come, or else the first weak one.
   * The most constraining visibility of all mentions counts, so hidden wins.
   *
   * @param hideResolved marks functions that another unit calls, as {@link LinkOptions} has it
   * @returns names in order of first appearance
   */
  resolve(hideResolved: boolean): Map<string, LinkedGlobal> {
    const globals = new Map<string, LinkedGlobal>();
    for (const [name, mention] of this.#byName) globals.set(name, resolveGlobal(name, mention, hideResolved));
    return globals;
  }
}

/** What all objects so far say of one global name. */
interface Mention {
  readonly all: UnitSymbol[];
  strong: UnitSymbol | undefined;
  /** The first that is known to be a function or a variable. */
  known: UnitSymbol | undefined;
}

function requireOrdinary({ unit, symbol }: UnitSymbol): void {
  if (symbol.name !== '' && symbol.sectionIdx < SHN_LORESERVE) return;
  const what = `link: object '${unit.name}': symbol ${symbol.index}`;
  if (symbol.name === '') throw new RelocError('LINK_SYMBOL', what, 'global symbol without a name');
  throw new RelocError('LINK_SYMBOL', `${what} (${symbol.name})`, 'absolute or common symbol', { have: `section index ${symbol.sectionIdx}` });
}

function isStrong({ symbol }: UnitSymbol): boolean {
  return symbol.sectionIdx !== SHN_UNDEF && symbol.binding !== STB_WEAK;
}

function isShared(mention: UnitSymbol): boolean {
  return isSharedSection(sectionName(mention));
}

function resolveGlobal(name: string, { all, strong }: Mention, hideResolved: boolean): LinkedGlobal {
  let first: UnitSymbol | undefined;
  let declaration: UnitSymbol | undefined;
  let visibility: number = STV_DEFAULT;
  const references: UnitSymbol[] = [];
  for (const mention of all) {
    const { symbol } = mention;
    if (VISIBILITY_ORDER.indexOf(symbol.visibility) > VISIBILITY_ORDER.indexOf(visibility)) visibility = symbol.visibility;
    if (symbol.sectionIdx !== SHN_UNDEF) first ??= mention;
    else {
      references.push(mention);
      if (declaration === undefined || (declaration.symbol.binding === STB_WEAK && symbol.binding !== STB_WEAK)) declaration = mention;
    }
  }
  const definition = strong ?? first;
  const losers = all.length === 1 ? [] : all.filter((mention) => mention !== definition && mention.symbol.sectionIdx !== SHN_UNDEF);
  const calledFromElsewhere = definition?.symbol.type === STT_FUNC && references.length > 0;
  if (hideResolved && calledFromElsewhere && visibility === STV_DEFAULT) visibility = STV_PROTECTED;
  const binding = (definition ?? declaration)?.symbol.binding ?? STB_WEAK;
  return { name, definition, losers, references, binding, visibility };
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
    // A function has its linkage where other kinds have the number of members.
    const linkage = (btf.words[btf.recordIdx(funcId) + 1] as number) & 0xff_ffff;
    return linkage === BTF_FUNC_EXTERN ? undefined : funcId;
  }
  return symbol.type === STT_FUNC ? undefined : names.vars.get(symbol.name);
}
