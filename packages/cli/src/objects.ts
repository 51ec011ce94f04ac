// How do files become opened objects?
import { BpfObject } from '@rootlet/libbpf';
import type { Kernel } from '@rootlet/libbpf';
import { basename } from 'node:path';
import type { Io } from './io.ts';

/** Name of an object by its path, as libbpf derives it. */
export function nameOf(path: string): string {
  return basename(path).replace(/(\.bpf)?\.o$/, '');
}

/**
 * Opens each file, or all of them linked into one.
 *
 * @throws InputError for unreadable files; DecodeError, RelocError for malformed ones
 */
export function openObjects(io: Io, paths: readonly string[], kernel: Kernel, linked: boolean): BpfObject[] {
  if (linked) {
    const sources = paths.map((path) => ({ name: nameOf(path), bytes: io.read(path) }));
    return [BpfObject.open(sources, { kernel })];
  }
  return paths.map((path) => BpfObject.open(io.read(path), { kernel, name: nameOf(path) }));
}
