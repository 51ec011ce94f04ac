// How does libbpf print the data of a type?
import { DecodeError, UnsupportedError } from '@rootlet/bytes';
import { readBits, readInt } from './bits.ts';
import type { Btf } from './btf.ts';
import type { DataBudget } from './data-types.ts';
import { bitsOfMember, checkData, dataBudget, dataType, spendValue } from './data-types.ts';
import { formatDeclarator, formatTypeName } from './declarator.ts';
import { findEnumerator } from './decode-value.ts';
import {
  BTF_INT_SIGNED, BTF_KIND_ARRAY, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT,
  BTF_KIND_UNION,
} from './kinds.ts';
import type { BtfEnum, BtfInt, BtfMember, BtfType } from './types.ts';

/** How to print data; names as in libbpf's `btf_dump_type_data_opts`. */
export interface FormatValueOptions {
  /** No line ends and no indentation. */
  readonly compact?: boolean | undefined;
  /** No names of members and types. */
  readonly skipNames?: boolean | undefined;
  /** Members that are zero too. */
  readonly emitZeroes?: boolean | undefined;
  /** One level of indentation; a tab when absent. */
  readonly indentString?: string | undefined;
  /** Levels of indentation to begin with; 0 when absent. */
  readonly indentLevel?: number | undefined;
  /** Byte order of the data; the BTF's when absent. */
  readonly littleEndian?: boolean | undefined;
}

interface Printing {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly options: FormatValueOptions;
  readonly budget: DataBudget;
  readonly out: string[];
}

/**
 * Data of a type as C text, spaced as libbpf prints it: types in parentheses, members of value zero left out, 1-byte elements of arrays
 * as characters where they are printable. A 1-byte array that begins with zero counts as empty, and ends at a zero.
 *
 * Unlike libbpf, which carries its notion of "inside a text" on to what follows an array of bytes, every member is printed by itself.
 *
 * @throws `TRUNCATED`, `BTF_NO_SIZE`, `BTF_DEPTH` as `decodeValue`; UNSUPPORTED for floats other than of 4 and 8 bytes
 * @libbpf btf_dump__dump_type_data
 */
export function formatValue(btf: Btf, id: number, bytes: Uint8Array, options: FormatValueOptions = {}): string {
  const printing: Printing = {
    btf, bytes, options, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    littleEndian: options.littleEndian ?? btf.littleEndian, budget: dataBudget(bytes.length), out: [],
  };
  checkData(btf, id, 0, btf.resolveSize(id), bytes.length);
  printValue(printing, { name: '', type: id, bitOff: 0, bitfieldSize: 0 }, 0, 0, false, true);
  return printing.out.join('');
}

/** @param inArray whether types go unsaid, and zeros are said */
function printValue(printing: Printing, member: BtfMember, off: number, depth: number, inArray: boolean, isElement: boolean): void {
  const { btf, bytes, options, out } = printing;
  spendValue(printing.budget, member.type, depth);
  const type = dataType(btf, member.type);
  const { bitOff, bits } = bitsOfMember({ ...member, bitOff: 8 * off + member.bitOff }, type);
  const at = Math.floor(bitOff / 8);
  const size = bits === 0 ? btf.resolveSize(type.id) : Math.ceil(((bitOff % 8) + bits) / 8);
  checkData(btf, member.type, at, size, bytes.length);
  const isScalar = type.kind !== BTF_KIND_ARRAY && type.kind !== BTF_KIND_STRUCT && type.kind !== BTF_KIND_UNION;
  if (depth > 0 && options.emitZeroes !== true && !(inArray && (isScalar || isElement)) && isZero(printing, type, at, size, bitOff, bits)) return;

  out.push(indent(options, depth));
  if (options.skipNames !== true) {
    if (member.name !== '') out.push(`.${member.name} = `);
    if (!inArray) out.push(`(${typeText(btf, member.type)})`);
  }
  const end = depth === 0 ? '' : options.compact === true ? ',' : ',\n';
  const line = options.compact === true ? '' : '\n';
  if (isScalar) {
    out.push(scalarText(printing, type, at, bitOff, bits), end);
    return;
  }
  out.push(type.kind === BTF_KIND_ARRAY ? '[' : '{', line);
  if (type.kind === BTF_KIND_ARRAY) {
    const elem = dataType(btf, type.type);
    const step = type.nelems === 0 ? 0 : size / type.nelems;
    if (elem.kind === BTF_KIND_INT && elem.size === 1) {
      printBytes(printing, elem, at, type.nelems, depth + 1);
    } else {
      for (let i = 0; i < type.nelems; i++) printValue(printing, { name: '', type: type.type, bitOff: 0, bitfieldSize: 0 }, at + i * step, depth + 1, true, true);
    }
  } else {
    for (const inner of type.members) printValue(printing, inner, at, depth + 1, inArray, false);
  }
  out.push(indent(options, depth), type.kind === BTF_KIND_ARRAY ? ']' : '}', end);
}

/** Elements of one byte: up to the first zero, printable ones as characters. */
function printBytes(printing: Printing, elem: BtfInt, at: number, count: number, depth: number): void {
  const { options, bytes, view, out } = printing;
  for (let i = at; i < at + count; i++) {
    const byte = bytes[i]!;
    if (byte === 0 && options.emitZeroes === true) return;
    if (byte === 0) continue;
    const shown = byte >= 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : String(readInt(view, i, 1, (elem.encoding & BTF_INT_SIGNED) !== 0, true));
    out.push(indent(options, depth), shown, options.compact === true ? ',' : ',\n');
  }
}

function isZero(printing: Printing, type: BtfType, at: number, size: number, bitOff: number, bits: number): boolean {
  const { bytes, btf } = printing;
  if (bits !== 0) return readBits(bytes, bitOff, bits, printing.littleEndian) === 0n;
  if (type.kind === BTF_KIND_ARRAY && size > 0) {
    const elem = dataType(btf, type.type);
    if (elem.kind === BTF_KIND_INT && elem.size === 1) return bytes[at] === 0;
  }
  for (let i = at; i < at + size; i++) if (bytes[i] !== 0) return false;
  return true;
}

function scalarText(printing: Printing, type: BtfType, at: number, bitOff: number, bits: number): string {
  const { view, bytes, littleEndian } = printing;
  switch (type.kind) {
    case BTF_KIND_INT: {
      if (bits !== 0) return `0x${readBits(bytes, bitOff, bits, littleEndian).toString(16)}`;
      const value = readInt(view, at, type.size, (type.encoding & BTF_INT_SIGNED) !== 0, littleEndian);
      return type.size === 16 ? `0x${BigInt.asUintN(128, BigInt(value)).toString(16)}` : String(value);
    }
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return enumText(type, bits === 0 ? BigInt(readInt(view, at, type.size, type.signed, littleEndian)) : readBits(bytes, bitOff, bits, littleEndian));
    case BTF_KIND_PTR: {
      const value = view.getBigUint64(at, littleEndian);
      // C prints an address it can read in one step by %p.
      return value === 0n && at % 8 === 0 ? '(nil)' : `0x${value.toString(16)}`;
    }
    case BTF_KIND_FLOAT:
      if (type.size !== 4 && type.size !== 8) throw new UnsupportedError(`btf: printing a float of ${type.size} bytes`);
      return floatText(type.size === 4 ? view.getFloat32(at, littleEndian) : view.getFloat64(at, littleEndian), ((bytes[littleEndian ? at + type.size - 1 : at]!) & 0x80) !== 0);
    default:
      throw new DecodeError('BTF_NO_SIZE', `btf: type ${type.id}`, `kind ${type.kind} has no value`);
  }
}

function enumText(type: BtfEnum, value: bigint): string {
  return findEnumerator(type, value) ?? `${value}${type.kind === BTF_KIND_ENUM ? '' : type.signed ? 'LL' : 'ULL'}`;
}

/** As C's `%f`: six decimals, exact, halves to even. */
function floatText(value: number, negative: boolean): string {
  const sign = negative ? '-' : '';
  if (Number.isNaN(value)) return `${sign}nan`;
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}inf`;
  if (size >= 1e21) return `${sign}${BigInt(size)}.000000`;
  const scaled = size * 128;
  // Only odd 128ths lie halfway between two millionths; toFixed would round them up.
  if (Number.isInteger(scaled) && scaled % 2 === 1) {
    const millionths = BigInt(scaled) * 1_000_000n;
    const floor = millionths / 128n;
    const digits = String(floor + (millionths % 128n > 64n || (millionths % 128n === 64n && floor % 2n === 1n) ? 1n : 0n)).padStart(7, '0');
    return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }
  return `${sign}${size.toFixed(6)}`;
}

/** A type without modifiers, at any depth. */
function typeText(btf: Btf, id: number): string {
  return formatDeclarator(btf, id, '', (base) => formatTypeName(btf, base).replace(/^(enum )\{\.\.\.\}$| \{\.\.\.\}$/, '$1'), { left: 4096, depth: 16, stripModifiers: true });
}

function indent(options: FormatValueOptions, depth: number): string {
  return options.compact === true ? '' : (options.indentString ?? '\t').repeat((options.indentLevel ?? 0) + depth);
}
