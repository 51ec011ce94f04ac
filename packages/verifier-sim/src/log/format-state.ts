// How does the kernel print what is known at an instruction?
import { scratchAll } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { NOT_INIT, REG_NOT_INIT } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { slotType, STACK_DYNPTR, STACK_ITER, STACK_SPILL } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import type { VerifierState } from '../state/state.ts';
import { formatDynptrType, formatReg } from './format-reg.ts';
import { Log } from './log.ts';

const SLOT_CHARS = '?rm0dif';

/** Sets {@link Env}'s scratch marks to none. */
export function clearScratched(env: Env): void {
  env.scratchedRegs = 0;
  env.scratchedSlotsLow = 0;
  env.scratchedSlotsHigh = 0;
}

/** Whether something was used since it was last printed. */
export function isScratched(env: Env): boolean {
  return (env.scratchedRegs | env.scratchedSlotsLow | env.scratchedSlotsHigh) !== 0;
}

function isSlotScratched(env: Env, spi: number): boolean {
  return ((spi < 32 ? env.scratchedSlotsLow >>> spi : env.scratchedSlotsHigh >>> (spi - 32)) & 1) !== 0;
}

/**
 * Prints one frame: ` R1=ctx() R10=fp0 fp-8=0` and a newline.
 *
 * @param all everything, or only what was used since the last print (which is then forgotten)
 */
export function printState(env: Env, state: VerifierState, frameno: number, all: boolean): void {
  const frame = state.frames[frameno];
  if (frame === undefined) return;
  const parts: string[] = [];
  if (frame.frameno !== 0) parts.push(` frame${frame.frameno}:`);
  frame.regs.forEach((reg, regno) => {
    if (reg.type === NOT_INIT || (!all && ((env.scratchedRegs >>> regno) & 1) === 0)) return;
    parts.push(` R${regno}=${formatReg(reg, frame.frameno)}`);
  });
  for (let spi = 0; spi < frame.stack.length; spi++) {
    const slot = frame.stack[spi] as StackSlot;
    if (slot.types === 0 || (!all && !isSlotScratched(env, spi))) continue;
    // The kernel takes the first slot of a dynptr that it meets for the lower one, and prints the next, whatever it is.
    const isDynptr = slotType(slot, 7) === STACK_DYNPTR;
    if (isDynptr) spi++;
    const text = isDynptr ? formatDynptr(frame.stack[spi]?.spilled ?? REG_NOT_INIT) : formatSlot(slot, frame.frameno);
    if (text !== undefined) parts.push(` fp${(spi + 1) * -8}=${text}`);
  }
  const refs = state.refs.filter((ref) => ref.id !== 0);
  // A lock without an id in front hides all.
  if (refs.length > 0 && state.refs[0]?.id !== 0) parts.push(` refs=${refs.map((ref) => ref.id).join(',')}`);
  if (frame.inCallback) parts.push(' cb');
  if (frame.inAsyncCallback) parts.push(' async_cb');
  env.log.verbose(`${parts.join('')}\n`);
  if (!all) clearScratched(env);
}

/** A slot as it is printed; undefined for one that is printed as a part of another. */
export function formatSlot(slot: StackSlot, frameno: number): string | undefined {
  let bytes = '';
  let firstSpill = 8;
  for (let i = 0; i < 8; i++) {
    const type = slotType(slot, i);
    if (type === STACK_SPILL && firstSpill === 8) firstSpill = i;
    bytes += SLOT_CHARS[type] as string;
  }
  const reg = slot.spilled;
  switch (slotType(slot, 7)) {
    case STACK_SPILL:
      return bytes.slice(0, firstSpill) + formatReg(reg, frameno);
    case STACK_DYNPTR:
      return reg.extra?.firstSlot === true ? formatDynptr(reg) : undefined;
    case STACK_ITER:
      return formatIter(reg);
    default:
      return bytes;
  }
}

function formatDynptr(reg: Reg): string {
  const parts: string[] = [];
  if (reg.id !== 0) parts.push(`id=${reg.id}`);
  if (reg.refObjId !== 0) parts.push(`ref_id=${reg.refObjId}`);
  if (reg.extra?.firstSlot === true) parts.push('dynptr_id=1');
  return `dynptr_${formatDynptrType(reg.extra?.dynptrType ?? 0)}(${parts.join(',')})`;
}

function formatIter(reg: Reg): string | undefined {
  const iter = reg.extra?.iter;
  if (iter === undefined || reg.refObjId === 0) return undefined;
  const name = iter.btf.name(iter.btfId).replace(/^bpf_iter_/, '');
  const state = iter.state === 1 ? 'active' : iter.state === 2 ? 'drained' : 'invalid';
  return `iter_${name}(ref_id=${reg.refObjId},state=${state},depth=${iter.depth})`;
}

/** Prints what the last instruction used, beside the instruction when nothing was printed since. */
export function printInsnState(env: Env, state: VerifierState, frameno: number): void {
  const { log } = env;
  if (log.prevLogPos !== 0 && log.prevLogPos === log.endPos) {
    log.reset(log.prevLogPos - 1);
    log.verbose(`${' '.repeat(Log.alignment(log.prevInsnPrintPos))};`);
  } else {
    log.verbose(`${env.insnIdx}:`);
  }
  printState(env, state, frameno, false);
}

/** Marks everything as used, so that the next print shows all. */
export function scratchEverything(env: Env): void {
  scratchAll(env);
}
