// Which types of one BTF are to be compared with which of the other?
import type { Btf } from './btf.ts';
import type { Shapes } from './diff-shape.ts';
import type { BtfDiffKind } from './diff-types.ts';
import { BTF_KIND_FUNC, BTF_KIND_FWD, BTF_KIND_STRUCT, BTF_KIND_UNION } from './kinds.ts';
import { compareTexts, contentText, inOrder } from './type-order.ts';

/** Words for kinds that have names of their own, by kind. */
const KIND_WORDS: readonly (BtfDiffKind | undefined)[] = [
  undefined, 'int', undefined, undefined, 'struct', 'union', 'enum', 'fwd', 'typedef', undefined, undefined, undefined, 'func', undefined, 'var',
  'datasec', 'float', undefined, undefined, 'enum',
];

/** Word for a kind; undefined for what has no name of its own, as pointers. */
export function kindWord(kind: number): BtfDiffKind | undefined {
  return KIND_WORDS[kind];
}

/** C keeps the tags of structs, unions and enumerations apart from other names; sections are neither. */
export function nameSpace(word: BtfDiffKind): 't' | 'i' | 's' {
  if (word === 'datasec') return 's';
  return word === 'struct' || word === 'union' || word === 'enum' || word === 'fwd' ? 't' : 'i';
}

/** More pairs than this are not weighed against each other. */
const MAX_WEIGHED = 400;

/** Types of one name: which of them are another version of which. */
export interface Pairing {
  /** Of one kind, and different. */
  readonly pairs: readonly (readonly [number, number])[];
  /** The same name for another kind of type. */
  readonly kindPairs: readonly (readonly [number, number])[];
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

/**
 * Pairs the types of one name and name space. Equal ones are left out, copies count once; of the others those of one kind that have most
 * in common belong together; what is left is another kind of type under the same name, or is on one side only.
 */
export function pairTypes(a: Shapes, aIds: readonly number[], b: Shapes, bIds: readonly number[]): Pairing {
  // Most are on one side only, or one struct on each, whose members are compared anyway.
  if (aIds.length === 0 && bIds.length === 1) return { ...NO_PAIRS, added: bIds };
  if (aIds.length === 1 && bIds.length === 0) return { ...NO_PAIRS, removed: aIds };
  const [x, y] = [aIds[0], bIds[0]];
  if (aIds.length === 1 && bIds.length === 1 && x !== undefined && y !== undefined && isComposite(a.btf, x) && a.btf.kind(x) === b.btf.kind(y)) {
    return { ...NO_PAIRS, pairs: [[x, y]] };
  }
  const [left, right] = withoutEqual(a, withoutForwards(a.btf, aIds), b, withoutForwards(b.btf, bIds));
  const pairs: [number, number][] = [];
  const words = new Set([...left].map((id) => kindWord(a.btf.kind(id))));
  for (const word of words) {
    const of = (btf: Btf, ids: ReadonlySet<number>): number[] => inOrder(btf, [...ids].filter((id) => kindWord(btf.kind(id)) === word));
    for (const [x, y] of weigh(a.btf, of(a.btf, left), b.btf, of(b.btf, right))) {
      pairs.push([x, y]);
      left.delete(x);
      right.delete(y);
    }
  }
  const [lone, fresh] = [inOrder(a.btf, [...left]), inOrder(b.btf, [...right])];
  const both = Math.min(lone.length, fresh.length);
  return { pairs, kindPairs: lone.slice(0, both).map((id, i) => [id, fresh[i]!]), removed: lone.slice(both), added: fresh.slice(both) };
}

const NO_PAIRS: Pairing = { pairs: [], kindPairs: [], removed: [], added: [] };

function isComposite(btf: Btf, id: number): boolean {
  const kind = btf.kind(id);
  return kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION;
}

/** Declarations count only where there is no definition. */
function withoutForwards(btf: Btf, ids: readonly number[]): readonly number[] {
  if (ids.length < 2) return ids;
  const defined = ids.filter((id) => btf.kind(id) !== BTF_KIND_FWD && !(kindWord(btf.kind(id)) === 'enum' && btf.vlen(id) === 0));
  return defined.length > 0 ? defined : ids.slice(0, 1);
}

/** One of each definition that only one side has. */
function withoutEqual(a: Shapes, aIds: readonly number[], b: Shapes, bIds: readonly number[]): [Set<number>, Set<number>] {
  const keyed = (shapes: Shapes, ids: readonly number[]): Map<string, number> =>
    new Map(ids.map((id) => [`${kindWord(shapes.btf.kind(id)) ?? ''} ${shapes.ofDefinition(id)}`, id]));
  const [left, right] = [keyed(a, aIds), keyed(b, bIds)];
  const only = (some: ReadonlyMap<string, number>, others: ReadonlyMap<string, number>): Set<number> =>
    new Set([...some].filter(([key]) => !others.has(key)).map(([, id]) => id));
  return [only(left, right), only(right, left)];
}

/** Pairs types of one kind and name, those that have most in common first; the same pairs when sides are swapped. */
function weigh(a: Btf, aIds: readonly number[], b: Btf, bIds: readonly number[]): (readonly [number, number])[] {
  if (aIds.length === 0 || bIds.length === 0) return [];
  if (aIds.length * bIds.length === 1 || aIds.length * bIds.length > MAX_WEIGHED) return aIds.slice(0, bIds.length).map((id, i) => [id, bIds[i]!]);
  const parts = (btf: Btf, ids: readonly number[]): { id: number; names: Set<string>; text: string }[] =>
    ids.map((id) => ({ id, names: partNames(btf, id), text: contentText(btf, id) }));
  const [left, right] = [parts(a, aIds), parts(b, bIds)];
  const options = left.flatMap((x) => right.map((y) => {
    const score = 2 * [...x.names].filter((name) => y.names.has(name)).length + (a.rawSize(x.id) === b.rawSize(y.id) ? 1 : 0);
    const texts = x.text < y.text ? [x.text, y.text] as const : [y.text, x.text] as const;
    return { x: x.id, y: y.id, score, texts };
  }));
  options.sort((p, q) => q.score - p.score || compareTexts(p.texts[0], q.texts[0]) || compareTexts(p.texts[1], q.texts[1]));
  const [usedLeft, usedRight] = [new Set<number>(), new Set<number>()];
  return options.flatMap(({ x, y }): [number, number][] => {
    if (usedLeft.has(x) || usedRight.has(y)) return [];
    usedLeft.add(x);
    usedRight.add(y);
    return [[x, y]];
  });
}

/** Names of what a type consists of. */
function partNames(btf: Btf, id: number): Set<string> {
  const type = btf.type(id);
  if ('members' in type) return new Set(type.members.map(({ name }) => name));
  if ('values' in type) return new Set(type.values.map(({ name }) => name));
  const proto = type.kind === BTF_KIND_FUNC && type.type !== 0 ? btf.type(type.type) : undefined;
  return new Set(proto !== undefined && 'params' in proto ? proto.params.map(({ name }) => name) : []);
}
