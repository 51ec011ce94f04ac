// What does a load from the stack yield?
import { constValue, formatTnum, isConst } from '../domain/index.ts';
import { printLine } from '../log/insn.ts';
import { EACCES, reject, scratchSlot, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pushJumpHistory, stackAccessFlags } from '../state/history.ts';
import { scalarWidth } from '../state/ids.ts';
import { constReg, REG_UNKNOWN, SCALAR, withIdOff } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { isSpilled, slotType, STACK_INVALID, STACK_MISC, STACK_SPILL, STACK_ZERO } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import { regFrame } from '../state/state.ts';
import type { Frame } from '../state/state.ts';
import type { MemAccess } from './types.ts';
import { checkStackInitialized } from './stack-range.ts';
import { stackVarOff } from './stack-bounds.ts';
import { byteType, slotOf } from './stack-slots.ts';

/** Loads from the stack, bounds being checked. */
export function readStack(env: Env, reg: Reg, what: MemAccess): Errno {
  const { off, size, valueRegno } = what;
  const frame = regFrame(env.cur, reg);
  if (isConst(reg.scalar)) return readFixed(env, frame, off + stackVarOff(reg), size, valueRegno);
  if (valueRegno < 0) {
    const bits = formatTnum(reg.scalar.tnum);
    return reject(
      env,
      EACCES,
      `variable offset stack pointer cannot be passed into helper function; var_off=${bits} off=${off} size=${size}\n`,
    );
  }
  const err = checkStackInitialized(env, what.regno, off, size, false, false, undefined);
  if (err !== 0) return err;
  const min = Number(reg.scalar.smin) + off;
  const max = Number(reg.scalar.smax) + off;
  loadBytes(env, frame, min, max + size, valueRegno);
  return 0;
}

/** Reads the bytes `min` to `max` as one number: zero when all are. */
function loadBytes(env: Env, frame: Frame, min: number, max: number, valueRegno: number): void {
  let zero = true;
  for (let off = min; off < max && zero; off++) {
    scratchSlot(env, slotOf(off));
    zero = byteType(frame, off) === STACK_ZERO;
  }
  setReg(env, valueRegno, zero ? constReg(0n) : REG_UNKNOWN);
}

function readFixed(env: Env, frame: Frame, off: number, size: number, valueRegno: number): Errno {
  const spi = slotOf(off);
  const slot = frame.stack[spi] as StackSlot;
  scratchSlot(env, spi);
  env.liveStack.markRead(env, frame.frameno, spi);
  if (!isSpilled(slot)) {
    for (let i = 0; i < size; i++) {
      const type = byteType(frame, off + i);
      if (type === STACK_MISC || type === STACK_ZERO || type === STACK_INVALID) continue;
      return reject(env, EACCES, `invalid read from stack off ${off}+${i} size ${size}\n`);
    }
    if (valueRegno >= 0) loadBytes(env, frame, off, off + size, valueRegno);
    return 0;
  }
  const spilled = slot.spilled;
  const spillSize = spilledBytes(slot);
  if (size !== 8 || spillSize !== 8) {
    if (spilled.type !== SCALAR) {
      printLine(env, env.insnIdx, '; ');
      return reject(env, EACCES, 'invalid size of register fill\n');
    }
    if (valueRegno < 0) return 0;
    return fillNarrow(env, frame, slot, off, size, spillSize, valueRegno);
  }
  if (valueRegno >= 0) {
    setReg(env, valueRegno, spilled);
  }
  return pushJumpHistory(env, stackAccessFlags(frame.frameno, spi), undefined);
}

/** Bytes of the slot that belong to the spilled register. */
function spilledBytes(slot: StackSlot): number {
  let bytes = 1;
  for (let i = 7; i > 0 && slotType(slot, i - 1) === STACK_SPILL; i--) bytes++;
  return bytes;
}

/** Part of a number, or of a number narrower than the slot. */
function fillNarrow(env: Env, frame: Frame, slot: StackSlot, off: number, size: number, spillSize: number, valueRegno: number): Errno {
  const { spilled } = slot;
  const flags = stackAccessFlags(frame.frameno, slotOf(off));
  if (size <= spillSize && off % 8 === 0) {
    setReg(env, valueRegno, scalarWidth(spilled) > size * 8 ? withIdOff(spilled, 0, 0) : spilled);
    return pushJumpHistory(env, flags, undefined);
  }
  let spills = 0;
  let zeros = 0;
  for (let i = 0; i < size; i++) {
    const type = byteType(frame, off + i);
    if (type === STACK_SPILL) spills++;
    else if (type === STACK_ZERO) zeros++;
    else if (type !== STACK_MISC && type !== STACK_INVALID) {
      return reject(env, EACCES, `invalid read from stack off ${off}+${i} size ${size}\n`);
    }
  }
  if (spills === size && isConst(spilled.scalar) && constValue(spilled.scalar) === 0n) {
    setReg(env, valueRegno, constReg(0n));
    return pushJumpHistory(env, flags, undefined);
  }
  setReg(env, valueRegno, zeros === size ? constReg(0n) : REG_UNKNOWN);
  return 0;
}
