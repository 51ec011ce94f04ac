// What does a store leave on the stack?
import { BPF_ST, insnClass } from '@rootlet/insn';
import { isConst, isZero, scalarConst32 } from '../domain/index.ts';
import { printLine } from '../log/insn.ts';
import { EACCES, EINVAL, getReg, reject, scratchSlot } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pushJumpHistory, stackAccessFlags } from '../state/history.ts';
import { assignScalarId, scalarWidth, withoutId } from '../state/ids.ts';
import { CONST_PTR_TO_DYNPTR, NOT_INIT, PTR_TO_STACK, PTR_TO_TP_BUFFER, REG_NOT_INIT, SCALAR, scalarReg } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import {
  slotType,
  STACK_DYNPTR,
  STACK_INVALID,
  STACK_IRQ_FLAG,
  STACK_ITER,
  STACK_MISC,
  STACK_SPILL,
  STACK_ZERO,
  withSlotType,
} from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import { curFrame, regFrame } from '../state/state.ts';
import type { Frame } from '../state/state.ts';
import type { MemAccess } from './types.ts';
import { destroyDynptrAt } from './stack-special.ts';
import { stackVarOff } from './stack-bounds.ts';
import { slotOf } from './stack-slots.ts';

/** Stores to the stack, bounds being checked. */
export function writeStack(env: Env, reg: Reg, what: MemAccess): Errno {
  const frame = regFrame(env.cur, reg);
  if (isConst(reg.scalar)) return writeFixed(env, frame, what.off + stackVarOff(reg), what.size, what.valueRegno);
  return writeVariable(env, frame, reg, what);
}

/** The constant that the current instruction stores, if it is a store of a constant. */
function storedConst(env: Env): number | undefined {
  const { insns } = env.input;
  if (insnClass(insns.code[env.insnIdx] as number) !== BPF_ST) return undefined;
  return insns.imm[env.insnIdx];
}

function isZeroReg(reg: Reg): boolean {
  return reg.type === SCALAR && isZero(reg.scalar);
}

function isSpecial(slot: StackSlot): boolean {
  const type = slotType(slot, 7);
  return type === STACK_SPILL || type === STACK_DYNPTR || type === STACK_ITER || type === STACK_IRQ_FLAG;
}

/** Kinds that are mere data once they are stored. */
const NEVER_SPILLED: readonly number[] = [NOT_INIT, PTR_TO_TP_BUFFER, CONST_PTR_TO_DYNPTR];

/** Registers that may be spilled: numbers are when aligned. */
function isSpillable(reg: Reg): boolean {
  return reg.type !== SCALAR && !NEVER_SPILLED.includes(reg.type);
}

function writeFixed(env: Env, frame: Frame, off: number, size: number, valueRegno: number): Errno {
  const spi = slotOf(off);
  const err = destroyDynptrAt(env, frame, spi);
  if (err !== 0) return err;
  scratchSlot(env, spi);
  if (size === 8) env.liveStack.markWrite(frame.frameno, spi);
  const aligned = off % 8 === 0;
  const value = valueRegno >= 0 ? getReg(env, valueRegno) : undefined;
  const constant = value === undefined ? storedConst(env) : undefined;
  if (value !== undefined && aligned && value.type === SCALAR) {
    const fits = scalarWidth(value) <= size * 8;
    const from = fits ? assignScalarId(env, valueRegno) : value;
    saveReg(frame, spi, fits ? from : withoutId(from), size);
  } else if (constant !== undefined && aligned) {
    saveReg(frame, spi, scalarReg(scalarConst32(constant)), size);
  } else if (value !== undefined && isSpillable(value)) {
    if (size !== 8) {
      printLine(env, env.insnIdx, '; ');
      return reject(env, EACCES, 'invalid size of register spill\n');
    }
    if (frame !== curFrame(env.cur) && value.type === PTR_TO_STACK) {
      return reject(env, EINVAL, 'cannot spill pointers to stack into stack frame of the caller\n');
    }
    saveReg(frame, spi, value, size);
  } else {
    return writeData(env, frame, off, size, valueRegno, value, constant);
  }
  return pushJumpHistory(env, stackAccessFlags(frame.frameno, spi), undefined);
}

/** Puts a register into a slot; what it does not cover was data or stays invalid. */
export function saveReg(frame: Frame, spi: number, reg: Reg, size: number): void {
  let { types } = frame.stack[spi] as StackSlot;
  for (let i = 7; i >= 0; i--) {
    if (i >= 8 - size) {
      types = withSlotType(types, i, STACK_SPILL);
    } else {
      const old = (types >>> (i * 4)) & 0xf;
      if (old !== STACK_ZERO && old !== STACK_INVALID) types = withSlotType(types, i, STACK_MISC);
    }
  }
  frame.stack[spi] = { types, spilled: reg };
}

/** The slot's bytes as data; what was never written stays so. */
function asData(slot: StackSlot): number {
  let { types } = slot;
  for (let i = 0; i < 8; i++) if (slotType(slot, i) !== STACK_INVALID) types = withSlotType(types, i, STACK_MISC);
  return types;
}

/** Bytes that are no register. */
function writeData(env: Env, frame: Frame, off: number, size: number, valueRegno: number, value: Reg | undefined, constant: number | undefined): Errno {
  const spi = slotOf(off);
  const slot = frame.stack[spi] as StackSlot;
  let types = isSpecial(slot) ? asData(slot) : slot.types;
  let type = STACK_MISC;
  if ((value !== undefined && isZeroReg(value)) || constant === 0) {
    if (valueRegno >= 0) {
      const err = env.engine.markChainPrecision(env, valueRegno);
      if (err !== 0) return err;
    }
    type = STACK_ZERO;
  }
  for (let i = 0; i < size; i++) types = withSlotType(types, (-off - 1 - i) & 7, type);
  frame.stack[spi] = { types, spilled: REG_NOT_INIT };
  return 0;
}

/** Somewhere in a range: every byte of it may have been written. */
function writeVariable(env: Env, frame: Frame, reg: Reg, what: MemAccess): Errno {
  const min = Number(reg.scalar.smin) + what.off;
  const max = Number(reg.scalar.smax) + what.off + what.size;
  const value = what.valueRegno >= 0 ? getReg(env, what.valueRegno) : undefined;
  const zero = value === undefined ? storedConst(env) === 0 : isZeroReg(value);
  for (let off = min; off < max; off++) {
    const err = destroyDynptrAt(env, frame, slotOf(off));
    if (err !== 0) return err;
  }
  let zeroUsed = false;
  for (let off = min; off < max; off++) {
    const spi = slotOf(off);
    const byteIdx = (-off - 1) & 7;
    scratchSlot(env, spi);
    const slot = frame.stack[spi] as StackSlot;
    const { wholeSlots } = env.profile.features;
    if (zero && wholeSlots && slotType(slot, byteIdx) === STACK_SPILL && isZeroReg(slot.spilled)) {
      zeroUsed = true;
      continue;
    }
    const types = isSpecial(slot) && wholeSlots ? asData(slot) : slot.types;
    const keepsZero = zero && ((types >>> (byteIdx * 4)) & 0xf) === STACK_ZERO;
    zeroUsed ||= keepsZero;
    frame.stack[spi] = { types: withSlotType(types, byteIdx, keepsZero ? STACK_ZERO : STACK_MISC), spilled: REG_NOT_INIT };
  }
  if (zeroUsed && what.valueRegno >= 0) return env.engine.markChainPrecision(env, what.valueRegno);
  return 0;
}
