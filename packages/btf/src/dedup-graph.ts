// Which types look alike when nothing they refer to is looked at?
import type { Btf } from './btf.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT,
  BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import { infoKind, infoVlen, RECORD_WORDS } from './layout.ts';
import { hasRefWord } from './scan.ts';
import type { StringMap } from './string-map.ts';

/** All types of a BTF as a graph: what each says itself, and what it refers to. Entry i belongs to type id i; 0 is void. */
export interface TypeGraph {
  readonly count: number;
  /** Number of a class of types that say the same of themselves. */
  readonly color: Int32Array;
  readonly colorCount: number;
  /** Where a type's references begin in `refs`; one more entry at the end. */
  readonly refStart: Uint32Array;
  readonly refs: Uint32Array;
  /** Declarations without body, and the types of the same name that have one. */
  readonly forwards: readonly ForwardGroup[];
}

/** Types without body that may stand for a type with one. */
export interface ForwardGroup {
  readonly forwards: readonly number[];
  /** At least one. */
  readonly full: readonly number[];
}

/**
 * Colours types by what they say of themselves: kind, name, sizes, names and places of members, values of enumerators.
 * Variables and sections are each of their own, as libbpf keeps them.
 *
 * @param strings gives equal strings equal numbers
 */
export function buildTypeGraph(btf: Btf, strings: StringMap): TypeGraph {
  const count = btf.typeCount;
  let totalWords = btf.words.length;
  for (let base = btf.base; base !== undefined; base = base.base) totalWords += base.words.length;

  const refStart = new Uint32Array(count + 1);
  const refs = new Uint32Array(totalWords);
  const localStart = new Uint32Array(count + 1);
  const local = new Uint32Array(totalWords);
  const color = new Int32Array(count);
  let size = 16;
  while (size < 2 * count) size *= 2;
  /** Per slot: 1 + first type of a colour. */
  const slots = new Int32Array(size);
  let colorCount = 1;
  let refEnd = 0;
  let localEnd = 0;

  for (let id = 1; id < count; id++) {
    refStart[id] = refEnd;
    localStart[id] = localEnd;
    const words = btf.recordWords(id);
    const at = btf.recordIdx(id);
    const info = words[at + 1]!;
    const kind = infoKind(info);
    let i = at + RECORD_WORDS;
    local[localEnd++] = strings.map(words[at]!);
    local[localEnd++] = info;
    if (hasRefWord(kind)) refs[refEnd++] = words[at + 2]!;
    else local[localEnd++] = words[at + 2]!;
    switch (kind) {
      case BTF_KIND_INT:
      case BTF_KIND_VAR:
      case BTF_KIND_DECL_TAG:
        local[localEnd++] = words[i]!;
        break;
      case BTF_KIND_ARRAY:
        refs[refEnd++] = words[i]!;
        refs[refEnd++] = words[i + 1]!;
        local[localEnd++] = words[i + 2]!;
        break;
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        for (let n = infoVlen(info); n > 0; n--, i += 3) {
          local[localEnd++] = strings.map(words[i]!);
          refs[refEnd++] = words[i + 1]!;
          local[localEnd++] = words[i + 2]!;
        }
        break;
      case BTF_KIND_FUNC_PROTO:
        for (let n = infoVlen(info); n > 0; n--, i += 2) {
          local[localEnd++] = strings.map(words[i]!);
          refs[refEnd++] = words[i + 1]!;
        }
        break;
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        for (let n = infoVlen(info); n > 0; n--) {
          local[localEnd++] = strings.map(words[i++]!);
          local[localEnd++] = words[i++]!;
          if (kind === BTF_KIND_ENUM64) local[localEnd++] = words[i++]!;
        }
        break;
      case BTF_KIND_DATASEC:
        for (let n = infoVlen(info); n > 0; n--, i += 3) refs[refEnd++] = words[i]!;
        break;
    }
    localStart[id + 1] = localEnd;
    refStart[id + 1] = refEnd;

    if (kind === BTF_KIND_VAR || kind === BTF_KIND_DATASEC || btf.kind(id) === 0) {
      color[id] = colorCount++;
      continue;
    }
    const from = localStart[id]!;
    let slot = hashWords(local, from, localEnd) & (size - 1);
    for (;;) {
      const other = slots[slot]! - 1;
      if (other < 0) {
        slots[slot] = id + 1;
        color[id] = colorCount++;
        break;
      }
      if (equalWords(local, from, localEnd, localStart[other]!, localStart[other + 1]!)) {
        color[id] = color[other]!;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return { count, color, colorCount, refStart, refs: refs.subarray(0, refEnd), forwards: findForwards(btf, strings) };
}

/** Pairs FWDs (and enumerations without values, which C may declare ahead) with the types of the same name. */
function findForwards(btf: Btf, strings: StringMap): ForwardGroup[] {
  const groups = new Map<number, { forwards: number[]; full: number[] }>();
  const each = (wanted: boolean, startId: number, visit: (key: number, id: number) => void): void => {
    for (let id = startId; id < btf.typeCount; id++) {
      const words = btf.recordWords(id);
      const at = btf.recordIdx(id);
      const info = words[at + 1]!;
      const kind = infoKind(info);
      const tagKind = kind === BTF_KIND_FWD ? (info >>> 31 === 1 ? BTF_KIND_UNION : BTF_KIND_STRUCT) : kind === BTF_KIND_ENUM64 ? BTF_KIND_ENUM : kind;
      if (words[at] === 0 || (tagKind !== BTF_KIND_STRUCT && tagKind !== BTF_KIND_UNION && tagKind !== BTF_KIND_ENUM)) continue;
      const isForward = kind === BTF_KIND_FWD || (tagKind === BTF_KIND_ENUM && infoVlen(info) === 0);
      // Kinds have five bits.
      if (isForward === wanted) visit(32 * strings.map(words[at]!) + tagKind, id);
    }
  };
  // A base stays as it is: what is only declared there cannot become more.
  each(true, btf.startId, (key, id) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { forwards: [id], full: [] });
    else group.forwards.push(id);
  });
  if (groups.size > 0) each(false, 1, (key, id) => groups.get(key)?.full.push(id));
  return [...groups.values()].filter((group) => group.full.length > 0);
}

/** Hash of a run of words. */
export function hashWords(words: Uint32Array | Int32Array, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ words[i]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function equalWords(words: Uint32Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (; a < aEnd; a++, b++) if (words[a] !== words[b]) return false;
  return true;
}
