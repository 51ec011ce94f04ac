// How is an archive of a test written?

/** A file of it. */
export interface ZipInput {
  readonly name: string;
  readonly data: Uint8Array;
  /** 0: stored. What is said, whatever the bytes are. */
  readonly method?: number;
  readonly flags?: number;
  /** Bytes of extra field before the data: what aligns it. */
  readonly padding?: number;
}

function record(size: number, fields: readonly (readonly [byteOff: number, bytes: 2 | 4, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [byteOff, width, value] of fields) {
    if (width === 2) view.setUint16(byteOff, value, true);
    else view.setUint32(byteOff, value, true);
  }
  return bytes;
}

/** The archive's bytes; checksums are left at 0. */
export function createZip(files: readonly ZipInput[], comment = ''): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const add = (to: Uint8Array[], ...more: Uint8Array[]): void => void to.push(...more);
  for (const { name, data, method = 0, flags = 0, padding = 0 } of files) {
    const nameBytes = new TextEncoder().encode(name);
    const size = data.length;
    add(directory, record(46, [[0, 4, 0x0201_4b50], [8, 2, flags], [10, 2, method], [20, 4, size], [24, 4, size], [28, 2, nameBytes.length], [42, 4, at]]), nameBytes);
    const local = record(30, [[0, 4, 0x0403_4b50], [6, 2, flags], [8, 2, method], [18, 4, size], [22, 4, size], [26, 2, nameBytes.length], [28, 2, padding]]);
    add(parts, local, nameBytes, new Uint8Array(padding), data);
    at += 30 + nameBytes.length + padding + size;
  }
  const directorySize = directory.reduce((sum, { length }) => sum + length, 0);
  const end = record(22, [[0, 4, 0x0605_4b50], [8, 2, files.length], [10, 2, files.length], [12, 4, directorySize], [16, 4, at], [20, 2, comment.length]]);
  return new Uint8Array(Buffer.concat([...parts, ...directory, end, new TextEncoder().encode(comment)]));
}
