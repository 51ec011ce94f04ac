// Where in the blob do types, strings and kind layout stand?
import { ByteView, DecodeError } from '@rootlet/bytes';

/** First 16 bits of `.BTF` and `.BTF.ext`, in the byte order of everything that follows. */
export const BTF_MAGIC = 0xeb9f;
/** The only version there is. */
export const BTF_VERSION = 1;
/** Bytes of the header without kind layout. */
export const BTF_HEADER_BYTES = 24;
/** Bytes of the header that also locates the kind layout section. */
export const BTF_LAYOUT_HEADER_BYTES = 32;

/** The header of `.BTF`; all offsets are bytes from the start of the blob and lie inside it. */
export interface BtfHeader {
  readonly littleEndian: boolean;
  /** Size of the header itself, bytes. */
  readonly headerLen: number;
  readonly typeOff: number;
  readonly typeLen: number;
  readonly strOff: number;
  readonly strLen: number;
  /** 0 length when the header is the 24-byte one or says so. */
  readonly layoutOff: number;
  readonly layoutLen: number;
}

/**
 * Byte order that a blob's magic tells.
 *
 * @param what the blob, for errors: `btf` or `btf.ext`
 * @throws `TRUNCATED` below two bytes; `BTF_MAGIC` when neither order fits
 */
export function decodeMagic(bytes: Uint8Array, what: string, byteOff: number): boolean {
  const magic = new ByteView(bytes, `${what}: header`, true, byteOff).u16(0);
  if (magic === BTF_MAGIC) return true;
  if (magic === 0x9feb) return false;
  throw new DecodeError('BTF_MAGIC', `${what}: header`, 'bad magic', { byteOff, need: '0xeb9f', have: `0x${magic.toString(16)}` });
}

/**
 * Checks what `.BTF` and `.BTF.ext` headers begin with, after the magic: version 1, no flags, a length inside the blob.
 *
 * @param minLen shortest header, bytes
 * @returns the header's length, bytes
 */
export function decodeHeaderStart(view: ByteView, what: string, minLen: number): number {
  const version = view.u8(2);
  if (version !== BTF_VERSION) {
    throw new DecodeError('BTF_VERSION', `${what}: header`, 'unknown version', { byteOff: view.byteOff + 2, need: BTF_VERSION, have: version });
  }
  const flags = view.u8(3);
  if (flags !== 0) throw new DecodeError('BTF_FLAGS', `${what}: header`, 'unknown flags', { byteOff: view.byteOff + 3, need: 0, have: flags });
  const headerLen = view.u32(4);
  if (headerLen < minLen) {
    throw new DecodeError('BTF_HEADER', `${what}: header`, 'header too short', {
      byteOff: view.byteOff + 4,
      need: `${minLen} bytes`,
      have: headerLen,
    });
  }
  view.check(0, headerLen);
  return headerLen;
}

/**
 * Decodes the header of a `.BTF` blob and checks that its sections lie inside and apart.
 *
 * The 32-byte form adds `layout_off` and `layout_len` at the end; both forms keep version 1 and are told apart by `hdr_len`.
 *
 * @param byteOff file offset of the blob, for errors
 * @throws `TRUNCATED`, `BTF_MAGIC`, `BTF_VERSION`, `BTF_FLAGS`, `BTF_HEADER`, `BTF_SECTION`
 * @source UAPI linux/btf.h `struct btf_header`; the layout fields are in linux since March 2026 ("btf: Add BTF kind layout encoding to UAPI")
 */
export function decodeBtfHeader(bytes: Uint8Array, byteOff: number): BtfHeader {
  const littleEndian = decodeMagic(bytes, 'btf', byteOff);
  const view = new ByteView(bytes, 'btf: header', littleEndian, byteOff);
  const headerLen = decodeHeaderStart(view, 'btf', BTF_HEADER_BYTES);

  const section = (field: number, name: string): [number, number] => {
    const off = headerLen + view.u32(field);
    const len = view.u32(field + 4);
    if (off + len > bytes.length) {
      throw new DecodeError('BTF_SECTION', `btf: header: ${name} section`, 'reaches outside of the blob', {
        byteOff: byteOff + field,
        need: `${off + len} bytes`,
        have: bytes.length,
      });
    }
    return [off, len];
  };
  const [typeOff, typeLen] = section(8, 'type');
  const [strOff, strLen] = section(16, 'string');
  const [layoutOff, layoutLen] = headerLen >= BTF_LAYOUT_HEADER_BYTES ? section(24, 'layout') : [0, 0];

  for (const [off, field, name] of [[typeOff, 8, 'type'], [layoutOff, 24, 'layout']] as const) {
    if ((off - headerLen) % 4 !== 0 && off !== 0) {
      throw new DecodeError('BTF_SECTION', `btf: header: ${name} section`, 'offset is no multiple of 4', {
        byteOff: byteOff + field,
        have: off - headerLen,
      });
    }
  }
  const apart = (a: number, aLen: number, b: number, bLen: number): boolean => aLen === 0 || bLen === 0 || a + aLen <= b || b + bLen <= a;
  if (!apart(typeOff, typeLen, strOff, strLen) || !apart(typeOff, typeLen, layoutOff, layoutLen) || !apart(strOff, strLen, layoutOff, layoutLen)) {
    throw new DecodeError('BTF_SECTION', 'btf: header', 'sections overlap', { byteOff: byteOff + 8 });
  }
  return { littleEndian, headerLen, typeOff, typeLen, strOff, strLen, layoutOff, layoutLen };
}
