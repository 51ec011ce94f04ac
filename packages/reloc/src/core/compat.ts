// Is a type of the target the one that the object means?
import {
  BTF_INT_SIGNED,
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
import { areEssentialsEqual } from './side.ts';
import type { CoreBtf } from './side.ts';
import { areKindsAlike } from './target.ts';

/** Why a candidate is not what the object means. Filled in only where somebody asks. */
export interface Doubt {
  problem: string | undefined;
}

/** References that one comparison follows. */
const MAX_DEPTH = 32;

export function isCompositeKind(kind: number): boolean {
  return kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION;
}

/** Whether an INT is signed. */
export function isSignedInt(side: CoreBtf, id: number): boolean {
  return ((side.intWord(id) >>> 24) & BTF_INT_SIGNED) !== 0;
}

/** Bit offset of an INT within its storage: 0 but in old BTF. */
function intBitOff(side: CoreBtf, id: number): number {
  return (side.intWord(id) >>> 16) & 0xff;
}

/** Names without flavour are equal, or one is missing. */
function areNamesAlike(a: CoreBtf, idA: number, b: CoreBtf, idB: number): boolean {
  const [offA, offB] = [a.nameOff(idA), b.nameOff(idB)];
  return a.strings[offA] === 0 || b.strings[offB] === 0 || areEssentialsEqual(a.strings, offA, b.strings, offB);
}

/**
 * Whether a field of one type can stand for one of the other: of the same sort; the size of numbers may differ, since the
 * load is adjusted.
 *
 * @source Documentation/bpf/llvm_reloc.rst, CO-RE relocations; observed behaviour of libbpf
 */
export function areFieldsCompatible(sideA: CoreBtf, idA: number, sideB: CoreBtf, idB: number): boolean {
  let a = sideA.btf.resolveType(idA);
  let b = sideB.btf.resolveType(idB);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const kind = sideA.btf.kind(a);
    const kindB = sideB.btf.kind(b);
    if (isCompositeKind(kind) && isCompositeKind(kindB)) return true;
    if (!areKindsAlike(kind, kindB)) return false;
    switch (kind) {
      case BTF_KIND_PTR:
      case BTF_KIND_FLOAT:
        return true;
      case BTF_KIND_FWD:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return areNamesAlike(sideA, a, sideB, b);
      case BTF_KIND_INT:
        return intBitOff(sideA, a) === 0 && intBitOff(sideB, b) === 0;
      case BTF_KIND_ARRAY:
        a = sideA.btf.resolveType(sideA.elemType(a));
        b = sideB.btf.resolveType(sideB.elemType(b));
        break;
      default:
        return false;
    }
  }
  return false;
}

/**
 * Whether two types are of the same sort, pointers and prototypes followed; names and members are not looked at.
 *
 * @returns undefined when the comparison does not end
 */
export function areTypesCompatible(sideA: CoreBtf, idA: number, sideB: CoreBtf, idB: number): boolean | undefined {
  const budget = { pairs: MAX_PAIRS };
  return comparePair(sideA, idA, sideB, idB, MAX_DEPTH, budget);
}

/** Pairs that one comparison looks at. */
const MAX_PAIRS = 16_384;

function comparePair(sideA: CoreBtf, idA: number, sideB: CoreBtf, idB: number, depth: number, budget: { pairs: number }): boolean | undefined {
  let a = sideA.btf.resolveType(idA);
  let b = sideB.btf.resolveType(idB);
  for (let left = depth; left > 0; left--) {
    if (--budget.pairs < 0) return undefined;
    const kind = sideA.btf.kind(a);
    if (!areKindsAlike(kind, sideB.btf.kind(b))) return false;
    switch (kind) {
      case 0:
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
      case BTF_KIND_FWD:
        return true;
      case BTF_KIND_INT:
        return intBitOff(sideA, a) === 0 && intBitOff(sideB, b) === 0;
      case BTF_KIND_PTR:
        a = sideA.btf.resolveType(sideA.btf.refType(a));
        b = sideB.btf.resolveType(sideB.btf.refType(b));
        break;
      case BTF_KIND_ARRAY:
        a = sideA.btf.resolveType(sideA.elemType(a));
        b = sideB.btf.resolveType(sideB.elemType(b));
        break;
      case BTF_KIND_FUNC_PROTO: {
        const count = sideA.btf.vlen(a);
        if (count !== sideB.btf.vlen(b)) return false;
        for (let idx = 0; idx < count; idx++) {
          const alike = comparePair(sideA, sideA.paramType(a, idx), sideB, sideB.paramType(b, idx), left - 1, budget);
          if (alike !== true) return alike;
        }
        a = sideA.btf.resolveType(sideA.btf.refType(a));
        b = sideB.btf.resolveType(sideB.btf.refType(b));
        break;
      }
      default:
        return false;
    }
  }
  return undefined;
}
