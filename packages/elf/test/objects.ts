// Which real objects do the tests read, and how are they damaged?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXAMPLES = join(__dirname, '../../../docs/examples');

interface Manifest {
  readonly objects: readonly { readonly object: string }[];
}

/** Every committed object of docs/examples, by its path there. */
export const OBJECTS: readonly string[] = (JSON.parse(readFileSync(join(EXAMPLES, 'manifest.json'), 'utf8')) as Manifest).objects.map((item) => item.object);

/** Path of an object in the file system. */
export function objectPath(object: string): string {
  return join(EXAMPLES, object);
}

/** A fresh copy of an object's bytes. */
export function readObject(object: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(objectPath(object)));
}

/** What a call that must fail threw. */
export function thrownBy(run: () => unknown): { readonly name: string; readonly code: string; readonly message: string; readonly byteOff?: number } {
  try {
    run();
  } catch (error) {
    return error as { name: string; code: string; message: string };
  }
  throw new Error('nothing was thrown');
}

/** Code of the typed error that `run` throws, `ok` when it throws none. Anything else is a failure of the test. */
export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    if ((name === 'DecodeError' || name === 'UnsupportedError') && typeof code === 'string') return code;
    throw error;
  }
}

/** Places in the file header and in section headers, and their widths. */
export const EHDR = { class: 4, data: 5, version: 6, type: 16, machine: 18, version2: 20, shoff: 40, ehsize: 52, shentsize: 58, shnum: 60, shstrndx: 62 } as const;
export const SHDR = { name: 0, type: 4, flags: 8, addr: 16, offset: 24, size: 32, link: 40, info: 44, align: 48, entsize: 56 } as const;

/** Changes the bytes of a little-endian object by field. */
export class Patcher {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  u8(off: number, value: number): this {
    this.#view.setUint8(off, value);
    return this;
  }

  u16(off: number, value: number): this {
    this.#view.setUint16(off, value, true);
    return this;
  }

  u32(off: number, value: number): this {
    this.#view.setUint32(off, value, true);
    return this;
  }

  u64(off: number, value: bigint): this {
    this.#view.setBigUint64(off, value, true);
    return this;
  }

  /** Byte offset of section header `index`. */
  section(index: number): number {
    return Number(this.#view.getBigUint64(EHDR.shoff, true)) + 64 * index;
  }

  /** Byte offset of the content of section `index`. */
  content(index: number): number {
    return Number(this.#view.getBigUint64(this.section(index) + SHDR.offset, true));
  }
}
