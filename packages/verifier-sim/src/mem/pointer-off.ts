// Was this pointer moved, where it must not be?
import { constValue, formatTnum, isConst } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import { formatRegType, formatUnsigned } from '../log/format-reg.ts';
import { EACCES, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';

/** The variable part of an offset: known bits, or the number when all are known. */
export function formatVarOff(scalar: Scalar): string {
  if (!isConst(scalar)) return formatTnum(scalar.tnum);
  return formatUnsigned(constValue(scalar));
}

/** Some pointers are only good as they came, or (`fixedOk`) with a constant added. */
export function checkPointerUnmoved(env: Env, reg: Reg, regno: number, fixedOk: boolean): Errno {
  const kind = formatRegType(reg.type, reg.flags);
  if (reg.off < 0) return reject(env, EACCES, `negative offset ${kind} ptr R${regno} off=${reg.off} disallowed\n`);
  if (!fixedOk && reg.off !== 0) {
    return reject(env, EACCES, `dereference of modified ${kind} ptr R${regno} off=${reg.off} disallowed\n`);
  }
  if (!isConst(reg.scalar) || constValue(reg.scalar) !== 0n) {
    return reject(env, EACCES, `variable ${kind} access var_off=${formatVarOff(reg.scalar)} disallowed\n`);
  }
  return 0;
}
