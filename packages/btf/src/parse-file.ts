// What does a file, raw or ELF, hold of BTF?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { remapExt } from './dedup.ts';
import { isElf, locateBtf } from './elf-locate.ts';
import type { BtfExt } from './ext.ts';
import { parseBtf } from './parse.ts';
import { parseBtfExt } from './parse-ext.ts';
import { relocateBtf } from './relocate.ts';

/** How to parse a file. */
export interface ParseBtfFileOptions {
  /** The BTF that the file's is split on, e.g. vmlinux for a module. */
  readonly base?: Btf | undefined;
}

/** What a file holds. */
export interface BtfFile {
  readonly btf: Btf;
  /** What `.BTF.ext` says, parsed when first asked for; undefined when there is none. @throws what `parseBtfExt` throws */
  readonly ext: BtfExt | undefined;
  /** The distilled base that the file brings along in `.BTF.base`. */
  readonly base: Btf | undefined;
}

/**
 * Parses the BTF of an ELF file: a clang object, a kernel module, vmlinux.
 *
 * | `options.base` | `.BTF.base` | `btf` is |
 * |---|---|---|
 * | no | no | complete |
 * | yes | no | split on `options.base` |
 * | no | yes | split on the distilled base |
 * | yes | yes | relocated onto `options.base`, see {@link relocateBtf} |
 *
 * @param bytes the file, of 32 or 64 bits and either byte order
 * @throws `BTF_MISSING` when there is no section `.BTF`
 * @throws `ELF_MAGIC`, `ELF_CLASS`, `ELF_BYTE_ORDER`, `ELF_HEADER`, `ELF_SECTION`, `TRUNCATED`, `VALUE_TOO_LARGE`: the file
 * @throws UNSUPPORTED when a section is compressed; what {@link parseBtf} and {@link relocateBtf} throw, with offsets in the file
 * @libbpf btf__parse_elf, btf__parse_elf_split
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { parseBtfElf } from '@rootlet/btf';
 *
 * const { btf, ext } = parseBtfElf(readFileSync('packages/reloc/test/fixtures/main_prog.o'));
 * console.log(btf.littleEndian, ext?.funcInfo.map((section) => section.sectionName)); // true [ '.text' ]
 * ```
 */
export function parseBtfElf(bytes: Uint8Array | ArrayBufferLike, options: ParseBtfFileOptions = {}): BtfFile {
  const parts = locateBtf(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
  if (parts.btf === undefined) throw new DecodeError('BTF_MISSING', 'elf', 'no section .BTF; compile with -g');
  const base = parts.base === undefined ? undefined : parseBtf(parts.base.bytes, { byteOff: parts.base.byteOff });
  const own = parseBtf(parts.btf.bytes, { base: base ?? options.base, byteOff: parts.btf.byteOff });
  const relocated = base === undefined || options.base === undefined ? undefined : relocateBtf(own, options.base);
  let ext: BtfExt | undefined;
  return {
    btf: relocated?.btf ?? own,
    base,
    get ext() {
      if (parts.ext === undefined) return undefined;
      if (ext === undefined) {
        const parsed = parseBtfExt(parts.ext.bytes, { btf: own, byteOff: parts.ext.byteOff });
        ext = relocated === undefined ? parsed : remapExt(parsed, (id) => relocated.ids[id]!, relocated.mapString);
      }
      return ext;
    },
  };
}

/**
 * Parses the BTF of a file that is either ELF, see {@link parseBtfElf}, or a raw blob, see {@link parseBtf}.
 *
 * @libbpf btf__parse, btf__parse_split
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { parseBtfFile } from '@rootlet/btf';
 *
 * const { btf, ext } = parseBtfFile(readFileSync('packages/reloc/test/fixtures/main_prog.o'));
 * console.log(btf.littleEndian, ext?.funcInfo[0]?.sectionName); // true .text
 * ```
 */
export function parseBtfFile(bytes: Uint8Array | ArrayBufferLike, options: ParseBtfFileOptions = {}): BtfFile {
  const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return isElf(data) ? parseBtfElf(data, options) : { btf: parseBtf(data, options), ext: undefined, base: undefined };
}
