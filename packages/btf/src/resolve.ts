// What stands behind modifiers and typedefs, how big is it, and how is it aligned?
import { DecodeError } from '@rootlet/bytes';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT,
  BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_VAR, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { INFO_WORDS, RECORD_WORDS } from './layout.ts';
import type { Btf } from './btf.ts';

/** Longest chain of modifiers, typedefs and arrays that is followed, and deepest nesting of structs, as in libbpf and the kernel. */
export const MAX_RESOLVE_DEPTH = 32;
/** Deepest nesting of structs by value. */
const MAX_NESTING = 128;
/** Bytes of a pointer when nothing else is said: BPF is a 64-bit machine. */
export const POINTER_BYTES = 8;

function tooDeep(id: number): DecodeError {
  return new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'chain of references too long or cyclic', { need: `at most ${MAX_RESOLVE_DEPTH} steps` });
}

/** Whether a kind is CONST, VOLATILE, RESTRICT or TYPE_TAG. */
export function isModifier(kind: number): boolean {
  return kind === BTF_KIND_CONST || kind === BTF_KIND_VOLATILE || kind === BTF_KIND_RESTRICT || kind === BTF_KIND_TYPE_TAG;
}

/** See {@link Btf.skipModifiers}. */
export function skipModifiers(btf: Btf, id: number): number {
  let at = id;
  for (let depth = 0; isModifier(btf.kind(at)); depth++) {
    if (depth === MAX_RESOLVE_DEPTH) throw tooDeep(id);
    at = btf.refType(at);
  }
  return at;
}

/** See {@link Btf.resolveType}. */
export function resolveType(btf: Btf, id: number): number {
  let at = id;
  for (let depth = 0; ; depth++) {
    const kind = btf.kind(at);
    if (kind !== BTF_KIND_TYPEDEF && !isModifier(kind)) return at;
    if (depth === MAX_RESOLVE_DEPTH) throw tooDeep(id);
    at = btf.refType(at);
  }
}

/** Element type and count of an ARRAY, without decoding it. */
export function arrayOf(btf: Btf, id: number): { readonly type: number; readonly nelems: number } {
  const words = btf.recordWords(id);
  const at = btf.recordIdx(id) + RECORD_WORDS;
  return { type: words[at]!, nelems: words[at + 2]! };
}

/** See {@link Btf.resolveSize}. @param pointerBytes size of a PTR */
export function resolveSize(btf: Btf, id: number, pointerBytes: number = POINTER_BYTES): number {
  let at = id;
  let count = 1;
  for (let depth = 0; depth <= MAX_RESOLVE_DEPTH; depth++) {
    const kind = btf.kind(at);
    let size: number;
    switch (kind) {
      case BTF_KIND_INT:
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
      case BTF_KIND_DATASEC:
      case BTF_KIND_FLOAT:
        size = btf.rawSize(at);
        break;
      case BTF_KIND_PTR:
        size = pointerBytes;
        break;
      case BTF_KIND_TYPEDEF:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_CONST:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_TYPE_TAG:
      case BTF_KIND_VAR:
      case BTF_KIND_DECL_TAG:
        at = btf.refType(at);
        continue;
      case BTF_KIND_ARRAY: {
        const array = arrayOf(btf, at);
        count *= array.nelems;
        at = array.type;
        if (count <= 0xffff_ffff) continue;
        throw tooBig(id);
      }
      default:
        throw new DecodeError('BTF_NO_SIZE', `btf: type ${id}`, `${at === 0 ? 'void' : `kind ${kind}`} has no size`);
    }
    if (size * count > 0xffff_ffff) throw tooBig(id);
    return size * count;
  }
  throw tooDeep(id);
}

function tooBig(id: number): DecodeError {
  return new DecodeError('BTF_SIZE', `btf: type ${id}`, 'size overflows 32 bits');
}

/**
 * See {@link Btf.alignOf}.
 *
 * @param memo alignments of structs already known, so that shared members are not visited again and again
 * @param pointerBytes size of a PTR, and the largest alignment
 */
export function alignOf(btf: Btf, id: number, memo: Map<number, number>, pointerBytes: number = POINTER_BYTES, depth = 0): number {
  if (depth > MAX_NESTING) throw tooDeep(id);
  let at = id;
  for (let step = 0; step <= MAX_RESOLVE_DEPTH; step++) {
    const kind = btf.kind(at);
    switch (kind) {
      case BTF_KIND_INT:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
      case BTF_KIND_FLOAT:
        return Math.min(pointerBytes, btf.rawSize(at));
      case BTF_KIND_PTR:
        return pointerBytes;
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION: {
        const known = memo.get(at);
        if (known !== undefined) return known;
        const align = alignOfMembers(btf, at, memo, pointerBytes, depth);
        memo.set(at, align);
        return align;
      }
      case BTF_KIND_ARRAY:
        at = arrayOf(btf, at).type;
        break;
      case BTF_KIND_TYPEDEF:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_CONST:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_TYPE_TAG:
      case BTF_KIND_VAR:
      case BTF_KIND_DECL_TAG:
        at = btf.refType(at);
        break;
      default:
        throw new DecodeError('BTF_NO_SIZE', `btf: type ${id}`, `${at === 0 ? 'void' : `kind ${kind}`} has no alignment`);
    }
  }
  throw tooDeep(id);
}

/** The largest alignment of a member; 1 when a member's place or the size shows that the struct is packed. */
function alignOfMembers(btf: Btf, id: number, memo: Map<number, number>, pointerBytes: number, depth: number): number {
  const words = btf.recordWords(id);
  const first = btf.recordIdx(id) + RECORD_WORDS + INFO_WORDS[BTF_KIND_STRUCT]!;
  const kindFlag = btf.kindFlag(id);
  let max = 1;
  for (let i = 0, m = first; i < btf.vlen(id); i++, m += 3) {
    const align = alignOf(btf, words[m + 1]!, memo, pointerBytes, depth + 1);
    const off = words[m + 2]!;
    const isBitfield = kindFlag && off >>> 24 !== 0;
    if (!isBitfield && (kindFlag ? off & 0xff_ffff : off) % (8 * align) !== 0) return 1;
    if (align > max) max = align;
  }
  return btf.rawSize(id) % max === 0 ? max : 1;
}
