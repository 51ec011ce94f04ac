// What does @rootlet/bytes offer?
export { bug, DecodeError, formatDetail, RootletError, UnsupportedError } from './errors.ts';
export type { ErrorDetail } from './errors.ts';
export { ByteView, decodeUtf8 } from './view.ts';
export { Cursor } from './cursor.ts';
export { ByteWriter } from './writer.ts';
export { alignUp, HOST_LITTLE_ENDIAN, swap16, swap32 } from './endian.ts';
export { bytesToHex, hexToBytes } from './hex.ts';
