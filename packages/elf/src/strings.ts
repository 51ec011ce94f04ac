// What is this section or symbol called?
import { type ByteView, DecodeError, decodeUtf8 } from '@rootlet/bytes';
import { SHT_STRTAB } from './constants.ts';
import type { SectionHeader } from './section.ts';

/** Names may share their ends (`bar` inside `foobar`), so together they may be longer than their table, but not by much. */
const MAX_SHARING = 8;

/** The string table in section `sectionIdx`. @throws `ELF_STRTAB` when there is no such section or it is none */
export function openStrings(file: ByteView, headers: readonly SectionHeader[], sectionIdx: number, what: string): ByteView {
  const header = headers[sectionIdx];
  if (header === undefined) {
    throw new DecodeError('ELF_STRTAB', what, 'string table section out of range', { need: `less than ${headers.length}`, have: sectionIdx });
  }
  if (header.type !== SHT_STRTAB) {
    throw new DecodeError('ELF_STRTAB', what, `section ${sectionIdx} is not a string table`, { need: SHT_STRTAB, have: header.type });
  }
  return file.slice(header.byteOff, header.size, what);
}

/** Reads names of a string table, and no more text than such a table can honestly hold. */
export class NameReader {
  readonly #strings: ByteView;
  /** The whole table, when each byte is one character: then an offset is an index. */
  readonly #text: string | undefined;
  /** Names by offset. Not kept before twice as much was read as the table holds, which few files come to. */
  #known: Map<number, string> | undefined;
  /** Bytes of names that may be read before. */
  #free: number;
  #budget: number;

  constructor(strings: ByteView) {
    this.#strings = strings;
    this.#budget = strings.length * MAX_SHARING;
    const text = decodeUtf8(strings.bytes);
    const isPlain = text.length === strings.length;
    if (isPlain) this.#text = text;
    this.#free = isPlain ? 2 * strings.length : 0;
  }

  /**
   * The name at `off` of the table. Offset 0 is the empty name, also in an empty table.
   *
   * @param what whose name it is, for errors: `symbol`
   * @param index which one of these
   * @throws `ELF_STRTAB` out of range; `STRING_UNTERMINATED`; `ELF_NAMES` when the names' overlap is absurd
   */
  read(off: number, what: string, index: number): string {
    if (off === 0 && this.#strings.length === 0) return '';
    const known = this.#known?.get(off);
    if (known !== undefined) return known;
    if (off >= this.#strings.length) {
      throw new DecodeError('ELF_STRTAB', `elf: ${what} ${index}`, 'name outside of the string table', { need: `less than ${this.#strings.length}`, have: off });
    }
    const end = this.#text === undefined ? -1 : this.#text.indexOf('\0', off);
    // What has no end, or is not plain, cstr judges.
    const name = this.#text === undefined || end < 0 ? this.#strings.cstr(off) : this.#text.slice(off, end);
    this.#free -= name.length + 1;
    if (this.#free < 0) this.#keep(off, name, what, index);
    return name;
  }

  #keep(off: number, name: string, what: string, index: number): void {
    this.#budget -= name.length;
    if (this.#budget < 0) {
      throw new DecodeError('ELF_NAMES', `elf: ${what} ${index}`, 'names overlap too much', {
        byteOff: this.#strings.byteOff + off,
        need: `at most ${MAX_SHARING} times the ${this.#strings.length} bytes of the string table`,
      });
    }
    this.#known ??= new Map();
    this.#known.set(off, name);
  }
}
