// Where can control go after an instruction?
import { BPF_CALL, BPF_EXIT, BPF_JA, BPF_JMP, BPF_JMP32, insnClass, insnOp, LD_IMM64 } from '@rootlet/insn';
import type { Env } from '../state/env.ts';
import { jumpTarget } from './subprograms.ts';

/**
 * Next instructions within the function, two for each: falling through first, then the jump's target; -1 for none. None after an exit.
 * Calls fall through.
 */
export function findSuccessors(env: Env): Int32Array {
  const { code, length } = env.input.insns;
  const successors = new Int32Array(2 * length).fill(-1);
  for (let idx = 0; idx < length; idx++) {
    const opcode = code[idx] as number;
    const cls = insnClass(opcode);
    const next = idx + (opcode === LD_IMM64 ? 2 : 1);
    if ((cls !== BPF_JMP && cls !== BPF_JMP32) || insnOp(opcode) === BPF_CALL) {
      successors[2 * idx] = next;
    } else if (insnOp(opcode) === BPF_JA) {
      successors[2 * idx] = jumpTarget(env, idx);
    } else if (insnOp(opcode) !== BPF_EXIT) {
      successors[2 * idx] = next;
      successors[2 * idx + 1] = jumpTarget(env, idx);
    }
  }
  return successors;
}

/** Instructions of one function, each after its successors (back edges aside). */
export function postorder(env: Env, start: number): number[] {
  const { successors } = env;
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
    for (let way = 2 * top; way < 2 * top + 2; way++) {
      const next = successors[way] as number;
      if (next < 0 || found.has(next)) continue;
      found.add(next);
      stack.push(next);
    }
  }
  return order;
}
