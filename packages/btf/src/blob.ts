// How do types, strings and kind layout become one blob?
import { ByteWriter, HOST_LITTLE_ENDIAN } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { BTF_HEADER_BYTES, BTF_LAYOUT_HEADER_BYTES, BTF_MAGIC, BTF_VERSION, decodeBtfHeader } from './header.ts';
import type { BtfLayout } from './layout.ts';
import { decodeLayout, swapLayout } from './layout.ts';
import { swapWords } from './words.ts';

/** What a `.BTF` blob consists of. */
export interface BlobParts {
  /** Records in host order; may be changed by {@link encodeBlob}. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly strings: Uint8Array;
  /** The kind layout section in the byte order of the blob; the header has its 24-byte form when absent. */
  readonly layout?: Uint8Array | undefined;
  readonly littleEndian: boolean;
}

/**
 * A `.BTF` blob: header, types, kind layout if there is one, strings. So all of it is aligned, and strings stand at the end, where old
 * kernels want them.
 */
export function encodeBlob({ words, strings, layout, littleEndian }: BlobParts): Uint8Array<ArrayBuffer> {
  const headerLen = layout === undefined ? BTF_HEADER_BYTES : BTF_LAYOUT_HEADER_BYTES;
  const typeLen = 4 * words.length;
  const layoutLen = layout?.length ?? 0;
  const header = new ByteWriter(littleEndian, headerLen);
  header.writeU16(BTF_MAGIC).writeU8(BTF_VERSION).writeU8(0).writeU32(headerLen);
  header.writeU32(0).writeU32(typeLen).writeU32(typeLen + layoutLen).writeU32(strings.length);
  if (layout !== undefined) header.writeU32(typeLen).writeU32(layoutLen);
  if (littleEndian !== HOST_LITTLE_ENDIAN) swapWords(words);
  const bytes = new Uint8Array(headerLen + typeLen + layoutLen + strings.length);
  bytes.set(header.finish());
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, typeLen), headerLen);
  if (layout !== undefined) bytes.set(layout, headerLen + typeLen);
  bytes.set(strings, headerLen + typeLen + layoutLen);
  return bytes;
}

/** The kind layout that a parsed BTF brings along. */
export interface OwnLayout {
  /** As it stands in the blob, in the blob's byte order. */
  readonly bytes: Uint8Array;
  readonly layout: BtfLayout;
}

/** The kind layout section of a parsed BTF; undefined when it has none. */
export function layoutOf(btf: Btf): OwnLayout | undefined {
  const { layoutOff, layoutLen, littleEndian } = decodeBtfHeader(btf.bytes, 0);
  if (layoutLen === 0) return undefined;
  return { bytes: btf.bytes.subarray(layoutOff, layoutOff + layoutLen), layout: decodeLayout(btf.bytes, layoutOff, layoutLen, littleEndian, 0) };
}

/** A kind layout section as it is to stand in a blob of this byte order. */
export function layoutInOrder(own: Uint8Array, ownLittleEndian: boolean, littleEndian: boolean): Uint8Array {
  return ownLittleEndian === littleEndian ? own : swapLayout(own);
}
