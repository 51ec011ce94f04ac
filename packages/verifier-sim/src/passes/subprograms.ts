// Which functions does the program consist of?
import {
  BPF_CALL,
  BPF_EXIT,
  BPF_JA,
  BPF_JMP,
  BPF_JMP32,
  BPF_ABS,
  BPF_IND,
  BPF_LD,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
  CALL,
  EXIT,
  insnClass,
  insnMode,
  insnOp,
  LD_IMM64,
} from '@rootlet/insn';
import { BPF_FUNC_tail_call } from '@rootlet/uapi';
import { E2BIG, EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { findExceptionCallback } from './exception-callback.ts';
import { checkKfuncCall } from './kfuncs.ts';

const MAX_SUBPROGS = 256;
/** {@link Subprogram.fastcallOff} of functions without such patterns. */
export const NO_FASTCALLS = 1;

/** A function of the program under verification. */
export interface Subprogram {
  /** First instruction. */
  readonly start: number;
  /** One past the last instruction. */
  end: number;
  /** Name from BTF; empty without. */
  name: string;
  /** FUNC id; 0 without BTF. */
  btfId: number;
  /** Global by BTF linkage: verified alone. */
  global: boolean;
  /** Deepest stack byte it touches, bytes. */
  stackDepth: number;
  /** Below this offset only spills are that will be taken out ({@link NO_FASTCALLS}: there are none). */
  fastcallOff: number;
  hasTailCall: boolean;
  hasLdAbs: boolean;
  /** The prototype does not fit what callers pass. */
  unreliable: boolean;
  /** Something passes its address to a helper. */
  isCallback: boolean;
  /** The kernel calls it later. */
  isAsync: boolean;
  /** Called when the program throws. */
  isException: boolean;
  /** A global function that is reachable, thus must be verified. */
  called: boolean;
  changesPktData: boolean;
  mightSleep: boolean;
  /** First instructions of the functions it calls, callbacks included. */
  readonly calls: number[];
}

/** A subprogram nothing is known of but where it starts. */
function createSubprogram(start: number): Subprogram {
  return {
    start,
    end: start,
    name: '',
    btfId: 0,
    global: false,
    stackDepth: 0,
    fastcallOff: NO_FASTCALLS,
    hasTailCall: false,
    hasLdAbs: false,
    unreliable: false,
    isCallback: false,
    isAsync: false,
    isException: false,
    called: false,
    changesPktData: false,
    mightSleep: false,
    calls: [],
  };
}

/** Whether the slot at `idx` names another function of this program by a relative distance in `imm`. */
function namesSubprogram(env: Env, idx: number): boolean {
  const { insns } = env.input;
  const code = insns.code[idx];
  if (code === CALL) return insns.src[idx] === BPF_PSEUDO_CALL;
  return code === LD_IMM64 && insns.src[idx] === BPF_PSEUDO_FUNC;
}

/** Finds all functions from the calls, numbers them in order of address, and looks at calls of the kernel's functions on the way. */
export function findSubprograms(env: Env): Errno {
  const { insns } = env.input;
  const starts = new Set([0]);
  const err = findStarts(env, starts);
  // A log of what failed here lists the functions found so far.
  env.subprogs = [...starts].sort((a, b) => a - b).map(createSubprogram);
  if (err !== 0) return err;
  const thrown = findExceptionCallback(env);
  if (thrown < 0) return thrown;
  if (thrown > 0) starts.add(thrown);
  env.subprogs = [...starts].sort((a, b) => a - b).map(createSubprogram);
  env.subprogs.forEach((subprog, no) => {
    if (thrown > 0 && subprog.start === thrown) {
      subprog.isCallback = true;
      subprog.isAsync = true;
      subprog.isException = true;
      subprog.called = true;
    }
    subprog.end = env.subprogs[no + 1]?.start ?? insns.length;
    if (env.log.level2) env.log.note(`func#${no} @${subprog.start}\n`);
  });
  return 0;
}

function findStarts(env: Env, starts: Set<number>): Errno {
  const { insns } = env.input;
  const kfuncs = new Set<string>();
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] === CALL && insns.src[idx] === BPF_PSEUDO_KFUNC_CALL) {
      const err = checkKfuncCall(env, idx, kfuncs);
      if (err !== 0) return err;
    }
    if (!namesSubprogram(env, idx)) continue;
    const target = idx + (insns.imm[idx] as number) + 1;
    if (target < 0 || target >= insns.length) return reject(env, EINVAL, 'call to invalid destination\n');
    if (!starts.has(target) && starts.size >= MAX_SUBPROGS) return reject(env, E2BIG, 'too many subprograms\n');
    starts.add(target);
  }
  return 0;
}

/** Number of the subprogram that starts at `insnIdx`; -1 when none does. */
export function findSubprogAt(env: Env, insnIdx: number): number {
  return env.subprogs.findIndex((subprog) => subprog.start === insnIdx);
}

/** Number of the subprogram the instruction belongs to. */
export function subprogOf(env: Env, insnIdx: number): number {
  let no = 0;
  while (no + 1 < env.subprogs.length && (env.subprogs[no + 1] as Subprogram).start <= insnIdx) no++;
  return no;
}

/** Jumps stay inside their function, and no function runs into the next. */
export function checkSubprograms(env: Env): Errno {
  const { insns } = env.input;
  for (const subprog of env.subprogs) {
    for (let idx = subprog.start; idx < subprog.end; idx++) {
      const code = insns.code[idx] as number;
      const cls = insnClass(code);
      if (code === CALL && insns.src[idx] === 0 && insns.imm[idx] === BPF_FUNC_tail_call) subprog.hasTailCall = true;
      if (cls === BPF_LD && (insnMode(code) === BPF_ABS || insnMode(code) === BPF_IND)) subprog.hasLdAbs = true;
      if ((cls === BPF_JMP || cls === BPF_JMP32) && insnOp(code) !== BPF_CALL && insnOp(code) !== BPF_EXIT) {
        const target = jumpTarget(env, idx);
        if (target < subprog.start || target >= subprog.end) {
          return reject(env, EINVAL, `jump out of range from insn ${idx} to ${target}\n`);
        }
      }
      if (idx === subprog.end - 1 && code !== EXIT && code !== (BPF_JMP | BPF_JA) && code !== (BPF_JMP32 | BPF_JA)) {
        return reject(env, EINVAL, 'last insn is not an exit or jmp\n');
      }
    }
  }
  return 0;
}

/** Where the jump at `insnIdx` goes. */
export function jumpTarget(env: Env, insnIdx: number): number {
  const { insns } = env.input;
  const wide = insns.code[insnIdx] === (BPF_JMP32 | BPF_JA);
  return insnIdx + 1 + ((wide ? insns.imm[insnIdx] : insns.off[insnIdx]) as number);
}
