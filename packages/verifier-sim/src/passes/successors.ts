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

const FOUND = 1;
const DONE = 2;

/** Instructions of every function, each after its successors (back edges aside), by the function's first instruction. */
export function findPostorders(env: Env): ReadonlyMap<number, Int32Array> {
  // No instruction belongs to two functions.
  const marks = new Uint8Array(env.input.insns.length);
  return new Map(env.subprogs.map(({ start }) => [start, postorder(env, start, marks)]));
}

function postorder({ successors }: Env, start: number, marks: Uint8Array): Int32Array {
  const order: number[] = [];
  const stack = [start];
  marks[start] = FOUND;
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as number;
    if (marks[top] === DONE) {
      order.push(top);
      stack.pop();
      continue;
    }
    marks[top] = DONE;
    for (let way = 2 * top; way < 2 * top + 2; way++) {
      const next = successors[way] as number;
      if (next < 0 || marks[next] !== 0) continue;
      marks[next] = FOUND;
      stack.push(next);
    }
  }
  return Int32Array.from(order);
}
