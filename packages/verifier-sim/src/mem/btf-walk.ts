// What stands at this offset of a kernel object, says its BTF?
import { BTF_KIND_ARRAY, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_UNION } from '@rootlet/btf';
import type { Btf, BtfMember } from '@rootlet/btf';
import { EACCES, EINVAL } from '../state/env.ts';
import type { Errno } from '../state/env.ts';
import { isStructKind } from '../state/btf-kinds.ts';
import { typeOf } from '../state/btf-types.ts';

/** A number, a pointer to another object, a pointer to something else, or a message why there is nothing to read. */
export type Found =
  | { readonly is: 'number' }
  | { readonly is: 'object'; readonly btfId: number; readonly member: string; readonly inUnion: boolean }
  | { readonly is: 'memory'; readonly btfId: number }
  | { readonly is: 'struct'; readonly btfId: number }
  | { readonly is: 'nothing'; readonly message: string; readonly errno: Errno };

/** Structs inside structs are followed this deep; BTF of a kernel stays far below. */
const MAX_DEPTH = 64;

const NUMBER: Found = { is: 'number' };

/** Name of a struct as messages write it. */
export function structName(btf: Btf, id: number): string {
  const name = btf.name(id);
  return name === '' ? '(anon)' : name;
}

function nothing(message: string, errno: Errno = EACCES): Found {
  return { is: 'nothing', message, errno };
}

interface Elements {
  readonly id: number;
  readonly count: number;
}

/** Elements of an array, of all its dimensions; another type is one element. */
function elementsOf(btf: Btf, typeId: number): Elements {
  let id = btf.resolveType(typeId);
  let count = 1;
  for (let depth = 0; id !== 0 && btf.kind(id) === BTF_KIND_ARRAY && depth < MAX_DEPTH; depth++) {
    const array = typeOf(btf, id);
    if (array.kind !== BTF_KIND_ARRAY) break;
    count *= array.nelems;
    id = btf.resolveType(array.type);
  }
  return { id, count };
}

function membersOf(btf: Btf, id: number): readonly BtfMember[] {
  const type = typeOf(btf, id);
  return type.kind === BTF_KIND_STRUCT || type.kind === BTF_KIND_UNION ? type.members : [];
}

/** Where in a flexible array at the end of a struct an offset lies: in a struct, or (id 0) in something else. */
function flexibleArray(btf: Btf, id: number, off: number): { readonly id: number; readonly off: number } | undefined {
  const last = membersOf(btf, id).at(-1);
  if (last === undefined) return undefined;
  const arrayId = btf.resolveType(last.type);
  if (arrayId === 0 || btf.kind(arrayId) !== BTF_KIND_ARRAY) return undefined;
  const array = typeOf(btf, arrayId);
  if (array.kind !== BTF_KIND_ARRAY || array.nelems !== 0) return undefined;
  const start = last.bitOff / 8;
  const elem = btf.resolveType(array.type);
  if (off < start || elem === 0) return undefined;
  if (btf.kind(elem) === BTF_KIND_PTR) return undefined;
  if (!isStructKind(btf.kind(elem))) return { id: 0, off: 0 };
  const size = btf.rawSize(elem);
  return size === 0 ? undefined : { id: elem, off: (off - start) % size };
}

/** How members are looked for. */
export interface Walk {
  /** A struct that begins at the offset is an answer, too. */
  readonly stop?: boolean;
  /** A flexible array at the end goes on. */
  readonly endless?: boolean;
}

/** Follows an access of `size` bytes at `off` of struct `typeId` into its members. */
export function walkStruct(btf: Btf, typeId: number, off: number, size: number, { stop = false, endless = true }: Walk = {}): Found {
  let id = typeId;
  let at = off;
  // The members of a union lie over each other: what crosses one's end may be part of another. How long a flexible array is nobody knows.
  let inUnion = false;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const name = structName(btf, id);
    if (at + size > btf.rawSize(id)) {
      const flexible = endless ? flexibleArray(btf, id, at) : undefined;
      if (flexible === undefined) return nothing(`access beyond struct ${name} at off ${at} size ${size}\n`);
      if (flexible.id === 0) return NUMBER;
      inUnion = true;
      at = flexible.off;
      id = flexible.id;
      continue;
    }
    inUnion ||= btf.kind(id) === BTF_KIND_UNION && btf.vlen(id) > 1;
    const next = findMember(btf, id, name, at, size, inUnion);
    if (next.is !== 'inside') return next;
    if (stop && next.off === 0) return { is: 'struct', btfId: next.id };
    id = next.id;
    at = next.off;
  }
  return nothing('');
}

type Step = Found | { readonly is: 'inside'; readonly id: number; readonly off: number };

function findMember(btf: Btf, id: number, name: string, off: number, size: number, inUnion: boolean): Step {
  for (const member of membersOf(btf, id)) {
    if (member.bitfieldSize !== 0) {
      const start = Math.floor(member.bitOff / 8);
      const end = Math.ceil((member.bitOff + member.bitfieldSize) / 8);
      // The load must cover all of it.
      if (off <= start && end <= off + size) return NUMBER;
      continue;
    }
    const start = member.bitOff / 8;
    // An access of no bytes finds nothing at the start of a member.
    if (off < start || off + size <= start) break;
    const elements = elementsOf(btf, member.type);
    const elemSize = sizeOf(btf, elements.id);
    const end = start + elemSize * elements.count;
    if (off >= end) continue;
    const step = inMember(btf, name, member, elements, { off, size, start, end, elemSize, inUnion });
    if (step !== undefined) return step;
  }
  return nothing(`struct ${name} doesn't have field at offset ${off}\n`, EINVAL);
}

function sizeOf(btf: Btf, id: number): number {
  try {
    return id === 0 ? 0 : btf.resolveSize(id);
  } catch {
    return 0;
  }
}

interface Place {
  readonly off: number;
  readonly size: number;
  readonly start: number;
  readonly end: number;
  readonly elemSize: number;
  readonly inUnion: boolean;
}

function inMember(btf: Btf, name: string, member: BtfMember, elements: Elements, place: Place): Step | undefined {
  const { off, size, start, end, elemSize, inUnion } = place;
  const { id } = elements;
  // The element of an array that is accessed.
  const elemStart = elemSize === 0 ? start : start + Math.floor((off - start) / elemSize) * elemSize;
  const kind = id === 0 ? 0 : btf.kind(id);
  if (isStructKind(kind)) return { is: 'inside', id, off: off - elemStart };
  if (kind === BTF_KIND_PTR) {
    if (size !== 8 || off !== elemStart) {
      return nothing(
        `cannot access ptr member ${member.name} with moff ${elemStart} in struct ${name} with off ${off} size ${size}\n`,
      );
    }
    const pointee = btf.resolveType(btf.refType(id));
    if (pointee !== 0 && isStructKind(btf.kind(pointee))) return { is: 'object', btfId: pointee, member: member.name, inUnion };
    return { is: 'memory', btfId: pointee };
  }
  if (off + size > end && !inUnion) {
    return nothing(
      `access beyond the end of member ${member.name} (mend:${end}) in struct ${name} with off ${off} size ${size}\n`,
    );
  }
  return NUMBER;
}
