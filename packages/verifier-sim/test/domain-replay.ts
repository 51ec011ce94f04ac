// What do the numbers' rules say about a straight-line program, and what does the kernel's level 2 log say?
//
// The program works on scalars only. Every conditional jump leads to an exit block of its own, so that one walk along the
// fall-through path meets every transfer and every refinement; the log's `from A to B:` lines show the other outcomes.
import {
  aluScalar,
  branchTaken,
  endScalar,
  forkScalar,
  formatConst,
  refineBranch,
  SCALAR_UNKNOWN,
  scalarConst,
} from '../src/domain/index.ts';
import type { Scalar } from '../src/domain/index.ts';

/** One instruction slot: opcode, registers, offset, immediate. */
export type Slot = readonly [code: number, dst: number, src: number, off: number, imm: number];

/**
 * Text of registers by place: `12` (after that instruction) or `12>40` (at 40 when coming from 12); several where a path was
 * followed twice.
 */
export type Facts = Map<string, Map<number, string>[]>;

function addFact(facts: Facts, place: string, registers: Map<number, string>): void {
  const list = facts.get(place);
  if (list === undefined) facts.set(place, [registers]);
  else list.push(registers);
}

/** Slots of machine code in hexadecimal. */
export function slotsOfHex(hex: string): Slot[] {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const data = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 8 }, (_, i): Slot => {
    const at = i * 8;
    const regs = data.getUint8(at + 1);
    return [data.getUint8(at), regs & 15, regs >> 4, data.getInt16(at + 2, true), data.getInt32(at + 4, true)];
  });
}

type Registers = (Scalar | undefined)[];

function walk(facts: Facts, slots: readonly Slot[], start: number, regs: Registers, isForked: boolean): void {
  const note = (place: string, ...list: number[]): void => {
    addFact(facts, place, new Map(list.flatMap((r) => (regs[r] === undefined ? [] : [[r, formatConst(regs[r])]]))));
  };
  const set = (reg: number, value: Scalar): void => {
    regs[reg] = value;
  };
  for (let i = start; i < slots.length; i++) {
    const slot = slots[i];
    if (slot === undefined) return;
    const [code, dst, src, off, imm] = slot;
    const kind = code & 7;
    const op = code & 0xf0;
    const isReg = (code & 8) !== 0;
    const old = regs[dst] ?? SCALAR_UNKNOWN;
    const operand = (isReg ? regs[src] : scalarConst(BigInt(imm))) ?? SCALAR_UNKNOWN;
    if (code === 0x95) return;
    if (code === 0x85) {
      regs.fill(undefined, 1, 6);
      set(0, SCALAR_UNKNOWN);
      note(String(i), 0);
    } else if (code === 0x18) {
      set(dst, scalarConst((BigInt(slots[i + 1]?.[4] ?? 0) << 32n) | BigInt(imm >>> 0)));
      note(String(i), dst);
      i++;
    } else if (kind === 4 || kind === 7) {
      const fork = isForked && i === start ? undefined : op === 0xd0 ? undefined : forkScalar(op, old, operand);
      if (fork !== undefined) {
        const other = [...regs];
        other[dst] = fork.later;
        addFact(facts, `${i}>${i}`, new Map(other.flatMap((s, r) => (s === undefined ? [] : [[r, formatConst(s)]]))));
        walk(facts, slots, i, other, true);
        set(dst, fork.now);
      }
      const now = regs[dst] ?? SCALAR_UNKNOWN;
      if (op === 0xd0) set(dst, endScalar(code === 0xd4 ? 'le' : code === 0xdc ? 'be' : 'swap', imm, now));
      else set(dst, aluScalar(op, kind === 7, off, now, operand));
      note(String(i), dst);
    } else {
      const is64 = kind === 5;
      const taken = branchTaken(op, is64, old, operand);
      const target = i + 1 + off;
      if (taken === 1) {
        i = target - 1;
      } else if (taken === -1) {
        const refined = refineBranch(op, is64, old, operand);
        const setBoth = ([left, right]: readonly [Scalar, Scalar]): void => {
          set(dst, left);
          if (isReg) set(src, right);
        };
        setBoth(refined.taken);
        for (const message of refined.violations) addFact(facts, message, new Map());
        // The exit block there: reached, nothing to compare.
        addFact(facts, String(target), new Map());
        note(`${i}>${target}`, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        setBoth(refined.notTaken);
        note(String(i), dst, ...(isReg ? [src] : []));
      }
    }
  }
}

/** What the rules say. */
export function factsOfProgram(slots: readonly Slot[]): Facts {
  const facts: Facts = new Map();
  walk(facts, slots, 0, Array.from({ length: 10 }), false);
  return facts;
}

const REGISTER = /R(\d+)(?:_\w+)?=(P?)((?:[a-z_]*scalar\((?:[^()]|\([^()]*\))*\))|-?(?:0x)?[0-9a-f]+)(?= |$)/g;

function registersOf(text: string): Map<number, string> {
  const registers = new Map<number, string>();
  for (const [, number, , value] of text.matchAll(REGISTER)) {
    registers.set(Number(number), (value ?? '').replace(/\(id=\d+(?:[+-]\d+)?,?/, '('));
  }
  return registers;
}

/** What the log says. */
export function factsOfLog(log: string): Facts {
  const facts: Facts = new Map();
  for (const line of log.split('\n')) {
    const after = /^(\d+): \([0-9a-f]{2}\) .*?; (R.*)$/.exec(line);
    if (after !== null) addFact(facts, after[1] ?? '', registersOf(after[2] ?? ''));
    if (line.startsWith('verifier bug: ')) addFact(facts, line, new Map());
    const from = /^from (\d+) to (\d+): (.*)$/.exec(line);
    if (from !== null) addFact(facts, `${from[1]}>${from[2]}`, registersOf(from[3] ?? ''));
  }
  return facts;
}

/** A register whose text differs; `reg` -1: a place that the rules say cannot be reached. */
export interface Difference {
  readonly place: string;
  readonly reg: number;
  readonly kernel: string;
  readonly ours: string;
}

/** Places where the log says something else than the rules. */
export function findDifferences(slots: readonly Slot[], log: string): Difference[] {
  const ours = factsOfProgram(slots);
  const differences: Difference[] = [];
  for (const [place, visits] of factsOfLog(log)) {
    const mine = ours.get(place);
    if (mine === undefined) {
      differences.push({ place, reg: -1, kernel: 'reached', ours: 'not reached' });
      continue;
    }
    for (const registers of visits) {
      for (const [reg, kernel] of registers) {
        const texts = mine.flatMap((map) => map.get(reg) ?? []);
        if (texts.length > 0 && !texts.includes(kernel)) differences.push({ place, reg, kernel, ours: texts.join(' or ') });
      }
    }
  }
  return differences;
}

/** Number of register texts in the log, so that a test can tell that it compared something. */
export function countFacts(log: string): number {
  let count = 0;
  for (const visits of factsOfLog(log).values()) for (const registers of visits) count += registers.size;
  return count;
}
