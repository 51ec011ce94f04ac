// How are bytes put together?

const utf8 = new TextEncoder();

/** A growing byte buffer of one byte order. Every `write` method appends. */
export class ByteWriter {
  readonly littleEndian: boolean;
  #bytes: Uint8Array<ArrayBuffer>;
  #data: DataView;
  #length = 0;

  /** @param capacity first allocation in bytes; the buffer doubles when full */
  constructor(littleEndian: boolean, capacity = 256) {
    this.littleEndian = littleEndian;
    this.#bytes = new Uint8Array(Math.max(16, capacity));
    this.#data = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  #reserve(size: number): number {
    const at = this.#length;
    if (at + size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + size));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#data = new DataView(grown.buffer);
    }
    this.#length = at + size;
    return at;
  }

  /** Appends one byte. */
  writeU8(value: number): this {
    const at = this.#reserve(1);
    this.#data.setUint8(at, value);
    return this;
  }

  /** Appends a 16-bit value. */
  writeU16(value: number): this {
    const at = this.#reserve(2);
    this.#data.setUint16(at, value, this.littleEndian);
    return this;
  }

  /** Appends a 32-bit value, signed or unsigned. */
  writeU32(value: number): this {
    const at = this.#reserve(4);
    this.#data.setUint32(at, value, this.littleEndian);
    return this;
  }

  /** Appends a 64-bit value, signed or unsigned. */
  writeU64(value: bigint | number): this {
    const at = this.#reserve(8);
    if (typeof value === 'number' && value >>> 0 === value) {
      this.#data.setUint32(this.littleEndian ? at : at + 4, value, this.littleEndian);
      this.#data.setUint32(this.littleEndian ? at + 4 : at, 0, this.littleEndian);
    } else if (typeof value === 'number' && Number.isSafeInteger(value)) {
      this.#data.setUint32(this.littleEndian ? at : at + 4, value >>> 0, this.littleEndian);
      this.#data.setUint32(this.littleEndian ? at + 4 : at, Math.floor(value / 2 ** 32) >>> 0, this.littleEndian);
    } else this.#data.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), this.littleEndian);
    return this;
  }

  /** Appends bytes as they are. */
  writeBytes(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Appends UTF-8 text and a NUL. */
  writeCstr(text: string): this {
    return this.writeBytes(utf8.encode(text)).writeU8(0);
  }

  /** Appends zero bytes until the length is a multiple of `align` (a power of two or any positive integer). */
  align(align: number): this {
    const rest = this.#length % align;
    if (rest !== 0) this.writeZeros(align - rest);
    return this;
  }

  /** Appends `size` zero bytes. */
  writeZeros(size: number): this {
    const at = this.#reserve(size);
    this.#bytes.fill(0, at, at + size);
    return this;
  }

  /** Overwrites the 32-bit value at `off`, which must have been written. */
  patchU32(off: number, value: number): this {
    if (off < 0 || off + 4 > this.#length) throw new RangeError(`patch outside of what was written: ${off}`);
    this.#data.setUint32(off, value, this.littleEndian);
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}
