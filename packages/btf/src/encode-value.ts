// Which bytes hold this JavaScript value?
import { writeBits, writeInt } from './bits.ts';
import type { Btf } from './btf.ts';
import type { DataBudget } from './data-types.ts';
import { bitsOfMember, dataBudget, dataType, isCharType, spendValue } from './data-types.ts';
import type { BtfValue } from './decode-value.ts';
import {
  BTF_INT_BOOL, BTF_INT_SIGNED, BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT,
  BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import type { BtfArray, BtfComposite, BtfEnum, BtfInt } from './types.ts';

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
 * Bytes of a value: what `decodeValue` reads back. Members that the value does not name stay zero; of a union the last member named counts.
 *
 * Integers may be given as number, bigint or boolean, enumerators also by name, arrays of one-byte integers also as text or bytes; arrays
 * may be shorter than the type's. The bytes are longer than the type when a flexible array at its end has elements.
 *
 * @throws RangeError when a value does not fit its type: another shape, a number out of range, an unknown name
 * @throws `BTF_NO_SIZE`, `BTF_DEPTH` as `decodeValue`
 */
export function encodeValue(btf: Btf, id: number, value: BtfValue, options: EncodeValueOptions = {}): Uint8Array<ArrayBuffer> {
  const size = btf.resolveSize(id) + flexibleBytes(btf, id, value, 0);
  const writing: Writing = { btf, bytes: new Uint8Array(size), littleEndian: options.littleEndian ?? btf.littleEndian, budget: dataBudget(size) };
  if (options.into !== undefined) {
    if (options.into.length !== size) throw new RangeError(`btf: type ${id} takes ${size} bytes, not ${options.into.length}`);
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
    const end = Math.floor(member.bitOff / 8) + btf.resolveSize(member.type) + flexibleBytes(btf, member.type, inner, depth + 1);
    most = Math.max(most, end - type.size);
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
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
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
      const narrow = bitsOfMember({ name: '', type: id, bitOff: 8 * off, bitfieldSize: 0 }, type);
      const number = toInteger(type, value, narrow.bits === 0 ? 8 * type.size : narrow.bits, where);
      if (narrow.bits !== 0) writeBits(bytes, narrow.bitOff, narrow.bits, littleEndian, number);
      else writeInt(bytes, off, type.size, littleEndian, number);
      return;
    }
    case BTF_KIND_PTR:
      writeInt(bytes, off, 8, littleEndian, toBigInt(value, where));
      return;
    case BTF_KIND_FLOAT: {
      if (value instanceof Uint8Array && value.length === type.size) {
        bytes.set(value, off);
        return;
      }
      if (typeof value !== 'number' || (type.size !== 4 && type.size !== 8)) throw bad(where, `a float of ${type.size} bytes`, value);
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
      for (const name of left) throw new RangeError(`btf: type ${id} has no member "${where}.${name}"`);
      return;
    }
    case BTF_KIND_VAR:
      writeValue(writing, type.type, off, value, where, depth + 1);
      return;
    case BTF_KIND_DATASEC:
      for (const info of type.vars) {
        const name = btf.name(info.type);
        const inner = fieldOf(value, name);
        if (inner !== undefined) writeValue(writing, info.type, off + info.byteOff, inner, `${where}.${name}`, depth + 1);
      }
      return;
    default:
      throw new RangeError(`btf: type ${id} of kind ${type.kind} has no value`);
  }
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
    if (given === undefined) continue;
    left.delete(member.name);
    const path = `${where}.${member.name}`;
    if (bits === 0) {
      writeValue(writing, member.type, at, given, path, depth + 1);
    } else {
      if (inner.kind !== BTF_KIND_INT && inner.kind !== BTF_KIND_ENUM && inner.kind !== BTF_KIND_ENUM64) throw bad(path, 'a bitfield of integer type', given);
      if (8 * off + bitOff + bits > 8 * bytes.length) throw bad(path, 'bits inside the struct', given);
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
  if (items.length > limit) throw new RangeError(`btf: ${where === '' ? 'value' : where}: ${items.length} elements are more than ${limit}`);
  if (items instanceof Uint8Array) {
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
    if (found === undefined) throw new RangeError(`btf: ${where === '' ? 'value' : where}: no enumerator "${value}"`);
    number = BigInt(found.value);
  } else {
    number = toBigInt(value, where);
  }
  if (type.kind === BTF_KIND_INT && (type.encoding & BTF_INT_BOOL) !== 0) return number === 0n ? 0n : 1n;
  const signed = type.kind === BTF_KIND_INT ? (type.encoding & BTF_INT_SIGNED) !== 0 : type.signed;
  if ((signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) !== number) throw new RangeError(`btf: ${where === '' ? 'value' : where}: ${number} does not fit ${bits} bits`);
  return number;
}

function toBigInt(value: BtfValue, where: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value))) return BigInt(value);
  throw bad(where, 'an integer', value);
}

function bad(where: string, need: string, have: BtfValue): RangeError {
  const shown = Array.isArray(have) ? 'an array' : have instanceof Uint8Array ? 'bytes' : typeof have === 'object' ? 'an object' : JSON.stringify(typeof have === 'bigint' ? `${have}n` : have);
  return new RangeError(`btf: ${where === '' ? 'value' : where}: need ${need}, have ${shown}`);
}
