// Which bytes does one section of an ELF file hold?
const SECTION_HEADER_BYTES = 64;

/**
 * For vmlinux, modules and what pahole made: `@rootlet/elf` would have to be bundled first, and tools that boot kernels need not wait for it.
 *
 * @param {Buffer} bytes a little-endian ELF64 file
 * @param {Uint8Array} [otherwise] when there is no such section
 * @returns {Uint8Array}
 */
export function readElfSection(bytes, name, otherwise) {
  if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) throw new Error('elf: not a little-endian ELF64 file');
  const tableOff = Number(bytes.readBigUInt64LE(0x28));
  const count = bytes.readUInt16LE(0x3c);
  const header = (idx) => {
    const at = tableOff + idx * SECTION_HEADER_BYTES;
    return { nameOff: bytes.readUInt32LE(at), off: Number(bytes.readBigUInt64LE(at + 0x18)), size: Number(bytes.readBigUInt64LE(at + 0x20)) };
  };
  const names = header(bytes.readUInt16LE(0x3e)).off;
  for (let idx = 0; idx < count; idx++) {
    const { nameOff, off, size } = header(idx);
    const at = names + nameOff;
    if (bytes.toString('latin1', at, bytes.indexOf(0, at)) === name) return bytes.subarray(off, off + size);
  }
  if (otherwise === undefined) throw new Error(`elf: no section ${name}`);
  return otherwise;
}
