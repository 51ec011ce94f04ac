// Which TypeScript reads and writes one number, pointer, float or boolean?
import { DecodeError } from '@rootlet/bytes';
import { BTF_INT_BOOL, BTF_INT_SIGNED, BTF_KIND_FLOAT, BTF_KIND_INT, BTF_KIND_PTR } from './kinds.ts';
import { offsetText, readBitsText, writeBitsText } from './ts-bits.ts';
import type { BtfEnum, BtfFloat, BtfInt, BtfRef } from './types.ts';

/** Byte order of generated code. */
export type TsByteOrder = 'little' | 'big' | 'constructor';

/** Types without parts. */
export type BtfScalar = BtfInt | BtfEnum | BtfFloat | BtfRef;

/** Bits within a place, counted as BTF does. */
export interface BitRange {
  readonly bitOff: number;
  readonly bits: number;
}

/** How a value without parts is accessed. */
export interface TsScalar {
  readonly type: 'number' | 'bigint' | 'boolean';
  /** Expression for the value `byteOff` bytes behind the offset `base`. */
  read(base: string, byteOff: number): string;
  /** Statements that write `value` there. */
  write(base: string, byteOff: number): readonly string[];
}

const VIEW = 'this.$view';

/** Text of a DataView's parameter `littleEndian`. */
function orderText(order: TsByteOrder): string {
  return order === 'constructor' ? 'this.$littleEndian' : String(order === 'little');
}

/**
 * A type as a scalar.
 *
 * @param range where its bits are, for a bitfield or an integer narrower than its bytes
 * @param pointerBytes size of a pointer: 4 or 8
 * @throws `BTF_KIND` for what no bitfield can be, `BTF_SIZE` for integers that JavaScript code would not read
 */
export function toScalar(type: BtfScalar, range: BitRange | undefined, order: TsByteOrder, pointerBytes = 8): TsScalar {
  if (type.kind === BTF_KIND_PTR) return pointerBytes === 4 ? pointer32(order) : accessed('bigint', 'BigUint64', 8, order);
  if (type.kind === BTF_KIND_FLOAT) return accessed('number', `Float${8 * type.size}`, type.size, order);
  if (!('size' in type)) throw new DecodeError('BTF_KIND', `btf: type ${type.id}`, 'no scalar', { have: `kind ${type.kind}` });
  const signed = type.kind === BTF_KIND_INT ? (type.encoding & BTF_INT_SIGNED) !== 0 : type.signed;
  const isBool = type.kind === BTF_KIND_INT && (type.encoding & BTF_INT_BOOL) !== 0;
  const wide = type.size > 4;
  let scalar: TsScalar;
  if (range !== undefined) scalar = bitScalar(type, range, signed, order);
  else if (type.size === 1 || type.size === 2 || type.size === 4) scalar = accessed('number', `${signed ? 'Int' : 'Uint'}${8 * type.size}`, type.size, order);
  else if (type.size === 8) scalar = accessed('bigint', signed ? 'BigInt64' : 'BigUint64', 8, order);
  else if (type.size === 16) scalar = int128(signed, order);
  else scalar = bitScalar(type, { bitOff: 0, bits: 8 * type.size }, signed, order);
  return isBool ? boolScalar(scalar, wide) : scalar;
}

/** What a DataView reads at once. */
function accessed(type: 'number' | 'bigint', method: string, size: number, order: TsByteOrder): TsScalar {
  const tail = size === 1 ? '' : `, ${orderText(order)}`;
  return {
    type,
    read: (base, byteOff) => `${VIEW}.get${method}(${offsetText(base, byteOff)}${tail})`,
    write: (base, byteOff) => [`${VIEW}.set${method}(${offsetText(base, byteOff)}, value${tail});`],
  };
}

/** A pointer of a 32-bit machine: a bigint as all pointers are. */
function pointer32(order: TsByteOrder): TsScalar {
  const word = accessed('number', 'Uint32', 4, order);
  return {
    type: 'bigint',
    read: (base, byteOff) => `BigInt(${word.read(base, byteOff)})`,
    write: (base, byteOff) => word.write(base, byteOff).map((line) => line.replace(/\bvalue\b/, 'Number(BigInt.asUintN(32, value))')),
  };
}

function boolScalar(inner: TsScalar, wide: boolean): TsScalar {
  const [zero, one] = wide ? ['0n', '1n'] : ['0', '1'];
  return {
    type: 'boolean',
    read: (base, byteOff) => `${inner.read(base, byteOff)} !== ${zero}`,
    write: (base, byteOff) => inner.write(base, byteOff).map((line) => line.replace(/\bvalue\b/, `value ? ${one} : ${zero}`)),
  };
}

function int128(signed: boolean, order: TsByteOrder): TsScalar {
  const little = orderText(order);
  // Which half comes first is known, or asked when it runs.
  const half = (base: string, byteOff: number, high: boolean): string => {
    if (order !== 'constructor') return offsetText(base, byteOff + (high === (order === 'little') ? 8 : 0));
    return `${offsetText(base, byteOff)} + (${little} ? ${high ? '8 : 0' : '0 : 8'})`;
  };
  return {
    type: 'bigint',
    read: (base, byteOff) =>
      `((${VIEW}.get${signed ? 'BigInt64' : 'BigUint64'}(${half(base, byteOff, true)}, ${little}) << 64n) | ${VIEW}.getBigUint64(${half(base, byteOff, false)}, ${little}))`,
    write: (base, byteOff) => [
      `const wide = value;`,
      `${VIEW}.setBigInt64(${half(base, byteOff, true)}, wide >> 64n, ${little});`,
      `${VIEW}.setBigUint64(${half(base, byteOff, false)}, wide, ${little});`,
    ],
  };
}

function bitScalar(type: BtfInt | BtfEnum, { bitOff, bits }: BitRange, signed: boolean, order: TsByteOrder): TsScalar {
  if (bits > 64 || bits < 1) throw new DecodeError('BTF_SIZE', `btf: type ${type.id}`, 'no integer of so many bits', { need: '1 to 64, or 128', have: bits });
  const wide = type.size > 4;
  const access = (base: string, littleEndian: boolean): { view: string; base: string; littleEndian: boolean } => ({ view: VIEW, base, littleEndian });
  const readOne = (base: string, byteOff: number, littleEndian: boolean): string => {
    const text = readBitsText(access(base, littleEndian), 8 * byteOff + bitOff, bits, signed);
    return wide === bits > 32 ? text : `${wide ? 'BigInt' : 'Number'}(${text})`;
  };
  return {
    type: wide ? 'bigint' : 'number',
    read(base, byteOff) {
      if (order !== 'constructor') return readOne(base, byteOff, order === 'little');
      const [little, big] = [readOne(base, byteOff, true), readOne(base, byteOff, false)];
      return little === big ? little : `(this.$littleEndian ? ${little} : ${big})`;
    },
    write(base, byteOff) {
      const integer = wide ? 'value' : bits > 32 ? 'BigInt(value)' : '';
      const lines = integer === '' ? ['const low = value;'] : [`const wide = ${integer};`, 'const low = Number(BigInt.asUintN(32, wide));'];
      if (bits > 32) lines.push('const high = Number(BigInt.asUintN(32, wide >> 32n));');
      const [little, big] = [true, false].map((littleEndian) => writeBitsText(access(base, littleEndian), 8 * byteOff + bitOff, bits)) as [string[], string[]];
      if (order !== 'constructor') return [...lines, ...(order === 'little' ? little : big)];
      if (little.join('') === big.join('')) return [...lines, ...little];
      return [...lines, 'if (this.$littleEndian) {', ...little.map((line) => `  ${line}`), '} else {', ...big.map((line) => `  ${line}`), '}'];
    },
  };
}
