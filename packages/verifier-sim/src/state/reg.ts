// What does one register hold?
import type { Btf } from '@rootlet/btf';
import { SCALAR_UNKNOWN, scalarConst } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import type { VerifierMap } from '../types.ts';

/** Kinds of register contents. The order has no meaning. */
export const NOT_INIT = 0;
export const SCALAR = 1;
export const PTR_TO_CTX = 2;
export const CONST_PTR_TO_MAP = 3;
export const PTR_TO_MAP_VALUE = 4;
export const PTR_TO_MAP_KEY = 5;
export const PTR_TO_STACK = 6;
export const PTR_TO_PACKET_META = 7;
export const PTR_TO_PACKET = 8;
export const PTR_TO_PACKET_END = 9;
export const PTR_TO_FLOW_KEYS = 10;
export const PTR_TO_SOCKET = 11;
export const PTR_TO_SOCK_COMMON = 12;
export const PTR_TO_TCP_SOCK = 13;
export const PTR_TO_TP_BUFFER = 14;
export const PTR_TO_XDP_SOCK = 15;
export const PTR_TO_BTF_ID = 16;
export const PTR_TO_MEM = 17;
export const PTR_TO_ARENA = 18;
export const PTR_TO_BUF = 19;
export const PTR_TO_FUNC = 20;
export const CONST_PTR_TO_DYNPTR = 21;

/** Qualifiers of a kind, or'ed into {@link Reg.flags}. */
export const PTR_MAYBE_NULL = 1;
export const MEM_RDONLY = 2;
export const MEM_RINGBUF = 4;
export const MEM_USER = 8;
export const MEM_PERCPU = 16;
export const OBJ_RELEASE = 32;
export const PTR_UNTRUSTED = 64;
export const MEM_UNINIT = 128;
export const DYNPTR_TYPE_LOCAL = 256;
export const DYNPTR_TYPE_RINGBUF = 512;
export const MEM_FIXED_SIZE = 1024;
export const MEM_ALLOC = 2048;
export const PTR_TRUSTED = 4096;
export const MEM_RCU = 8192;
export const NON_OWN_REF = 16384;
export const DYNPTR_TYPE_SKB = 32768;
export const DYNPTR_TYPE_XDP = 65536;
export const MEM_ALIGNED = 131072;
export const MEM_WRITE = 262144;
export const DYNPTR_TYPE_SKB_META = 524288;

/** `range` of a packet pointer known to lie past the packet's end. */
export const BEYOND_PKT_END: number = -2;
/** `range` of a packet pointer known to lie at the packet's end. */
export const AT_PKT_END: number = -1;
/**
 * Marks in {@link Reg.id} that the number differs from the one that named the id by the constant in {@link Reg.off}: as a whole,
 * or in its low half with zeros above. Below 2^31, so that an id with its mark is a small integer to JavaScript.
 */
export const BPF_ADD_CONST64 = 0x4000_0000;
export const BPF_ADD_CONST32 = 0x2000_0000;

/** The id without its marks. */
export function baseId(id: number): number {
  return id & (BPF_ADD_CONST32 - 1);
}

/** Marks of an id. */
export function addConstMarks(id: number): number {
  return id - baseId(id);
}

/**
 * Contents of a register or of a spilled slot. Records are immutable and shared between states: a change is a new record
 * (`changeReg(reg, { off: 4 })`). All are made by one literal: of each `{ ...reg }` the engine makes a shape of its own, and
 * reading fields of many shapes is slow.
 */
export interface Reg {
  /** `SCALAR`, `PTR_TO_…`, `NOT_INIT`. */
  readonly type: number;
  /** `PTR_MAYBE_NULL | MEM_…`. */
  readonly flags: number;
  /** Constant part of a pointer's offset, bytes; the delta of a scalar with `BPF_ADD_CONST64` or `BPF_ADD_CONST32`. Signed 32 bit. */
  readonly off: number;
  /** The number; for pointers the variable part of the offset. */
  readonly scalar: Scalar;
  /** Equal ids mean equal values (scalars), the same null check or the same variable offset (pointers); 0 is none. */
  readonly id: number;
  /** Reference that this pointer owns or was derived from; 0 is none. */
  readonly refObjId: number;
  /** Packet pointers: bytes known to be there, or `AT_PKT_END`, `BEYOND_PKT_END`. */
  readonly range: number;
  /** Map of map pointers, values, keys. */
  readonly map: VerifierMap | undefined;
  /** Tells map values of different lookups in an array of maps apart. */
  readonly mapUid: number;
  /** Size of `PTR_TO_MEM`, bytes (u32). */
  readonly memSize: number;
  /** Type behind `PTR_TO_BTF_ID`. */
  readonly btf: Btf | undefined;
  readonly btfId: number;
  /** Frame a `PTR_TO_STACK` points into. */
  readonly frameno: number;
  /** Subprogram of `PTR_TO_FUNC`. */
  readonly subprogno: number;
  /** Kind-specific extra of dynptrs, iterators; undefined otherwise. */
  readonly extra: RegExtra | undefined;
  /** The exact value matters: pruning must compare ranges. Scalars only. */
  readonly precise: boolean;
}

/** What only a few kinds of registers carry. */
export interface RegExtra {
  /** Dynptr type (`DYNPTR_TYPE_*`), and whether this slot is its first. */
  readonly dynptrType?: number;
  readonly firstSlot?: boolean;
  /** Memory behind a dynptr: that dynptr's id. */
  readonly dynptrId?: number;
  /** Open-coded iterator: BTF type, state (1 active, 2 drained) and depth. */
  readonly iter?: { readonly btf: Btf; readonly btfId: number; readonly state: number; readonly depth: number };
  /** IRQ flag slot: which kfunc class saved it. */
  readonly irq?: number;
  /** A number that was a pointer, and is 0: the kernel still compares where it pointed, when a loop begins anew. */
  readonly was?: Reg;
  /** rootlet's own (S9): elements of a sized buffer and the scalar that counts them. */
  readonly sized?: SizedBuffer;
  /** rootlet's own (S9): how a number relates to the size of a buffer. */
  readonly bound?: SizeBound;
}

/** `value <= size * scale - slack`, where `size` is the number that the size argument had at entry. */
export interface SizeBound {
  readonly sizeSym: number;
  readonly scale: number;
  readonly slack: number;
  /** It is equal, not less. */
  readonly exact: boolean;
  /** All this is said of the low 32 bits only. */
  readonly low32?: boolean;
}

/** A buffer whose element count is another argument (LINKING.md S9). */
export interface SizedBuffer {
  /** Names the size argument: the number of its register at entry. */
  readonly sizeSym: number;
  readonly elemSize: number;
  /** What is known of the pointer's variable offset in bytes; undefined when nothing is. */
  readonly offBound?: SizeBound;
}

/** A register nothing was written to. */
export const REG_NOT_INIT: Reg = /* @__PURE__ */ copyReg({
  type: NOT_INIT,
  flags: 0,
  off: 0,
  scalar: SCALAR_UNKNOWN,
  id: 0,
  refObjId: 0,
  range: 0,
  map: undefined,
  mapUid: 0,
  memSize: 0,
  btf: undefined,
  btfId: 0,
  frameno: 0,
  subprogno: 0,
  extra: undefined,
  precise: false,
});
/** An unknown 64-bit number. */
export const REG_UNKNOWN: Reg = /* @__PURE__ */ changeReg(REG_NOT_INIT, { type: SCALAR });
/** An address in the arena. */
export const ARENA_POINTER: Reg = /* @__PURE__ */ changeReg(REG_NOT_INIT, { type: PTR_TO_ARENA });
const SCALAR_ZERO: Scalar = /* @__PURE__ */ scalarConst(0n);

/** The one place where registers are made. */
function copyReg(reg: Reg): { -readonly [K in keyof Reg]: Reg[K] } {
  return {
    type: reg.type,
    flags: reg.flags,
    off: reg.off,
    scalar: reg.scalar,
    id: reg.id,
    refObjId: reg.refObjId,
    range: reg.range,
    map: reg.map,
    mapUid: reg.mapUid,
    memSize: reg.memSize,
    btf: reg.btf,
    btfId: reg.btfId,
    frameno: reg.frameno,
    subprogno: reg.subprogno,
    extra: reg.extra,
    precise: reg.precise,
  };
}

/** The register with some fields changed. */
export function changeReg(reg: Reg, fields: Partial<Reg>): Reg {
  return Object.assign(copyReg(reg), fields);
}

/** The register with another number. */
export function withScalar(reg: Reg, scalar: Scalar): Reg {
  const changed = copyReg(reg);
  changed.scalar = scalar;
  return changed;
}

/** The register with another constant part of its offset. */
export function withOff(reg: Reg, off: number): Reg {
  const changed = copyReg(reg);
  changed.off = off;
  return changed;
}

/** The register with another id, which differs from what named it by `off`. */
export function withIdOff(reg: Reg, id: number, off: number): Reg {
  const changed = copyReg(reg);
  changed.id = id;
  changed.off = off;
  return changed;
}

/** The packet pointer with so many bytes known to be there. */
export function withRange(reg: Reg, range: number): Reg {
  const changed = copyReg(reg);
  changed.range = range;
  return changed;
}

/** The register with its exact value needed, or not. */
export function withPrecise(reg: Reg, precise: boolean): Reg {
  const changed = copyReg(reg);
  changed.precise = precise;
  return changed;
}

/** A register of the kind `type` with offset 0; for the rest `fields`. */
export function pointerReg(type: number, fields: Partial<Reg> = {}): Reg {
  const reg = copyReg(REG_NOT_INIT);
  reg.type = type;
  reg.scalar = SCALAR_ZERO;
  return Object.assign(reg, fields);
}

/** A number. */
export function scalarReg(scalar: Scalar, fields?: Partial<Reg>): Reg {
  const reg = withScalar(REG_UNKNOWN, scalar);
  return fields === undefined ? reg : Object.assign(reg, fields);
}

/** A known 64-bit number. */
export function constReg(value: bigint): Reg {
  return scalarReg(scalarConst(BigInt.asUintN(64, value)));
}

/** Whether the register may be null at run time. */
export function mayBeNull(reg: Reg): boolean {
  return (reg.flags & PTR_MAYBE_NULL) !== 0;
}

/** Whether it is a packet or packet-meta pointer (not the end). */
export function isPacketPointer(reg: Reg): boolean {
  return reg.type === PTR_TO_PACKET || reg.type === PTR_TO_PACKET_META;
}

/** Types of dynptrs; memory behind packets carries its dynptr's. */
export const DYNPTR_TYPE_MASK: number = DYNPTR_TYPE_LOCAL | DYNPTR_TYPE_RINGBUF | DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META;

/** Whether it points into a packet through a dynptr. */
export function isPacketSlice(reg: Reg): boolean {
  return reg.type === PTR_TO_MEM && (reg.flags & (DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META)) !== 0;
}
