// Which number stands in these bits?

/**
 * Bits of a value that begins at `bitOff` as BTF counts: from the least significant bit of the first byte in little-endian order, from
 * the most significant one in big-endian order. The bits must lie inside the bytes.
 *
 * @param bits 1 to 128
 * @returns an unsigned value
 */
export function readBits(bytes: Uint8Array, bitOff: number, bits: number, littleEndian: boolean): bigint {
  const first = Math.floor(bitOff / 8);
  const last = Math.floor((bitOff + bits - 1) / 8);
  let value = 0n;
  if (littleEndian) for (let i = last; i >= first; i--) value = (value << 8n) | BigInt(bytes[i]!);
  else for (let i = first; i <= last; i++) value = (value << 8n) | BigInt(bytes[i]!);
  const skip = littleEndian ? bitOff - 8 * first : 8 * (last + 1) - bitOff - bits;
  return BigInt.asUintN(bits, value >> BigInt(skip));
}

/** Writes what {@link readBits} reads; bits around stay. */
export function writeBits(bytes: Uint8Array, bitOff: number, bits: number, littleEndian: boolean, value: bigint): void {
  const wide = BigInt.asUintN(bits, value);
  for (let i = 0; i < bits; i++) {
    // Bit i counts from the least significant end.
    const at = littleEndian ? bitOff + i : bitOff + bits - 1 - i;
    const mask = littleEndian ? 1 << (at % 8) : 0x80 >> (at % 8);
    const idx = Math.floor(at / 8);
    if ((wide >> BigInt(i)) & 1n) bytes[idx] = bytes[idx]! | mask;
    else bytes[idx] = bytes[idx]! & ~mask;
  }
}

/** A value of `size` bytes (1 to 16) as a number when it has up to 32 bits, else as a bigint. */
export function readInt(view: DataView, off: number, size: number, signed: boolean, littleEndian: boolean): number | bigint {
  switch (size) {
    case 1:
      return signed ? view.getInt8(off) : view.getUint8(off);
    case 2:
      return signed ? view.getInt16(off, littleEndian) : view.getUint16(off, littleEndian);
    case 4:
      return signed ? view.getInt32(off, littleEndian) : view.getUint32(off, littleEndian);
    case 8:
      return signed ? view.getBigInt64(off, littleEndian) : view.getBigUint64(off, littleEndian);
    default: {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + off, size);
      let value = 0n;
      for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(bytes[littleEndian ? size - 1 - i : i]!);
      if (signed) value = BigInt.asIntN(8 * size, value);
      return size <= 4 ? Number(value) : value;
    }
  }
}

/** Writes the low `size` bytes of a value. */
export function writeInt(bytes: Uint8Array, off: number, size: number, littleEndian: boolean, value: bigint): void {
  let rest = BigInt.asUintN(8 * size, value);
  for (let i = 0; i < size; i++) {
    bytes[off + (littleEndian ? i : size - 1 - i)] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}
