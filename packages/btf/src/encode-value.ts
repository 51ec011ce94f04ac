// Which bytes hold this JavaScript value?
import { DecodeError } from '@rootlet/bytes';
import { writeBits, writeInt } from './bits.ts';
import type { Btf } from './btf.ts';
import type { DataBudget } from './data-types.ts';
import { bitsOfMember, checkData, dataBudget, dataType, isCharType, spendValue } from './data-types.ts';
import type { BtfValue } from './decode-value.ts';
import {
  BTF_INT_BOOL, BTF_INT_SIGNED, BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT,
  BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import type { BtfArray, BtfComposite, BtfEnum, BtfInt } from './types.ts';

/** Most bytes that are allocated for one value: a type may state any size. */
const MAX_VALUE_BYTES = 0x4000_0000;

/** How to write values. */
export interface EncodeValueOptions {
  /** Byte order of the data; the BTF's when absent. */
  readonly littleEndian?: boolean | undefined;
  /** Bytes to begin with, as long as the result: what the value does not mention stays as it is there. Zeros when absent. */
  readonly into?: Uint8Array | undefined;
}

interface Writing {
  readonly btf: Btf;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly littleEndian: boolean;
  readonly budget: DataBudget;
}

/**
 * Bytes of a value: what `decodeValue` reads back. Members that the value does not name stay zero; of a union only those it names are
 * written, the last one last.
 *
 * Integers may be given as number, bigint or boolean, enumerators also by name, arrays of one-byte integers also as text or bytes; arrays
 * may be shorter than the type's. The bytes are longer than the type when a flexible array at its end has elements.
 *
 * @throws `BTF_VALUE` when a value does not fit its type: another shape, a number out of range, an unknown name; the error names the path
 * @throws `BTF_NO_SIZE`, `BTF_DEPTH`, `TRUNCATED` for types that have no size, contain themselves or have members outside of themselves
 * @throws `BTF_SIZE` for more than 1 GiB
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BTF_KIND_STRUCT, encodeValue, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/core.el.btf'));
 * const inner = btf.findByNameKind('inner', BTF_KIND_STRUCT) ?? 0;
 * console.log(encodeValue(btf, inner, { before: -2, flags: 5 }).join(' ')); // 254 255 255 255 5 0 0 0
 * ```
 */
export function encodeValue(btf: Btf, id: number, value: BtfValue, options: EncodeValueOptions = {}): Uint8Array<ArrayBuffer> {
  const size = btf.resolveSize(id) + flexibleBytes(btf, id, value, 0);
  if (size > MAX_VALUE_BYTES) throw new DecodeError('BTF_SIZE', `btf: type ${id}`, 'too large for a value', { need: `at most ${MAX_VALUE_BYTES} bytes`, have: size });
  const writing: Writing = { btf, bytes: new Uint8Array(size), littleEndian: options.littleEndian ?? btf.littleEndian, budget: dataBudget(size) };
  if (options.into !== undefined) {
    if (options.into.length !== size) throw badValue('', 'bytes of another length to begin with', `${size} bytes`, options.into.length);
    writing.bytes.set(options.into);
  }
  writeValue(writing, id, 0, value, '', 0);
  return writing.bytes;
}

/** Bytes that the elements of a flexible array at the end need beyond the type's size. */
function flexibleBytes(btf: Btf, id: number, value: BtfValue | undefined, depth: number): number {
  const type = dataType(btf, id);
  if (type.kind === BTF_KIND_VAR && depth < 64) return flexibleBytes(btf, type.type, value, depth + 1);
  if (type.kind === BTF_KIND_ARRAY) return type.nelems === 0 ? btf.resolveSize(type.type) * lengthOf(value) : 0;
  if ((type.kind !== BTF_KIND_STRUCT && type.kind !== BTF_KIND_UNION) || depth > 64) return 0;
  const last = type.kind === BTF_KIND_STRUCT ? type.members.slice(-1) : type.members;
  let most = 0;
  for (const member of last) {
    const inner = member.name === '' ? value : fieldOf(value, member.name);
    if (inner === undefined || member.bitfieldSize !== 0) continue;
    const flexible = flexibleBytes(btf, member.type, inner, depth + 1);
    // A member that reaches out of its struct without one is an error, found when it is written.
    if (flexible > 0) most = Math.max(most, Math.floor(member.bitOff / 8) + btf.resolveSize(member.type) + flexible - type.size);
  }
  return most;
}

function lengthOf(value: BtfValue | undefined): number {
  if (typeof value === 'string') return utf8.encode(value).length;
  return Array.isArray(value) || value instanceof Uint8Array ? value.length : 0;
}

const utf8 = /* @__PURE__ */ new TextEncoder();

function fieldOf(value: BtfValue | undefined, name: string): BtfValue | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isObject(value: BtfValue | undefined): value is { readonly [name: string]: BtfValue } {
  // Callers without types may well give null.
  return typeof value === 'object' && (value as unknown) !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** @param where path so far, for errors */
function writeValue(writing: Writing, id: number, off: number, value: BtfValue, where: string, depth: number): void {
  const { btf, bytes, littleEndian } = writing;
  spendValue(writing.budget, id, depth);
  const type = dataType(btf, id);
  switch (type.kind) {
    case BTF_KIND_INT:
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64: {
      checkData(btf, id, off, type.size, bytes.length);
      const narrow = bitsOfMember({ name: '', type: id, bitOff: 8 * off, bitfieldSize: 0 }, type);
      const number = toInteger(type, value, narrow.bits === 0 ? 8 * type.size : narrow.bits, where);
      if (narrow.bits !== 0) checkData(btf, id, off, Math.ceil((narrow.bitOff + narrow.bits) / 8) - off, bytes.length);
      if (narrow.bits !== 0) writeBits(bytes, narrow.bitOff, narrow.bits, littleEndian, number);
      else writeInt(bytes, off, type.size, littleEndian, number);
      return;
    }
    case BTF_KIND_PTR: {
      const size = btf.resolveSize(type.id);
      checkData(btf, id, off, size, bytes.length);
      writeInt(bytes, off, size, littleEndian, checkFits(toBigInt(value, where), 8 * size, false, where));
      return;
    }
    case BTF_KIND_FLOAT: {
      checkData(btf, id, off, type.size, bytes.length);
      if (value instanceof Uint8Array && value.length === type.size) {
        bytes.set(value, off);
        return;
      }
      if (typeof value !== 'number' || (type.size !== 4 && type.size !== 8)) throw bad(where, `a float of ${type.size} bytes`, value);
      if (type.size === 4 && Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw badValue(where, 'does not fit a float of 4 bytes', undefined, value);
      const view = new DataView(bytes.buffer);
      if (type.size === 4) view.setFloat32(off, value, littleEndian);
      else view.setFloat64(off, value, littleEndian);
      return;
    }
    case BTF_KIND_ARRAY:
      writeArray(writing, type, off, value, where, depth);
      return;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: {
      if (!isObject(value)) throw bad(where, 'an object', value);
      const left = new Set(Object.keys(value));
      writeMembers(writing, type, off, value, where, depth, left);
      refuseRest(left, where, 'no member');
      return;
    }
    case BTF_KIND_VAR:
      writeValue(writing, type.type, off, value, where, depth + 1);
      return;
    case BTF_KIND_DATASEC: {
      if (!isObject(value)) throw bad(where, 'an object', value);
      const left = new Set(Object.keys(value));
      for (const info of type.vars) {
        const name = btf.name(info.type);
        const inner = fieldOf(value, name);
        if (btf.kind(info.type) !== BTF_KIND_VAR) continue;
        left.delete(name);
        if (inner !== undefined) writeValue(writing, info.type, off + info.byteOff, inner, `${where}.${name}`, depth + 1);
      }
      refuseRest(left, where, 'no variable');
      return;
    }
    default:
      throw new DecodeError('BTF_NO_SIZE', `btf: type ${id}`, `kind ${type.kind} has no value`);
  }
}

/** What was given and is not there. */
function refuseRest(left: ReadonlySet<string>, where: string, problem: string): void {
  for (const name of left) throw badValue(`${where}.${name}`, problem);
}

function writeMembers(
  writing: Writing, type: BtfComposite, off: number, value: { readonly [name: string]: BtfValue }, where: string, depth: number, left: Set<string>,
): void {
  const { btf, bytes, littleEndian } = writing;
  for (const member of type.members) {
    spendValue(writing.budget, type.id, depth);
    const inner = dataType(btf, member.type);
    const { bitOff, bits } = bitsOfMember(member, inner);
    const at = off + Math.floor(bitOff / 8);
    if (member.name === '') {
      if (inner.kind === BTF_KIND_STRUCT || inner.kind === BTF_KIND_UNION) writeMembers(writing, inner, at, value, where, depth + 1, left);
      continue;
    }
    const given = fieldOf(value, member.name);
    left.delete(member.name);
    if (given === undefined) continue;
    const path = `${where}.${member.name}`;
    if (bits === 0) {
      writeValue(writing, member.type, at, given, path, depth + 1);
    } else {
      if (inner.kind !== BTF_KIND_INT && inner.kind !== BTF_KIND_ENUM && inner.kind !== BTF_KIND_ENUM64) throw bad(path, 'a bitfield of integer type', given);
      checkData(btf, type.id, at, Math.ceil(((bitOff % 8) + bits) / 8), bytes.length);
      writeBits(bytes, 8 * off + bitOff, bits, littleEndian, toInteger(inner, given, bits, path));
    }
  }
}

function writeArray(writing: Writing, type: BtfArray, off: number, value: BtfValue, where: string, depth: number): void {
  const { btf, bytes } = writing;
  const size = btf.resolveSize(type.type);
  const elem = dataType(btf, type.type);
  const limit = type.nelems === 0 && size > 0 ? Math.floor((bytes.length - off) / size) : type.nelems;
  const isBytes = elem.kind === BTF_KIND_INT && elem.size === 1;
  const items = typeof value === 'string' && (isCharType(elem) || isBytes) ? utf8.encode(value) : value;
  if (!Array.isArray(items) && !(items instanceof Uint8Array && isBytes)) throw bad(where, 'an array', value);
  if (items.length > limit) throw badValue(where, 'too many elements', `at most ${limit}`, items.length);
  if (items instanceof Uint8Array) {
    checkData(btf, type.id, off, limit, bytes.length);
    bytes.fill(0, off, off + limit);
    bytes.set(items, off);
    return;
  }
  (items as readonly BtfValue[]).forEach((item, i) => writeValue(writing, type.type, off + i * size, item, `${where}[${i}]`, depth + 1));
}

/** The number of an integer or enumerator, which must fit. */
function toInteger(type: BtfInt | BtfEnum, value: BtfValue, bits: number, where: string): bigint {
  let number: bigint;
  if (type.kind !== BTF_KIND_INT && typeof value === 'string') {
    const found = type.values.find(({ name }) => name === value);
    if (found === undefined) throw badValue(where, `no enumerator "${value}"`);
    number = BigInt(found.value);
  } else {
    number = toBigInt(value, where);
  }
  if (type.kind === BTF_KIND_INT && (type.encoding & BTF_INT_BOOL) !== 0) return checkFits(number, 1, false, where);
  return checkFits(number, bits, type.kind === BTF_KIND_INT ? (type.encoding & BTF_INT_SIGNED) !== 0 : type.signed, where);
}

function checkFits(number: bigint, bits: number, signed: boolean, where: string): bigint {
  if ((signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) === number) return number;
  throw badValue(where, `does not fit ${bits} ${signed ? 'signed' : 'unsigned'} bits`, undefined, number);
}

function toBigInt(value: BtfValue, where: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value))) return BigInt(value);
  if (typeof value === 'number' && Number.isInteger(value)) throw badValue(where, 'a number this large is not exact', 'a bigint', value);
  throw bad(where, 'an integer', value);
}

function bad(where: string, need: string, have: BtfValue | null): DecodeError {
  const shown = Array.isArray(have) ? 'an array' : have instanceof Uint8Array ? 'bytes' : have !== null && typeof have === 'object' ? 'an object' : JSON.stringify(typeof have === 'bigint' ? `${have}n` : have);
  return badValue(where, 'does not fit', need, shown);
}

function badValue(where: string, problem: string, need?: string, have?: string | number | bigint): DecodeError {
  return new DecodeError('BTF_VALUE', `btf: value${where === '' ? '' : ` ${where}`}`, problem, { need, have });
}
