// Which JavaScript value do these bytes hold?
import { decodeUtf8, DecodeError } from '@rootlet/bytes';
import { readBits, readInt } from './bits.ts';
import type { Btf } from './btf.ts';
import type { DataBudget } from './data-types.ts';
import { bitsOfMember, checkData, dataBudget, dataType, isCharType, spendValue } from './data-types.ts';
import {
  BTF_INT_BOOL, BTF_INT_SIGNED, BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT,
  BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import type { BtfArray, BtfComposite, BtfDatasec, BtfEnum, BtfInt } from './types.ts';

/**
 * A value as BTF describes it: `number` for integers and enumerators of up to 32 bits and for floats, `bigint` for wider integers and for
 * pointers of any size, `boolean` for `_Bool`, an array for arrays (or text, when asked for), an object for structs, unions and sections, in which
 * members of anonymous structs and unions stand among the others; bytes for floats that JavaScript has none of.
 */
export type BtfValue = number | bigint | boolean | string | Uint8Array | readonly BtfValue[] | { readonly [name: string]: BtfValue };

/** How to read values. */
export interface DecodeValueOptions {
  /** Byte order of the data; the BTF's when absent. */
  readonly littleEndian?: boolean | undefined;
  /** Gives arrays of `char` as text up to the first NUL instead of numbers. */
  readonly charsAsText?: boolean | undefined;
  /** Gives enumerators by name where one has the value, instead of as numbers. */
  readonly enumNames?: boolean | undefined;
}

/** What goes along while values are read. */
interface Reading {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly options: DecodeValueOptions;
  readonly budget: DataBudget;
}

/**
 * The value of a type in bytes. Bytes behind the type are elements of its flexible array, if it has one at its end.
 *
 * @param id any type that has a size; a VAR or a DATASEC also
 * @param bytes at least as many as the type is long
 * @throws `TRUNCATED` when there are fewer; `BTF_NO_SIZE` for void, functions and incomplete types; `BTF_DEPTH` for types that contain
 *   themselves or have more values than bytes
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BTF_KIND_STRUCT, decodeValue, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/core.el.btf'));
 * const inner = btf.findByNameKind('inner', BTF_KIND_STRUCT) ?? 0;
 * console.log(decodeValue(btf, inner, Uint8Array.of(254, 255, 255, 255, 5, 0, 0, 0))); // { before: -2, flags: 5, rest: 0 }
 * ```
 */
export function decodeValue(btf: Btf, id: number, bytes: Uint8Array, options: DecodeValueOptions = {}): BtfValue {
  const reading: Reading = {
    btf, bytes, options,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    littleEndian: options.littleEndian ?? btf.littleEndian,
    budget: dataBudget(bytes.length),
  };
  return readValue(reading, id, 0, true, 0);
}

/** @param isLast whether nothing follows, so that a flexible array may take what is left */
function readValue(reading: Reading, id: number, off: number, isLast: boolean, depth: number): BtfValue {
  const { btf, view, bytes, littleEndian } = reading;
  spendValue(reading.budget, id, depth);
  const type = dataType(btf, id);
  switch (type.kind) {
    case BTF_KIND_INT: {
      checkData(btf, id, off, type.size, bytes.length);
      const narrow = bitsOfMember({ name: '', type: id, bitOff: 8 * off, bitfieldSize: 0 }, type);
      if (narrow.bits !== 0) checkData(btf, id, off, Math.ceil((narrow.bitOff + narrow.bits) / 8) - off, bytes.length);
      if (narrow.bits !== 0) return readBitfield(reading, id, narrow.bitOff, narrow.bits);
      return intValue(type, readInt(view, off, type.size, (type.encoding & BTF_INT_SIGNED) !== 0, littleEndian));
    }
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      checkData(btf, id, off, type.size, bytes.length);
      return enumValue(reading, type, readInt(view, off, type.size, type.signed, littleEndian));
    case BTF_KIND_PTR: {
      const size = btf.resolveSize(type.id);
      checkData(btf, id, off, size, bytes.length);
      return BigInt(readInt(view, off, size, false, littleEndian));
    }
    case BTF_KIND_FLOAT:
      checkData(btf, id, off, type.size, bytes.length);
      if (type.size === 4) return view.getFloat32(off, littleEndian);
      return type.size === 8 ? view.getFloat64(off, littleEndian) : bytes.slice(off, off + type.size);
    case BTF_KIND_ARRAY:
      return readArray(reading, type, off, isLast, depth);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: {
      checkData(btf, id, off, type.size, bytes.length);
      const out: Record<string, BtfValue> = {};
      readMembers(reading, type, off, isLast, depth, out);
      return out;
    }
    case BTF_KIND_VAR:
      return readValue(reading, type.type, off, isLast, depth + 1);
    case BTF_KIND_DATASEC:
      return readSection(reading, type, off, depth);
    default:
      throw new DecodeError('BTF_NO_SIZE', `btf: type ${id}`, `kind ${type.kind} has no value`);
  }
}

function readMembers(reading: Reading, type: BtfComposite, off: number, isLast: boolean, depth: number, out: Record<string, BtfValue>): void {
  const { btf, bytes } = reading;
  type.members.forEach((member, idx) => {
    spendValue(reading.budget, type.id, depth);
    const inner = dataType(btf, member.type);
    const { bitOff, bits } = bitsOfMember(member, inner);
    if (bits !== 0) {
      checkData(btf, type.id, off + Math.floor(bitOff / 8), Math.ceil(((bitOff % 8) + bits) / 8), bytes.length);
      if (member.name !== '') setMember(out, member.name, readBitfield(reading, member.type, 8 * off + bitOff, bits));
      return;
    }
    const at = off + Math.floor(bitOff / 8);
    const last = isLast && (type.kind === BTF_KIND_UNION || idx === type.members.length - 1);
    if (member.name !== '') {
      setMember(out, member.name, readValue(reading, member.type, at, last, depth + 1));
    } else if (inner.kind === BTF_KIND_STRUCT || inner.kind === BTF_KIND_UNION) {
      spendValue(reading.budget, type.id, depth + 1);
      checkData(btf, inner.id, at, inner.size, bytes.length);
      readMembers(reading, inner, at, last, depth + 1, out);
    }
  });
}

function readArray(reading: Reading, type: BtfArray, off: number, isLast: boolean, depth: number): BtfValue {
  const { btf, bytes } = reading;
  const size = btf.resolveSize(type.type);
  // A flexible array has what is left.
  const count = type.nelems === 0 && isLast && size > 0 ? Math.max(0, Math.floor((bytes.length - off) / size)) : type.nelems;
  checkData(btf, type.id, off, count * size, bytes.length);
  if (reading.options.charsAsText === true && isCharType(dataType(btf, type.type))) {
    const end = bytes.subarray(off, off + count).indexOf(0);
    return decodeUtf8(bytes.subarray(off, end === -1 ? off + count : off + end));
  }
  const out: BtfValue[] = [];
  for (let i = 0; i < count; i++) out.push(readValue(reading, type.type, off + i * size, false, depth + 1));
  return out;
}

/** A section's variables by name. */
function readSection(reading: Reading, type: BtfDatasec, off: number, depth: number): BtfValue {
  const out: Record<string, BtfValue> = {};
  for (const info of type.vars) {
    if (reading.btf.kind(info.type) === BTF_KIND_VAR) setMember(out, reading.btf.name(info.type), readValue(reading, info.type, off + info.byteOff, false, depth + 1));
  }
  return out;
}

function readBitfield(reading: Reading, id: number, bitOff: number, bits: number): BtfValue {
  const type = dataType(reading.btf, id);
  if ((type.kind !== BTF_KIND_INT && type.kind !== BTF_KIND_ENUM && type.kind !== BTF_KIND_ENUM64) || bits > 128) {
    throw new DecodeError('BTF_KIND', `btf: type ${id}`, 'no type for a bitfield', { have: `kind ${type.kind}, ${bits} bits` });
  }
  const signed = type.kind === BTF_KIND_INT ? (type.encoding & BTF_INT_SIGNED) !== 0 : type.signed;
  const wide = readBits(reading.bytes, bitOff, bits, reading.littleEndian);
  const value = signed ? BigInt.asIntN(bits, wide) : wide;
  const shown = type.size <= 4 ? Number(value) : value;
  return type.kind === BTF_KIND_INT ? intValue(type, shown) : enumValue(reading, type, shown);
}

function intValue(type: BtfInt, value: number | bigint): BtfValue {
  return (type.encoding & BTF_INT_BOOL) !== 0 ? Number(value) !== 0 : value;
}

function enumValue(reading: Reading, type: BtfEnum, value: number | bigint): BtfValue {
  if (reading.options.enumNames !== true) return value;
  return findEnumerator(type, BigInt(value)) ?? value;
}

/** Name of the first enumerator with a value. */
export function findEnumerator(type: BtfEnum, value: bigint): string | undefined {
  return type.values.find((enumerator) => BigInt(enumerator.value) === value)?.name;
}

/** A name may be `__proto__`, which must become a field like any other. */
function setMember(out: Record<string, BtfValue>, name: string, value: BtfValue): void {
  if (name === '__proto__') Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
  else out[name] = value;
}
