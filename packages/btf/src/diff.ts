// How do the types of two BTFs differ?
import type { Btf } from './btf.ts';
import { diffMembers } from './diff-members.ts';
import type { DiffBudget } from './diff-members.ts';
import { pairNames } from './diff-index.ts';
import { kindWord, nameSpace, pairTypes } from './diff-pairs.ts';
import { Sameness } from './diff-same.ts';
import { Interner, linkageOf, Shapes } from './diff-shape.ts';
import { differingTags } from './diff-tags.ts';
import type { BtfBeforeAfter, BtfDiff, BtfDiffKind, BtfDiffType, BtfEnumeratorChange, BtfTypeChange } from './diff-types.ts';
import { formatDeclaration, formatFuncProto, formatType } from './format.ts';
import {
  BTF_INT_BOOL, BTF_INT_CHAR, BTF_INT_SIGNED, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import { compareTexts } from './type-order.ts';
import type { TypeQuery } from './type-query.ts';
import { parseTypeQuery } from './type-query.ts';
import type { BtfEnumerator } from './types.ts';

/** What to compare. */
export interface DiffBtfOptions {
  /** Only types of these names: `iphdr`, or `struct iphdr`, `enum …`, `typedef …`, `func …`, `var …`, `datasec …`. All when absent. */
  readonly types?: Iterable<string> | undefined;
}

/**
 * What differs between two BTFs, by type name: types added and removed, and of those that both have, what is different in them.
 *
 * Declaration tags count with what they are put on, type tags make another type.
 *
 * Each difference is told once, where it is: a struct whose member has a type of another size has that member resized, but one whose
 * pointer leads to a changed struct is the same. Types without names count by what is in them. Of two split BTFs only the own types are
 * compared (with the base's where one side has a type in its base); byte orders may differ.
 *
 * @param a before
 * @param b after
 * @throws `BTF_DEPTH` for types without names that contain or refer to each other without end
 */
export function diffBtf(a: Btf, b: Btf, options: DiffBtfOptions = {}): BtfDiff {
  return new Differ(a, b, options.types === undefined ? undefined : [...options.types].map(parseTypeQuery)).diff();
}

class Differ {
  readonly #a: Shapes;
  readonly #b: Shapes;
  readonly #queries: readonly TypeQuery[] | undefined;
  readonly #interner = new Interner();
  readonly #budget: DiffBudget;
  readonly #added: BtfDiffType[] = [];
  readonly #removed: BtfDiffType[] = [];
  readonly #changed: BtfTypeChange[] = [];

  constructor(a: Btf, b: Btf, queries: readonly TypeQuery[] | undefined) {
    this.#a = new Shapes(a, this.#interner);
    this.#b = new Shapes(b, this.#interner);
    this.#queries = queries;
    this.#budget = { members: 1_000_000 + 2 * (a.words.length + b.words.length) };
  }

  diff(): BtfDiff {
    const [a, b] = [this.#a.btf, this.#b.btf];
    const ownOnly = a.base !== undefined && b.base !== undefined;
    const same = new Sameness(this.#a, this.#b);
    const names = this.#queries === undefined ? undefined : new Set(this.#queries.map(({ name }) => name));
    for (const { aIds, bIds } of pairNames(a, b, same, ownOnly)) {
      // By far the most: one on each side, and equal.
      const [x, y] = [aIds[0], bIds[0]];
      if (aIds.length === 1 && bIds.length === 1 && x !== undefined && y !== undefined && same.isSameDefinition(x, y)) continue;
      if (names?.has(x === undefined ? b.name(y ?? 0) : a.name(x)) === false) continue;
      for (const space of ['t', 'i', 's']) {
        this.#compareName(aIds.filter((id) => nameSpace(wordOf(a, id)) === space), bIds.filter((id) => nameSpace(wordOf(b, id)) === space));
      }
    }
    if (this.#queries === undefined) this.#compareAnonymousEnums(ownOnly);
    const inOrder = (x: { readonly kind: string; readonly name: string }, y: { readonly kind: string; readonly name: string }): number =>
      compareTexts(x.name, y.name) || compareTexts(x.kind, y.kind);
    return { added: this.#added.sort(inOrder), removed: this.#removed.sort(inOrder), changed: this.#changed.sort(inOrder) };
  }

  #compareName(aIds: readonly number[], bIds: readonly number[]): void {
    const [a, b] = [this.#a, this.#b];
    if (aIds.length + bIds.length === 0) return;
    const wanted = (btf: Btf, ids: readonly number[]): readonly number[] =>
      this.#queries === undefined ? ids : ids.filter((id) => this.#queries?.some(({ name, kinds }) => name === btf.name(id) && kinds.includes(btf.kind(id))));
    const { pairs, kindPairs, added, removed } = pairTypes(a, wanted(a.btf, aIds), b, wanted(b.btf, bIds));
    for (const [before, after] of pairs) this.#describe(before, after);
    for (const [before, after] of kindPairs) {
      const kinds = { before: wordOf(a.btf, before), after: wordOf(b.btf, after) };
      this.#changed.push({ ...NOTHING, kind: kinds.before, name: a.btf.name(before), ids: { before, after }, kinds });
    }
    for (const id of removed) this.#removed.push(describeType(a, id));
    for (const id of added) this.#added.push(describeType(b, id));
  }

  /** Two types of one kind and name whose definitions are not written alike. */
  #describe(before: number, after: number): void {
    const [a, b] = [this.#a, this.#b];
    const kind = wordOf(a.btf, before);
    let [x, y] = [before, after];
    let texts: BtfBeforeAfter<string> | undefined;
    let members = NOTHING.members;
    let enumerators = NOTHING.enumerators;
    let sizes = differing(a.btf.rawSize(x), b.btf.rawSize(y));
    const tags = differingTags(ownTags(a, before), ownTags(b, after));
    if (kind === 'typedef') {
      const target = this.#sharedTarget(x, y);
      if (target === undefined) texts = differing(formatType(a.btf, a.btf.refType(x)), formatType(b.btf, b.btf.refType(y)));
      else [x, y] = [target.before, target.after];
      // What is behind another name counts there.
      sizes = target === undefined ? undefined : differing(a.btf.rawSize(x), b.btf.rawSize(y));
      if (target === undefined && texts === undefined) texts = { before: formatType(a.btf, a.btf.refType(x)), after: formatType(b.btf, b.btf.refType(y)) };
    }
    const [left, right] = [a.btf.type(x), b.btf.type(y)];
    if ('values' in left && 'values' in right) {
      enumerators = diffEnumerators(left.values, right.values);
      texts = differing(left.signed ? 'signed' : 'unsigned', right.signed ? 'signed' : 'unsigned');
    } else if (('members' in left && 'members' in right) || ('vars' in left && 'vars' in right)) {
      members = diffMembers(a, x, b, y, this.#interner, this.#budget);
    } else if (kind !== 'typedef') {
      texts = { before: textOf(a.btf, x), after: textOf(b.btf, y) };
      if (kind === 'var') sizes = differing(a.sizeOf(x), b.sizeOf(y));
      if (texts.before === texts.after && kind === 'float') texts = undefined;
    }
    // Written alike, it is another type, unless it is the tags that differ.
    if (tags !== undefined && texts?.before === texts?.after && a.of(a.btf.refType(x)) === b.of(b.btf.refType(y))) texts = undefined;
    if (sizes === undefined && texts === undefined && tags === undefined && members.length === 0 && enumerators.length === 0) return;
    this.#changed.push({ kind, name: a.btf.name(before), ids: { before, after }, kinds: undefined, sizes, texts, tags, members, enumerators });
  }

  /** The anonymous structs, unions or enumerations that two typedefs name: what is in them is the typedef's. */
  #sharedTarget(before: number, after: number): BtfBeforeAfter<number> | undefined {
    const [a, b] = [this.#a.btf, this.#b.btf];
    const [x, y] = [a.skipModifiers(a.refType(before)), b.skipModifiers(b.refType(after))];
    const word = kindWord(a.kind(x));
    if (word !== kindWord(b.kind(y)) || (word !== 'struct' && word !== 'union' && word !== 'enum')) return undefined;
    return a.name(x) === '' && b.name(y) === '' ? { before: x, after: y } : undefined;
  }

  /** Constants: the enumerators of all enumerations that have neither a name nor a typedef. */
  #compareAnonymousEnums(ownOnly: boolean): void {
    const [a, b] = [this.#a.btf, this.#b.btf];
    const enumerators = diffEnumerators(anonymousValues(a, ownOnly ? a.startId : 1), anonymousValues(b, ownOnly ? b.startId : 1));
    enumerators.sort((x, y) => compareTexts(x.name, y.name));
    if (enumerators.length > 0) this.#changed.push({ ...NOTHING, kind: 'enum', name: '', ids: { before: 0, after: 0 }, enumerators });
  }
}

const NOTHING: Pick<BtfTypeChange, 'kinds' | 'sizes' | 'texts' | 'tags' | 'members' | 'enumerators'> = {
  kinds: undefined, sizes: undefined, texts: undefined, tags: undefined, members: [], enumerators: [],
};

function differing<T>(before: T, after: T): BtfBeforeAfter<T> | undefined {
  return before === after ? undefined : { before, after };
}

/** Declaration tags of a type itself and of a function's parameters, as texts. */
function ownTags({ btf, tags }: Shapes, id: number): readonly string[] {
  if (!tags.has(id)) return [];
  const own = [...tags.of(id, -1)];
  const proto = btf.kind(id) === BTF_KIND_FUNC && btf.kind(btf.refType(id)) === BTF_KIND_FUNC_PROTO ? btf.type(btf.refType(id)) : undefined;
  if (proto !== undefined && 'params' in proto) proto.params.forEach(({ name }, idx) => own.push(...tags.of(id, idx).map((value) => `${name === '' ? idx : name}: ${value}`)));
  return own;
}

function wordOf(btf: Btf, id: number): BtfDiffKind {
  return kindWord(btf.kind(id)) ?? 'int';
}

function describeType(shapes: Shapes, id: number): BtfDiffType {
  const { btf } = shapes;
  const kind = btf.kind(id);
  const hasSize = kind !== BTF_KIND_FUNC && kind !== BTF_KIND_FWD;
  const isComposite = kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64;
  return { kind: wordOf(btf, id), name: btf.name(id), id, text: isComposite || kind === BTF_KIND_FWD ? '' : textOf(btf, id), size: hasSize ? shapes.sizeOf(id) : undefined };
}

/** What a function, variable, typedef or base type is, as C text. */
function textOf(btf: Btf, id: number): string {
  const type = btf.type(id);
  switch (type.kind) {
    case BTF_KIND_FUNC:
      return `${['static ', '', 'extern '][type.linkage] ?? ''}${btf.kind(type.type) === BTF_KIND_FUNC_PROTO ? formatFuncProto(btf, id) : type.name}`;
    case BTF_KIND_VAR:
      return `${['static ', '', 'extern '][linkageOf(btf, id)] ?? ''}${formatDeclaration(btf, id, '')}`;
    case BTF_KIND_TYPEDEF:
      return formatType(btf, type.type);
    default:
      if (!('encoding' in type)) return '';
      return [
        type.size === 1 ? '1 byte' : `${type.size} bytes`,
        ...(type.bits === 8 * type.size && type.bitOff === 0 ? [] : [`bits ${type.bitOff} to ${type.bitOff + type.bits - 1}`]),
        ...([[BTF_INT_SIGNED, 'signed'], [BTF_INT_CHAR, 'char'], [BTF_INT_BOOL, 'bool']] as const).filter(([bit]) => (type.encoding & bit) !== 0).map(([, word]) => word),
      ].join(', ');
  }
}

/** Enumerators of enumerations without name and typedef. */
function anonymousValues(btf: Btf, fromId: number): BtfEnumerator[] {
  const named = new Set<number>();
  for (let id = fromId; id < btf.typeCount; id++) if (btf.kind(id) === BTF_KIND_TYPEDEF) named.add(btf.skipModifiers(btf.refType(id)));
  const values: BtfEnumerator[] = [];
  for (let id = fromId; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    if ((kind !== BTF_KIND_ENUM && kind !== BTF_KIND_ENUM64) || btf.name(id) !== '' || named.has(id)) continue;
    const type = btf.type(id);
    if ('values' in type) for (const value of type.values) values.push(value);
  }
  return values;
}

/** A name with one value on each side changed; of others each value counts for itself. */
function diffEnumerators(before: readonly BtfEnumerator[], after: readonly BtfEnumerator[]): BtfEnumeratorChange[] {
  const collect = (values: readonly BtfEnumerator[]): Map<string, Set<bigint>> => {
    const byName = new Map<string, Set<bigint>>();
    for (const { name, value } of values) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, new Set([BigInt(value)]));
      else known.add(BigInt(value));
    }
    return byName;
  };
  const [left, right] = [collect(before), collect(after)];
  const changes: BtfEnumeratorChange[] = [];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const only = (some: ReadonlySet<bigint> | undefined, others: ReadonlySet<bigint> | undefined): bigint[] => [...(some ?? [])].filter((value) => others?.has(value) !== true);
    const [gone, come] = [only(left.get(name), right.get(name)), only(right.get(name), left.get(name))];
    if (gone.length === 1 && come.length === 1) {
      changes.push({ name, before: gone[0], after: come[0] });
      continue;
    }
    for (const value of gone) changes.push({ name, before: value, after: undefined });
    for (const value of come) changes.push({ name, before: undefined, after: value });
  }
  const first = ({ before: old, after: now }: BtfEnumeratorChange): bigint => (old === undefined ? now ?? 0n : now === undefined || old < now ? old : now);
  return changes.sort((x, y) => (first(x) < first(y) ? -1 : first(x) > first(y) ? 1 : compareTexts(x.name, y.name)));
}
