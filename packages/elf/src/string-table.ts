// Where in the string table does this name stand?
import { ByteWriter } from '@rootlet/bytes';

/** A string table being written; equal names stand once. */
export class StringTable {
  readonly #out: ByteWriter = new ByteWriter(true).writeU8(0);
  readonly #offs: Map<string, number> = new Map<string, number>([['', 0]]);

  /** Byte offset of `name` in the table. */
  add(name: string): number {
    const known = this.#offs.get(name);
    if (known !== undefined) return known;
    const off = this.#out.length;
    this.#offs.set(name, off);
    this.#out.writeCstr(name);
    return off;
  }

  /** The table. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#out.finish();
  }
}
