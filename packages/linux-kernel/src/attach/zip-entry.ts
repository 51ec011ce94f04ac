// Where in an archive do the bytes of a file stand?
//
// Android's linker maps libraries out of archives (`app.apk!/lib/x86_64/libapp.so`), where they are stored as they are and aligned to
// pages. Only what that takes is read: end record, directory, local header. @source APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12, 4.3.16
import { KernelError } from '@rootlet/loader';
import { EINVAL, ENOENT, EOPNOTSUPP } from '@rootlet/uapi';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const END_MAGIC = 0x0605_4b50;
const END_BYTES = 22;
/** A comment may follow the end record. */
const MAX_COMMENT = 0xffff;
const ENTRY_MAGIC = 0x0201_4b50;
const ENTRY_BYTES = 46;
const LOCAL_MAGIC = 0x0403_4b50;
const LOCAL_BYTES = 30;
/** Larger numbers stand in records of their own (ZIP64). */
const ZIP64 = 0xffff_ffff;
/** Some hundred thousand names. */
const MAX_DIRECTORY = 64 << 20;
/** As `parseElf` wants it in memory. */
const MAX_ENTRY = 1 << 30;

/** A stored file of an archive. */
export interface ZipEntry {
  /** Where its bytes begin in the archive. */
  readonly byteOff: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a file that an archive stores uncompressed.
 *
 * @throws KernelError `ENOENT` when it has none of that name, `EOPNOTSUPP` when it is compressed or encrypted, `EINVAL` when it is no
 * archive; what the file system says
 */
export function readStored(operation: string, path: string, name: string): ZipEntry {
  const fail = (errno: number, what: string): never => {
    throw new KernelError(operation, errno, `'${path}!/${name}': ${what}`);
  };
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    return fail(-((error as { errno?: number }).errno ?? -EINVAL), (error as Error).message);
  }
  try {
    const { size } = fstatSync(fd);
    const read = (byteOff: number, length: number, what: string): Uint8Array<ArrayBuffer> => {
      const bytes = new Uint8Array(length);
      if (byteOff + length > size || readSync(fd, bytes, 0, length, byteOff) !== length) fail(EINVAL, `${what} at ${byteOff} reaches outside of the archive (${size} bytes)`);
      return bytes;
    };
    const tailOff = Math.max(0, size - END_BYTES - MAX_COMMENT);
    const tail = read(tailOff, size - tailOff, 'the end');
    const end = findEnd(tail) ?? fail(EINVAL, 'no end of a directory: this is no archive');
    const directorySize = end.getUint32(12, true);
    const directoryOff = end.getUint32(16, true);
    if (directoryOff === ZIP64 || directorySize > MAX_DIRECTORY) fail(EOPNOTSUPP, `a directory of ${directorySize} bytes at ${directoryOff}`);
    const entry =
      findEntry(read(directoryOff, directorySize, 'the directory'), name, (at) => fail(EINVAL, `no entry of a directory at ${directoryOff + at}`)) ??
      fail(ENOENT, 'the archive has no such file');
    const [flags, method] = [entry.getUint16(8, true), entry.getUint16(10, true)];
    if ((flags & 1) !== 0 || method !== 0) fail(EOPNOTSUPP, method === 0 ? 'the file is encrypted' : `the file is compressed (method ${method}): only stored files can be mapped`);
    const length = entry.getUint32(24, true);
    const localOff = entry.getUint32(42, true);
    if (length > MAX_ENTRY || localOff === ZIP64) fail(EOPNOTSUPP, `a file of ${length} bytes at ${localOff}`);
    const local = viewOf(read(localOff, LOCAL_BYTES, 'the local header'));
    if (local.getUint32(0, true) !== LOCAL_MAGIC) fail(EINVAL, `no local header at ${localOff}`);
    const byteOff = localOff + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
    return { byteOff, bytes: read(byteOff, length, 'the file') };
  } finally {
    closeSync(fd);
  }
}

function viewOf(bytes: Uint8Array, byteOff = 0, length = bytes.length - byteOff): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + byteOff, length);
}

/** The last end record whose comment ends with the file. */
function findEnd(tail: Uint8Array): DataView | undefined {
  const view = viewOf(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) === END_MAGIC && at + END_BYTES + view.getUint16(at + 20, true) === tail.length) return viewOf(tail, at);
  }
  return undefined;
}

function findEntry(directory: Uint8Array, name: string, broken: (at: number) => never): DataView | undefined {
  const view = viewOf(directory);
  const wanted = new TextEncoder().encode(name);
  for (let at = 0; at + ENTRY_BYTES <= directory.length; ) {
    if (view.getUint32(at, true) !== ENTRY_MAGIC) broken(at);
    const nameLength = view.getUint16(at + 28, true);
    const nameOff = at + ENTRY_BYTES;
    if (nameLength === wanted.length && nameOff + nameLength <= directory.length && wanted.every((byte, idx) => directory[nameOff + idx] === byte)) {
      return viewOf(directory, at, ENTRY_BYTES);
    }
    at = nameOff + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return undefined;
}
