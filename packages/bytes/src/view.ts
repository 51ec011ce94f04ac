// Which bytes may be read here, and where in the file do they stand?
import { DecodeError } from './errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: false });

/**
 * A bounded window on bytes that knows its place in the file it came from, so that every error can name the file offset.
 * Reads are checked; nothing is copied.
 */
export class ByteView {
  /** The bytes of the window. Shares memory with the input. */
  readonly bytes: Uint8Array;
  /** File offset of the window's first byte. */
  readonly byteOff: number;
  /** What the window holds, for errors, e.g. `elf: section .text`. */
  readonly what: string;
  /** Byte order of multi-byte reads. */
  readonly littleEndian: boolean;
  /** Made at the first read: many windows are only asked for their bytes. */
  #view: DataView | undefined;

  constructor(bytes: Uint8Array, what: string, littleEndian: boolean, byteOff = 0) {
    this.bytes = bytes;
    this.what = what;
    this.littleEndian = littleEndian;
    this.byteOff = byteOff;
  }

  get #data(): DataView {
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#view;
  }

  /** Size of the window in bytes. */
  get length(): number {
    return this.bytes.length;
  }

  /** Throws unless `size` bytes stand at `off` (relative to the window). @throws `TRUNCATED` */
  check(off: number, size: number, what: string = this.what): void {
    if (off < 0 || size < 0 || !(off + size <= this.bytes.length)) {
      const have = Math.max(0, this.bytes.length - Math.max(0, off));
      throw new DecodeError('TRUNCATED', what, 'truncated', {
        byteOff: this.byteOff + off,
        need: `${size} bytes`,
        have: `${have}`,
      });
    }
  }

  /** Unsigned byte at `off`. @throws `TRUNCATED` */
  u8(off: number): number {
    this.check(off, 1);
    return this.#data.getUint8(off);
  }

  /** Unsigned 16-bit value at `off`. @throws `TRUNCATED` */
  u16(off: number): number {
    this.check(off, 2);
    return this.#data.getUint16(off, this.littleEndian);
  }

  /** Signed 16-bit value at `off`. @throws `TRUNCATED` */
  i16(off: number): number {
    this.check(off, 2);
    return this.#data.getInt16(off, this.littleEndian);
  }

  /** Unsigned 32-bit value at `off`. @throws `TRUNCATED` */
  u32(off: number): number {
    this.check(off, 4);
    return this.#data.getUint32(off, this.littleEndian);
  }

  /** Signed 32-bit value at `off`. @throws `TRUNCATED` */
  i32(off: number): number {
    this.check(off, 4);
    return this.#data.getInt32(off, this.littleEndian);
  }

  /** Unsigned 64-bit value at `off`. @throws `TRUNCATED` */
  u64(off: number): bigint {
    this.check(off, 8);
    return this.#data.getBigUint64(off, this.littleEndian);
  }

  /** Signed 64-bit value at `off`. @throws `TRUNCATED` */
  i64(off: number): bigint {
    this.check(off, 8);
    return this.#data.getBigInt64(off, this.littleEndian);
  }

  /**
   * Unsigned 64-bit value at `off` as a number, for file offsets and sizes.
   *
   * @param field name of the field for the error
   * @throws `VALUE_TOO_LARGE` when it does not fit 53 bits
   */
  size64(off: number, field: string): number {
    this.check(off, 8);
    // Two halves: a BigInt would be garbage a moment later.
    const high = this.#data.getUint32(this.littleEndian ? off + 4 : off, this.littleEndian);
    if (high > 0x1f_ffff) {
      throw new DecodeError('VALUE_TOO_LARGE', `${this.what}: ${field}`, 'value too large', {
        byteOff: this.byteOff + off,
        need: 'at most 2^53 - 1',
        have: this.u64(off),
      });
    }
    return high * 2 ** 32 + this.#data.getUint32(this.littleEndian ? off : off + 4, this.littleEndian);
  }

  /** A window inside this one. @throws `TRUNCATED` when it would reach outside */
  slice(off: number, size: number, what: string = this.what): ByteView {
    this.check(off, size, what);
    return new ByteView(this.bytes.subarray(off, off + size), what, this.littleEndian, this.byteOff + off);
  }

  /**
   * The NUL-terminated UTF-8 string at `off`.
   *
   * @throws `TRUNCATED` when `off` is outside; `STRING_UNTERMINATED` when no NUL follows
   */
  cstr(off: number): string {
    this.check(off, 1);
    const end = this.bytes.indexOf(0, off);
    if (end < 0) {
      throw new DecodeError('STRING_UNTERMINATED', this.what, 'string without terminating NUL', {
        byteOff: this.byteOff + off,
      });
    }
    return decodeUtf8(this.bytes, off, end);
  }
}

/** Text of the UTF-8 bytes from `start` up to `end`; malformed sequences become U+FFFD. Short ASCII does not pay for TextDecoder. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  if (end - start > 32) return decodeShared(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) return decodeShared(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** TextDecoder refuses views of a SharedArrayBuffer in browsers, so those are copied. */
function decodeShared(bytes: Uint8Array): string {
  const shared = typeof SharedArrayBuffer !== 'undefined' && bytes.buffer instanceof SharedArrayBuffer;
  return utf8.decode(shared ? bytes.slice() : bytes);
}
