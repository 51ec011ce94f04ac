// Is a type of the target the one that the object means?
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
} from '@rootlet/btf';
import type { Btf, BtfArray, BtfComposite, BtfEnum, BtfFuncProto, BtfInt } from '@rootlet/btf';
import { areKindsAlike, essentialName } from './target.ts';

/** References that one comparison follows. */
const MAX_DEPTH = 32;
/** Pairs that one comparison of members looks at. */
const MAX_PAIRS = 16_384;

function isComposite(kind: number): boolean {
  return kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION;
}

/** Names without flavour are equal, or one is missing. */
function areNamesAlike(a: string, b: string): boolean {
  return a === '' || b === '' || essentialName(a) === essentialName(b);
}

/**
 * Whether a field of one type can stand for one of the other: of the same sort; the size of numbers may differ, since the
 * load is adjusted.
 *
 * @source Documentation/bpf/llvm_reloc.rst, CO-RE relocations; observed behaviour of libbpf
 */
export function areFieldsCompatible(btfA: Btf, idA: number, btfB: Btf, idB: number): boolean {
  let [a, b] = [btfA.resolveType(idA), btfB.resolveType(idB)];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const kind = btfA.kind(a);
    if (isComposite(kind) && isComposite(btfB.kind(b))) return true;
    if (!areKindsAlike(kind, btfB.kind(b))) return false;
    switch (kind) {
      case BTF_KIND_PTR:
      case BTF_KIND_FLOAT:
        return true;
      case BTF_KIND_FWD:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return areNamesAlike(btfA.name(a), btfB.name(b));
      case BTF_KIND_INT:
        return (btfA.type(a) as BtfInt).bitOff === 0 && (btfB.type(b) as BtfInt).bitOff === 0;
      case BTF_KIND_ARRAY:
        a = btfA.resolveType((btfA.type(a) as BtfArray).type);
        b = btfB.resolveType((btfB.type(b) as BtfArray).type);
        break;
      default:
        return false;
    }
  }
  return false;
}

/** Whether two types are of the same sort, pointers and prototypes followed; names and members are not looked at. */
export function areTypesCompatible(btfA: Btf, idA: number, btfB: Btf, idB: number): boolean {
  const pending: (readonly [number, number])[] = [[idA, idB]];
  const seen = new Set<string>();
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = [btfA.resolveType(pair[0]), btfB.resolveType(pair[1])];
    const key = `${a}:${b}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > MAX_PAIRS) return false;
    const kind = btfA.kind(a);
    if (!areKindsAlike(kind, btfB.kind(b))) return false;
    if (kind === BTF_KIND_PTR) pending.push([btfA.refType(a), btfB.refType(b)]);
    if (kind === BTF_KIND_ARRAY) pending.push([(btfA.type(a) as BtfArray).type, (btfB.type(b) as BtfArray).type]);
    if (kind === BTF_KIND_FUNC_PROTO && !pushProto(btfA.type(a) as BtfFuncProto, btfB.type(b) as BtfFuncProto, pending)) return false;
  }
  return true;
}

function pushProto(a: BtfFuncProto, b: BtfFuncProto, pending: (readonly [number, number])[]): boolean {
  if (a.params.length !== b.params.length) return false;
  pending.push([a.returnType, b.returnType]);
  for (const [at, param] of a.params.entries()) pending.push([param.type, (b.params[at] as { type: number }).type]);
  return true;
}

/** A pair of types, and whether it stands behind a pointer. */
interface MatchPair {
  readonly a: number;
  readonly b: number;
  readonly behindPtr: boolean;
}

/**
 * Whether the target's type has all that the object's has: members by name with matching types, enumerators by name.
 * Behind pointers the names of structs are enough.
 */
export function doTypesMatch(btfA: Btf, idA: number, btfB: Btf, idB: number): boolean {
  const pending: MatchPair[] = [{ a: idA, b: idB, behindPtr: false }];
  const seen = new Set<string>();
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const a = btfA.resolveType(pair.a);
    const b = btfB.resolveType(pair.b);
    const key = `${a}:${b}:${pair.behindPtr}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > MAX_PAIRS || !matchPair(btfA, btfB, { ...pair, a, b }, pending)) return false;
  }
  return true;
}

function matchPair(btfA: Btf, btfB: Btf, pair: MatchPair, pending: MatchPair[]): boolean {
  const { a, b, behindPtr } = pair;
  const kind = btfA.kind(a);
  const kindB = btfB.kind(b);
  if (!areNamesAlike(btfA.name(a), btfB.name(b))) return false;
  // Behind a pointer a declaration is as good as the definition.
  if (behindPtr && [kind, kindB].every((one) => isComposite(one) || one === BTF_KIND_FWD)) return true;
  if (!areKindsAlike(kind, kindB)) return false;
  switch (kind) {
    case BTF_KIND_INT: {
      const [intA, intB] = [btfA.type(a) as BtfInt, btfB.type(b) as BtfInt];
      return intA.size === intB.size && (intA.encoding & 1) === (intB.encoding & 1);
    }
    case BTF_KIND_FLOAT:
      return btfA.rawSize(a) === btfB.rawSize(b);
    case BTF_KIND_PTR:
      pending.push({ a: btfA.refType(a), b: btfB.refType(b), behindPtr: true });
      return true;
    case BTF_KIND_ARRAY: {
      const [arrayA, arrayB] = [btfA.type(a) as BtfArray, btfB.type(b) as BtfArray];
      pending.push({ a: arrayA.type, b: arrayB.type, behindPtr });
      return arrayA.nelems === arrayB.nelems;
    }
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return matchMembers(namedMembers(btfA, a), namedMembers(btfB, b), pending);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64: {
      const names = new Set((btfB.type(b) as BtfEnum).values.map((value) => essentialName(value.name)));
      return behindPtr || (btfA.type(a) as BtfEnum).values.every((value) => names.has(essentialName(value.name)));
    }
    case BTF_KIND_FUNC_PROTO: {
      const pairs: (readonly [number, number])[] = [];
      const alike = pushProto(btfA.type(a) as BtfFuncProto, btfB.type(b) as BtfFuncProto, pairs);
      for (const [typeA, typeB] of pairs) pending.push({ a: typeA, b: typeB, behindPtr });
      return alike;
    }
    default:
      return true;
  }
}

/** Type of each member by name, those of anonymous structs and unions included. */
function namedMembers(btf: Btf, id: number): Map<string, number> {
  const members = new Map<string, number>();
  const pending = [id];
  const seen = new Set<number>();
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at) || !isComposite(btf.kind(at))) continue;
    seen.add(at);
    for (const member of (btf.type(at) as BtfComposite).members) {
      if (member.name === '') pending.push(btf.resolveType(member.type));
      else members.set(member.name, member.type);
    }
  }
  return members;
}

function matchMembers(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>, pending: MatchPair[]): boolean {
  for (const [name, type] of a) {
    const other = b.get(name);
    if (other === undefined) return false;
    pending.push({ a: type, b: other, behindPtr: false });
  }
  return true;
}
