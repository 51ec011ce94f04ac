// How are the bytes of the type section seen as 32-bit numbers?
import { HOST_LITTLE_ENDIAN } from '@rootlet/bytes';

/**
 * Bytes as 32-bit words in this machine's byte order. Shares memory with `bytes` when order and alignment allow it, else copies once.
 *
 * @param len bytes; a rest of up to 3 bytes is left out
 */
export function wordsOf(bytes: Uint8Array, off: number, len: number, littleEndian: boolean): Uint32Array {
  const count = len >>> 2;
  const at = bytes.byteOffset + off;
  const swap = littleEndian !== HOST_LITTLE_ENDIAN;
  if (!swap && at % 4 === 0) return new Uint32Array(bytes.buffer, at, count);
  const copy = new Uint8Array(4 * count);
  copy.set(bytes.subarray(off, off + 4 * count));
  const words = new Uint32Array(copy.buffer);
  if (swap) swapWords(words);
  return words;
}

/** Reverses the bytes of every word in place. */
export function swapWords(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
}
