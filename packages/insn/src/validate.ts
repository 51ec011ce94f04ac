// Is this slot an instruction, and are its reserved fields zero?
import type { Insns } from './insns.ts';
import { findIsaRows, isAllowedValue } from './isa.ts';
import type { FieldRule, IsaRow } from './isa.ts';
import {
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  LD_IMM64,
} from './opcodes.ts';

/** Highest register a program may name. */
const MAX_REG = 10;

/** A field of an instruction slot. */
export type InsnField = 'code' | 'dst' | 'src' | 'off' | 'imm';

/** What is wrong with a slot: the field, what it holds and what it may hold. */
export interface InsnProblem {
  /** The slot; for two-slot loads perhaps the second. */
  readonly insnIdx: number;
  /** `code`: no instruction has this opcode, or a two-slot load ends the program. */
  readonly field: InsnField;
  readonly have: number | undefined;
  readonly need: FieldRule;
  /** In words: `off is reserved: need 0, have 4`. */
  readonly problem: string;
}

/** Names of the fields that an instruction does not use and that must be zero. */
export function reservedFields(row: IsaRow): InsnField[] {
  return (['dst', 'src', 'off', 'imm'] as const).filter((field) => isReserved(row[field]));
}

function isReserved(rule: FieldRule): boolean {
  return rule !== 'any' && rule.length === 1 && rule[0] === 0;
}

/**
 * The instruction that the slot at `insnIdx` is, by opcode and by the fields that tell apart instructions of one opcode.
 *
 * @returns undefined when there is none, or a field holds what is not allowed; {@link findInsnProblem} says what
 */
export function findIsaRow(insns: Insns, insnIdx: number): IsaRow | undefined {
  const rows = findIsaRows(insns.code[insnIdx] ?? 0);
  return rows.find((row) => findFieldProblem(insns, insnIdx, row) === undefined);
}

/**
 * The first thing that makes a slot no valid instruction: its opcode, a register beyond r10, a reserved field that is not
 * zero, a second slot that is none. This is stricter than the kernel, which leaves a few reserved fields unread (`off` of
 * `exit`). Whether an instruction makes sense where it stands is not asked here.
 *
 * @returns undefined for a valid instruction
 * @source RFC 9669, section 3 to 5: fields that must be zero; the running kernel's `uses reserved fields`
 */
export function findInsnProblem(insns: Insns, insnIdx: number): InsnProblem | undefined {
  const code = insns.code[insnIdx];
  const rows = code === undefined ? [] : findIsaRows(code);
  if (rows.length === 0) {
    const problem = code === undefined ? 'no instruction' : `no instruction has opcode 0x${code.toString(16)}`;
    return { insnIdx, field: 'code', have: code, need: [], problem };
  }
  let best: InsnProblem | undefined;
  for (const row of rows) {
    const problem = findFieldProblem(insns, insnIdx, row);
    if (problem === undefined) return code === LD_IMM64 ? findSecondSlotProblem(insns, insnIdx) : undefined;
    // Of several instructions of that opcode, the one whose discriminating field fits is meant.
    if (best === undefined || FIELD_ORDER[problem.field] > FIELD_ORDER[best.field]) best = problem;
  }
  return best;
}

const FIELD_ORDER: Readonly<Record<InsnField, number>> = { code: 0, src: 1, off: 2, dst: 3, imm: 4 };

function findFieldProblem(insns: Insns, insnIdx: number, row: IsaRow): InsnProblem | undefined {
  const src = insns.src[insnIdx] as number;
  if (!isAllowedValue(row.src, src) || src > MAX_REG) return mismatch(insnIdx, 'src', src, row.src);
  const off = insns.off[insnIdx] as number;
  if (!isAllowedValue(row.off, off)) return mismatch(insnIdx, 'off', off, row.off);
  const dst = insns.dst[insnIdx] as number;
  if (!isAllowedValue(row.dst, dst) || dst > MAX_REG) return mismatch(insnIdx, 'dst', dst, row.dst);
  const imm = insns.imm[insnIdx] as number;
  if (!isAllowedValue(row.imm, imm)) return mismatch(insnIdx, 'imm', imm, row.imm);
  return undefined;
}

function mismatch(insnIdx: number, field: InsnField, have: number, need: FieldRule): InsnProblem {
  let problem: string;
  if (need === 'any') problem = `${field} is no register: need 0 to ${MAX_REG}, have ${have}`;
  else if (isReserved(need)) problem = `${field} is reserved: need 0, have ${have}`;
  else problem = `${field} out of range: need ${need.join(' or ')}, have ${have}`;
  return { insnIdx, field, have, need, problem };
}

/** The second slot holds nothing but the upper half of the immediate, and that only where it means something. */
function findSecondSlotProblem(insns: Insns, insnIdx: number): InsnProblem | undefined {
  const second = insnIdx + 1;
  if (second >= insns.length) {
    return { insnIdx, field: 'code', have: LD_IMM64, need: [], problem: 'second slot of a two-slot load is missing' };
  }
  for (const field of ['code', 'dst', 'src', 'off'] as const) {
    const have = insns[field][second] as number;
    if (have !== 0) return mismatch(second, field, have, [0]);
  }
  const kind = insns.src[insnIdx] as number;
  const usesHigh =
    kind === 0 || kind === BPF_PSEUDO_MAP_VALUE || kind === BPF_PSEUDO_MAP_IDX_VALUE || kind === BPF_PSEUDO_BTF_ID;
  const high = insns.imm[second] as number;
  return usesHigh || high === 0 ? undefined : mismatch(second, 'imm', high, [0]);
}
