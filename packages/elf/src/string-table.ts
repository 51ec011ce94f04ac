// Where in the string table does this name stand?

const utf8 = /* @__PURE__ */ new TextEncoder();

/** A string table being written; equal names stand once. */
export class StringTable {
  readonly #names: string[] = [''];
  readonly #offs: Map<string, number> = new Map<string, number>([['', 0]]);
  #end = 1;

  /** Byte offset of `name` in the table. */
  add(name: string): number {
    const known = this.#offs.get(name);
    if (known !== undefined) return known;
    const off = this.#end;
    this.#offs.set(name, off);
    this.#names.push(name);
    this.#end = off + utf8Length(name) + 1;
    return off;
  }

  /** The table, encoded in one go. */
  finish(): Uint8Array<ArrayBuffer> {
    return utf8.encode(`${this.#names.join('\0')}\0`);
  }
}

function utf8Length(text: string): number {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) return utf8.encode(text).length;
  return text.length;
}
