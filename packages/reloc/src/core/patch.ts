// How does an answer get into an instruction?
import { accessBytes, BPF_ALU, BPF_ALU64, BPF_B, BPF_DW, BPF_H, BPF_K, BPF_LDX, BPF_ST, BPF_STX, BPF_W, CALL, insnClass, insnSrc, LD_IMM64 } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import type { RelocError } from '../errors.ts';
import { coreError } from './place.ts';
import type { CorePlace } from './place.ts';
import type { CoreAnswer } from './session.ts';

/**
 * An instruction that needs what the target does not have becomes a call of this helper, which no kernel has: rejected
 * where it can be reached (`invalid func unknown#195896080`), dead behind a check that the field exists.
 *
 * @source libbpf: a number that its users meet in verifier logs ("bad relo")
 */
export const POISON_CORE_HELPER = 195896080;

const SIZE_CODES: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [1, BPF_B],
  [2, BPF_H],
  [4, BPF_W],
  [8, BPF_DW],
]);
const MAX_OFF = 32767n;

/** What was done to an instruction. */
export interface CorePatch {
  /** `poison`: a call that no kernel has stands there now. */
  readonly became: 'value' | 'poison';
  /** What was written, and where. */
  readonly part: 'imm' | 'off' | 'imm64';
  /** What stood there; undefined where the instruction is none to relocate. */
  readonly oldValue: bigint | undefined;
  /** Loads whose size was changed: bytes before and after. */
  readonly resized: { readonly from: number; readonly to: number } | undefined;
  /** Why it is poison although the target has an answer. */
  readonly problem: string | undefined;
}

/**
 * Writes an answer.
 *
 * @throws `CORE_INSN` when the instruction is none to relocate, or does not hold what the compiler should have written;
 *   `CORE_RANGE` when the answer does not fit
 */
export function patchInsn(insns: Insns, insnIdx: number, answer: CoreAnswer, place: CorePlace): CorePatch {
  if (insnIdx >= insns.length) throw insnError(place, 'no such instruction', `${insns.length} slots`);
  const code = insns.code[insnIdx]!;
  const { value, original } = answer;
  const isWide = code === LD_IMM64;
  if (isWide && insnIdx + 1 >= insns.length) throw insnError(place, 'second half of a 64-bit load is missing', 'the end');
  const part = partOf(code);
  const oldValue = readValue(insns, insnIdx, part);
  if (value === undefined) return poison(insns, insnIdx, part ?? 'imm', oldValue, undefined);
  const check = (): void => {
    // Numbers without sign beyond 2^63 look negative in a 64-bit load.
    if (!answer.checked || (oldValue !== undefined && BigInt.asUintN(64, oldValue) === BigInt.asUintN(64, original))) return;
    throw insnError(place, 'instruction does not hold what the compiler should have written', `${oldValue}`, original);
  };
  switch (part) {
    case 'imm':
      if (insnSrc(code) !== BPF_K) throw insnError(place, 'not an instruction with a constant', `code 0x${code.toString(16)}`);
      check();
      insns.imm[insnIdx] = Number(BigInt.asIntN(32, value));
      return { became: 'value', part, oldValue, resized: undefined, problem: undefined };
    case 'off':
      return patchAccess(insns, insnIdx, answer, value, check, place);
    case 'imm64':
      requireWide(insns, insnIdx, place);
      check();
      insns.imm[insnIdx] = Number(BigInt.asIntN(32, value));
      insns.imm[insnIdx + 1] = Number(BigInt.asIntN(32, value >> 32n));
      return { became: 'value', part, oldValue, resized: undefined, problem: undefined };
    case undefined:
      throw insnError(place, 'not an instruction to relocate', `code 0x${code.toString(16)}`);
  }
}

function partOf(code: number): CorePatch['part'] | undefined {
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return 'imm';
    case BPF_LDX:
    case BPF_ST:
    case BPF_STX:
      return 'off';
    default:
      return code === LD_IMM64 ? 'imm64' : undefined;
  }
}

/** The number that an instruction holds where a relocation goes, as the kernel would extend it. */
function readValue(insns: Insns, insnIdx: number, part: CorePatch['part'] | undefined): bigint | undefined {
  switch (part) {
    case 'imm':
      return BigInt(insns.imm[insnIdx]!);
    case 'off':
      return BigInt(insns.off[insnIdx]!);
    case 'imm64':
      return BigInt.asIntN(64, insns.imm64(insnIdx));
    case undefined:
      return undefined;
  }
}

function patchAccess(insns: Insns, insnIdx: number, answer: CoreAnswer, value: bigint, check: () => void, place: CorePlace): CorePatch {
  const code = insns.code[insnIdx]!;
  const { load } = answer;
  const oldValue = BigInt(insns.off[insnIdx]!);
  check();
  if (value > MAX_OFF) throw coreError('CORE_RANGE', place, 'does not fit the instruction', { need: `at most ${MAX_OFF}`, have: value });
  const differs = load !== undefined && load.local !== load.target;
  if (differs && !load.canResize) {
    const sizes = [load.local, load.target].map((bytes) => (bytes === 0 ? 'a bitfield' : `${bytes} bytes`));
    return poison(insns, insnIdx, 'off', oldValue, `is ${sizes[1]} there, ${sizes[0]} here, and not a pointer or an unsigned number on both sides`);
  }
  insns.off[insnIdx] = Number(value);
  if (!differs) return { became: 'value', part: 'off', oldValue, resized: undefined, problem: undefined };
  const bytes = accessBytes(code);
  if (bytes !== load.local) throw insnError(place, 'takes more or less than the field', `${bytes} bytes`, `${load.local} bytes`);
  const size = SIZE_CODES.get(load.target);
  if (size === undefined) throw insnError(place, 'no load takes the field', `${load.target} bytes`);
  insns.code[insnIdx] = (code & ~0x18) | size;
  return { became: 'value', part: 'off', oldValue, resized: { from: bytes, to: load.target }, problem: undefined };
}

function requireWide(insns: Insns, insnIdx: number, place: CorePlace): void {
  const next = insnIdx + 1;
  const isPlain = insns.src[insnIdx] === 0 && insns.code[next] === 0 && insns.dst[next] === 0 && insns.src[next] === 0 && insns.off[insnIdx] === 0 && insns.off[next] === 0;
  if (!isPlain) throw insnError(place, 'not a plain 64-bit load', `src ${insns.src[insnIdx]}`);
}

function poison(insns: Insns, insnIdx: number, part: CorePatch['part'], oldValue: bigint | undefined, problem: string | undefined): CorePatch {
  const slots = insns.isWide(insnIdx) ? [insnIdx, insnIdx + 1] : [insnIdx];
  for (const at of slots) insns.set(at, { code: CALL, dst: 0, src: 0, off: 0, imm: POISON_CORE_HELPER });
  return { became: 'poison', part, oldValue, resized: undefined, problem };
}

function insnError(place: CorePlace, problem: string, have: bigint | string, need?: bigint | string): RelocError {
  return coreError('CORE_INSN', place, problem, { need, have });
}
