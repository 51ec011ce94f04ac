// Does an access stay inside a frame's stack?
import { constNumber, formatTnum, isConst } from '../domain/index.ts';
import { BPF_MAX_VAR_OFF } from '../passes/resolve.ts';
import { MAX_BPF_STACK } from '../passes/stack-depth.ts';
import { EACCES, EFAULT, EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import { SLOT_INVALID } from '../state/stack.ts';
import { regFrame } from '../state/state.ts';
import type { Frame } from '../state/state.ts';

/** Variable part of a stack pointer's offset, signed. */
export function stackVarOff(reg: Reg): number {
  return constNumber(reg.scalar);
}

/**
 * Whether the access stays within the frame's stack; makes the stack large enough.
 *
 * @param what ` read from`, ` write to`, or ` indirect access to` as messages say it
 */
export function checkStackBounds(env: Env, reg: Reg, regno: number, off: number, size: number, what: string): Errno {
  const frame = regFrame(env.cur, reg);
  const known = isConst(reg.scalar);
  if (known) {
    const at = stackVarOff(reg) + off;
    if (at < 0 && at >= -MAX_BPF_STACK && size >= 0 && at + size <= 0) {
      growStack(env, frame, -at);
      return 0;
    }
  }
  let min: bigint;
  let max: bigint;
  if (known) {
    min = BigInt(stackVarOff(reg)) + BigInt(off);
    max = min + BigInt(size);
  } else {
    const limit = BigInt(BPF_MAX_VAR_OFF);
    if (reg.scalar.smax >= limit || reg.scalar.smin <= -limit) {
      return reject(env, EACCES, `invalid unbounded variable-offset${what} stack R${regno}\n`);
    }
    min = reg.scalar.smin + BigInt(off);
    max = reg.scalar.smax + BigInt(off) + BigInt(size);
  }
  let err: Errno = min >= 0n || min < BigInt(-MAX_BPF_STACK) ? EACCES : 0;
  if (err === 0 && max > 0n) err = EINVAL;
  if (err === 0 && size < 0) err = EFAULT;
  if (err === 0) {
    growStack(env, frame, Number(-min));
    return 0;
  }
  if (known) return reject(env, err, `invalid${what} stack R${regno} off=${min} size=${size}\n`);
  const bits = formatTnum(reg.scalar.tnum);
  return reject(env, err, `invalid variable-offset${what} stack R${regno} var_off=${bits} off=${off} size=${size}\n`);
}

/** Makes room for `bytes` bytes in the frame's stack. */
export function growStack(env: Env, frame: Frame, bytes: number): void {
  const size = Math.ceil(bytes / 8) * 8;
  while (frame.stack.length * 8 < size) frame.stack.push(SLOT_INVALID);
  const subprog = env.subprogs[frame.subprogno];
  if (subprog !== undefined && subprog.stackDepth < size) subprog.stackDepth = size;
}
