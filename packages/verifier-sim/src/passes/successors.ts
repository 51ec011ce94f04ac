// Where can control go after an instruction?
import { BPF_CALL, BPF_EXIT, BPF_JA, BPF_JMP, BPF_JMP32, insnClass, insnOp, LD_IMM64 } from '@rootlet/insn';
import type { Env } from '../state/env.ts';
import { jumpTarget } from './subprograms.ts';

/**
 * Next instructions within the function: falling through first, then the jump's target. None after an exit. Calls fall
 * through.
 */
export function insnSuccessors(env: Env, insnIdx: number): readonly number[] {
  const code = env.input.insns.code[insnIdx] as number;
  const cls = insnClass(code);
  const next = insnIdx + (code === LD_IMM64 ? 2 : 1);
  if ((cls !== BPF_JMP && cls !== BPF_JMP32) || insnOp(code) === BPF_CALL) return [next];
  if (insnOp(code) === BPF_EXIT) return [];
  const target = jumpTarget(env, insnIdx);
  if (insnOp(code) === BPF_JA) return [target];
  return [next, target];
}

/** Instructions of one function, each after its successors (back edges aside). */
export function postorder(env: Env, start: number): number[] {
  const order: number[] = [];
  const found = new Set([start]);
  const done = new Set<number>();
  const stack = [start];
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as number;
    if (done.has(top)) {
      order.push(top);
      stack.pop();
      continue;
    }
    done.add(top);
    for (const next of insnSuccessors(env, top)) {
      if (found.has(next)) continue;
      found.add(next);
      stack.push(next);
    }
  }
  return order;
}
