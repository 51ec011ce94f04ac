// Which types, and which members of a struct, are there?
import type { Btf } from './btf.ts';
import { BTF_KIND_STRUCT, BTF_KIND_UNION } from './kinds.ts';
import { RECORD_WORDS } from './layout.ts';
import type { BtfMember, BtfType } from './types.ts';

/** Deepest nesting of anonymous members. */
const MAX_NESTING = 64;

/** Word index of the first member of a STRUCT or UNION. */
export function membersStart(btf: Btf, id: number): number {
  return btf.recordIdx(id) + RECORD_WORDS;
}

/** Place of a member, without decoding its name. */
export function memberAt(words: Uint32Array, start: number, idx: number, kindFlag: boolean): { readonly bitOff: number; readonly bitfieldSize: number } {
  const off = words[start + 3 * idx + 2]!;
  return kindFlag ? { bitOff: off & 0xff_ffff, bitfieldSize: off >>> 24 } : { bitOff: off, bitfieldSize: 0 };
}

/**
 * All types in the order of their ids, decoded one by one as they are asked for.
 *
 * @param kind only types of this kind; all when absent
 * @param fromId where to begin: 1, or `btf.startId` for the own types of a split BTF
 */
export function* iterateTypes(btf: Btf, kind?: number, fromId = 1): Generator<BtfType, void, undefined> {
  for (let id = Math.max(1, fromId); id < btf.typeCount; id++) if (kind === undefined || btf.kind(id) === kind) yield btf.type(id);
}

/**
 * The members of a struct or union as C sees them: those of anonymous structs and unions in place of these, with offsets from the start
 * of `id`. What has no name and is no struct or union (padding) is left out.
 *
 * @param id a struct, union, or modifiers and typedefs of one; anything else has no members
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BTF_KIND_STRUCT, iterateMembers, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/core.el.btf'));
 * const inner = btf.findByNameKind('inner', BTF_KIND_STRUCT) ?? 0;
 * console.log([...iterateMembers(btf, inner)].map(({ name, bitOff }) => `${name}@${bitOff}`).join(' ')); // before@0 flags@32 rest@37
 * ```
 */
export function* iterateMembers(btf: Btf, id: number): Generator<BtfMember, void, undefined> {
  yield* walk(btf, btf.resolveType(id), 0, { left: 100_000 }, MAX_NESTING);
}

/** @param budget members still to be yielded: anonymous types may refer to each other in exponentially many ways */
function* walk(btf: Btf, id: number, bitOff: number, budget: { left: number }, depth: number): Generator<BtfMember, void, undefined> {
  const type = id === 0 ? undefined : btf.type(id);
  if (type === undefined || (type.kind !== BTF_KIND_STRUCT && type.kind !== BTF_KIND_UNION)) return;
  for (const member of type.members) {
    if (budget.left-- <= 0) return;
    if (member.name !== '') yield bitOff === 0 ? member : { ...member, bitOff: bitOff + member.bitOff };
    else if (depth > 0) yield* walk(btf, btf.skipModifiers(member.type), bitOff + member.bitOff, budget, depth - 1);
  }
}
