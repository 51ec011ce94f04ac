// How do bytes become a Btf?
import { DecodeError, decodeUtf8 } from '@rootlet/bytes';
import type { Btf, BtfTag } from './btf.ts';
import { decodeType } from './decode.ts';
import { decodeBtfHeader } from './header.ts';
import { BTF_KIND_DECL_TAG, BTF_KIND_ENUM64, BTF_KIND_FUNC, BTF_KIND_UNKN } from './kinds.ts';
import { decodeLayout, infoKind, infoVlen, RECORD_WORDS } from './layout.ts';
import { joinStrings, nameBytes, NameIndex } from './names.ts';
import { alignOf, resolveSize, resolveType, skipModifiers } from './resolve.ts';
import { hasRefWord, hasSizeWord, scanTypes } from './scan.ts';
import type { BtfType } from './types.ts';
import { wordsOf } from './words.ts';

/** How to parse. */
export interface ParseBtfOptions {
  /** The BTF that this one is split on, e.g. vmlinux for a module. */
  readonly base?: Btf | undefined;
  /** File offset of the blob, for errors; 0 when absent. */
  readonly byteOff?: number | undefined;
}

/**
 * Parses a `.BTF` blob: checks all of it once, then decodes types on demand. Nothing is copied unless the bytes stand unaligned or in
 * the other byte order, so the bytes must not change while the result is in use.
 *
 * @param bytes the blob, of either byte order and header form
 * @throws `TRUNCATED`, `BTF_MAGIC`, `BTF_VERSION`, `BTF_FLAGS`, `BTF_HEADER`, `BTF_SECTION`: the header
 * @throws `BTF_STRINGS`, `BTF_LAYOUT`: the string or kind layout section
 * @throws `BTF_TRUNCATED`, `BTF_KIND`, `BTF_TYPE_ID`, `BTF_STRING_OFF`: a type; the error names its id and byte offset
 * @libbpf btf__new, btf__new_split, btf__free, btf__parse_raw, btf__parse_raw_split
 * @source Documentation/bpf/btf.rst, UAPI linux/btf.h
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BTF_KIND_STRUCT, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/kinds.el.btf'));
 * const id = btf.findByNameKind('node', BTF_KIND_STRUCT);
 * console.log(id !== undefined && btf.resolveSize(id)); // 160
 * ```
 */
export function parseBtf(bytes: Uint8Array | ArrayBufferLike, options: ParseBtfOptions = {}): Btf {
  return new ParsedBtf(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), options.base, options.byteOff ?? 0);
}

class ParsedBtf implements Btf {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly base: Btf | undefined;
  readonly startId: number;
  readonly typeCount: number;
  readonly words: Uint32Array;
  readonly strings: Uint8Array;
  readonly strStart: number;
  /** Word index of each own record, and the end. */
  readonly #offs: Uint32Array;
  /** The string section as one text, and how many strings are read one by one before. */
  #text: string | undefined;
  #readsUntilText: number;
  #names: NameIndex | undefined;
  #aligns: Map<number, number> | undefined;
  #tags: Map<number, BtfTag[]> | undefined;

  constructor(bytes: Uint8Array, base: Btf | undefined, byteOff: number) {
    const header = decodeBtfHeader(bytes, byteOff);
    const { littleEndian } = header;
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.base = base;
    this.startId = base === undefined ? 1 : base.typeCount;
    this.strStart = base === undefined ? 0 : base.strStart + base.strings.length;
    this.strings = bytes.subarray(header.strOff, header.strOff + header.strLen);
    // Decoding all of a small section costs as much as decoding some of its strings.
    this.#readsUntilText = 4 + (this.strings.length >>> 6);
    checkStrings(this.strings, base === undefined, byteOff + header.strOff);
    const layout =
      header.layoutLen === 0 ? undefined : decodeLayout(bytes, header.layoutOff, header.layoutLen, littleEndian, byteOff);
    this.words = wordsOf(bytes, header.typeOff, header.typeLen, littleEndian);
    const context = { startId: this.startId, strEnd: this.strStart + this.strings.length, layout, byteOff: byteOff + header.typeOff };
    this.#offs = scanTypes(this.words, context);
    this.typeCount = this.startId + this.#offs.length - 1;
    if (header.typeLen % 4 !== 0) {
      throw new DecodeError('BTF_TRUNCATED', `btf: type ${this.typeCount}`, 'truncated', {
        byteOff: context.byteOff + 4 * this.words.length,
        need: '12 bytes',
        have: header.typeLen % 4,
      });
    }
  }

  /** Word index of an own record. */
  #at(id: number): number {
    const at = this.#offs[id - this.startId];
    if (at === undefined || id >= this.typeCount) throw badId(id, this.typeCount);
    return at;
  }

  recordWords(id: number): Uint32Array {
    return id < this.startId && this.base !== undefined ? this.base.recordWords(id) : this.words;
  }

  recordIdx(id: number): number {
    return id < this.startId && this.base !== undefined ? this.base.recordIdx(id) : this.#at(id);
  }

  kind(id: number): number {
    if (id < this.startId) return this.base !== undefined ? this.base.kind(id) : id === 0 ? BTF_KIND_UNKN : infoKind(this.#at(id));
    const kind = infoKind(this.words[this.#at(id) + 1]!);
    return kind > BTF_KIND_ENUM64 ? BTF_KIND_UNKN : kind;
  }

  name(id: number): string {
    return id === 0 ? '' : this.string(this.recordWords(id)[this.recordIdx(id)]!);
  }

  vlen(id: number): number {
    if (id === 0) return 0;
    const info = this.recordWords(id)[this.recordIdx(id) + 1]!;
    return infoKind(info) === BTF_KIND_FUNC ? 0 : infoVlen(info);
  }

  kindFlag(id: number): boolean {
    return id !== 0 && this.recordWords(id)[this.recordIdx(id) + 1]! >>> 31 === 1;
  }

  refType(id: number): number {
    return hasRefWord(this.kind(id)) ? this.recordWords(id)[this.recordIdx(id) + 2]! : 0;
  }

  rawSize(id: number): number {
    return hasSizeWord(this.kind(id)) ? this.recordWords(id)[this.recordIdx(id) + 2]! : 0;
  }

  type(id: number): BtfType {
    if (id === 0) throw new DecodeError('BTF_TYPE_ID', 'btf: type 0', 'void has no record');
    return decodeType(this.recordWords(id), this.recordIdx(id), id, (strOff) => this.string(strOff));
  }

  string(strOff: number): string {
    if (strOff < this.strStart && this.base !== undefined) return this.base.string(strOff);
    const off = strOff - this.strStart;
    if (strOff === 0) return '';
    if (!(off >= 0 && off < this.strings.length)) {
      throw new DecodeError('BTF_STRING_OFF', 'btf', 'string offset out of range', {
        need: `below ${this.strStart + this.strings.length}`,
        have: strOff,
      });
    }
    if (this.#text === undefined) return this.#decodeOne(off);
    return this.#text.slice(off, this.#text.indexOf('\0', off));
  }

  /** Decodes one string; a dump, which reads many, gets the whole section decoded at once, which is many times faster. */
  #decodeOne(off: number): string {
    if (--this.#readsUntilText === 0) {
      const text = decodeUtf8(this.strings);
      // Of equal length, each byte is one character, so offsets are the same.
      if (text.length === this.strings.length) this.#text = text;
    }
    return decodeUtf8(this.strings, off, this.strings.indexOf(0, off));
  }

  findByName(name: string): number | undefined {
    const inBase = this.base?.findByName(name);
    if (inBase !== undefined) return inBase;
    const bytes = nameBytes(name);
    if (bytes === undefined || name === '') return undefined;
    const idx = this.#nameIndex().first(bytes);
    return idx < 0 ? undefined : this.startId + idx;
  }

  findByNameKind(name: string, kind: number): number | undefined {
    const inBase = this.base?.findByNameKind(name, kind);
    if (inBase !== undefined) return inBase;
    const bytes = nameBytes(name);
    if (bytes === undefined || name === '') return undefined;
    const names = this.#nameIndex();
    for (let idx = names.first(bytes); idx >= 0; idx = names.next(idx)) {
      if (this.kind(this.startId + idx) === kind) return this.startId + idx;
    }
    return undefined;
  }

  /** The index of own types by name; an own type may take its name from the base's strings. */
  #nameIndex(): NameIndex {
    if (this.#names !== undefined) return this.#names;
    const nameOffs = new Uint32Array(this.typeCount - this.startId);
    for (let idx = 0; idx < nameOffs.length; idx++) nameOffs[idx] = this.words[this.#offs[idx]!]!;
    this.#names = new NameIndex(this.base === undefined ? this.strings : joinStrings(this), nameOffs);
    return this.#names;
  }

  skipModifiers(id: number): number {
    return skipModifiers(this, id);
  }

  resolveType(id: number): number {
    return resolveType(this, id);
  }

  resolveSize(id: number): number {
    return resolveSize(this, id);
  }

  alignOf(id: number): number {
    this.#aligns ??= new Map();
    return alignOf(this, id, this.#aligns);
  }

  declTags(id: number): readonly BtfTag[] {
    this.#tags ??= this.#collectTags();
    const own = this.#tags.get(id) ?? [];
    const inherited = id < this.startId && this.base !== undefined ? this.base.declTags(id) : [];
    return inherited.length === 0 ? own : [...inherited, ...own];
  }

  #collectTags(): Map<number, BtfTag[]> {
    const tags = new Map<number, BtfTag[]>();
    for (let id = this.startId; id < this.typeCount; id++) {
      const at = this.#at(id);
      if (infoKind(this.words[at + 1]!) !== BTF_KIND_DECL_TAG) continue;
      const target = this.words[at + 2]!;
      const tag = { value: this.string(this.words[at]!), componentIdx: this.words[at + RECORD_WORDS]! | 0 };
      const list = tags.get(target);
      if (list === undefined) tags.set(target, [tag]);
      else list.push(tag);
    }
    return tags;
  }
}

function badId(id: number, typeCount: number): DecodeError {
  return new DecodeError('BTF_TYPE_ID', 'btf', 'type id out of range', { need: `below ${typeCount}`, have: id });
}

/** A string section ends with NUL, and one that is not split also begins with the empty string. */
function checkStrings(strings: Uint8Array, isBase: boolean, byteOff: number): void {
  if (strings.length === 0 && !isBase) return;
  if (strings.length === 0) throw new DecodeError('BTF_STRINGS', 'btf: strings', 'empty', { byteOff });
  if (isBase && strings[0] !== 0) throw new DecodeError('BTF_STRINGS', 'btf: strings', 'do not begin with the empty string', { byteOff });
  if (strings[strings.length - 1] !== 0) {
    throw new DecodeError('BTF_STRINGS', 'btf: strings', 'last string without terminating NUL', { byteOff: byteOff + strings.length - 1 });
  }
}
