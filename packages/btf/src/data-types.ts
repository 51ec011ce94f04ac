// What does a piece of data of some type consist of?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { BTF_INT_CHAR, BTF_KIND_INT } from './kinds.ts';
import type { BtfInt, BtfMember, BtfType } from './types.ts';

/** Deepest nesting of types by value. */
export const MAX_DATA_DEPTH = 64;

/** Values still to be visited: hostile types have more of them than bytes (arrays of empty structs, unions of unions). */
export interface DataBudget {
  left: number;
}

/** A budget for data of so many bytes, generous for any type that a compiler lays out. */
export function dataBudget(byteCount: number): DataBudget {
  return { left: 100_000 + 64 * byteCount };
}

/** Counts one value. @throws `BTF_DEPTH` */
export function spendValue(budget: DataBudget, id: number, depth: number): void {
  if (depth > MAX_DATA_DEPTH) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'nested too deeply', { need: `at most ${MAX_DATA_DEPTH} levels` });
  if (budget.left-- <= 0) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'more values than the data can hold');
}

/** The type behind modifiers and typedefs. @throws `BTF_NO_SIZE` for void */
export function dataType(btf: Btf, id: number): BtfType {
  const at = btf.resolveType(id);
  if (at === 0) throw new DecodeError('BTF_NO_SIZE', `btf: type ${id}`, 'void has no size');
  return btf.type(at);
}

/** Whether a type is an integer of one byte that may be shown as a character. */
export function isCharType(type: BtfType): boolean {
  return type.kind === BTF_KIND_INT && type.size === 1 && (type.name === 'char' || (type.encoding & BTF_INT_CHAR) !== 0);
}

/** Bits of a member; before kernel 4.20 an INT itself told that it was narrower than its bytes. */
export function bitsOfMember(member: BtfMember, type: BtfType): { readonly bitOff: number; readonly bits: number } {
  if (member.bitfieldSize !== 0) return { bitOff: member.bitOff, bits: member.bitfieldSize };
  if (type.kind === BTF_KIND_INT && isNarrow(type)) return { bitOff: member.bitOff + type.bitOff, bits: type.bits };
  return { bitOff: member.bitOff, bits: member.bitOff % 8 === 0 || type.kind !== BTF_KIND_INT ? 0 : 8 * type.size };
}

function isNarrow(type: BtfInt): boolean {
  return type.bits !== 0 && (type.bits !== 8 * type.size || type.bitOff !== 0);
}

/** Checks that data has the bytes that a type needs. @throws `TRUNCATED` */
export function checkData(btf: Btf, id: number, off: number, size: number, have: number): void {
  if (off + size > have) {
    throw new DecodeError('TRUNCATED', `btf: data of type ${id}${btf.name(id) === '' ? '' : ` (${btf.name(id)})`}`, 'truncated', { byteOff: off, need: `${size} bytes`, have: Math.max(0, have - off) });
  }
}
