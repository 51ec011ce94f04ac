// Does a type of the target have all that the object's has?
import {
  BTF_KIND_ARRAY,
  BTF_KIND_ENUM,
  BTF_KIND_ENUM64,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_FWD,
  BTF_KIND_INT,
  BTF_KIND_PTR,
  BTF_KIND_STRUCT,
  BTF_KIND_UNION,
} from '@rootlet/btf';
import { isCompositeKind, isSignedInt } from './compat.ts';
import { areEssentialsEqual, areNamesEqual } from './side.ts';
import type { CoreBtf } from './side.ts';
import { areKindsAlike } from './target.ts';

/** References that one comparison follows. */
const MAX_DEPTH = 32;
/** Steps that one comparison takes, names of members included. */
const MAX_STEPS = 2_000_000;


/**
 * Whether the target's type has all that the object's has: members by name with matching types, enumerators by name.
 * Behind pointers the names of structs are enough.
 *
 * @returns undefined when the comparison does not end
 * @source bpf_core_type_matches in libbpf's documentation; observed behaviour of libbpf
 */
export function doTypesMatch(local: CoreBtf, localId: number, target: CoreBtf, targetId: number): boolean | undefined {
  return new TypeMatch(local, target).run(localId, targetId, false, MAX_DEPTH);
}

class TypeMatch {
  readonly #a: CoreBtf;
  readonly #b: CoreBtf;
  /** Pairs that were compared with as much depth left: anonymous members are tried one after the other. */
  readonly #known = new Map<string, boolean | undefined>();
  #steps = MAX_STEPS;

  constructor(a: CoreBtf, b: CoreBtf) {
    this.#a = a;
    this.#b = b;
  }

  run(idA: number, idB: number, behindPtr: boolean, depth: number): boolean | undefined {
    const a = this.#a.btf.resolveType(idA);
    const b = this.#b.btf.resolveType(idB);
    if (depth <= 0 || --this.#steps < 0) return undefined;
    const key = `${a}:${b}:${behindPtr ? 1 : 0}:${depth}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const result = this.#compare(a, b, behindPtr, depth);
    this.#known.set(key, result);
    return result;
  }

  #compare(a: number, b: number, behindPtr: boolean, depth: number): boolean | undefined {
    const [A, B] = [this.#a, this.#b];
    if (!areEssentialsEqual(A.strings, A.nameOff(a), B.strings, B.nameOff(b))) return false;
    const kind = A.btf.kind(a);
    const kindB = B.btf.kind(b);
    if (kind !== kindB) {
      // Behind a pointer a declaration is as good as the definition.
      if (behindPtr && kind === BTF_KIND_FWD && isCompositeKind(kindB)) return A.btf.kindFlag(a) === (kindB === BTF_KIND_UNION);
      if (behindPtr && kindB === BTF_KIND_FWD && isCompositeKind(kind)) return B.btf.kindFlag(b) === (kind === BTF_KIND_UNION);
      if (!areKindsAlike(kind, kindB)) return false;
    }
    switch (kind) {
      case 0:
        return true;
      case BTF_KIND_FWD:
        return A.btf.kindFlag(a) === B.btf.kindFlag(b);
      case BTF_KIND_INT:
        return A.btf.rawSize(a) === B.btf.rawSize(b) && isSignedInt(A, a) === isSignedInt(B, b);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return this.#enumsMatch(a, b);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        return behindPtr ? true : this.#membersMatch(a, b, behindPtr, depth);
      case BTF_KIND_PTR:
        return this.run(A.btf.refType(a), B.btf.refType(b), true, depth - 1);
      case BTF_KIND_ARRAY:
        if (A.elemCount(a) !== B.elemCount(b)) return false;
        return this.run(A.elemType(a), B.elemType(b), behindPtr, depth - 1);
      case BTF_KIND_FUNC_PROTO: {
        const count = A.btf.vlen(a);
        if (count !== B.btf.vlen(b)) return false;
        for (let idx = 0; idx < count; idx++) {
          const alike = this.run(A.paramType(a, idx), B.paramType(b, idx), behindPtr, depth - 1);
          if (alike !== true) return alike;
        }
        return this.run(A.btf.refType(a), B.btf.refType(b), behindPtr, depth - 1);
      }
      default:
        return false;
    }
  }

  #enumsMatch(a: number, b: number): boolean | undefined {
    const [A, B] = [this.#a, this.#b];
    const count = A.btf.vlen(a);
    const countB = B.btf.vlen(b);
    if (count > countB || A.btf.rawSize(a) !== B.btf.rawSize(b)) return false;
    for (let i = 0; i < count; i++) {
      const name = A.enumeratorName(a, i);
      let found = false;
      for (let j = 0; j < countB && !found; j++) {
        if (--this.#steps < 0) return undefined;
        found = areEssentialsEqual(A.strings, name, B.strings, B.enumeratorName(b, j));
      }
      if (!found) return false;
    }
    return true;
  }

  #membersMatch(a: number, b: number, behindPtr: boolean, depth: number): boolean | undefined {
    const [A, B] = [this.#a, this.#b];
    const count = A.btf.vlen(a);
    const countB = B.btf.vlen(b);
    if (count > countB) return false;
    const own = { nameOff: 0, type: 0, bitOff: 0, bitfieldSize: 0 };
    const other = { ...own };
    for (let i = 0; i < count; i++) {
      A.readMember(a, i, own);
      const { nameOff, type } = own;
      let found = false;
      for (let j = 0; j < countB && !found; j++) {
        if (--this.#steps < 0) return undefined;
        B.readMember(b, j, other);
        if (!areNamesEqual(A.strings, nameOff, B.strings, other.nameOff)) continue;
        const alike = this.run(type, other.type, behindPtr, depth - 1);
        if (alike === undefined) return undefined;
        found = alike;
      }
      if (!found) return false;
    }
    return true;
  }
}
