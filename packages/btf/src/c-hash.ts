// What tells two types of one name apart, whatever their ids are?
import type { Btf } from './btf.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC_PROTO, BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { ELEM_WORDS, infoVlen, RECORD_WORDS } from './layout.ts';
import { arrayOf } from './resolve.ts';

/** Longest chain of references that is followed: hostile ones may go in a circle. */
const MAX_CHAIN = 512;

/** 64 bits, modulo which everything is computed. */
interface Hash {
  readonly hi: number;
  readonly lo: number;
}

const NONE: Hash = { hi: 0, lo: 0 };

/** `hash * 31 + value` */
function step(hash: Hash, value: Hash): Hash {
  const low = hash.lo * 31 + value.lo;
  return { hi: (hash.hi * 31 + value.hi + Math.floor(low / 0x1_0000_0000)) >>> 0, lo: low >>> 0 };
}

const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Hashes of types, over names of members and of their types but not over sizes and places:
 *
 * ```text
 * struct, union    name, then of each member: name, type without its members
 * enumeration      name, then the names of its values
 * array            number of elements, then element
 * anything else    name where there is one, then what it refers to
 * ```
 *
 * @source found by experiment with bpftool 7.8, which breaks ties by them
 */
export class TypeHashes {
  readonly #btf: Btf;
  readonly #whole = new Map<number, Hash>();
  readonly #shallow = new Map<number, Hash>();
  readonly #texts = new Map<string, Hash>();

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  /** Negative when `a` comes first, 0 when the hashes are equal. */
  compare(a: number, b: number): number {
    const left = this.#hash(a, true, MAX_CHAIN);
    const right = this.#hash(b, true, MAX_CHAIN);
    return left.hi - right.hi || left.lo - right.lo;
  }

  /** @param withMembers whether members of a struct count, or only its name */
  #hash(id: number, withMembers: boolean, left: number): Hash {
    if (id === 0 || left === 0) return NONE;
    const memo = withMembers ? this.#whole : this.#shallow;
    let hash = memo.get(id);
    if (hash === undefined) {
      hash = this.#compute(id, withMembers, left);
      memo.set(id, hash);
    }
    return hash;
  }

  #compute(id: number, withMembers: boolean, left: number): Hash {
    const btf = this.#btf;
    const own = this.#text(btf.name(id));
    switch (btf.kind(id)) {
      case BTF_KIND_PTR:
      case BTF_KIND_CONST:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_TYPE_TAG:
      case BTF_KIND_TYPEDEF:
        return step(own, this.#hash(btf.refType(id), withMembers, left - 1));
      case BTF_KIND_ARRAY: {
        const { type, nelems } = arrayOf(btf, id);
        return step({ hi: 0, lo: nelems }, this.#hash(type, withMembers, left - 1));
      }
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return this.#elements(id, own, false);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        return withMembers ? this.#elements(id, own, true) : own;
      case BTF_KIND_FUNC_PROTO:
        return NONE;
      default:
        return own;
    }
  }

  #elements(id: number, own: Hash, withTypes: boolean): Hash {
    const btf = this.#btf;
    const words = btf.recordWords(id);
    const at = btf.recordIdx(id);
    const size = ELEM_WORDS[btf.kind(id)]!;
    let hash = own;
    let i = at + RECORD_WORDS;
    for (let n = infoVlen(words[at + 1]!); n > 0; n--, i += size) {
      if (words[i] !== 0) hash = step(hash, this.#text(btf.string(words[i]!)));
      if (withTypes) hash = step(hash, this.#hash(words[i + 1]!, false, MAX_CHAIN));
    }
    return hash;
  }

  #text(text: string): Hash {
    let hash = this.#texts.get(text);
    if (hash === undefined) {
      hash = NONE;
      // On x86-64 a char is signed.
      for (const byte of utf8.encode(text)) hash = step(hash, byte < 0x80 ? { hi: 0, lo: byte } : { hi: 0xffff_ffff, lo: byte + 0xffff_ff00 });
      this.#texts.set(text, hash);
    }
    return hash;
  }
}
