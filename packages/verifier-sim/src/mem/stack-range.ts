// Is a range of the stack good for someone else to read or write?
import { formatTnum, isConst } from '../domain/index.ts';
import { EACCES, EFAULT, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { REG_NOT_INIT } from '../state/reg.ts';
import { isSpilled, slotType, STACK_DYNPTR, STACK_INVALID, STACK_MISC, STACK_ZERO, withSlotType } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import { regFrame } from '../state/state.ts';
import type { Frame } from '../state/state.ts';
import { checkStackBounds } from './stack-bounds.ts';
import { slotOf } from './stack-slots.ts';
import type { RawAccess } from './types.ts';

/**
 * Whether all bytes from the pointer on may be read (and, with `write`, be changed) by a callee, or by a load with variable offset.
 *
 * @param raw the callee writes all bytes, so they need not be initialised; the caller marks them afterwards
 */
export function checkStackInitialized(
  env: Env,
  regno: number,
  off: number,
  size: number,
  zeroAllowed: boolean,
  write: boolean,
  raw: RawAccess | undefined,
): Errno {
  const reg = getReg(env, regno);
  const frame = regFrame(env.cur, reg);
  if (size === 0 && !zeroAllowed) return reject(env, EACCES, 'invalid zero-sized read\n');
  const what = env.profile.features.stackAccessText ? (write ? ' write to' : ' read from') : ' indirect access to';
  const err = checkStackBounds(env, reg, regno, off, size, what);
  if (err !== 0) return err;
  const known = isConst(reg.scalar);
  const min = Number(known ? BigInt.asIntN(64, reg.scalar.tnum.value) : reg.scalar.smin) + off;
  const max = Number(known ? BigInt.asIntN(64, reg.scalar.tnum.value) : reg.scalar.smax) + off;
  if (raw !== undefined && known) return acceptRaw(env, frame, raw, regno, min, size);
  for (let i = min; i < max + size; i++) {
    const spi = slotOf(i);
    const slot = frame.stack[spi];
    if (slot === undefined) return reject(env, EFAULT, 'allocated_stack too small\n');
    if (!readByte(frame, spi, slot, (-i - 1) & 7, write)) {
      const at = known ? `off ${min}` : `var_off ${formatTnum(reg.scalar.tnum)}`;
      return reject(env, EACCES, `invalid read from stack R${regno} ${at}+${i - min} size ${size}\n`);
    }
    env.liveStack.markRead(env, frame.frameno, spi);
  }
  return 0;
}

/** Memory that is only written: dynptrs and iterators must not be overwritten. */
function acceptRaw(env: Env, frame: Frame, raw: RawAccess, regno: number, min: number, size: number): Errno {
  for (let i = min; i < min + size; i++) {
    const slot = frame.stack[slotOf(i)];
    if (slot === undefined || slotType(slot, 7) !== STACK_DYNPTR) continue;
    return reject(env, EACCES, `potential write to dynptr at off=${i} disallowed\n`);
  }
  raw.size = size;
  raw.regno = regno;
  return 0;
}

/** Whether a byte may be read; what a callee writes becomes data. */
function readByte(frame: Frame, spi: number, slot: StackSlot, byteIdx: number, write: boolean): boolean {
  const type = slotType(slot, byteIdx);
  if (type === STACK_MISC) return true;
  if (type === STACK_ZERO || type === STACK_INVALID) {
    if (write) frame.stack[spi] = { types: withSlotType(slot.types, byteIdx, STACK_MISC), spilled: slot.spilled };
    return true;
  }
  if (!isSpilled(slot)) return false;
  if (write) {
    let { types } = slot;
    for (let i = 0; i < 8; i++) if (slotType(slot, i) !== STACK_INVALID) types = withSlotType(types, i, STACK_MISC);
    frame.stack[spi] = { types, spilled: REG_NOT_INIT };
  }
  return true;
}
