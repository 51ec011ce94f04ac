// Which older states must know this number exactly?
import { bug } from '@rootlet/bytes';
import { printState } from '../log/format-state.ts';
import { EFAULT, verbose } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { SCALAR, withPrecise } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { StackSlot } from '../state/stack.ts';
import { BPF_MAIN_FUNC } from '../state/state.ts';
import type { Frame, JumpEntry, VerifierState } from '../state/state.ts';
import { backtrackInsn, touchedRegs, Wanted } from './backtrack.ts';
import { isSpilledScalar } from './equal.ts';

/** 1: a mark was added; 0: none; or an errno, the log says why. */
export type Marked = number;

/** What is gone back for; one for all, for going back calls nothing that goes back. */
const wanted: Wanted = /* @__PURE__ */ new Wanted();

/** Forgets what was wanted of another program. */
export function forgetWanted(): void {
  wanted.reset();
}

/** Marks register `regno` of the innermost frame precise in the states this path went through. */
export function markChainPrecision(env: Env, state: VerifierState, regno: number): Marked {
  const want = wanted.begin(state.curframe);
  if (regno >= 0) {
    if (state.frames[state.curframe]?.regs[regno]?.type !== SCALAR) {
      verbose(env, 'verifier bug: backtracking misuse\n');
      return EFAULT;
    }
    want.set(regno);
  }
  return markPrecise(env, state, want);
}

/** Marks the number spilled in a stack slot precise in the states this path went through. */
export function markSlotPrecision(env: Env, state: VerifierState, frameno: number, spi: number): Marked {
  const want = wanted.begin(state.curframe);
  want.setSlot(frameno, spi);
  return markPrecise(env, state, want);
}

/** Every number that `old` needs exactly is needed exactly on the path to `cur`, too. */
export function propagatePrecision(env: Env, old: VerifierState, cur: VerifierState): Marked {
  const want = wanted.begin(cur.curframe);
  for (let fr = old.curframe; fr >= 0; fr--) {
    const names: string[] | undefined = env.log.level2 ? [] : undefined;
    const frame = old.frames[fr] as Frame;
    for (let regno = 0; regno < 10; regno++) {
      const reg = frame.regs[regno] as Reg;
      if (reg.type !== SCALAR || !reg.precise) continue;
      want.set(regno, fr);
      names?.push(`r${regno}`);
    }
    for (let spi = 0; spi < frame.stack.length; spi++) {
      const slot = frame.stack[spi] as StackSlot;
      if (!isSpilledScalar(slot) || !slot.spilled.precise) continue;
      want.setSlot(fr, spi);
      names?.push(`fp${(spi + 1) * -8}`);
    }
    // The end of the line is there at every level.
    if (want.regs[fr] !== 0 || want.hasSlots(fr)) verbose(env, names === undefined ? '\n' : `frame ${fr}: propagating ${names.join(',')}\n`);
  }
  return markPrecise(env, cur, want);
}

/** Goes back through the path until everything wanted was found. */
function markPrecise(env: Env, start: VerifierState, want: Wanted): Marked {
  if (want.isEmpty) return 0;
  const { log } = env;
  const touched = (env.touched ??= touchedRegs(env.input));
  let changed: 0 | 1 = 0;
  let state = start;
  let firstIdx = state.firstInsnIdx;
  let lastIdx = start.insnIdx;
  let nextIdx = -1;
  let skipFirst = true;
  for (;;) {
    let history: JumpEntry | undefined = state.jumpHistory;
    if (log.level2) {
      verbose(env, `mark_precise: frame${want.frame}: last_idx ${lastIdx} first_idx ${firstIdx} subseq_idx ${nextIdx} \n`);
    }
    if (lastIdx < 0) return markArguments(state, want) ? 1 : changed;
    for (let idx = lastIdx; ; ) {
      if (!skipFirst && !log.level2) {
        // Down to the next instruction that something is to be looked at for.
        const stop = history === undefined ? state.firstInsnIdx : history.idx;
        const mask = want.mask;
        while (idx > stop && ((touched[idx] as number) & mask) === 0) nextIdx = idx--;
      }
      const entry = history?.idx === idx ? history : undefined;
      if (!skipFirst && (log.level2 || want.isTouched(touched[idx] as number, entry))) {
        const result = backtrackInsn(env, idx, nextIdx, entry, want);
        if (result === 'broken') return EFAULT;
        if (result === 'giveUp') {
          markAllPrecise(env, start);
          want.reset();
          return changed;
        }
        if (want.isEmpty) return changed;
      }
      skipFirst = false;
      nextIdx = idx;
      if (idx === state.firstInsnIdx && (history === undefined || (history.count === 1 && history.idx === idx))) break;
      if (history?.idx === idx) {
        idx = history.prevIdx;
        history = history.prev;
      } else {
        idx--;
      }
      if (idx < 0 || idx >= env.input.insns.length) bug('backtracking left the program');
    }
    const parent = state.parent;
    if (parent === undefined) break;
    state = parent;
    for (let fr = want.frame; fr >= 0; fr--) if (markFrame(env, state, fr, want)) changed = 1;
    if (want.isEmpty) return changed;
    nextIdx = firstIdx;
    lastIdx = state.lastInsnIdx;
    firstIdx = state.firstInsnIdx;
  }
  if (!want.isEmpty) {
    markAllPrecise(env, start);
    want.reset();
    return changed;
  }
  return changed;
}

/** The path began in a function verified alone: its arguments are what is wanted. */
function markArguments(state: VerifierState, want: Wanted): boolean {
  const frame = state.frames[0] as Frame;
  if (state.curframe !== 0 || frame.subprogno === 0 || frame.callsite !== BPF_MAIN_FUNC) bug('backtracking past the entry');
  let changed = false;
  for (let regno = 1; regno <= 5; regno++) {
    if (!want.has(regno)) continue;
    want.clear(regno);
    const reg = frame.regs[regno] as Reg;
    if (reg.type !== SCALAR) continue;
    frame.regs[regno] = withPrecise(reg, true);
    changed = true;
  }
  return changed;
}

/** Marks what is wanted in a state; what is marked already, or is no number, is wanted no more. */
function markFrame(env: Env, state: VerifierState, fr: number, want: Wanted): boolean {
  const frame = state.frames[fr] as Frame;
  let changed = false;
  for (let regno = 0; want.regs[fr] !== 0 && regno < 10; regno++) {
    if ((((want.regs[fr] as number) >> regno) & 1) === 0) continue;
    const reg = frame.regs[regno] as Reg;
    if (reg.type !== SCALAR || reg.precise) {
      want.clear(regno, fr);
    } else {
      frame.regs[regno] = withPrecise(reg, true);
      changed = true;
    }
  }
  for (let spi = 0; want.hasSlots(fr) && spi < 64; spi++) {
    if (!want.hasSlot(fr, spi)) continue;
    const slot = frame.stack[spi] ?? bug('backtracking to a stack slot that is not there');
    if (!isSpilledScalar(slot) || slot.spilled.precise) {
      want.clearSlot(fr, spi);
    } else {
      frame.stack[spi] = { types: slot.types, spilled: withPrecise(slot.spilled, true) };
      changed = true;
    }
  }
  if (env.log.level2) {
    verbose(env, `mark_precise: frame${fr}: parent state ${want.format(fr)}: `);
    printState(env, state, fr, true);
  }
  return changed;
}

/** Marks all numbers of all states this path went through. */
export function markAllPrecise(env: Env, from: VerifierState): void {
  const { log } = env;
  if (log.level2) verbose(env, `mark_precise: frame${from.curframe}: falling back to forcing all scalars precise\n`);
  for (let state = from.parent; state !== undefined; state = state.parent) {
    for (let fr = 0; fr <= state.curframe; fr++) {
      const frame = state.frames[fr] as Frame;
      for (let regno = 0; regno < 10; regno++) {
        const reg = frame.regs[regno] as Reg;
        if (reg.type !== SCALAR || reg.precise) continue;
        frame.regs[regno] = withPrecise(reg, true);
        if (log.level2) verbose(env, `force_precise: frame${fr}: forcing r${regno} to be precise\n`);
      }
      for (let spi = 0; spi < frame.stack.length; spi++) {
        const slot = frame.stack[spi] as StackSlot;
        if (!isSpilledScalar(slot) || slot.spilled.precise) continue;
        frame.stack[spi] = { types: slot.types, spilled: withPrecise(slot.spilled, true) };
        if (log.level2) verbose(env, `force_precise: frame${fr}: forcing fp${(spi + 1) * -8} to be precise\n`);
      }
    }
  }
}

/** Forgets all marks of a state that is about to be remembered. */
export function markAllImprecise(state: VerifierState): void {
  for (const { regs, stack } of state.frames) {
    for (let regno = 0; regno < 10; regno++) {
      const reg = regs[regno] as Reg;
      if (reg.precise && reg.type === SCALAR) regs[regno] = withPrecise(reg, false);
    }
    for (let spi = 0; spi < stack.length; spi++) {
      const slot = stack[spi] as StackSlot;
      if (!slot.spilled.precise || !isSpilledScalar(slot)) continue;
      stack[spi] = { types: slot.types, spilled: withPrecise(slot.spilled, false) };
    }
  }
}
