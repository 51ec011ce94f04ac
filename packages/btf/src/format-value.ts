// How does libbpf print the data of a type?
import { DecodeError, UnsupportedError } from '@rootlet/bytes';
import { readBits } from './bits.ts';
import type { Btf } from './btf.ts';
import type { DataBudget } from './data-types.ts';
import { bitsOfMember, checkData, dataBudget, dataType, spendValue } from './data-types.ts';
import { formatDeclarator, formatTypeName } from './declarator.ts';
import { formatScalar } from './format-scalar.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT, BTF_KIND_STRUCT, BTF_KIND_UNION,
  BTF_KIND_VAR, BTF_VAR_GLOBAL_EXTERN, BTF_VAR_STATIC,
} from './kinds.ts';
import type { BtfArray, BtfEnum, BtfMember, BtfType, BtfVar } from './types.ts';

/** How to print data; names as in libbpf's `btf_dump_type_data_opts`. */
export interface FormatValueOptions {
  /** No line ends and no indentation. */
  readonly compact?: boolean | undefined;
  /** No names of members and types. */
  readonly skipNames?: boolean | undefined;
  /** Members that are zero too. */
  readonly emitZeroes?: boolean | undefined;
  /** Arrays of 1-byte integers as text, where one ends with a NUL. */
  readonly emitStrings?: boolean | undefined;
  /** One level of indentation; a tab when absent. */
  readonly indentString?: string | undefined;
  /** Levels of indentation to begin with; 0 when absent. */
  readonly indentLevel?: number | undefined;
  /** Byte order of the data; the BTF's when absent. */
  readonly littleEndian?: boolean | undefined;
  /** Repeats the slips of libbpf 1.7 that {@link formatValue} names, for a text equal to its text to the last byte. */
  readonly likeLibbpf?: boolean | undefined;
}

interface Printing {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly options: FormatValueOptions;
  readonly budget: DataBudget;
  readonly out: string[];
  /** Whether 1-byte integers are characters: elements of an array. */
  chars: boolean;
  /** Whether the NUL that ends a text was printed. */
  ended: boolean;
}

/**
 * Data of a type as C text, spaced as libbpf prints it: types in parentheses, members of value zero left out, 1-byte elements of arrays
 * as characters where they are printable. A 1-byte array that begins with zero counts as empty, and in `emitZeroes` ends at a zero.
 * Variables are printed as definitions, sections as all their variables.
 *
 * Unlike libbpf 1.7 (see `likeLibbpf`), which
 * - leaves out a nested struct or union whose first member is zero, whatever the others are,
 * - after an array of 1-byte integers takes everything for characters: leaves out zeros in later arrays, ends at a NUL that was seen before,
 * - forgets the separator behind texts (and indents them twice) and behind signed enumerations that have no name for the value,
 * - takes enumerations at unaligned places for 0, bitfields of signed ones for unsigned, and those in bitfields for zero only when all
 *   bytes from the first one on are,
 * - does not know integers that are themselves narrower than their bytes, as before Linux 4.20,
 * - prints of an 8-byte `BTF_KIND_ENUM` without a name for the value only the low half,
 * - and stops half-way, often without an error, where there are too few bytes and at arrays of empty structs; at bitfields of 128-bit integers with one.
 *
 * @throws `TRUNCATED`, `BTF_NO_SIZE`, `BTF_DEPTH` as `decodeValue`; UNSUPPORTED for integers and floats of sizes that C has not
 * @libbpf btf_dump__dump_type_data
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BTF_KIND_STRUCT, formatValue, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/core.el.btf'));
 * const inner = btf.findByNameKind('inner', BTF_KIND_STRUCT) ?? 0;
 * const bytes = Uint8Array.of(254, 255, 255, 255, 5, 0, 0, 0);
 * console.log(formatValue(btf, inner, bytes, { compact: true })); // (struct inner){.before = (int)-2,.flags = (unsigned int)0x5,}
 * ```
 */
export function formatValue(btf: Btf, id: number, bytes: Uint8Array, options: FormatValueOptions = {}): string {
  const printing: Printing = {
    btf, bytes, options, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    littleEndian: options.littleEndian ?? btf.littleEndian, budget: dataBudget(bytes.length), out: [], chars: false, ended: false,
  };
  const type = dataType(btf, id);
  if (type.kind === BTF_KIND_DECL_TAG) throw new DecodeError('BTF_NO_SIZE', `btf: type ${id}`, 'a tag has no value');
  checkData(btf, id, 0, btf.resolveSize(id), bytes.length);
  if (type.kind === BTF_KIND_VAR) {
    printVariable(printing, type, 0);
  } else if (type.kind === BTF_KIND_DATASEC) {
    printing.out.push(`${indent(options, 0)}SEC("${type.name}") `);
    for (const info of type.vars) {
      const variable = btf.type(info.type);
      if (variable.kind !== BTF_KIND_VAR) throw new DecodeError('BTF_NO_SIZE', `btf: type ${info.type}`, 'a function in a section has no value');
      printVariable(printing, variable, info.byteOff);
      printing.out.push(';');
    }
  } else {
    printValue(printing, whole(id), 0, 0, false);
  }
  return printing.out.join('');
}

/** What libbpf reads from an enumeration at an unaligned place. */
const ZEROS: Uint8Array = /* @__PURE__ */ new Uint8Array(8);
const ZEROS_VIEW: DataView = /* @__PURE__ */ new DataView(ZEROS.buffer);

const whole = (type: number): BtfMember => ({ name: '', type, bitOff: 0, bitfieldSize: 0 });

const isComposite = (type: BtfType): boolean => type.kind === BTF_KIND_STRUCT || type.kind === BTF_KIND_UNION;

function isByteArray(btf: Btf, type: BtfArray): boolean {
  const elem = dataType(btf, type.type);
  return elem.kind === BTF_KIND_INT && elem.size === 1;
}

function printVariable(printing: Printing, variable: BtfVar, at: number): void {
  const linkage = variable.linkage === BTF_VAR_STATIC ? 'static ' : variable.linkage === BTF_VAR_GLOBAL_EXTERN ? 'extern ' : '';
  printing.out.push(`${indent(printing.options, 0)}${linkage}${typeText(printing.btf, variable.type)} ${variable.name} = `);
  printValue(printing, whole(variable.type), at, 0, false);
}

/** @param inArray whether types go unsaid, and zeros are said */
function printValue(printing: Printing, member: BtfMember, off: number, depth: number, inArray: boolean): void {
  const { btf, bytes, options, out } = printing;
  spendValue(printing.budget, member.type, depth);
  const type = dataType(btf, member.type);
  const { bitOff, bits } = placeOf(printing, member, type, off);
  const at = Math.floor(bitOff / 8);
  const size = bits === 0 ? btf.resolveSize(type.id) : Math.ceil(((bitOff % 8) + bits) / 8);
  checkData(btf, member.type, at, size, bytes.length);
  if (bits !== 0 && type.kind === BTF_KIND_INT && type.size > 8 && options.likeLibbpf === true) throw new UnsupportedError('btf: printing a bitfield of 128 bits');
  const isShown = depth === 0 || options.emitZeroes === true || (inArray && !printing.chars);
  if (!isShown && isZero(printing, type, bitOff, bits, depth)) return;

  out.push(indent(options, depth));
  if (options.skipNames !== true) {
    if (member.name !== '') out.push(`.${member.name} = `);
    if (!inArray) out.push(`(${typeText(btf, member.type)})`);
  }
  const line = options.compact === true ? '' : '\n';
  const end = depth === 0 ? '' : `,${line}`;
  const place = { bytes, view: printing.view, littleEndian: printing.littleEndian, at, size, bitOff, bits, unsignedBitfields: options.likeLibbpf === true };
  if (type.kind === BTF_KIND_ARRAY) {
    printArray(printing, type, at, depth, end);
  } else if (isComposite(type)) {
    out.push('{', line);
    for (const inner of (type as { readonly members: readonly BtfMember[] }).members) printValue(printing, inner, at, depth + 1, inArray);
    out.push(indent(options, depth), '}', end);
  } else if (type.kind === BTF_KIND_INT && type.size === 1 && bits === 0 && printing.chars) {
    if (printing.ended) return;
    const byte = bytes[at]!;
    printing.ended = byte === 0;
    out.push(byte === 0 ? "'\\0'" : byte >= 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : formatScalar(type, place), end);
  } else if (options.likeLibbpf === true && (type.kind === BTF_KIND_ENUM || type.kind === BTF_KIND_ENUM64)) {
    const text = formatScalar(type, bits === 0 && at % type.size !== 0 ? { ...place, bytes: ZEROS, view: ZEROS_VIEW, at: 0 } : place);
    out.push(libbpfEnum(text, type, end));
  } else {
    out.push(formatScalar(type, place), end);
  }
}

/** Without a name for the value: of an ENUM only 32 bits, and no separator behind signed ones. */
function libbpfEnum(text: string, type: BtfEnum, end: string): string {
  if (!/^-?\d/.test(text)) return text + end;
  const value = type.kind === BTF_KIND_ENUM ? (type.signed ? BigInt.asIntN(32, BigInt(text)) : BigInt.asUintN(32, BigInt(text))) : text;
  return `${value}${type.signed ? '' : end}`;
}

function printArray(printing: Printing, type: BtfArray, at: number, depth: number, end: string): void {
  const { btf, options, out, bytes, chars, ended } = printing;
  const size = btf.resolveSize(type.type);
  if (size === 0 && type.nelems !== 0 && options.likeLibbpf === true) throw new DecodeError('BTF_NO_SIZE', `btf: type ${type.id}`, 'elements of an array have no size');
  const isBytes = isByteArray(btf, type);
  if (isBytes && options.emitStrings === true) {
    const text = bytes.subarray(at, at + type.nelems);
    const length = text.indexOf(0);
    if (length !== -1) {
      const shown = `"${stringText(text.subarray(0, length))}"`;
      if (options.likeLibbpf === true) out.push(indent(options, depth), shown);
      else out.push(shown, end);
      return;
    }
  }
  out.push('[', options.compact === true ? '' : '\n');
  printing.chars = isBytes || (chars && options.likeLibbpf === true);
  printing.ended = false;
  for (let i = 0; i < type.nelems && !printing.ended; i++) printValue(printing, whole(type.type), at + i * size, depth + 1, true);
  if (options.likeLibbpf !== true) printing.chars = chars;
  printing.ended = ended;
  out.push(indent(options, depth), ']', end);
}

/** What is not printable ASCII in hexadecimal. libbpf escapes nothing else, quotes neither. */
function stringText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  return text;
}

/** Bits from the start of the data; 0 bits for what is no bitfield. */
function placeOf({ options }: Printing, member: BtfMember, type: BtfType, off: number): { readonly bitOff: number; readonly bits: number } {
  if (options.likeLibbpf === true) return { bitOff: 8 * off + member.bitOff, bits: member.bitfieldSize };
  return bitsOfMember({ ...member, bitOff: 8 * off + member.bitOff }, type);
}

function isZero(printing: Printing, type: BtfType, bitOff: number, bits: number, depth: number): boolean {
  const { bytes, btf } = printing;
  spendValue(printing.budget, type.id, depth);
  if (printing.options.likeLibbpf === true && (type.kind === BTF_KIND_ENUM || type.kind === BTF_KIND_ENUM64)) {
    const first = Math.floor(bitOff / 8);
    return first % type.size !== 0 || bytes.subarray(first, first + type.size).every((byte) => byte === 0);
  }
  if (bits !== 0) return readBits(bytes, bitOff, bits, printing.littleEndian) === 0n;
  const at = Math.floor(bitOff / 8);
  if (type.kind === BTF_KIND_ARRAY) {
    if (isByteArray(btf, type)) return type.nelems === 0 || bytes[at] === 0;
    const elem = dataType(btf, type.type);
    const size = btf.resolveSize(elem.id);
    for (let i = 0; i < type.nelems; i++) if (!isZero(printing, elem, 8 * (at + i * size), 0, depth + 1)) return false;
    return true;
  }
  if (type.kind === BTF_KIND_STRUCT || type.kind === BTF_KIND_UNION) {
    const members = printing.options.likeLibbpf === true ? type.members.slice(0, 1) : type.members;
    return members.every((member) => {
      const inner = dataType(btf, member.type);
      const place = placeOf(printing, member, inner, at);
      const end = place.bitOff + (place.bits === 0 ? 8 * btf.resolveSize(inner.id) : place.bits);
      checkData(btf, member.type, at, Math.ceil(end / 8) - at, bytes.length);
      return isZero(printing, inner, place.bitOff, place.bits, depth + 1);
    });
  }
  const size = btf.resolveSize(type.id);
  for (let i = at; i < at + size; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** A type without modifiers, at any depth. */
function typeText(btf: Btf, id: number): string {
  return formatDeclarator(btf, id, '', (base) => formatTypeName(btf, base).replace(/^(enum )\{\.\.\.\}$| \{\.\.\.\}$/, '$1'), { left: 4096, depth: 16, stripModifiers: true });
}

function indent(options: FormatValueOptions, depth: number): string {
  return options.compact === true ? '' : (options.indentString ?? '\t').repeat((options.indentLevel ?? 0) + depth);
}
