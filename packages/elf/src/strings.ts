// What is this section or symbol called?
import { type ByteView, DecodeError, decodeUtf8 } from '@rootlet/bytes';
import { SHT_STRTAB } from './constants.ts';
import type { SectionHeader } from './sections.ts';

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

/** Reads names of a string table, each offset once, and no more text than such a table can honestly hold. */
export class NameReader {
  readonly #strings: ByteView;
  readonly #known: Map<number, string> = new Map<number, string>();
  /** 1 for each offset that was read: where names are slices of the text, nothing else needs to be kept. */
  readonly #seen: Uint8Array;
  /** The whole table, when each byte is one character: then an offset is an index. */
  readonly #text: string | undefined;
  #budget: number;

  constructor(strings: ByteView) {
    this.#strings = strings;
    this.#budget = strings.length * MAX_SHARING;
    const text = decodeUtf8(strings.bytes);
    if (text.length === strings.length) this.#text = text;
    this.#seen = new Uint8Array(this.#text === undefined ? 0 : strings.length);
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
    if (this.#seen[off] === 1) return (this.#text as string).slice(off, (this.#text as string).indexOf('\0', off));
    const known = this.#text === undefined ? this.#known.get(off) : undefined;
    if (known !== undefined) return known;
    if (off >= this.#strings.length) {
      throw new DecodeError('ELF_STRTAB', `elf: ${what} ${index}`, 'name outside of the string table', { need: `less than ${this.#strings.length}`, have: off });
    }
    const end = this.#text === undefined ? -1 : this.#text.indexOf('\0', off);
    // What has no end, or is not plain, cstr judges.
    const name = this.#text === undefined || end < 0 ? this.#strings.cstr(off) : this.#text.slice(off, end);
    this.#budget -= name.length;
    if (this.#budget < 0) {
      throw new DecodeError('ELF_NAMES', `elf: ${what} ${index}`, 'names overlap too much', {
        byteOff: this.#strings.byteOff + off,
        need: `at most ${MAX_SHARING} times the ${this.#strings.length} bytes of the string table`,
      });
    }
    if (this.#text === undefined) this.#known.set(off, name);
    else this.#seen[off] = 1;
    return name;
  }
}
