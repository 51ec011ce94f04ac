// In which order do the bytes of a number stand?

/** Byte order of this machine. JavaScript's typed arrays use it. */
export const HOST_LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Reverses the bytes of a 16-bit value. */
export function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

/** Reverses the bytes of a 32-bit value; the result is unsigned. */
export function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}

/** `value` rounded up to a multiple of `align`, a power of two; safe up to 2^53. */
export function alignUp(value: number, align: number): number {
  const rest = value % align;
  return rest === 0 ? value : value + (align - rest);
}
