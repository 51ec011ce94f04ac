// Which expressions read and write a bitfield of a DataView?

/** Bits that one access of a DataView reaches. */
interface BitPiece {
  /** Offset of the access, bytes from the field's base. */
  readonly byteOff: number;
  readonly bytes: 1 | 2 | 4;
  /** Its lowest bit in what was read, and in the value. */
  readonly shift: number;
  readonly valueShift: number;
  readonly bits: number;
}

/** Texts that an access consists of. */
export interface BitAccess {
  /** The DataView, e.g. `this.$view`. */
  readonly view: string;
  /** Offset in bytes that the field's bit offset counts from, e.g. `this.$off`. */
  readonly base: string;
  readonly littleEndian: boolean;
}

/**
 * Takes a field apart into accesses of up to 4 bytes that touch no byte outside of it; no piece crosses bit 32 of the value.
 *
 * ```text
 * little-endian, bitOff 5, bits 9:   byte 0        byte 1          big-endian:   byte 0        byte 1
 *                                    vvv.....      ..vvvvvv                      .....vvv      vvvvvv..
 * ```
 */
function bitPieces(bitOff: number, bits: number, littleEndian: boolean): BitPiece[] {
  const first = Math.floor(bitOff / 8);
  const start = bitOff - 8 * first;
  const span = Math.ceil((start + bits) / 8);
  const pieces: BitPiece[] = [];
  for (let at = 0; at < span; ) {
    const left = span - at;
    const bytes = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const end = 8 * (at + bytes);
    const from = Math.max(8 * at, start);
    const to = Math.min(end, start + bits);
    const piece = littleEndian
      ? { byteOff: first + at, bytes, shift: from - 8 * at, valueShift: from - start, bits: to - from } as const
      : { byteOff: first + at, bytes, shift: end - to, valueShift: bits - (to - start), bits: to - from } as const;
    const low = 32 - piece.valueShift;
    if (low > 0 && low < piece.bits) pieces.push({ ...piece, bits: low }, { ...piece, shift: piece.shift + low, valueShift: 32, bits: piece.bits - low });
    else pieces.push(piece);
    at += bytes;
  }
  return pieces;
}

/** `base + off`, without what adds nothing. */
export function offsetText(base: string, off: number): string {
  return off === 0 ? base : `${base} + ${off}`;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

function maskOf(bits: number): number {
  return bits === 32 ? 0xffff_ffff : 2 ** bits - 1;
}

function loadText(access: BitAccess, piece: BitPiece): string {
  const off = offsetText(access.base, piece.byteOff);
  return `${access.view}.getUint${8 * piece.bytes}(${off}${piece.bytes === 1 ? '' : `, ${access.littleEndian}`})`;
}

/** The 32 bits of the value from `low` on, of `bits` there are; a number. */
function readWord(access: BitAccess, pieces: readonly BitPiece[], low: number, bits: number, signed: boolean): string {
  const terms = pieces
    .filter((piece) => (piece.valueShift >= 32) === (low === 32))
    .map((piece) => {
      let text = loadText(access, piece);
      if (piece.shift > 0) text = `(${text} >>> ${piece.shift})`;
      if (piece.shift + piece.bits < 8 * piece.bytes) text = `(${text} & ${hex(maskOf(piece.bits))})`;
      return piece.valueShift > low ? `(${text} << ${piece.valueShift - low})` : text;
    });
  const joined = terms.length === 1 ? terms[0]! : `(${terms.join(' | ')})`;
  if (signed) return bits === 32 ? `(${joined} | 0)` : `((${joined} << ${32 - bits}) >> ${32 - bits})`;
  return bits === 32 ? `(${joined} >>> 0)` : joined;
}

/** An expression for a field of 1 to 64 bits: a number for up to 32 of them, a bigint for more. */
export function readBitsText(access: BitAccess, bitOff: number, bits: number, signed: boolean): string {
  const pieces = bitPieces(bitOff, bits, access.littleEndian);
  if (bits <= 32) return readWord(access, pieces, 0, bits, signed);
  return `((BigInt(${readWord(access, pieces, 32, bits - 32, signed)}) << 32n) | BigInt(${readWord(access, pieces, 0, 32, false)}))`;
}

/** Statements that write a field of 1 to 64 bits; the low half of the value is the number `low`, the other one `high`. */
export function writeBitsText(access: BitAccess, bitOff: number, bits: number): string[] {
  return bitPieces(bitOff, bits, access.littleEndian).map((piece) => {
    const { shift } = piece;
    const word = piece.valueShift >= 32 ? 'high' : 'low';
    const down = piece.valueShift % 32;
    let value = down === 0 ? word : `(${word} >>> ${down})`;
    if (piece.bits < 8 * piece.bytes) {
      const mask = maskOf(piece.bits);
      value = `(${value} & ${hex(mask)})`;
      if (shift > 0) value = `(${value} << ${shift})`;
      value = `(${loadText(access, piece)} & ${hex(maskOf(8 * piece.bytes) - mask * 2 ** shift)}) | ${value}`;
    }
    const off = offsetText(access.base, piece.byteOff);
    return `${access.view}.setUint${8 * piece.bytes}(${off}, ${value}${piece.bytes === 1 ? '' : `, ${access.littleEndian}`});`;
  });
}
