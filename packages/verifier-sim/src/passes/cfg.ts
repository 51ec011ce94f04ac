// Is every instruction reachable, and where may states be remembered?
import { BPF_PROG_TYPE_STRUCT_OPS } from '@rootlet/uapi';
import {
  BPF_CALL,
  BPF_EXIT,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_JMP32,
  BPF_PSEUDO_PROG_CALL,
  CALL,
  insnClass,
  insnOp,
  insnSrc,
  LD_IMM64,
} from '@rootlet/insn';
import { findHelper } from '../tables/helpers.ts';
import { findKfunc, isIteratorNext, isKfuncOffered } from '../tables/kfuncs.ts';
import { EINVAL, isElsewhere, isHelperOffered, reject } from '../state/env.ts';
import type { Env, Errno, InsnAux } from '../state/env.ts';
import { mayChangePacket } from './context-type.ts';
import { callsAsyncCallback, callsSyncCallback, isPseudoCall, isPseudoFunc, kfuncName } from './calls.ts';
import { findSubprogAt, jumpTarget, subprogOf } from './subprograms.ts';
import type { Subprogram } from './subprograms.ts';

const FALLTHROUGH = 1;
const BRANCH = 2;
/** Edges taken so far from an instruction that was reached. */
const REACHED = 0x10;
const DONE = 0x20;

interface Walk {
  readonly env: Env;
  readonly status: Uint8Array;
  readonly stack: number[];
}

/** Walks the program depth first, marking prune points; refuses what is not reachable. */
export function checkCfg(env: Env): Errno {
  const { insns } = env.input;
  const walk: Walk = { env, status: new Uint8Array(insns.length), stack: [0] };
  walk.status[0] = REACHED;
  let err = walkAll(walk);
  const thrown = env.subprogs.find(({ isException }) => isException);
  if (err === 0 && thrown !== undefined && walk.status[thrown.start] === 0) {
    walk.status[thrown.start] = REACHED;
    walk.stack.push(thrown.start);
    err = walkAll(walk);
  }
  if (err !== 0) return err;
  for (let idx = 0; idx < insns.length; idx++) {
    if (walk.status[idx] !== DONE) return reject(env, EINVAL, `unreachable insn ${idx}\n`);
    if (insns.code[idx] === LD_IMM64) {
      if (walk.status[idx + 1] !== 0) return reject(env, EINVAL, `jump into the middle of ldimm64 insn ${idx}\n`);
      idx++;
    }
  }
  return 0;
}

function walkAll(walk: Walk): Errno {
  while (walk.stack.length > 0) {
    const at = walk.stack[walk.stack.length - 1] as number;
    const more = visit(walk, at);
    if (more < 0) return more;
    if (more === 0) {
      walk.status[at] = DONE;
      walk.stack.pop();
    }
  }
  return 0;
}

/** Follows an edge that was not followed yet. @returns 1 when it led to a new instruction, 0 when not, or an errno */
function follow(walk: Walk, from: number, to: number, edge: number): number {
  const { env, status } = walk;
  const taken = (status[from] as number) & 0xf;
  if (taken >= edge) return 0;
  if (to < 0 || to >= env.input.insns.length) {
    return reject(env, EINVAL, `jump out of range from insn ${from} to ${to}\n`);
  }
  status[from] = REACHED | edge;
  if (edge === BRANCH) markPrune(env, to).jumpPoint = true;
  if (status[to] !== 0) return 0;
  status[to] = REACHED;
  walk.stack.push(to);
  return 1;
}

function markPrune(env: Env, insnIdx: number): InsnAux {
  const aux = env.aux[insnIdx] ?? ({} as InsnAux);
  aux.prunePoint = true;
  return aux;
}

/** @returns 1 when another instruction must be visited first, 0 when this one is done, or an errno */
function visit(walk: Walk, at: number): number {
  const { env } = walk;
  const { insns } = env.input;
  const code = insns.code[at] as number;
  const cls = insnClass(code);
  if (isPseudoFunc(env, at)) return visitCall(walk, at, true);
  if (cls !== BPF_JMP && cls !== BPF_JMP32) return follow(walk, at, at + (code === LD_IMM64 ? 2 : 1), FALLTHROUGH);
  switch (insnOp(code)) {
    case BPF_EXIT:
      return 0;
    case BPF_CALL:
      markCall(env, at);
      return visitCall(walk, at, isPseudoCall(env, at));
    case BPF_JA: {
      if (insnSrc(code) !== 0) return EINVAL;
      const to = jumpTarget(env, at);
      const more = follow(walk, at, to, FALLTHROUGH);
      if (to >= 0 && to < insns.length) markPrune(env, to).jumpPoint = true;
      return more;
    }
    default: {
      const aux = markPrune(env, at);
      if (insnOp(code) === BPF_JCOND && insns.src[at] === 0) aux.forceCheckpoint = true;
      const more = follow(walk, at, at + 1, FALLTHROUGH);
      return more !== 0 ? more : follow(walk, at, jumpTarget(env, at), BRANCH);
    }
  }
}

/** Whether the kernel knows by now that the program may call helper `id`: what struct_ops programs may, it learns later. */
function mayCall(env: Env, id: number): boolean {
  return env.prog.id !== BPF_PROG_TYPE_STRUCT_OPS && (isHelperOffered(env, id) || isElsewhere(env, id));
}

function markCall(env: Env, at: number): void {
  if (callsAsyncCallback(env, at)) markPrune(env, at);
  if (callsSyncCallback(env, at)) {
    const aux = markPrune(env, at);
    aux.callsCallback = true;
    aux.forceCheckpoint = true;
    aux.jumpPoint = true;
  }
  const { insns } = env.input;
  const caller = env.subprogs[subprogOf(env, at)] as Subprogram;
  const kfunc = kfuncName(env, at);
  if (kfunc !== undefined) {
    if (isIteratorNext(kfunc)) {
      const aux = markPrune(env, at);
      aux.iterNext = true;
      aux.forceCheckpoint = true;
    }
    const row = isKfuncOffered(kfunc, env.prog.id, env.attachType) ? findKfunc(kfunc) : undefined;
    if (row?.sleepable === true) caller.mightSleep = true;
    if (row?.changesPacket === true) caller.changesPktData = true;
  }
  if (insns.code[at] === CALL && insns.src[at] === 0) {
    const id = insns.imm[at] as number;
    const helper = findHelper(id, env.prog.id);
    if (helper?.changesPacket === true) caller.changesPktData = true;
    if (helper?.mightSleep === true && mayCall(env, id)) caller.mightSleep = true;
  }
  if (insns.code[at] === CALL && insns.src[at] === BPF_PSEUDO_PROG_CALL) {
    if (mayChangePacket(env, insns.off[at] as number, insns.imm[at] as number)) caller.changesPktData = true;
  }
}

function visitCall(walk: Walk, at: number, callee: boolean): number {
  const { env } = walk;
  const next = at + (env.input.insns.code[at] === LD_IMM64 ? 2 : 1);
  const more = follow(walk, at, next, FALLTHROUGH);
  if (more !== 0) return more;
  if (next < env.input.insns.length) markPrune(env, next).jumpPoint = true;
  if (!callee) return 0;
  const to = at + (env.input.insns.imm[at] as number) + 1;
  markPrune(env, at);
  mergeEffects(env, at, to);
  return follow(walk, at, to, BRANCH);
}

/** What a callee does, its caller does. The callee was walked before when the call's edges are done. */
function mergeEffects(env: Env, at: number, to: number): void {
  const caller = env.subprogs[subprogOf(env, at)] as Subprogram;
  const callee = env.subprogs[findSubprogAt(env, to)];
  if (callee === undefined) return;
  if (!caller.calls.includes(to)) caller.calls.push(to);
  caller.changesPktData ||= callee.changesPktData || (callee.global && env.input.globalsMovePacket === true);
  caller.mightSleep ||= callee.mightSleep;
}
