// What is this section or symbol called?
import { type ByteView, DecodeError } from '@rootlet/bytes';
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
  #budget: number;

  constructor(strings: ByteView) {
    this.#strings = strings;
    this.#budget = strings.length * MAX_SHARING;
  }

  /**
   * The name at `off` of the table. Offset 0 is the empty name, also in an empty table.
   *
   * @param what whose name it is, for errors
   * @throws `ELF_STRTAB` out of range; `STRING_UNTERMINATED`; `ELF_NAMES` when the names' overlap is absurd
   */
  read(off: number, what: string): string {
    if (off === 0 && this.#strings.length === 0) return '';
    const known = this.#known.get(off);
    if (known !== undefined) return known;
    if (off >= this.#strings.length) {
      throw new DecodeError('ELF_STRTAB', what, 'name outside of the string table', { need: `less than ${this.#strings.length}`, have: off });
    }
    const name = this.#strings.cstr(off);
    this.#budget -= name.length;
    if (this.#budget < 0) {
      throw new DecodeError('ELF_NAMES', what, 'names overlap too much', {
        byteOff: this.#strings.byteOff + off,
        need: `at most ${MAX_SHARING} times the ${this.#strings.length} bytes of the string table`,
      });
    }
    this.#known.set(off, name);
    return name;
  }
}
