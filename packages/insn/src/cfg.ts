// How are the instructions of a function connected?
import { DecodeError } from '@rootlet/bytes';
import type { Insns } from './insns.ts';
import { isBranch, isExit, isGoto, isIndirectGoto } from './predicates.ts';
import { fallThrough, jumpTarget, NO_SLOT } from './successors.ts';

/**
 * Control-flow graph over basic blocks: runs of instructions entered at the first and left at the last. Calls do not end a
 * block. Blocks stand in the order of their slots; block 0 is the entry. Unreachable blocks are in it.
 */
export interface Cfg {
  /** First slot of the function. */
  readonly start: number;
  /** Slot behind the function. */
  readonly end: number;
  /** First slot by block; one more entry, `end`, closes the last. */
  readonly blockStart: Int32Array;
  /** Block by slot, counted from `start`. */
  readonly blockOf: Int32Array;
  /** Successors of block `b`: `successors[successorAt[b]]` to `successors[successorAt[b + 1]]`, exclusive; fall-through first. */
  readonly successors: Int32Array;
  readonly successorAt: Int32Array;
  /** Predecessors in the same form, ascending. */
  readonly predecessors: Int32Array;
  readonly predecessorAt: Int32Array;
}

/**
 * Builds the graph of the function in the slots `start` to `end`.
 *
 * @throws `INSN_JUMP_RANGE` when a jump leaves the function, `INSN_JUMP_MIDDLE` when it goes into a two-slot load,
 * `INSN_FALL_OFF` when execution runs over the function's end
 */
export function buildCfg(insns: Insns, start = 0, end: number = insns.length): Cfg {
  if (!(start >= 0 && start <= end && end <= insns.length)) {
    throw new RangeError(`function ${start} to ${end} out of range: have ${insns.length} slots`);
  }
  const leaders = findLeaders(insns, start, end);
  const blockOf = new Int32Array(end - start);
  const starts: number[] = [];
  for (let at = 0; at < leaders.length; at++) {
    if (leaders[at] === LEADER) starts.push(start + at);
    blockOf[at] = starts.length - 1;
  }
  const count = starts.length;
  // The last instruction that begins in each block.
  const lastInsn = new Int32Array(count);
  for (let idx = start; idx < end; idx += insns.isWide(idx) ? 2 : 1) lastInsn[blockOf[idx - start] as number] = idx;
  const successors: number[] = [];
  const successorAt = new Int32Array(count + 1);
  for (let block = 0; block < count; block++) {
    const last = lastInsn[block] as number;
    const through = fallThrough(insns, last);
    const target = isJump(insns, last) ? jumpTarget(insns, last) : NO_SLOT;
    if (through !== NO_SLOT) successors.push(blockOf[through - start] as number);
    if (target !== NO_SLOT && target !== through) successors.push(blockOf[target - start] as number);
    successorAt[block + 1] = successors.length;
  }
  const edges = Int32Array.from(successors);
  return {
    start,
    end,
    blockStart: Int32Array.from([...starts, end]),
    blockOf,
    successors: edges,
    successorAt,
    ...reverseEdges(edges, successorAt),
  };
}

const INSIDE = 0;
const LEADER = 1;
const SECOND_SLOT = 2;

function isJump(insns: Insns, insnIdx: number): boolean {
  return isGoto(insns, insnIdx) || isBranch(insns, insnIdx);
}

/** Marks the slots where blocks begin, and checks every jump. */
function findLeaders(insns: Insns, start: number, end: number): Uint8Array {
  const marks = new Uint8Array(end - start);
  for (let idx = start; idx < end; idx += insns.isWide(idx) ? 2 : 1) {
    if (insns.isWide(idx) && idx + 1 < end) marks[idx + 1 - start] = SECOND_SLOT;
  }
  if (end > start) marks[0] = LEADER;
  for (let idx = start; idx < end; idx += insns.isWide(idx) ? 2 : 1) {
    const through = fallThrough(insns, idx);
    if (through >= end) throw flowError('INSN_FALL_OFF', 'execution runs over the end of the function', idx, 'exit or goto', through);
    const jump = isJump(insns, idx);
    if ((jump || isExit(insns, idx) || isIndirectGoto(insns, idx)) && idx + 1 < end) marks[idx + 1 - start] = LEADER;
    if (!jump) continue;
    const target = jumpTarget(insns, idx);
    if (target < start || target >= end) {
      throw flowError('INSN_JUMP_RANGE', 'jump leaves the function', idx, `slot ${start} to ${end - 1}`, target);
    }
    if (marks[target - start] === SECOND_SLOT) {
      throw flowError('INSN_JUMP_MIDDLE', 'jump into a two-slot load', idx, `slot ${target - 1} or ${target + 1}`, target);
    }
    marks[target - start] = LEADER;
  }
  for (let at = 0; at < marks.length; at++) if (marks[at] === SECOND_SLOT) marks[at] = INSIDE;
  return marks;
}

function flowError(code: string, problem: string, insnIdx: number, need: string, have: number): DecodeError {
  return new DecodeError(code, 'insn: control flow', problem, { insnIdx, need, have: `slot ${have}` });
}

function reverseEdges(successors: Int32Array, successorAt: Int32Array): { predecessors: Int32Array; predecessorAt: Int32Array } {
  const count = successorAt.length - 1;
  const predecessorAt = new Int32Array(count + 1);
  for (const target of successors) predecessorAt[target + 1] = (predecessorAt[target + 1] as number) + 1;
  for (let block = 0; block < count; block++) {
    predecessorAt[block + 1] = (predecessorAt[block + 1] as number) + (predecessorAt[block] as number);
  }
  const predecessors = new Int32Array(successors.length);
  const next = predecessorAt.slice();
  for (let block = 0; block < count; block++) {
    for (let edge = successorAt[block] as number; edge < (successorAt[block + 1] as number); edge++) {
      const target = successors[edge] as number;
      const at = next[target] as number;
      predecessors[at] = block;
      next[target] = at + 1;
    }
  }
  return { predecessors, predecessorAt };
}

/** Successor blocks of `block`, fall-through first. Shares memory with the graph. */
export function blockSuccessors(cfg: Cfg, block: number): Int32Array {
  return cfg.successors.subarray(cfg.successorAt[block], cfg.successorAt[block + 1]);
}

/** Predecessor blocks of `block`, ascending. Shares memory with the graph. */
export function blockPredecessors(cfg: Cfg, block: number): Int32Array {
  return cfg.predecessors.subarray(cfg.predecessorAt[block], cfg.predecessorAt[block + 1]);
}

/**
 * Blocks that the entry reaches, in reverse postorder: a block comes before its successors except along back edges, so
 * forward analyses settle quickly; backward ones read it from the end.
 */
export function reversePostorder(cfg: Cfg): Int32Array {
  const count = cfg.blockStart.length - 1;
  const order = new Int32Array(count);
  if (count === 0) return order;
  let at = count;
  const seen = new Uint8Array(count);
  const next = cfg.successorAt.slice();
  const stack = new Int32Array(count);
  let depth = 0;
  seen[0] = 1;
  while (depth >= 0) {
    const block = stack[depth] as number;
    const edge = next[block] as number;
    if (edge === cfg.successorAt[block + 1]) {
      order[--at] = block;
      depth--;
      continue;
    }
    next[block] = edge + 1;
    const target = cfg.successors[edge] as number;
    if (seen[target] === 0) {
      seen[target] = 1;
      stack[++depth] = target;
    }
  }
  return order.subarray(at);
}
