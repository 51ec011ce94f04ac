// In which order does a header list its types, so that it changes little from one build of a kernel to the next?
import type { Btf } from './btf.ts';
import { TypeHashes } from './c-hash.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT,
  BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_UNKN, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { RECORD_WORDS } from './layout.ts';
import { arrayOf } from './resolve.ts';

// What is listed first, by what stands behind pointers, arrays, modifiers and typedefs.
const RANK_ANON_ENUM = 0;
const RANK_ENUM = 1;
const RANK_SCALAR = 2;
const RANK_COMPOSITE = 3;
const RANK_FUNC = 4;
/** What has no name itself and refers to any of those or to void: it is not listed, but what it needs is. */
const RANK_NAMELESS = 5;
const RANK_VOID = 6;
const RANK_FWD = 7;
const RANK_OTHER = 8;

/** Longest chain of references that is followed: hostile ones may go in a circle. */
const MAX_CHAIN = 512;

/**
 * All ids in the order in which bpftool lists types unless it is told not to: by kind, by the name behind pointers and typedefs, by own
 * name, then by {@link TypeHashes}; ids, which change with every build, come last.
 *
 * @source found by experiment with bpftool 7.8
 */
export function sortTypes(btf: Btf): number[] {
  const count = btf.typeCount;
  const ranks = new Uint8Array(count);
  const baseNames = new Array<string>(count).fill('');
  const ownNames = new Array<string>(count).fill('');
  const bases = findBases(btf);
  for (let id = 1; id < count; id++) {
    const base = bases[id]!;
    const rank = rankOf(btf.kind(base));
    const own = btf.name(id);
    const behind = base === id ? own : btf.name(base);
    const isAnonEnum = base === id && own === '' && rank === RANK_ENUM;
    ranks[id] = isAnonEnum ? RANK_ANON_ENUM : own === '' && rank < RANK_FWD ? RANK_NAMELESS : rank;
    baseNames[id] = behind;
    ownNames[id] = isAnonEnum ? firstEnumerator(btf, id) : own;
  }
  // Comparing places of names is several times faster than comparing names.
  const places = placesOf(baseNames, ownNames);
  const byBase = Uint32Array.from(baseNames, (name) => places.get(name)!);
  const byOwn = Uint32Array.from(ownNames, (name) => places.get(name)!);
  const hashes = new TypeHashes(btf);
  const ids = Array.from({ length: count - 1 }, (_, idx) => idx + 1);
  return ids.sort((a, b) => ranks[a]! - ranks[b]! || byBase[a]! - byBase[b]! || byOwn[a]! - byOwn[b]! || hashes.compare(a, b) || a - b);
}

/** Each text's place among all, sorted. */
function placesOf(...lists: readonly (readonly string[])[]): Map<string, number> {
  const all = [...new Set(lists.flat())].sort();
  return new Map(all.map((text, place) => [text, place]));
}

function rankOf(kind: number): number {
  switch (kind) {
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return RANK_ENUM;
    case BTF_KIND_INT:
    case BTF_KIND_FLOAT:
      return RANK_SCALAR;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return RANK_COMPOSITE;
    case BTF_KIND_FUNC_PROTO:
      return RANK_FUNC;
    case BTF_KIND_UNKN:
      return RANK_VOID;
    case BTF_KIND_FWD:
      return RANK_FWD;
    default:
      return RANK_OTHER;
  }
}

function firstEnumerator(btf: Btf, id: number): string {
  return btf.vlen(id) === 0 ? '' : btf.string(btf.recordWords(id)[btf.recordIdx(id) + RECORD_WORDS]!);
}

/** For each type what stands behind pointers, arrays, modifiers and typedefs; a chain is walked once, however many types begin in it. */
function findBases(btf: Btf): Uint32Array {
  const bases = new Uint32Array(btf.typeCount);
  const known = new Uint8Array(btf.typeCount);
  known[0] = 1;
  const path: number[] = [];
  for (let id = 1; id < btf.typeCount; id++) {
    let at = id;
    while (known[at] === 0 && path.length < MAX_CHAIN) {
      const next = nextOf(btf, at);
      if (next === undefined) {
        bases[at] = at;
        known[at] = 1;
        break;
      }
      path.push(at);
      at = next;
    }
    const base = known[at] === 1 ? bases[at]! : at;
    for (const passed of path) {
      bases[passed] = base;
      known[passed] = 1;
    }
    path.length = 0;
  }
  return bases;
}

/** What a type stands for or points to; undefined when it is none of those that do. */
function nextOf(btf: Btf, id: number): number | undefined {
  switch (btf.kind(id)) {
    case BTF_KIND_PTR:
    case BTF_KIND_CONST:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_TYPEDEF:
      return btf.refType(id);
    case BTF_KIND_ARRAY:
      return arrayOf(btf, id).type;
    default:
      return undefined;
  }
}
