// Does the deepest chain of calls fit on the stack?
import {
  BPF_LSM_CGROUP,
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_LSM,
  BPF_PROG_TYPE_PERF_EVENT,
  BPF_PROG_TYPE_RAW_TRACEPOINT,
  BPF_PROG_TYPE_TRACEPOINT,
  BPF_PROG_TYPE_TRACING,
  BPF_TRACE_ITER,
} from '@rootlet/uapi';
import { isPseudoCall, isPseudoFunc, kfuncName } from './calls.ts';
import { EACCES, E2BIG, EFAULT, EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MAX_CALL_FRAMES } from '../state/state.ts';
import { findSubprogAt } from './subprograms.ts';
import type { Subprogram } from './subprograms.ts';

/** Bytes of stack a chain of calls may use. */
export const MAX_BPF_STACK = 512;
/** And what it may use above a function that makes a tail call. */
const TAIL_CALL_STACK = 256;

interface Level {
  readonly no: number;
  /** Next instruction to look at. */
  idx: number;
  readonly depthBefore: number;
}

/** From this size on a function gets a stack of its own, where there are such. */
const PRIVATE_STACK = 64;

/** Whether a function uses memory of its own, not the kernel's stack; undefined while no chain of calls reached it. */
type Private = (boolean | undefined)[];

/** Walks all chains of calls from the main function and every function that the kernel calls later. */
export function checkMaxStackDepth(env: Env): Errno {
  const hasPrivate = env.profile.features.privateStack;
  const mayBePrivate = hasPrivate && isGuarded(env) && !env.subprogs.some(({ hasTailCall }) => hasTailCall);
  const isPrivate: Private = env.subprogs.map(() => undefined);
  const roots = env.subprogs.map((_, no) => no).filter((no) => no === 0 || env.subprogs[no]?.isAsync === true);
  // What a later call shares with the main function must be known first.
  if (hasPrivate) roots.reverse();
  for (const no of roots) {
    const err = checkFrom(env, no, mayBePrivate && no === 0, isPrivate);
    if (err !== 0) return err;
  }
  return 0;
}

/** Whether the kernel never runs the program again before it ended, so that its functions may own memory. */
function isGuarded(env: Env): boolean {
  const { attachType } = env;
  switch (env.input.progType) {
    case BPF_PROG_TYPE_KPROBE:
    case BPF_PROG_TYPE_TRACEPOINT:
    case BPF_PROG_TYPE_PERF_EVENT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
      return true;
    case BPF_PROG_TYPE_TRACING:
      return attachType !== BPF_TRACE_ITER;
    case BPF_PROG_TYPE_LSM:
      return attachType !== BPF_LSM_CGROUP;
    default:
      return false;
  }
}

/** Frames of compiled programs are multiples of 16 bytes; the simulated kernel compiles, as Linux does by default. */
function roundUp(depth: number): number {
  return Math.ceil(depth / 16) * 16;
}

function checkFrom(env: Env, root: number, mayBePrivate: boolean, isPrivate: Private): Errno {
  const chain: Level[] = [{ no: root, idx: (env.subprogs[root] as Subprogram).start, depthBefore: 0 }];
  let depth = 0;
  let entering = true;
  while (chain.length > 0) {
    const level = chain[chain.length - 1] as Level;
    const subprog = env.subprogs[level.no] as Subprogram;
    if (entering) {
      if (chain.length > 1 && subprog.hasTailCall && level.depthBefore >= TAIL_CALL_STACK) {
        return reject(
          env,
          EACCES,
          `tail_calls are not allowed when call stack of previous frames is ${level.depthBefore} bytes. Too large\n`,
        );
      }
      const own = roundUp(subprog.stackDepth);
      isPrivate[level.no] ??= mayBePrivate && own >= PRIVATE_STACK;
      // More than the limit are spills that were taken out of dead code.
      if (isPrivate[level.no] === true && own > MAX_BPF_STACK) {
        return reject(env, EACCES, `stack size of subprog ${level.no} is ${own}. Too large\n`);
      }
      depth = level.depthBefore + (isPrivate[level.no] === true ? 0 : own);
      if (depth > MAX_BPF_STACK) {
        return reject(env, EACCES, `combined stack size of ${chain.length} calls is ${depth}. Too large\n`);
      }
    }
    entering = false;
    const call = nextCall(env, level, subprog.end);
    if (call >= 0 && kfuncName(env, call) === 'bpf_throw') {
      if (!chain.some(({ no }) => env.subprogs[no]?.isCallback === true)) continue;
      return reject(env, EINVAL, `bpf_throw kfunc (insn ${call}) cannot be called from callback subprog ${level.no}\n`);
    }
    if (call < 0) {
      depth = level.depthBefore;
      chain.pop();
      continue;
    }
    const callee = findSubprogAt(env, call + (env.input.insns.imm[call] as number) + 1);
    if (callee < 0) continue;
    // The kernel's message has no newline.
    if (env.subprogs[callee]?.isException === true) return reject(env, EINVAL, `insn ${call} cannot call exception cb directly`);
    // What is called later uses a stack of its own, unless it is called directly, too.
    if (env.subprogs[callee]?.isAsync === true) {
      if (env.subprogs[callee]?.hasTailCall === true) return reject(env, EFAULT, 'verifier bug: subprog has tail_call and async cb\n');
      if (!isPseudoCall(env, call)) continue;
    }
    if (chain.length >= MAX_CALL_FRAMES) {
      return reject(env, E2BIG, `the call stack of ${chain.length} frames is too deep !\n`);
    }
    chain.push({ no: callee, idx: (env.subprogs[callee] as Subprogram).start, depthBefore: depth });
    entering = true;
  }
  return 0;
}

/** Next call, exception, or load of a function's address; -1 when there is none. */
function nextCall(env: Env, level: Level, end: number): number {
  for (; level.idx < end; level.idx++) {
    if (isPseudoCall(env, level.idx) || isPseudoFunc(env, level.idx) || kfuncName(env, level.idx) === 'bpf_throw') return level.idx++;
  }
  return -1;
}
