// Do two types, each from its own BTF, mean the same bytes?
import {
  BTF_KIND_ARRAY,
  BTF_KIND_ENUM,
  BTF_KIND_ENUM64,
  BTF_KIND_FLOAT,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_FWD,
  BTF_KIND_INT,
  BTF_KIND_PTR,
  BTF_KIND_STRUCT,
  BTF_KIND_UNION,
  formatType,
} from '@rootlet/btf';
import type { Btf, BtfArray, BtfComposite, BtfEnum, BtfFuncProto } from '@rootlet/btf';

/** Pairs of types that one comparison may look at; what is larger is refused, not trusted. */
const MAX_PAIRS = 65_536;

/** A pair of types still to be compared. */
interface Pair {
  readonly a: number;
  readonly b: number;
  /** Where it stands: `member x of struct s`; empty at the top. */
  readonly path: string;
  /** Only names and kinds count: behind a pointer that is itself a member. */
  readonly shallow: boolean;
}

/** Pairs of types of two BTFs that are known to fit. */
export type ProvenPairs = Set<string>;

/** One comparison of types of two BTFs. */
interface Comparison {
  readonly btfA: Btf;
  readonly btfB: Btf;
  readonly pending: Pair[];
}

/**
 * Compares two types. Modifiers and typedefs are skipped, signedness is ignored; kinds and sizes must be equal; structs,
 * unions and enums must have the same name and, where both sides define them, the same layout, embedded ones included.
 * Behind a pointer member only kind and name of the target count: which other struct it leads to, not how that looks.
 *
 * @param proven pairs that earlier comparisons of these two BTFs found to fit, for whoever makes many; added to
 * @returns undefined when they fit, otherwise what differs, in words
 */
export function findTypeMismatch(btfA: Btf, typeA: number, btfB: Btf, typeB: number, proven?: ProvenPairs): string | undefined {
  const comparison: Comparison = { btfA, btfB, pending: [{ a: typeA, b: typeB, path: '', shallow: false }] };
  const seen = new Set<string>();
  for (let pair = comparison.pending.pop(); pair !== undefined; pair = comparison.pending.pop()) {
    const a = btfA.resolveType(pair.a);
    const b = btfB.resolveType(pair.b);
    const key = `${a}:${b}:${pair.shallow}`;
    if (seen.has(key) || proven?.has(key) === true) continue;
    seen.add(key);
    if (seen.size + comparison.pending.length > MAX_PAIRS) return 'types too large to compare';
    const reason = comparePair(comparison, { ...pair, a, b });
    if (reason !== undefined) return pair.path === '' ? reason : `${pair.path}: ${reason}`;
  }
  if (proven !== undefined) for (const key of seen) proven.add(key);
  return undefined;
}

function comparePair(comparison: Comparison, pair: Pair): string | undefined {
  const { btfA, btfB, pending } = comparison;
  const { a, b, path, shallow } = pair;
  const kindA = btfA.kind(a);
  const kindB = btfB.kind(b);
  if (kindA !== kindB) return compareDeclared(comparison, pair);
  switch (kindA) {
    case BTF_KIND_INT:
    case BTF_KIND_FLOAT:
      return compareSize(comparison, pair);
    case BTF_KIND_PTR:
      // Behind a second pointer inside a struct nothing is touched on the strength of this prototype.
      pending.push({ a: btfA.refType(a), b: btfB.refType(b), path, shallow });
      return undefined;
    case BTF_KIND_ARRAY: {
      const arrayA = btfA.type(a) as BtfArray;
      const arrayB = btfB.type(b) as BtfArray;
      if (arrayA.nelems !== arrayB.nelems) return `${arrayA.nelems} elements against ${arrayB.nelems}`;
      pending.push({ a: arrayA.type, b: arrayB.type, path, shallow });
      return undefined;
    }
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return compareComposite(comparison, pair);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return compareEnum(comparison, pair);
    case BTF_KIND_FWD:
      return compareName(comparison, pair);
    case BTF_KIND_FUNC_PROTO:
      return compareProto(comparison, pair);
    default:
      // void against void; kinds that are no type of a value cannot be told apart.
      return a === 0 && b === 0 ? undefined : `types of kind ${kindA} cannot be compared`;
  }
}

/** Unlike kinds fit only where one side is the declaration of what the other defines. */
function compareDeclared(comparison: Comparison, pair: Pair): string | undefined {
  const kinds = [comparison.btfA.kind(pair.a), comparison.btfB.kind(pair.b)];
  if (kinds[1] === BTF_KIND_FWD) kinds.reverse();
  const [fwd, defined] = kinds;
  if (fwd === BTF_KIND_FWD && (defined === BTF_KIND_STRUCT || defined === BTF_KIND_UNION)) {
    const aIsFwd = comparison.btfA.kind(pair.a) === BTF_KIND_FWD;
    const isUnion = aIsFwd ? comparison.btfA.kindFlag(pair.a) : comparison.btfB.kindFlag(pair.b);
    if (isUnion === (defined === BTF_KIND_UNION)) return compareName(comparison, pair);
  }
  return unlike(comparison, pair);
}

function compareName(comparison: Comparison, pair: Pair): string | undefined {
  const { btfA, btfB } = comparison;
  const flags = btfA.kind(pair.a) === BTF_KIND_FWD && btfB.kind(pair.b) === BTF_KIND_FWD;
  if (flags && btfA.kindFlag(pair.a) !== btfB.kindFlag(pair.b)) return unlike(comparison, pair);
  return btfA.name(pair.a) === btfB.name(pair.b) ? undefined : unlike(comparison, pair);
}

function compareSize(comparison: Comparison, pair: Pair): string | undefined {
  const sizeA = comparison.btfA.rawSize(pair.a);
  const sizeB = comparison.btfB.rawSize(pair.b);
  if (sizeA === sizeB) return undefined;
  const nameA = formatType(comparison.btfA, pair.a);
  const nameB = formatType(comparison.btfB, pair.b);
  return `'${nameA}' has ${sizeA} bytes, '${nameB}' has ${sizeB}`;
}

function compareComposite(comparison: Comparison, pair: Pair): string | undefined {
  const { btfA, btfB, pending } = comparison;
  const name = compareName(comparison, pair);
  // An anonymous struct has nothing but its layout to be known by.
  if (name !== undefined || (pair.shallow && btfA.name(pair.a) !== '')) return name;
  const size = compareSize(comparison, pair);
  if (size !== undefined) return size;
  const structA = btfA.type(pair.a) as BtfComposite;
  const structB = btfB.type(pair.b) as BtfComposite;
  const text = formatType(btfA, pair.a);
  if (structA.members.length !== structB.members.length) {
    return `'${text}' has ${structA.members.length} members against ${structB.members.length}`;
  }
  for (const [at, memberA] of structA.members.entries()) {
    const memberB = structB.members[at] as (typeof structB.members)[number];
    const where = `member ${memberA.name === '' ? at + 1 : memberA.name} of '${text}'`;
    if (memberA.name !== memberB.name) return `${where} is called '${memberB.name}' on the other side`;
    if (memberA.bitOff !== memberB.bitOff) {
      return `${where} stands at bit ${memberA.bitOff} against ${memberB.bitOff}`;
    }
    if (memberA.bitfieldSize !== memberB.bitfieldSize) {
      return `${where} has ${memberA.bitfieldSize} bits against ${memberB.bitfieldSize}`;
    }
    const shallow = pair.shallow || isPointer(btfA, memberA.type);
    pending.push({ a: memberA.type, b: memberB.type, path: where, shallow });
  }
  return undefined;
}

function isPointer(btf: Btf, typeId: number): boolean {
  let id = btf.resolveType(typeId);
  for (let left = 16; left > 0 && btf.kind(id) === BTF_KIND_ARRAY; left--) {
    id = btf.resolveType((btf.type(id) as BtfArray).type);
  }
  return btf.kind(id) === BTF_KIND_PTR;
}

function compareEnum(comparison: Comparison, pair: Pair): string | undefined {
  const enumA = comparison.btfA.type(pair.a) as BtfEnum;
  const enumB = comparison.btfB.type(pair.b) as BtfEnum;
  if (enumA.name !== enumB.name) return unlike(comparison, pair);
  // Without enumerators it is a declaration.
  if (enumA.values.length === 0 || enumB.values.length === 0) return undefined;
  const size = compareSize(comparison, pair);
  if (size !== undefined) return size;
  const valueOf = new Map(enumB.values.map((entry) => [entry.name, BigInt(entry.value)]));
  for (const { name, value } of enumA.values) {
    const other = valueOf.get(name);
    if (other !== undefined && BigInt.asUintN(64, other) !== BigInt.asUintN(64, BigInt(value))) {
      return `enumerator ${name} is ${value} against ${other}`;
    }
  }
  return undefined;
}

function compareProto(comparison: Comparison, pair: Pair): string | undefined {
  const protoA = comparison.btfA.type(pair.a) as BtfFuncProto;
  const protoB = comparison.btfB.type(pair.b) as BtfFuncProto;
  if (protoA.params.length !== protoB.params.length) {
    return `function takes ${protoA.params.length} arguments against ${protoB.params.length}`;
  }
  const rest = { path: pair.path, shallow: pair.shallow };
  comparison.pending.push({ a: protoA.returnType, b: protoB.returnType, ...rest });
  for (const [at, param] of protoA.params.entries()) {
    comparison.pending.push({ a: param.type, b: (protoB.params[at] as { type: number }).type, ...rest });
  }
  return undefined;
}

function unlike(comparison: Comparison, pair: Pair): string {
  return `'${formatType(comparison.btfA, pair.a)}' against '${formatType(comparison.btfB, pair.b)}'`;
}
