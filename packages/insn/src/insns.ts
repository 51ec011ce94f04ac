// How is a sequence of instructions held?
import { DecodeError } from '@rootlet/bytes';
import { LD_IMM64 } from './opcodes.ts';

/** Bytes of one instruction slot. */
export const INSN_BYTES = 8;

/** One instruction slot as a record. `imm` is signed 32 bit, `off` signed 16 bit. */
export interface Insn {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

/**
 * Instructions as flat arrays, one entry a slot. A 64-bit immediate load takes two slots, the second with code 0.
 * All indices in rootlet are slot indices, as in the kernel. The arrays may be written; the length is fixed.
 */
export class Insns {
  /** Number of slots. */
  readonly length: number;
  /** Opcode byte. */
  readonly code: Uint8Array;
  /** Destination register, 0–15 as encoded. */
  readonly dst: Uint8Array;
  /** Source register, 0–15 as encoded. */
  readonly src: Uint8Array;
  /** Signed 16-bit offset. */
  readonly off: Int16Array;
  /** Signed 32-bit immediate. */
  readonly imm: Int32Array;

  constructor(length: number) {
    this.length = length;
    this.code = new Uint8Array(length);
    this.dst = new Uint8Array(length);
    this.src = new Uint8Array(length);
    this.off = new Int16Array(length);
    this.imm = new Int32Array(length);
  }

  /** Instructions from records, e.g. what an assembler made. */
  static from(records: readonly Insn[]): Insns {
    const insns = new Insns(records.length);
    records.forEach((record, idx) => insns.set(idx, record));
    return insns;
  }

  /** The slots of several sequences, one after the other. Jumps and calls are not adjusted. */
  static concat(parts: readonly Insns[]): Insns {
    const insns = new Insns(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      insns.code.set(part.code, at);
      insns.dst.set(part.dst, at);
      insns.src.set(part.src, at);
      insns.off.set(part.off, at);
      insns.imm.set(part.imm, at);
      at += part.length;
    }
    return insns;
  }

  /** The slot at `insnIdx` as a record. @throws RangeError when out of range */
  at(insnIdx: number): Insn {
    this.#check(insnIdx);
    return {
      code: this.code[insnIdx] as number,
      dst: this.dst[insnIdx] as number,
      src: this.src[insnIdx] as number,
      off: this.off[insnIdx] as number,
      imm: this.imm[insnIdx] as number,
    };
  }

  /** Overwrites the slot at `insnIdx` with the given fields; those absent stay. */
  set(insnIdx: number, fields: Partial<Insn>): void {
    this.#check(insnIdx);
    if (fields.code !== undefined) this.code[insnIdx] = fields.code;
    if (fields.dst !== undefined) this.dst[insnIdx] = fields.dst;
    if (fields.src !== undefined) this.src[insnIdx] = fields.src;
    if (fields.off !== undefined) this.off[insnIdx] = fields.off;
    if (fields.imm !== undefined) this.imm[insnIdx] = fields.imm;
  }

  /** A copy of the slots `start` to `end` (exclusive). */
  slice(start = 0, end: number = this.length): Insns {
    const insns = new Insns(Math.max(0, end - start));
    insns.code.set(this.code.subarray(start, end));
    insns.dst.set(this.dst.subarray(start, end));
    insns.src.set(this.src.subarray(start, end));
    insns.off.set(this.off.subarray(start, end));
    insns.imm.set(this.imm.subarray(start, end));
    return insns;
  }

  /** Whether the slot starts a two-slot 64-bit immediate load. */
  isWide(insnIdx: number): boolean {
    return this.code[insnIdx] === LD_IMM64;
  }

  /** The 64-bit immediate of the two-slot load at `insnIdx`, unsigned. */
  imm64(insnIdx: number): bigint {
    const low = BigInt((this.imm[insnIdx] as number) >>> 0);
    const high = BigInt((this.imm[insnIdx + 1] ?? 0) >>> 0);
    return (high << 32n) | low;
  }

  #check(insnIdx: number): void {
    if (!(insnIdx >= 0 && insnIdx < this.length)) {
      throw new RangeError(`instruction ${insnIdx} out of range: have ${this.length} slots`);
    }
  }
}

/**
 * Decodes instruction bytes. Any opcode is accepted here: what is legal is the verifier's question.
 *
 * @param bytes a multiple of 8 bytes
 * @param littleEndian byte order of the object; it also decides which half of the register byte is the destination
 * @param byteOff file offset of the first byte, for errors
 * @throws `INSN_SIZE` when the length is not a multiple of 8
 * @source RFC 9669, section 3: instruction encoding
 */
export function decodeInsns(bytes: Uint8Array, littleEndian: boolean, byteOff = 0): Insns {
  if (bytes.length % INSN_BYTES !== 0) {
    throw new DecodeError('INSN_SIZE', 'insn: code', 'size is not a multiple of 8 bytes', {
      byteOff: byteOff + bytes.length - (bytes.length % INSN_BYTES),
      have: `${bytes.length} bytes`,
    });
  }
  const count = bytes.length / INSN_BYTES;
  const insns = new Insns(count);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let idx = 0, at = 0; idx < count; idx++, at += INSN_BYTES) {
    const regs = bytes[at + 1] as number;
    insns.code[idx] = bytes[at] as number;
    insns.dst[idx] = littleEndian ? regs & 0x0f : regs >> 4;
    insns.src[idx] = littleEndian ? regs >> 4 : regs & 0x0f;
    insns.off[idx] = data.getInt16(at + 2, littleEndian);
    insns.imm[idx] = data.getInt32(at + 4, littleEndian);
  }
  return insns;
}

/**
 * Encodes instructions as bytes.
 *
 * @returns 8 bytes a slot
 * @source RFC 9669, section 3: instruction encoding
 */
export function encodeInsns(insns: Insns, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(insns.length * INSN_BYTES);
  const data = new DataView(bytes.buffer);
  for (let idx = 0, at = 0; idx < insns.length; idx++, at += INSN_BYTES) {
    const dst = insns.dst[idx] as number;
    const src = insns.src[idx] as number;
    bytes[at] = insns.code[idx] as number;
    bytes[at + 1] = littleEndian ? (src << 4) | dst : (dst << 4) | src;
    data.setInt16(at + 2, insns.off[idx] as number, littleEndian);
    data.setInt32(at + 4, insns.imm[idx] as number, littleEndian);
  }
  return bytes;
}
