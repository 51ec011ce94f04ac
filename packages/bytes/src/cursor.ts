// What stands next in the record being read?
import type { ByteView } from './view.ts';

/** Reads fields in wire order from a {@link ByteView}. Every method moves the cursor. */
export class Cursor {
  readonly view: ByteView;
  /** Position in bytes, relative to the view. */
  pos: number;

  constructor(view: ByteView, pos = 0) {
    this.view = view;
    this.pos = pos;
  }

  /** File offset of the next byte. */
  get byteOff(): number {
    return this.view.byteOff + this.pos;
  }

  /** Bytes left in the view. */
  get remaining(): number {
    return this.view.length - this.pos;
  }

  /** Reads an unsigned byte. @throws `TRUNCATED` */
  readU8(): number {
    const value = this.view.u8(this.pos);
    this.pos += 1;
    return value;
  }

  /** Reads an unsigned 16-bit value. @throws `TRUNCATED` */
  readU16(): number {
    const value = this.view.u16(this.pos);
    this.pos += 2;
    return value;
  }

  /** Reads an unsigned 32-bit value. @throws `TRUNCATED` */
  readU32(): number {
    const value = this.view.u32(this.pos);
    this.pos += 4;
    return value;
  }

  /** Reads a signed 32-bit value. @throws `TRUNCATED` */
  readI32(): number {
    const value = this.view.i32(this.pos);
    this.pos += 4;
    return value;
  }

  /** Reads an unsigned 64-bit value. @throws `TRUNCATED` */
  readU64(): bigint {
    const value = this.view.u64(this.pos);
    this.pos += 8;
    return value;
  }

  /** Reads an unsigned 64-bit value as a number. @throws `VALUE_TOO_LARGE` beyond 53 bits */
  readSize64(field: string): number {
    const value = this.view.size64(this.pos, field);
    this.pos += 8;
    return value;
  }

  /** Skips `size` bytes. @throws `TRUNCATED` */
  skip(size: number): void {
    this.view.check(this.pos, size);
    this.pos += size;
  }
}
