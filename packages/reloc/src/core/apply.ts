// How does a program fit the kernel it is loaded into?
import type { Btf } from '@rootlet/btf';
import { changeFunc } from '../code-func.ts';
import type { CodeFunc, CodeModel } from '../types.ts';
import { formatSpec } from './format.ts';
import { patchInsn } from './patch.ts';
import type { CorePlace } from './place.ts';
import { CoreSession } from './session.ts';
import type { CoreTarget } from './target.ts';

/** A relocation that the target could not answer. */
export interface UnresolvedCoreRelo {
  readonly funcName: string;
  /** Index of the function in the model. */
  readonly funcIdx: number;
  /** Slot within the function. */
  readonly insnIdx: number;
  /** In libbpf's words: `<byte_off> [5] struct task_struct.mm (0:3 @ offset 24)`. */
  readonly what: string;
}

/** A model that fits a target. */
export interface CoreResult {
  readonly model: CodeModel;
  /** Instructions that became poison. */
  readonly unresolved: readonly UnresolvedCoreRelo[];
}

/**
 * Applies the CO-RE relocations of an object: offsets, sizes, shifts, existence of fields; ids, sizes, existence of types;
 * enumerators. What the target does not have becomes poison, not an error.
 *
 * @param local the object's own BTF
 * @param target the kernel's BTF, indexed
 * @returns a model with patched copies of the functions, without CO-RE records; the given one stays
 * @throws RelocError `CORE_KIND`, `CORE_ACCESS`, `CORE_BTF`, `CORE_ANONYMOUS`, `CORE_TYPES`, `CORE_FIELD`, `CORE_AMBIGUOUS`, `CORE_INSN`, `CORE_RANGE`
 * @source Documentation/bpf/llvm_reloc.rst, CO-RE relocations; UAPI linux/bpf.h, struct bpf_core_relo
 */
export function applyCoreRelos(model: CodeModel, local: Btf, target: CoreTarget): CoreResult {
  const unresolved: UnresolvedCoreRelo[] = [];
  const session = new CoreSession(local, target);
  const funcs = model.funcs.map((func): CodeFunc => {
    if (func.coreRelos.length === 0) return func;
    const insns = func.insns.slice();
    for (const relo of func.coreRelos) {
      const place: CorePlace = { func, local, relo };
      const answer = session.answer(place);
      const { became } = patchInsn(insns, relo.insnIdx, answer, place);
      if (became === 'poison') unresolved.push({ funcName: func.name, funcIdx: func.index, insnIdx: relo.insnIdx, what: formatSpec(answer.spec, relo.kind) });
    }
    return changeFunc(func, { insns, coreRelos: [] });
  });
  return { model: { ...model, funcs }, unresolved };
}
