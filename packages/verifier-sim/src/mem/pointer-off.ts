// Was this pointer moved, where it must not be?
import { constValue, formatTnum, isConst, isZero } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import { formatRegType, formatUnsigned } from '../log/format-reg.ts';
import { EACCES, EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  MEM_ALLOC,
  MEM_RCU,
  MEM_RDONLY,
  MEM_RINGBUF,
  NON_OWN_REF,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_STACK,
  PTR_TRUSTED,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';

/** The variable part of an offset: known bits, or the number when all are known. */
export function formatVarOff(scalar: Scalar): string {
  if (!isConst(scalar)) return formatTnum(scalar.tnum);
  return formatUnsigned(constValue(scalar));
}

/** Some pointers are only good as they came, or (`fixedOk`) with a constant added. */
export function checkPointerUnmoved(env: Env, reg: Reg, regno: number, fixedOk: boolean): Errno {
  if ((reg.off === 0 || (fixedOk && reg.off > 0)) && isZero(reg.scalar)) return 0;
  const kind = formatRegType(reg.type, reg.flags);
  if (reg.off < 0) return reject(env, EACCES, `negative offset ${kind} ptr R${regno} off=${reg.off} disallowed\n`);
  if (!fixedOk && reg.off !== 0) {
    return reject(env, EACCES, `dereference of modified ${kind} ptr R${regno} off=${reg.off} disallowed\n`);
  }
  return reject(env, EACCES, `variable ${kind} access var_off=${formatVarOff(reg.scalar)} disallowed\n`);
}

/**
 * Which pointers may be passed to a function after something was added to them.
 *
 * @param released whether the function gives the pointer back
 */
export function checkPassedOffset(env: Env, reg: Reg, regno: number, released: boolean): Errno {
  if (released) {
    if (reg.off !== 0) {
      return reject(env, EINVAL, `R${regno} must have zero offset when passed to release func or trusted arg to kfunc\n`);
    }
    return checkPointerUnmoved(env, reg, regno, false);
  }
  if (isFree(reg)) return 0;
  return checkPointerUnmoved(env, reg, regno, reg.type === PTR_TO_BTF_ID && OBJECTS.includes(reg.flags));
}

/** Qualifiers of objects that may be moved by what is known. */
const OBJECTS: readonly number[] = [0, MEM_ALLOC, PTR_TRUSTED, MEM_RCU, MEM_ALLOC | NON_OWN_REF, MEM_ALLOC | NON_OWN_REF | MEM_RCU];

/** Whether it does not matter how the pointer was moved. Slices of dynptrs are not thought of. */
function isFree({ type, flags }: Reg): boolean {
  switch (type) {
    case PTR_TO_STACK:
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
    case PTR_TO_MAP_KEY:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_ARENA:
    case SCALAR:
      return flags === 0;
    case PTR_TO_MEM:
      return flags === 0 || flags === MEM_RDONLY || flags === MEM_RINGBUF;
    case PTR_TO_BUF:
      return flags === 0 || flags === MEM_RDONLY;
    default:
      return false;
  }
}
