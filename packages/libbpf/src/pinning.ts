// How are all parts of an object pinned, or none?

/** Something that can be pinned at one path. */
export interface Pinnable {
  readonly path: string;
  pin(): void;
  unpin(): void;
}

/** Pins everything; when one cannot be, those before it are taken back. */
export function pinAll(parts: readonly Pinnable[]): void {
  const done: Pinnable[] = [];
  try {
    for (const part of parts) {
      part.pin();
      done.push(part);
    }
  } catch (error) {
    for (const part of done.reverse()) part.unpin();
    throw error;
  }
}

/** Where something goes in a folder. bpffs takes no dots in names. */
export function pathIn(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, '')}/${name.replaceAll('.', '_')}`;
}
