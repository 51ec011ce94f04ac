// How do the bytes of an object get here?
import { UnsupportedError } from '@rootlet/bytes';

/** Bytes with the name that messages, scopes and plans use. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An object: its bytes, with or without a name, or in Node a path. */
export type ObjectSource = Uint8Array | ArrayBuffer | NamedBytes | string;

/** What Node offers without an import, so that bundles for browsers stay free of it. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:fs'): { readFileSync(path: string): Uint8Array };
}

/**
 * Bytes of an object.
 *
 * @throws UnsupportedError for a path where there is no file system
 */
export function readSource(source: ObjectSource): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source !== 'string') return source.bytes;
  const { process } = globalThis as { process?: NodeProcess };
  const fs = process?.getBuiltinModule?.('node:fs');
  if (fs === undefined) throw new UnsupportedError('opening a path outside of Node; pass the bytes');
  return fs.readFileSync(source);
}

/** Name of an object: the file's name without directory, up to its first dot, as libbpf derives it. @libbpf bpf_object__name */
export function objectName(source: ObjectSource, fallback: string): string {
  if (typeof source !== 'string') return 'name' in source ? source.name : fallback;
  return (source.split(/[\\/]/).at(-1) ?? source).replace(/(?<=.)\..*$/, '');
}
