// How does C print one number?
import { DecodeError, UnsupportedError } from '@rootlet/bytes';
import { readBits, readInt } from './bits.ts';
import { findEnumerator } from './decode-value.ts';
import { BTF_INT_SIGNED, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT, BTF_KIND_PTR } from './kinds.ts';
import type { BtfEnum, BtfFloat, BtfInt, BtfType } from './types.ts';

/** The bits of one scalar. */
export interface ScalarBits {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** First byte. */
  readonly at: number;
  readonly bitOff: number;
  /** Bytes that it covers. */
  readonly size: number;
  /** Bits of a bitfield; 0 when it is none. */
  readonly bits: number;
  /** Takes bitfields of signed enumerations for unsigned, as libbpf does. */
  readonly unsignedBitfields: boolean;
}

/**
 * The number as text; bitfields of integers in hexadecimal.
 *
 * @throws UNSUPPORTED for integers and floats of sizes that C has not; `BTF_NO_SIZE` for what is no scalar, `BTF_KIND` for a bitfield
 *   of what is no integer
 */
export function formatScalar(type: BtfType, place: ScalarBits): string {
  const { view, bytes, littleEndian, at, bitOff, bits, size } = place;
  if (bits !== 0 && type.kind !== BTF_KIND_INT && type.kind !== BTF_KIND_ENUM && type.kind !== BTF_KIND_ENUM64) {
    throw new DecodeError('BTF_KIND', `btf: type ${type.id}`, 'no type for a bitfield', { have: `kind ${type.kind}, ${bits} bits` });
  }
  switch (type.kind) {
    case BTF_KIND_INT: {
      if (bits !== 0) return `0x${readBits(bytes, bitOff, bits, littleEndian).toString(16)}`;
      checkIntSize(type);
      const value = readInt(view, at, type.size, (type.encoding & BTF_INT_SIGNED) !== 0, littleEndian);
      return type.size === 16 ? `0x${BigInt.asUintN(128, BigInt(value)).toString(16)}` : String(value);
    }
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return formatEnum(type, place);
    case BTF_KIND_PTR: {
      const value = readInt(view, at, size, false, littleEndian);
      // C prints an address of its own machine that it can read in one step by %p.
      return size === 8 && BigInt(value) === 0n && at % 8 === 0 ? '(nil)' : `0x${value.toString(16)}`;
    }
    case BTF_KIND_FLOAT:
      return formatFloat(type, place);
    default:
      throw new DecodeError('BTF_NO_SIZE', `btf: type ${type.id}`, `kind ${type.kind} has no value`);
  }
}

function checkIntSize(type: BtfInt): void {
  if (![1, 2, 4, 8, 16].includes(type.size)) throw new UnsupportedError(`btf: printing an integer of ${type.size} bytes`);
}

function formatEnum(type: BtfEnum, { view, bytes, littleEndian, at, bitOff, bits, unsignedBitfields }: ScalarBits): string {
  let value = bits === 0 ? BigInt(readInt(view, at, type.size, type.signed, littleEndian)) : readBits(bytes, bitOff, bits, littleEndian);
  if (bits !== 0 && type.signed) value = BigInt.asIntN(unsignedBitfields ? 8 * type.size : bits, value);
  return findEnumerator(type, value) ?? `${value}${type.kind === BTF_KIND_ENUM ? '' : type.signed ? 'LL' : 'ULL'}`;
}

/** Bits of exponent and fraction by size in bytes; x87's 16 have the integer's bit among those of the fraction. */
const FLOATS: Readonly<Record<number, { readonly exponent: number; readonly fraction: number } | undefined>> = {
  4: { exponent: 8, fraction: 23 },
  8: { exponent: 11, fraction: 52 },
  16: { exponent: 15, fraction: 64 },
};

/** As C's `%f`: six decimals, exact, halves to even. */
function formatFloat(type: BtfFloat, { bytes, littleEndian, at }: ScalarBits): string {
  const form = FLOATS[type.size];
  // A `long double` of a big-endian machine is not x87's.
  if (form === undefined || (type.size === 16 && !littleEndian)) throw new UnsupportedError(`btf: printing a float of ${type.size} bytes`);
  const width = 1 + form.exponent + form.fraction;
  const raw = readBits(bytes, 8 * at, 8 * type.size, littleEndian);
  const sign = (raw >> BigInt(width - 1)) & 1n ? '-' : '';
  const exponent = Number((raw >> BigInt(form.fraction)) & BigInt((1 << form.exponent) - 1));
  const fraction = BigInt.asUintN(form.fraction, raw);
  const top = (1 << form.exponent) - 1;
  const isX87 = type.size === 16;
  if (isX87 && exponent !== 0 && fraction >> 63n === 0n) return `${sign}nan`;
  if (exponent === top) return `${sign}${BigInt.asUintN(isX87 ? 63 : form.fraction, fraction) === 0n ? 'inf' : 'nan'}`;
  const mantissa = isX87 || exponent === 0 ? fraction : fraction | (1n << BigInt(form.fraction));
  const scale = Math.max(1, exponent) - (top >> 1) - (isX87 ? 63 : form.fraction);
  return `${sign}${millionthsText(roundHalfEven(mantissa * 1_000_000n, scale))}`;
}

/** `value * 2 ** scale` as an integer. */
function roundHalfEven(value: bigint, scale: number): bigint {
  if (scale >= 0) return value << BigInt(scale);
  const shift = BigInt(-scale);
  const floor = value >> shift;
  const rest = value - (floor << shift);
  const half = 1n << (shift - 1n);
  return rest > half || (rest === half && (floor & 1n) === 1n) ? floor + 1n : floor;
}

function millionthsText(millionths: bigint): string {
  const digits = String(millionths).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
