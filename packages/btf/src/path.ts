// Where is `task_struct.mm->pgd`, how big is it, and of what type?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { BTF_KIND_ARRAY, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION } from './kinds.ts';
import { memberAt, membersStart } from './members.ts';
import { arrayOf } from './resolve.ts';

/** Deepest nesting of anonymous members that is searched. */
const MAX_NESTING = 64;

/** A pointer that a path follows. */
export interface BtfPathHop {
  /** Where the pointer stands, bytes from the start of its object: of the path's root, or of what the hop before points to. */
  readonly byteOff: number;
  /** What it points to, modifiers and typedefs skipped. */
  readonly typeId: number;
}

/** What a path leads to. */
export interface BtfPath {
  /** Type of what the path names, as declared: modifiers and typedefs stay. */
  readonly typeId: number;
  /** Bits from the start of the object that holds it: the path's root, or what the last hop points to. */
  readonly bitOff: number;
  /** Whole bytes of `bitOff`. */
  readonly byteOff: number;
  /** Size in bytes of a value of its type; 0 when it has none, such as a function or an incomplete struct. */
  readonly size: number;
  /** Width in bits of a bitfield; 0 when it is none. */
  readonly bitfieldSize: number;
  /** Pointers to be read on the way, in order. */
  readonly hops: readonly BtfPathHop[];
}

/**
 * Looks up a path through members, arrays and pointers as C writes it: `sk_buff.cb[4]`, `task_struct.mm->pgd`.
 *
 * Members of anonymous structs and unions are found as in C. `->` and an index behind a pointer add a hop: there the pointer's value must
 * be read, and offsets count anew.
 *
 * @param path begins with the name of a struct, union or typedef
 * @param rootId where to begin instead of at a name; the path then begins with `.`, `->` or `[`, or is empty
 * @returns undefined when a name is not there
 * @throws `BTF_PATH` when the text is no path, or asks for something that a type has not: a member of an integer, an index out of range
 * @throws `BTF_DEPTH`, `BTF_SIZE` as {@link Btf.resolveSize}
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { findPath, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/kinds.el.btf'));
 * const path = findPath(btf, 'node.next->grid[1]');
 * console.log(path?.hops.length, path?.byteOff, path?.size); // 1 92 12
 * ```
 */
export function findPath(btf: Btf, path: string, rootId?: number): BtfPath | undefined {
  let rest = path;
  let typeId = rootId;
  if (typeId === undefined) {
    const name = /^\s*(?:struct\s+|union\s+)?([A-Za-z_$][\w$]*)/.exec(path);
    if (name === null) throw badPath(path, 'does not begin with a name');
    rest = path.slice(name[0].length);
    typeId = findRoot(btf, name[1]!);
    if (typeId === undefined) return undefined;
  }
  const hops: BtfPathHop[] = [];
  let bitOff = 0;
  let bitfieldSize = 0;
  const follow = (pointed: number): void => {
    typeId = pointed;
    hops.push({ byteOff: Math.floor(bitOff / 8), typeId: btf.resolveType(pointed) });
    bitOff = 0;
  };

  while (rest.trim() !== '') {
    const step = /^\s*(?:(\.|->)\s*([A-Za-z_$][\w$]*)|\[\s*(0[xX][0-9a-fA-F]+|\d+)\s*\])/.exec(rest);
    if (step === null) throw badPath(path, `cannot be read from "${rest}" on`);
    rest = rest.slice(step[0].length);
    if (bitfieldSize !== 0) throw badPath(path, 'goes on behind a bitfield');
    let at = btf.resolveType(typeId);
    if (step[3] !== undefined) {
      const index = Number(step[3]);
      const kind = btf.kind(at);
      if (kind === BTF_KIND_PTR) {
        follow(btf.refType(at));
      } else if (kind === BTF_KIND_ARRAY) {
        const { type, nelems } = arrayOf(btf, at);
        // An array without length is a flexible one.
        if (index >= nelems && nelems !== 0) throw badPath(path, 'index out of range', { need: `below ${nelems}`, have: index });
        typeId = type;
      } else {
        throw badPath(path, `index of what is neither array nor pointer (kind ${kind})`);
      }
      bitOff += 8 * index * btf.resolveSize(typeId);
      if (!Number.isSafeInteger(bitOff)) throw badPath(path, 'offset too large');
      continue;
    }
    if (step[1] === '->') {
      if (btf.kind(at) !== BTF_KIND_PTR) throw badPath(path, `-> behind what is no pointer (kind ${btf.kind(at)})`);
      follow(btf.refType(at));
      at = btf.resolveType(typeId);
    }
    const kind = btf.kind(at);
    if (kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_UNION) throw badPath(path, `.${step[2]!} of what is neither struct nor union (kind ${kind})`);
    const member = findMember(btf, at, step[2]!);
    if (member === undefined) return undefined;
    typeId = member.typeId;
    bitOff += member.bitOff;
    bitfieldSize = member.bitfieldSize;
  }
  return { typeId, bitOff, byteOff: Math.floor(bitOff / 8), size: sizeOrZero(btf, typeId), bitfieldSize, hops };
}

/** A member found by name, anonymous structs and unions included. */
export interface BtfFoundMember {
  readonly typeId: number;
  /** Bits from the start of the struct that was searched. */
  readonly bitOff: number;
  /** Width in bits of a bitfield; 0 when it is none. */
  readonly bitfieldSize: number;
  /** Member index in each struct on the way: one, and one more for each anonymous member. */
  readonly memberIdx: readonly number[];
}

/**
 * A member of a struct or union by name, found as in C: anonymous members are searched too.
 *
 * @param id the struct or union itself
 * @returns undefined when there is none
 * @throws `BTF_KIND` when `id` is neither
 */
export function findMember(btf: Btf, id: number, name: string): BtfFoundMember | undefined {
  const kind = btf.kind(id);
  if (kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_UNION) throw new DecodeError('BTF_KIND', `btf: type ${id}`, 'neither struct nor union', { have: `kind ${kind}` });
  return searchMember(btf, id, name, new Set(), MAX_NESTING);
}

/** @param seen anonymous structs searched already: what they do not have they have nowhere */
function searchMember(btf: Btf, id: number, name: string, seen: Set<number>, depth: number): BtfFoundMember | undefined {
  const words = btf.recordWords(id);
  const start = membersStart(btf, id);
  const kindFlag = btf.kindFlag(id);
  const count = btf.vlen(id);
  for (let i = 0; i < count; i++) {
    const nameOff = words[start + 3 * i]!;
    const memberName = nameOff === 0 ? '' : btf.string(nameOff);
    if (memberName === name) {
      const { bitOff, bitfieldSize } = memberAt(words, start, i, kindFlag);
      return { typeId: words[start + 3 * i + 1]!, bitOff, bitfieldSize, memberIdx: [i] };
    }
    if (memberName !== '' || depth === 0) continue;
    const inner = btf.skipModifiers(words[start + 3 * i + 1]!);
    const kind = btf.kind(inner);
    if ((kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_UNION) || seen.has(inner)) continue;
    seen.add(inner);
    const found = searchMember(btf, inner, name, seen, depth - 1);
    if (found === undefined) continue;
    return { ...found, bitOff: memberAt(words, start, i, kindFlag).bitOff + found.bitOff, memberIdx: [i, ...found.memberIdx] };
  }
  return undefined;
}

function findRoot(btf: Btf, name: string): number | undefined {
  return btf.findByNameKind(name, BTF_KIND_STRUCT) ?? btf.findByNameKind(name, BTF_KIND_UNION) ?? btf.findByNameKind(name, BTF_KIND_TYPEDEF);
}

function sizeOrZero(btf: Btf, id: number): number {
  try {
    return btf.resolveSize(id);
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'BTF_NO_SIZE') return 0;
    throw error;
  }
}

function badPath(path: string, problem: string, detail: { readonly need?: string; readonly have?: number } = {}): DecodeError {
  return new DecodeError('BTF_PATH', `btf: path "${path}"`, problem, detail);
}
