// How does a program fit the kernel it is loaded into?
import { formatType } from '@rootlet/btf';
import type { Btf, BtfCoreRelo } from '@rootlet/btf';
import {
  accessBytes,
  BPF_ALU,
  BPF_ALU64,
  BPF_B,
  BPF_DW,
  BPF_H,
  BPF_K,
  BPF_LDX,
  BPF_ST,
  BPF_STX,
  BPF_W,
  CALL,
  insnClass,
  insnSrc,
  LD_IMM64,
} from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { RelocError } from '../errors.ts';
import type { CodeFunc, CodeModel } from '../types.ts';
import { coreKindName } from './kinds.ts';
import type { CoreTarget } from './target.ts';
import { answerCoreRelo } from './value.ts';
import type { CoreAnswer } from './value.ts';

/**
 * An instruction that needs what the target does not have becomes a call of this helper, which no kernel has: rejected
 * where it can be reached (`invalid func unknown#195896080`), dead behind a check that the field exists.
 *
 * @source libbpf: a number that its users meet in verifier logs ("bad relo")
 */
export const POISON_CORE_HELPER = 195896080;

/** A relocation that the target could not answer. */
export interface UnresolvedCoreRelo {
  readonly funcName: string;
  /** Slot within the function. */
  readonly insnIdx: number;
  /** `byte_off struct task_struct 0:3`. */
  readonly what: string;
}

/** A model that fits a target. */
export interface CoreResult {
  readonly model: CodeModel;
  /** Instructions that became poison. */
  readonly unresolved: readonly UnresolvedCoreRelo[];
}

const SIZE_CODES: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [1, BPF_B],
  [2, BPF_H],
  [4, BPF_W],
  [8, BPF_DW],
]);

/**
 * Applies the CO-RE relocations of an object: offsets, sizes, shifts, existence of fields; ids, sizes, existence of types;
 * enumerators. What the target does not have becomes poison, not an error.
 *
 * @param local the object's own BTF
 * @param target the kernel's BTF, indexed
 * @returns a model with patched copies of the functions, without CO-RE records; the given one stays
 * @throws RelocError `CORE_ACCESS`, `CORE_KIND`, `CORE_AMBIGUOUS`, `CORE_INSN`, `CORE_RANGE`
 * @source Documentation/bpf/llvm_reloc.rst, CO-RE relocations; UAPI linux/bpf.h, struct bpf_core_relo
 */
export function applyCoreRelos(model: CodeModel, local: Btf, target: CoreTarget): CoreResult {
  const unresolved: UnresolvedCoreRelo[] = [];
  const answers = new Map<string, CoreAnswer>();
  const funcs = model.funcs.map((func): CodeFunc => {
    if (func.coreRelos.length === 0) return func;
    const insns = func.insns.slice();
    for (const relo of func.coreRelos) {
      const key = `${relo.kind}:${relo.typeId}:${relo.accessStrOff}`;
      // Names are put together for errors only: there are many more relocations than answers.
      const text = (): string => `${coreKindName(relo.kind)} ${formatType(local, relo.typeId)} ${local.string(relo.accessStrOff).slice(0, 64)}`;
      const what = (): string => `core: section ${func.sectionName}: function ${func.name}: ${text()}`;
      const answer = answers.get(key) ?? answerCoreRelo(local, target, relo, what());
      answers.set(key, answer);
      if (patch(insns, relo, answer, what)) continue;
      poison(insns, relo.insnIdx);
      unresolved.push({ funcName: func.name, insnIdx: relo.insnIdx, what: text() });
    }
    return { ...func, insns, coreRelos: [] };
  });
  return { model: { ...model, funcs }, unresolved };
}

/** @returns false when the instruction must be poisoned */
function patch(insns: Insns, relo: BtfCoreRelo, answer: CoreAnswer, what: () => string): boolean {
  const { insnIdx } = relo;
  const { value, original } = answer;
  if (value === undefined) return false;
  const { code, off, imm } = insns.at(insnIdx);
  const expect = (have: bigint): void => {
    if (original !== undefined && have !== original) throw insnError(relo, what, 'instruction does not hold what the compiler should have written', have, original);
  };
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      if (insnSrc(code) !== BPF_K) break;
      expect(BigInt(imm));
      insns.imm[insnIdx] = Number(requireRange(value, -(2n ** 31n), 2n ** 32n - 1n, relo, what)) | 0;
      return true;
    case BPF_LDX:
    case BPF_ST:
    case BPF_STX: {
      expect(BigInt(off));
      const resized = resize(code, answer);
      if (resized === undefined) return false;
      insns.off[insnIdx] = Number(requireRange(value, -(2n ** 15n), 2n ** 15n - 1n, relo, what));
      insns.code[insnIdx] = resized;
      return true;
    }
    default:
      if (code !== LD_IMM64 || insnIdx + 1 >= insns.length) break;
      insns.imm[insnIdx] = Number(BigInt.asIntN(32, value));
      insns.imm[insnIdx + 1] = Number(BigInt.asIntN(32, value >> 32n));
      return true;
  }
  throw insnError(relo, what, 'not an instruction to relocate', code);
}

/** The load of a number whose size differs in the target: another size where that keeps the value. Undefined when it does not. */
function resize(code: number, answer: CoreAnswer): number | undefined {
  const { loadBytes } = answer;
  if (loadBytes === undefined || loadBytes.local === loadBytes.target || accessBytes(code) !== loadBytes.local) return code;
  const size = SIZE_CODES.get(loadBytes.target);
  return !answer.canResize || size === undefined ? undefined : (code & ~0x18) | size;
}

function requireRange(value: bigint, min: bigint, max: bigint, relo: BtfCoreRelo, what: () => string): bigint {
  if (value >= min && value <= max) return value;
  throw new RelocError('CORE_RANGE', what(), 'does not fit the instruction', { need: `${min} to ${max}`, have: value, insnIdx: relo.insnIdx });
}

function insnError(relo: BtfCoreRelo, what: () => string, problem: string, have: bigint | number, need?: bigint): RelocError {
  return new RelocError('CORE_INSN', what(), problem, { need, have, insnIdx: relo.insnIdx });
}

function poison(insns: Insns, insnIdx: number): void {
  const slots = insns.isWide(insnIdx) && insnIdx + 1 < insns.length ? [insnIdx, insnIdx + 1] : [insnIdx];
  for (const at of slots) insns.set(at, { code: CALL, dst: 0, src: 0, off: 0, imm: POISON_CORE_HELPER });
}
