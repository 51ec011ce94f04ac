// What must the passes know of a called helper, before its call is checked?
import { BPF_PSEUDO_CALL, BPF_PSEUDO_FUNC, BPF_PSEUDO_KFUNC_CALL, CALL, LD_IMM64 } from '@rootlet/insn';
import {
  BPF_FUNC_find_vma,
  BPF_FUNC_for_each_map_elem,
  BPF_FUNC_loop,
  BPF_FUNC_timer_set_callback,
  BPF_FUNC_user_ringbuf_drain,
} from '@rootlet/uapi';
import type { Env } from '../state/env.ts';

/** Whether the instruction calls a helper that calls a function of this program before it returns. */
export function callsSyncCallback(env: Env, insnIdx: number): boolean {
  const { insns } = env.input;
  if (kfuncName(env, insnIdx) === 'bpf_rbtree_add_impl') return true;
  if (insns.code[insnIdx] !== CALL || insns.src[insnIdx] !== 0) return false;
  switch (insns.imm[insnIdx]) {
    case BPF_FUNC_for_each_map_elem:
    case BPF_FUNC_find_vma:
    case BPF_FUNC_loop:
    case BPF_FUNC_user_ringbuf_drain:
      return true;
    default:
      return false;
  }
}

/** Whether the instruction calls a helper that calls a function of this program later. */
export function callsAsyncCallback(env: Env, insnIdx: number): boolean {
  const { insns } = env.input;
  const kfunc = kfuncName(env, insnIdx);
  if (kfunc === 'bpf_wq_set_callback_impl' || kfunc?.startsWith('bpf_task_work_schedule_') === true) return true;
  return insns.code[insnIdx] === CALL && insns.src[insnIdx] === 0 && insns.imm[insnIdx] === BPF_FUNC_timer_set_callback;
}

/** Whether the instruction calls a function of this program by its distance. */
export function isPseudoCall(env: Env, insnIdx: number): boolean {
  return env.input.insns.code[insnIdx] === CALL && env.input.insns.src[insnIdx] === BPF_PSEUDO_CALL;
}

/** Whether the instruction loads the address of a function of this program. */
export function isPseudoFunc(env: Env, insnIdx: number): boolean {
  return env.input.insns.code[insnIdx] === LD_IMM64 && env.input.insns.src[insnIdx] === BPF_PSEUDO_FUNC;
}

/** Name of the kernel function that an instruction calls; undefined when it calls none. */
export function kfuncName(env: Env, idx: number): string | undefined {
  const { insns } = env.input;
  if (insns.code[idx] !== CALL || insns.src[idx] !== BPF_PSEUDO_KFUNC_CALL || insns.imm[idx] === 0) return undefined;
  const off = insns.off[idx] as number;
  const btf = off === 0 ? env.input.vmlinux : env.input.btfByIdx?.(off);
  return btf?.name(insns.imm[idx] as number);
}
