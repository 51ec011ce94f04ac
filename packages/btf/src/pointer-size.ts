// How big are the pointers of the machine that a BTF describes?
import type { Btf, BtfTag } from './btf.ts';
import { BTF_KIND_INT } from './kinds.ts';
import { alignOf, resolveSize } from './resolve.ts';
import type { BtfType } from './types.ts';

/** Names that compilers give to the integer that is as wide as a pointer, on every machine that Linux runs on. */
const LONG_NAMES: readonly string[] = ['long', 'long int', 'int long', 'unsigned long', 'long unsigned', 'unsigned long int', 'long unsigned int', 'unsigned int long'];

/**
 * Size of a pointer as the BTF's `long` shows it, e.g. 4 in vmlinux of a 32-bit machine; undefined when it has none of 4 or 8 bytes.
 *
 * @libbpf btf__pointer_size
 */
export function findPointerSize(btf: Btf): 4 | 8 | undefined {
  for (const name of LONG_NAMES) {
    const id = btf.findByNameKind(name, BTF_KIND_INT);
    const size = id === undefined ? 0 : btf.rawSize(id);
    if (size === 4 || size === 8) return size;
  }
  return undefined;
}

/**
 * The same BTF with pointers of another size: what differs is what `resolveSize` and `alignOf` give, and how values are read and written.
 * Nothing is copied.
 *
 * @param size bytes: 4 or 8
 * @libbpf btf__set_pointer_size
 */
export function withPointerSize(btf: Btf, size: 4 | 8): Btf {
  return new SizedBtf(btf, size);
}

class SizedBtf implements Btf {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly base: Btf | undefined;
  readonly startId: number;
  readonly typeCount: number;
  readonly words: Uint32Array;
  readonly strings: Uint8Array;
  readonly strStart: number;
  readonly #btf: Btf;
  readonly #pointerBytes: number;
  readonly #aligns: Map<number, number> = new Map();

  constructor(btf: Btf, pointerBytes: number) {
    this.#btf = btf;
    this.#pointerBytes = pointerBytes;
    ({ bytes: this.bytes, littleEndian: this.littleEndian, base: this.base, startId: this.startId, typeCount: this.typeCount } = btf);
    ({ words: this.words, strings: this.strings, strStart: this.strStart } = btf);
  }

  resolveSize(id: number): number {
    return resolveSize(this.#btf, id, this.#pointerBytes);
  }

  alignOf(id: number): number {
    return alignOf(this.#btf, id, this.#aligns, this.#pointerBytes);
  }

  kind(id: number): number {
    return this.#btf.kind(id);
  }

  name(id: number): string {
    return this.#btf.name(id);
  }

  vlen(id: number): number {
    return this.#btf.vlen(id);
  }

  kindFlag(id: number): boolean {
    return this.#btf.kindFlag(id);
  }

  refType(id: number): number {
    return this.#btf.refType(id);
  }

  rawSize(id: number): number {
    return this.#btf.rawSize(id);
  }

  type(id: number): BtfType {
    return this.#btf.type(id);
  }

  string(strOff: number): string {
    return this.#btf.string(strOff);
  }

  findByName(name: string): number | undefined {
    return this.#btf.findByName(name);
  }

  findByNameKind(name: string, kind: number): number | undefined {
    return this.#btf.findByNameKind(name, kind);
  }

  skipModifiers(id: number): number {
    return this.#btf.skipModifiers(id);
  }

  resolveType(id: number): number {
    return this.#btf.resolveType(id);
  }

  declTags(id: number): readonly BtfTag[] {
    return this.#btf.declTags(id);
  }

  recordWords(id: number): Uint32Array {
    return this.#btf.recordWords(id);
  }

  recordIdx(id: number): number {
    return this.#btf.recordIdx(id);
  }
}
