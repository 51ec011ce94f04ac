// Does an access stay inside a region of known size?
import { constValue, isConst } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import { BPF_MAX_VAR_OFF } from '../passes/resolve.ts';
import { EACCES, getReg, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { mayBeNull, NOT_INIT, PTR_TO_CTX, PTR_TO_MAP_KEY, PTR_TO_MAP_VALUE, PTR_TO_PACKET, PTR_TO_PACKET_END, PTR_TO_PACKET_META } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { formatVarOff } from './pointer-off.ts';

const S64_MIN = -(1n << 63n);

/** Whether `size` bytes at the known offset `off` lie in a region of `memSize` bytes. */
export function checkFixedAccess(env: Env, regno: number, off: bigint, size: number, memSize: number, zeroAllowed: boolean): Errno {
  const sizeOk = size > 0 || (size === 0 && zeroAllowed);
  const at = BigInt.asIntN(32, off);
  if (at >= 0n && sizeOk && at + BigInt(size) <= BigInt(memSize)) return 0;
  return reject(env, EACCES, describe(getReg(env, regno), regno, at, size, memSize));
}

function describe(reg: Reg, regno: number, off: bigint, size: number, memSize: number): string {
  // A pointer that may be null is none of these kinds yet.
  switch (mayBeNull(reg) ? NOT_INIT : reg.type) {
    case PTR_TO_MAP_KEY:
      return `invalid access to map key, key_size=${memSize} off=${off} size=${size}\n`;
    case PTR_TO_MAP_VALUE:
      return `invalid access to map value, value_size=${memSize} off=${off} size=${size}\n`;
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET_END:
      return `invalid access to packet, off=${off} size=${size}, R${regno}(id=${reg.id},off=${off},r=${memSize})\n`;
    case PTR_TO_CTX:
      return `invalid access to context, ctx_size=${memSize} off=${off} size=${size}\n`;
    default:
      return `invalid access to memory, mem_size=${memSize >>> 0} off=${off} size=${size}\n`;
  }
}

/** Whether it certainly does: offsets of 32 bits, none negative. */
function isInside({ sminLo, sminHi, umaxLo, umaxHi }: Scalar, off: number, size: number, memSize: number): boolean {
  if ((sminHi | umaxHi) !== 0 || (sminLo | umaxLo) < 0 || umaxLo >= BPF_MAX_VAR_OFF) return false;
  const first = off + sminLo;
  const last = off + umaxLo;
  return first >= 0 && last >= 0 && first + size <= memSize && last + size <= memSize && last <= 0x7fff_ffff;
}

/** Whether an access at `off` beyond the pointer's variable part stays inside a region of `memSize` bytes. */
export function checkRegionAccess(env: Env, regno: number, off: number, size: number, memSize: number, zeroAllowed: boolean): Errno {
  const { scalar } = getReg(env, regno);
  if (size > 0 && isInside(scalar, off, size, memSize)) return 0;
  const { smin, umax } = scalar;
  const low = BigInt(off) + smin;
  if (smin < 0n && (smin === S64_MIN || low !== BigInt.asIntN(32, low) || low < 0n)) {
    return reject(
      env,
      EACCES,
      `R${regno} min value is negative, either use unsigned index or do a if (index >=0) check.\n`,
    );
  }
  let err = checkFixedAccess(env, regno, low, size, memSize, zeroAllowed);
  if (err !== 0) {
    verbose(env, `R${regno} min value is outside of the allowed memory range\n`);
    return err;
  }
  if (umax >= BigInt(BPF_MAX_VAR_OFF)) {
    return reject(env, EACCES, `R${regno} unbounded memory access, make sure to bounds check any such access\n`);
  }
  err = checkFixedAccess(env, regno, umax + BigInt(off), size, memSize, zeroAllowed);
  if (err !== 0) verbose(env, `R${regno} max value is outside of the allowed memory range\n`);
  return err;
}

/** Buffers whose size is judged when the program is attached: only constant offsets from their start. */
export function checkTpBufferAccess(env: Env, reg: Reg, regno: number, off: number, size: number, name: string): Errno {
  if (off < 0) return reject(env, EACCES, `R${regno} invalid ${name} buffer access: off=${off}, size=${size}\n`);
  if (!isConst(reg.scalar) || constValue(reg.scalar) !== 0n) {
    return reject(env, EACCES, `R${regno} invalid variable buffer offset: off=${off}, var_off=${formatVarOff(reg.scalar)}\n`);
  }
  return 0;
}
