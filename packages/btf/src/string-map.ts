// Where do the strings of another BTF stand here?
import type { Btf } from './btf.ts';
import type { StringTable } from './string-table.ts';

/** From string offsets of another BTF to offsets of a table, to which each string is added when it is first asked for. */
export class StringMap {
  readonly #src: Btf;
  readonly #table: StringTable;
  /** Offsets below this are those of a base that both have. */
  readonly #sharedEnd: number;
  /** 1 + new offset by old one; 0 when it was not asked for. */
  readonly #known: Uint32Array;

  /** @param base what the table continues */
  constructor(src: Btf, table: StringTable, base: Btf | undefined) {
    const end = src.strStart + src.strings.length;
    this.#src = src;
    this.#table = table;
    this.#sharedEnd = src === base ? end : src.base !== undefined && src.base === base ? src.strStart : 1;
    this.#known = new Uint32Array(end);
  }

  /** The new offset. */
  map(strOff: number): number {
    if (strOff < this.#sharedEnd) return strOff;
    const seen = this.#known[strOff]!;
    return seen === 0 ? this.#add(strOff) : seen - 1;
  }

  #add(strOff: number): number {
    let owner = this.#src;
    while (strOff < owner.strStart && owner.base !== undefined) owner = owner.base;
    const off = this.#table.addBytes(owner.strings, strOff - owner.strStart);
    this.#known[strOff] = off + 1;
    return off;
  }
}
