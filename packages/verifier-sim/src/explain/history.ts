// How did a register come to hold what it holds?
import { BPF_ALU, BPF_ALU64, BPF_CALL, BPF_EXIT, BPF_JMP, BPF_LDX, BPF_MOV, BPF_PSEUDO_CALL, BPF_STX, BPF_X, definedRegs, insnClass, insnOp, insnSrc } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import type { PathStep } from './path.ts';

/** An instruction that made a value, or handed it on. */
export interface HistoryStep extends PathStep {
  /** What was wanted of it. */
  readonly register: number;
  /** The value afterwards, e.g. `map_value_or_null(id=1)`; undefined when the log does not say. */
  readonly value: string | undefined;
}

/** More is of no help to anybody. */
const MOST = 32;
const FRAME_POINTER = 10;
const FIRST_SAVED = 6;

/**
 * Follows a register back along a path: through moves, arithmetic, spills to the stack and calls of functions of the program.
 *
 * @param steps the path; the last step is the one that reads the register
 * @returns oldest first; the first one made the value
 */
export function traceRegister(insns: Insns, steps: readonly PathStep[], register: number): readonly HistoryStep[] {
  const history: HistoryStep[] = [];
  let reg = register;
  /** Offset of the stack slot that holds the value meanwhile. */
  let slot: number | undefined;
  /** Frames below the one that holds the value: those of functions that had returned. */
  let deeper = 0;
  for (let at = steps.length - 2; at >= 0 && history.length < MOST; at--) {
    const step = steps[at] as PathStep;
    const idx = step.insnIdx;
    if (idx >= insns.length) break;
    const code = insns.code[idx] as number;
    const kind = insnClass(code);
    const isCall = kind === BPF_JMP && insnOp(code) === BPF_CALL;
    if (kind === BPF_JMP && insnOp(code) === BPF_EXIT) {
      // What a function returned is followed into it; all else waits until before its call.
      if (deeper > 0 || slot !== undefined || reg !== 0) deeper++;
      continue;
    }
    if (isCall && insns.src[idx] === BPF_PSEUDO_CALL) {
      if (deeper > 0) deeper--;
      else if (slot !== undefined || reg === 0 || reg >= FIRST_SAVED) break;
      continue;
    }
    if (deeper > 0) continue;
    if (slot !== undefined) {
      if (kind !== BPF_STX || insns.dst[idx] !== FRAME_POINTER || insns.off[idx] !== slot) continue;
      reg = insns.src[idx] as number;
      slot = undefined;
      history.unshift(toHistory(step, reg));
      continue;
    }
    if ((definedRegs(insns, idx) & (1 << reg)) === 0) continue;
    history.unshift(toHistory(step, reg));
    if (isCall) break;
    if (kind === BPF_LDX) {
      if (insns.src[idx] !== FRAME_POINTER) break;
      slot = insns.off[idx];
    } else if ((kind === BPF_ALU || kind === BPF_ALU64) && insnOp(code) === BPF_MOV) {
      if (insnSrc(code) !== BPF_X) break;
      reg = insns.src[idx] as number;
      if (reg === FRAME_POINTER) break;
    } else if (kind !== BPF_ALU && kind !== BPF_ALU64) {
      break;
    }
  }
  return history;
}

function toHistory(step: PathStep, register: number): HistoryStep {
  return { ...step, register, value: step.state.get(`R${register}`) };
}
