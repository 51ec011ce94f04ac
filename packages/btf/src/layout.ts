// How long is a record of each kind?
import { ByteView, DecodeError } from '@rootlet/bytes';
import { BTF_KIND_ENUM64 } from './kinds.ts';

/** The 3 words every record begins with: name offset, info, size or type. */
export const RECORD_WORDS = 3;

// A record is `3 + INFO_WORDS[kind] + vlen * ELEM_WORDS[kind]` words long.
// kind                      -  int ptr arr str uni enu fwd typ vol con res fun prt var sec flt tag tag e64
/** Words that follow the common 3 once, by kind. */
export const INFO_WORDS: readonly number[] = [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
/** Words of each of the `vlen` elements, by kind. */
export const ELEM_WORDS: readonly number[] = [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

/**
 * Kind of a record, from its info word.
 *
 * ```text
 *  31      30 ‥ 24   23 ‥ 0
 *  kflag   kind      vlen        since 2026; before: kind in 28 ‥ 24, vlen in 15 ‥ 0, the others 0
 * ```
 * @source UAPI linux/btf.h `BTF_MAX_KIND` 0x7f, `BTF_MAX_VLEN` 0xffffff
 */
export function infoKind(info: number): number {
  return (info >>> 24) & 0x7f;
}

/** Number of elements of a record, from its info word. */
export function infoVlen(info: number): number {
  return info & 0xff_ffff;
}

/** An info word from its parts. */
export function packInfo(kind: number, vlen: number, kindFlag: boolean): number {
  return ((kindFlag ? 0x8000_0000 : 0) | (kind << 24) | vlen) >>> 0;
}

/** Sizes that a blob states for its own kinds, in words, by kind; -1 where a size is no multiple of 4. */
export interface BtfLayout {
  readonly infoWords: readonly number[];
  readonly elemWords: readonly number[];
}

/**
 * Decodes a kind layout section: for each kind from 0 on, `u8 info_sz; u8 elem_sz; u16 flags`.
 *
 * @param layoutOff where the section begins in `bytes`
 * @throws `BTF_LAYOUT` when it is no whole number of entries, has more than there can be kinds, or contradicts a kind that is known
 * @source UAPI linux/btf.h `struct btf_layout`
 */
export function decodeLayout(bytes: Uint8Array, layoutOff: number, layoutLen: number, littleEndian: boolean, byteOff: number): BtfLayout {
  const view = new ByteView(bytes.subarray(layoutOff, layoutOff + layoutLen), 'btf: layout', littleEndian, byteOff + layoutOff);
  if (layoutLen % 4 !== 0 || layoutLen > 4 * 128) {
    throw new DecodeError('BTF_LAYOUT', 'btf: layout', 'bad length', { byteOff: view.byteOff, need: 'a multiple of 4 up to 512 bytes', have: layoutLen });
  }
  const infoWords: number[] = [];
  const elemWords: number[] = [];
  for (let kind = 0; 4 * kind < layoutLen; kind++) {
    const info = view.u8(4 * kind);
    const elem = view.u8(4 * kind + 1);
    infoWords.push(info % 4 === 0 ? info / 4 : -1);
    elemWords.push(elem % 4 === 0 ? elem / 4 : -1);
    if (kind >= 1 && kind <= BTF_KIND_ENUM64 && (info !== 4 * INFO_WORDS[kind]! || elem !== 4 * ELEM_WORDS[kind]!)) {
      throw new DecodeError('BTF_LAYOUT', `btf: layout: kind ${kind}`, 'contradicts the format', {
        byteOff: view.byteOff + 4 * kind,
        need: `${4 * INFO_WORDS[kind]!} + vlen * ${4 * ELEM_WORDS[kind]!} bytes`,
        have: `${info} + vlen * ${elem}`,
      });
    }
  }
  return { infoWords, elemWords };
}

/**
 * A kind layout section: an entry for each kind that is known, and behind them what `own` says of later ones.
 *
 * @param own the section of the blob that the types are from, in the same byte order
 */
export function encodeLayout(own: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(4 * INFO_WORDS.length, own.length));
  for (let kind = 1; kind < INFO_WORDS.length; kind++) bytes.set([4 * INFO_WORDS[kind]!, 4 * ELEM_WORDS[kind]!], 4 * kind);
  // Flags of known kinds included: whoever wrote them knew more.
  bytes.set(own);
  return bytes;
}

/** The section in the other byte order: of an entry, only the flags are a 16-bit number. */
export function swapLayout(layout: Uint8Array): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(layout);
  for (let at = 0; at + 4 <= layout.length; at += 4) swapped.set([layout[at + 3]!, layout[at + 2]!], at + 2);
  return swapped;
}
