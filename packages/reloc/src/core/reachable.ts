// Which instructions can be reached, as far as constants tell?
import {
  BPF_ADD, BPF_ALU, BPF_ALU64, BPF_AND, BPF_ARSH, BPF_ATOMIC, BPF_K, BPF_LD, BPF_LDX, BPF_LSH, BPF_MOV, BPF_MUL, BPF_OR, BPF_RSH, BPF_STX, BPF_SUB, BPF_XOR,
  BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JLE, BPF_JLT, BPF_JNE, BPF_JSET, BPF_JSGE, BPF_JSGT, BPF_JSLE, BPF_JSLT, BPF_JMP, BPF_JMP32,
  CALL, fallThrough, insnClass, insnMode, insnOp, insnSrc, isIndirectGoto, jumpTarget, LD_IMM64, successors,
} from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import type { CodeReloc } from '../types.ts';

/** What is known of each register; undefined where it may be anything. */
type Registers = (bigint | undefined)[];

const REGISTERS = 11;

/**
 * Instructions of one function that can be reached, known constants followed: what stands behind a check that a field exists is out
 * of reach once the check was answered with 0. Memory is not followed, so more may seem to be in reach than is, never less.
 *
 * @param relocs what the function refers to: such addresses are not known, and where its indirect jumps may go
 * @returns 1 for each slot that can be reached
 */
export function findReachable(insns: Insns, relocs: readonly CodeReloc[] = []): Uint8Array {
  const addresses = new Set(relocs.map(({ insnIdx }) => insnIdx));
  const labels = new Set(relocs.flatMap(({ target }) => (target.kind === 'jumpTable' ? target.table.targets : [])));
  /** What is known wherever an indirect jump goes: one for all of them, so that their number does not matter. */
  let hub: Registers | undefined;
  const reached = new Uint8Array(insns.length);
  const states: (Registers | undefined)[] = [];
  const pending: number[] = [];
  const enter = (at: number, registers: Registers): void => {
    if (at < 0 || at >= insns.length) return;
    const have = states[at];
    // Each register is forgotten at most once at each slot, so this ends.
    if (have !== undefined && !forget(have, registers)) return;
    if (have === undefined) states[at] = registers.slice();
    reached[at] = 1;
    pending.push(at);
  };
  enter(0, new Array<bigint | undefined>(REGISTERS).fill(undefined));
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const registers = states[at]!.slice();
    const next = step(insns, at, registers);
    if (addresses.has(at) && insns.dst[at]! < REGISTERS) registers[insns.dst[at]!] = undefined;
    for (const target of next) enter(target, registers);
    if (!isIndirectGoto(insns, at) || (hub !== undefined && !forget(hub, registers))) continue;
    hub ??= registers;
    for (const label of labels) enter(label, hub);
  }
  return reached;
}

/** Forgets what differs. @returns whether anything did */
function forget(have: Registers, other: Registers): boolean {
  let changed = false;
  for (let reg = 0; reg < REGISTERS; reg++) {
    if (have[reg] === undefined || have[reg] === other[reg]) continue;
    have[reg] = undefined;
    changed = true;
  }
  return changed;
}

/** Executes one instruction. @returns where it goes on */
function step(insns: Insns, at: number, registers: Registers): readonly number[] {
  const code = insns.code[at]!;
  const dst = insns.dst[at]!;
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      if (dst < REGISTERS) registers[dst] = alu(insns, at, registers);
      break;
    case BPF_LD:
      if (code === LD_IMM64) {
        if (dst < REGISTERS) registers[dst] = insns.src[at] === 0 ? insns.imm64(at) : undefined;
      } else {
        registers.fill(undefined, 0, 6);
      }
      break;
    case BPF_LDX:
      if (dst < REGISTERS) registers[dst] = undefined;
      break;
    case BPF_STX:
      if (insnMode(code) !== BPF_ATOMIC) break;
      // An atomic operation may return what was there, in its source or in r0.
      registers[0] = undefined;
      if (insns.src[at]! < REGISTERS) registers[insns.src[at]!] = undefined;
      break;
    case BPF_JMP:
    case BPF_JMP32: {
      if (code === CALL) registers.fill(undefined, 0, 6);
      const taken = isTaken(insns, at, registers);
      if (taken !== undefined) return [taken ? jumpTarget(insns, at) : fallThrough(insns, at)];
      break;
    }
    default:
      break;
  }
  return successors(insns, at);
}

function operand(insns: Insns, at: number, registers: Registers): bigint | undefined {
  return insnSrc(insns.code[at]!) === BPF_K ? BigInt(insns.imm[at]!) : registers[insns.src[at]!];
}

function alu(insns: Insns, at: number, registers: Registers): bigint | undefined {
  const code = insns.code[at]!;
  const bits = insnClass(code) === BPF_ALU64 ? 64 : 32;
  const b = operand(insns, at, registers);
  // A non-zero offset makes it another operation: sign extension, signed division.
  if (b === undefined || insns.off[at] !== 0) return undefined;
  if (insnOp(code) === BPF_MOV) return BigInt.asUintN(bits, b);
  const a = registers[insns.dst[at]!];
  if (a === undefined) return undefined;
  const result = compute(insnOp(code), BigInt.asUintN(bits, a), BigInt.asUintN(bits, b), bits);
  return result === undefined ? undefined : BigInt.asUintN(bits, result);
}

function compute(op: number, a: bigint, b: bigint, bits: number): bigint | undefined {
  const shift = b & BigInt(bits - 1);
  switch (op) {
    case BPF_ADD:
      return a + b;
    case BPF_SUB:
      return a - b;
    case BPF_MUL:
      return a * b;
    case BPF_AND:
      return a & b;
    case BPF_OR:
      return a | b;
    case BPF_XOR:
      return a ^ b;
    case BPF_LSH:
      return a << shift;
    case BPF_RSH:
      return a >> shift;
    case BPF_ARSH:
      return BigInt.asIntN(bits, a) >> shift;
    default:
      return undefined;
  }
}

/** Whether a conditional jump is taken; undefined when that is not known, or it is none. */
function isTaken(insns: Insns, at: number, registers: Registers): boolean | undefined {
  const code = insns.code[at]!;
  const bits = insnClass(code) === BPF_JMP ? 64 : 32;
  const left = registers[insns.dst[at]!];
  const right = operand(insns, at, registers);
  if (left === undefined || right === undefined) return undefined;
  const [a, b] = [BigInt.asUintN(bits, left), BigInt.asUintN(bits, right)];
  const [x, y] = [BigInt.asIntN(bits, left), BigInt.asIntN(bits, right)];
  switch (insnOp(code)) {
    case BPF_JEQ:
      return a === b;
    case BPF_JNE:
      return a !== b;
    case BPF_JGT:
      return a > b;
    case BPF_JGE:
      return a >= b;
    case BPF_JLT:
      return a < b;
    case BPF_JLE:
      return a <= b;
    case BPF_JSGT:
      return x > y;
    case BPF_JSGE:
      return x >= y;
    case BPF_JSLT:
      return x < y;
    case BPF_JSLE:
      return x <= y;
    case BPF_JSET:
      return (a & b) !== 0n;
    default:
      return undefined;
  }
}
