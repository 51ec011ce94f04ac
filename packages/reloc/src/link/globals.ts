// Which definition does each global name get?
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
import type { ElfSymbol } from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import type { BtfNames } from '../names.ts';
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
   * Adds the global symbols of an object; when they cannot be linked with those before, nothing is added.
   *
   * @param names its BTF ids by name
   * @throws `LINK_DUPLICATE` for two strong definitions; `LINK_KIND` when one name is function here and variable there;
   *   `LINK_SYMBOL` for common and absolute symbols
   */
  add(unit: LinkUnit, names: BtfNames): void {
    try {
      for (const symbol of unit.symbols) if (symbol.index !== 0 && !isOwnSymbol(unit, symbol)) this.#add(mentionOf(unit, symbol, names));
    } catch (error) {
      this.remove(unit);
      throw error;
    }
  }

  /** Takes back the symbols of the object that was added last. */
  remove(unit: LinkUnit): void {
    for (const { name } of unit.symbols) {
      const entry = this.#byName.get(name);
      if (entry === undefined) continue;
      while (entry.all.at(-1)?.unit === unit) entry.all.pop();
      if (entry.all.length === 0) this.#byName.delete(name);
      if (entry.strong?.unit === unit) entry.strong = undefined;
      if (entry.known?.unit === unit) entry.known = undefined;
    }
  }

  #add(mention: UnitSymbol): void {
    requireOrdinary(mention);
    const { name } = mention.symbol;
    const strong = isStrong(mention) ? mention : undefined;
    const { isFunc } = mention;
    const known = isFunc === undefined ? undefined : mention;
    const entry = this.#byName.get(name);
    if (entry === undefined) {
      this.#byName.set(name, { all: [mention], strong, known });
      return;
    }
    const other = entry.strong;
    if (strong !== undefined && other !== undefined && !(isShared(other) && isShared(strong))) {
      throw new RelocError('LINK_DUPLICATE', `link: symbol '${name}'`, `defined twice: ${describe(other)} and ${describe(strong)}`);
    }
    if (entry.known !== undefined && isFunc !== undefined && entry.known.isFunc !== isFunc) throw mixedKinds(entry.known, mention, isFunc);
    entry.all.push(mention);
    entry.strong ??= strong;
    entry.known ??= known;
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

/** @param isFunc whether `mention` is a function, which `known` then is not */
function mixedKinds(known: UnitSymbol, mention: UnitSymbol, isFunc: boolean): RelocError {
  const word = (func: boolean): string => (func ? 'a function' : 'a variable');
  const problem = `${word(!isFunc)} in '${known.unit.name}', ${word(isFunc)} in '${mention.unit.name}': ${describe(known)}, ${describe(mention)}`;
  return new RelocError('LINK_KIND', `link: symbol '${mention.symbol.name}'`, problem);
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

/** A symbol and what BTF knows of it. */
function mentionOf(unit: LinkUnit, symbol: ElfSymbol, names: BtfNames): UnitSymbol {
  const { name } = symbol;
  let isFunc: boolean | undefined = symbol.type === STT_FUNC;
  let btfId: number | undefined;
  if (symbol.sectionIdx === SHN_UNDEF) {
    const funcId = names.externFuncs.get(name);
    btfId = funcId ?? names.externVars.get(name);
    isFunc = btfId === undefined ? undefined : funcId !== undefined;
  } else btfId = (isFunc ? names.funcs : names.vars).get(name);
  return { unit, symbol, btfId, declaredIn: btfId === undefined ? undefined : names.sectionOf.get(btfId), isFunc };
}

