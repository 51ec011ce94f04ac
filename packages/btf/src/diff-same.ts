// Do two types say the same, told without building any text?
import type { Btf } from './btf.ts';
import type { Shapes } from './diff-shape.ts';
import { nameClass } from './diff-shape.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF,
  BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import { infoVlen, RECORD_WORDS } from './layout.ts';
import { equalCstr, joinStrings } from './names.ts';
import { arrayOf, isModifier } from './resolve.ts';

/** Longest chain of references through types without names that is followed here. */
const MAX_DEPTH = 64;

/**
 * The quick way to see that two types are equal, for the many that are: it compares words and bytes of names, and remembers pairs of
 * types that it found equal. What it does not recognize as equal is for {@link Shapes} to judge.
 */
export class Sameness {
  /** Names of both sides; an offset is an index. */
  readonly aStrings: Uint8Array;
  readonly bStrings: Uint8Array;
  readonly #a: Btf;
  readonly #b: Btf;
  readonly #aShapes: Shapes;
  readonly #bShapes: Shapes;
  /** By id of the one side: a type of the other that is the same, 1 + id; 0 when none is known. */
  readonly #equal: Uint32Array;
  #stepsLeft: number;

  constructor(a: Shapes, b: Shapes) {
    this.#aShapes = a;
    this.#bShapes = b;
    this.#a = a.btf;
    this.#b = b.btf;
    this.aStrings = joinStrings(a.btf);
    this.bStrings = a.btf === b.btf ? this.aStrings : joinStrings(b.btf);
    this.#equal = new Uint32Array(a.btf.typeCount);
    this.#stepsLeft = 1_000_000 + 20 * a.btf.typeCount;
  }

  /** Whether two types with names are known to have equal definitions, as {@link Shapes.ofDefinition} has it. */
  isSameDefinition(x: number, y: number): boolean {
    const [a, b] = [this.#a, this.#b];
    const kind = a.kind(x);
    if (kind !== b.kind(y) || a.kindFlag(x) !== b.kindFlag(y) || !this.#sameTags(x, y)) return false;
    switch (kind) {
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        return this.#sameMembers(x, y, 0);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return this.#sameWords(x, y, kind === BTF_KIND_ENUM ? 2 : 3);
      case BTF_KIND_TYPEDEF: {
        // The enumerators of an anonymous enumeration are its typedef's.
        const target = a.kind(a.skipModifiers(a.refType(x)));
        return target !== BTF_KIND_ENUM && target !== BTF_KIND_ENUM64 && this.#same(a.refType(x), b.refType(y), 0);
      }
      case BTF_KIND_FUNC: {
        const [p, q] = [a.refType(x), b.refType(y)];
        if (this.#info(a, x) !== this.#info(b, y) || a.kind(p) !== BTF_KIND_FUNC_PROTO || b.kind(q) !== BTF_KIND_FUNC_PROTO) return false;
        return this.#sameProto(p, q, true, 0);
      }
      case BTF_KIND_VAR: {
        const [p, q] = [a.refType(x), b.refType(y)];
        return this.#extra(a, x) === this.#extra(b, y) && this.#same(p, q, 0) && this.#aShapes.sizeOf(p) === this.#bShapes.sizeOf(q);
      }
      case BTF_KIND_INT:
        return a.rawSize(x) === b.rawSize(y) && this.#extra(a, x) === this.#extra(b, y);
      default:
        return false;
    }
  }

  #sameTags(x: number, y: number): boolean {
    const [a, b] = [this.#aShapes.tags, this.#bShapes.tags];
    return a.has(x) ? b.has(y) && a.textOf(x) === b.textOf(y) : !b.has(y);
  }

  #info(btf: Btf, id: number): number {
    return btf.recordWords(id)[btf.recordIdx(id) + 1]!;
  }

  #extra(btf: Btf, id: number): number {
    return btf.recordWords(id)[btf.recordIdx(id) + RECORD_WORDS]!;
  }

  /** Whether two types are the same where others refer to them. */
  #same(x: number, y: number, depth: number): boolean {
    if (this.#equal[x] === y + 1) return true;
    const [a, b] = [this.#a, this.#b];
    if (x === 0 || y === 0) return x === y;
    const kind = a.kind(x);
    if (nameClass(a, x, kind) !== nameClass(b, y, b.kind(y))) return false;
    const aName = a.recordWords(x)[a.recordIdx(x)]!;
    const bName = b.recordWords(y)[b.recordIdx(y)]!;
    if (!equalCstr(this.aStrings, aName, this.bStrings, bName)) return false;
    if (this.aStrings[aName] === 0 || isModifier(kind)) {
      if (depth >= MAX_DEPTH || this.#stepsLeft-- <= 0 || !this.#sameContent(x, y, kind, depth + 1)) return false;
    }
    this.#equal[x] = y + 1;
    return true;
  }

  #sameContent(x: number, y: number, kind: number, depth: number): boolean {
    const [a, b] = [this.#a, this.#b];
    if (kind !== b.kind(y)) return false;
    if (kind === BTF_KIND_PTR) return this.#same(a.refType(x), b.refType(y), depth);
    if (isModifier(kind)) return a.kindFlag(x) === b.kindFlag(y) && this.#same(a.refType(x), b.refType(y), depth);
    if (kind === BTF_KIND_ARRAY) {
      const [p, q] = [arrayOf(a, x), arrayOf(b, y)];
      return p.nelems === q.nelems && this.#same(p.type, q.type, depth);
    }
    if (kind === BTF_KIND_FUNC_PROTO) return this.#sameProto(x, y, false, depth);
    if (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION) return a.kindFlag(x) === b.kindFlag(y) && this.#sameTags(x, y) && this.#sameMembers(x, y, depth);
    return a.rawSize(x) === b.rawSize(y);
  }

  #sameMembers(x: number, y: number, depth: number): boolean {
    const [a, b] = [this.#a, this.#b];
    if (a.rawSize(x) !== b.rawSize(y) || a.vlen(x) !== b.vlen(y)) return false;
    const [p, q] = [a.recordWords(x), b.recordWords(y)];
    let [i, j] = [a.recordIdx(x) + RECORD_WORDS, b.recordIdx(y) + RECORD_WORDS];
    for (const end = i + 3 * a.vlen(x); i < end; i += 3, j += 3) {
      if (p[i + 2] !== q[j + 2] || !equalCstr(this.aStrings, p[i]!, this.bStrings, q[j]!)) return false;
      const [m, n] = [p[i + 1]!, q[j + 1]!];
      if (!this.#same(m, n, depth) || this.#aShapes.sizeOf(m) !== this.#bShapes.sizeOf(n)) return false;
    }
    return true;
  }

  #sameProto(x: number, y: number, withNames: boolean, depth: number): boolean {
    const [a, b] = [this.#a, this.#b];
    const [p, q] = [a.recordWords(x), b.recordWords(y)];
    let [i, j] = [a.recordIdx(x), b.recordIdx(y)];
    const vlen = infoVlen(p[i + 1]!);
    if (vlen !== infoVlen(q[j + 1]!) || !this.#same(a.refType(x), b.refType(y), depth)) return false;
    i += RECORD_WORDS;
    j += RECORD_WORDS;
    for (const end = i + 2 * vlen; i < end; i += 2, j += 2) {
      if (withNames && !equalCstr(this.aStrings, p[i]!, this.bStrings, q[j]!)) return false;
      if (!this.#same(p[i + 1]!, q[j + 1]!, depth)) return false;
    }
    return true;
  }

  /** Enumerators, word by word, and the size. */
  #sameWords(x: number, y: number, step: number): boolean {
    const [a, b] = [this.#a, this.#b];
    if (a.rawSize(x) !== b.rawSize(y) || a.vlen(x) !== b.vlen(y)) return false;
    const [p, q] = [a.recordWords(x), b.recordWords(y)];
    let [i, j] = [a.recordIdx(x) + RECORD_WORDS, b.recordIdx(y) + RECORD_WORDS];
    for (const end = i + step * a.vlen(x); i < end; i += step, j += step) {
      if (p[i + 1] !== q[j + 1] || (step === 3 && p[i + 2] !== q[j + 2]) || !equalCstr(this.aStrings, p[i]!, this.bStrings, q[j]!)) return false;
    }
    return true;
  }
}
