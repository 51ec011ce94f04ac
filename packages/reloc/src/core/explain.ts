// Why does an object fit a kernel, or not?
import { formatType, parseBtf, parseBtfExt } from '@rootlet/btf';
import type { Btf, BtfCoreRelo } from '@rootlet/btf';
import { RootletError } from '@rootlet/bytes';
import { findSection, parseElf } from '@rootlet/elf';
import { changeFunc } from '../code-func.ts';
import { collectCode } from '../collect.ts';
import type { CodeFunc, CodeModel } from '../types.ts';
import { formatAccess, formatSpec, formatTypeRef } from './format.ts';
import { coreKindName } from './kinds.ts';
import { patchInsn } from './patch.ts';
import type { CorePlace } from './place.ts';
import { findReachable } from './reachable.ts';
import { CoreSession } from './session.ts';
import type { CoreTrace } from './session.ts';
import { CoreTarget } from './target.ts';

/** A line of C. */
export interface CoreSource {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** A type of the target that has the wanted name. */
export interface CoreCandidateReport {
  readonly id: number;
  /** `struct task_struct`. */
  readonly type: string;
  /** `vmlinux`, or a module's name. */
  readonly source: string;
  /** What was found there, in libbpf's words; undefined when nothing was. */
  readonly found: string | undefined;
  /** Why nothing was: `has no member 'state'`. */
  readonly problem: string | undefined;
}

/** What a target makes of one relocation. */
export interface CoreExplanation {
  readonly funcName: string;
  readonly sectionName: string;
  /** Number of the relocation among those of its section, as libbpf counts. */
  readonly index: number;
  /** Slot within the function. */
  readonly insnIdx: number;
  /** Undefined without line info. */
  readonly source: CoreSource | undefined;
  /** `byte_off`, `field_exists`, … */
  readonly kind: string;
  /** `struct task_struct`, the object's own. */
  readonly localType: string;
  /** What it is about, as C text: `struct task_struct.mm`. */
  readonly access: string;
  /** The same in libbpf's words: `<byte_off> [5] struct task_struct.mm (0:3 @ offset 24)`; empty when it could not be read. */
  readonly spec: string;
  /** `value`: answered. `poison`: the target has no such thing; the instruction must never be reached. `error`: the object is refused. */
  readonly outcome: 'value' | 'poison' | 'error';
  /** Whether a poisoned instruction can be reached, as far as constants tell: then the verifier rejects the program. */
  readonly reachable: boolean;
  /** Part of the instruction that holds the number. */
  readonly part: 'imm' | 'off' | 'imm64' | undefined;
  readonly oldValue: bigint | undefined;
  readonly newValue: bigint | undefined;
  /** Loads and stores whose size was changed, bytes. */
  readonly resized: { readonly from: number; readonly to: number } | undefined;
  readonly candidates: readonly CoreCandidateReport[];
  /** Why it is poison, or the error. */
  readonly problem: string | undefined;
  /** `CORE_…` of an error. */
  readonly code: string | undefined;
}

/** What a target makes of an object. */
export interface CoreReport {
  readonly relocations: readonly CoreExplanation[];
  /** Whether there is no error, and no poisoned instruction that can be reached. */
  readonly fits: boolean;
  /** The object's code with what could be patched patched. */
  readonly model: CodeModel;
}

/** The parts of an object that CO-RE reads. */
export interface CoreObject {
  readonly model: CodeModel;
  /** The object's own types; undefined when it has none, and so no relocations. */
  readonly btf: Btf | undefined;
}

/**
 * Reads what {@link explainRelocations} and {@link minCoreBtf} need of an object.
 *
 * @throws DecodeError, RelocError for a malformed one
 */
export function openCoreObject(bytes: Uint8Array): CoreObject {
  const elf = parseElf(bytes);
  const btfSection = findSection(elf, '.BTF');
  const extSection = findSection(elf, '.BTF.ext');
  const btf = btfSection === undefined || btfSection.size === 0 ? undefined : parseBtf(btfSection.data.bytes, { byteOff: btfSection.byteOff });
  const ext = btf === undefined || extSection === undefined ? undefined : parseBtfExt(extSection.data.bytes, { btf, byteOff: extSection.byteOff });
  return { model: collectCode(elf, btf, ext), btf };
}

/**
 * Says of each CO-RE relocation of an object what a target makes of it, and why. Needs the target's BTF only: one object can be
 * checked against many kernels without any of them. An error in one relocation does not keep the others from being explained.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { explainRelocations, openCoreObject } from '@rootlet/reloc';
 *
 * const read = (name: string): Uint8Array => readFileSync(`packages/reloc/test/fixtures/${name}.o`);
 * const { relocations } = explainRelocations(read('core_local'), openCoreObject(read('core_target')).btf!);
 * const { access, oldValue, newValue } = relocations.find(({ funcName }) => funcName === 'off_count')!;
 * console.log(`${access}: ${oldValue} -> ${newValue}`);
 * ```
 *
 * ```text
 * struct object.count: 8 -> 8
 * ```
 *
 * @param object an ELF file, or what was read of one
 * @param target the kernel's BTF; a {@link CoreTarget} is indexed once for many objects, and may have modules
 * @throws DecodeError, RelocError for a malformed object
 */
export function explainRelocations(object: Uint8Array | CoreObject, target: Btf | CoreTarget): CoreReport {
  const { model, btf } = object instanceof Uint8Array ? openCoreObject(object) : object;
  if (btf === undefined) return { relocations: [], fits: true, model };
  const session = new CoreSession(btf, target instanceof CoreTarget ? target : new CoreTarget(target));
  const perSection = new Map<string, number>();
  const relocations: CoreExplanation[] = [];
  const funcs = model.funcs.map((func): CodeFunc => {
    if (func.coreRelos.length === 0) return func;
    const patched = changeFunc(func, { insns: func.insns.slice() });
    const explained = func.coreRelos.map((relo) => {
      const index = perSection.get(func.sectionName) ?? 0;
      perSection.set(func.sectionName, index + 1);
      return explainOne(patched, btf, relo, index, session);
    });
    const reachable = explained.some(({ outcome }) => outcome === 'poison') ? findReachable(patched.insns, patched.relocs) : undefined;
    for (const one of explained) relocations.push(one.outcome === 'poison' ? { ...one, reachable: reachable?.[one.insnIdx] === 1 } : one);
    return changeFunc(patched, { coreRelos: [] });
  });
  const fits = relocations.every(({ outcome, reachable }) => outcome === 'value' || (outcome === 'poison' && !reachable));
  return { relocations, fits, model: { ...model, funcs } };
}

function explainOne(func: CodeFunc, btf: Btf, relo: BtfCoreRelo, index: number, session: CoreSession): CoreExplanation {
  const place: CorePlace = { func, local: btf, relo };
  const trace: CoreTrace = { trials: [] };
  let outcome: Pick<CoreExplanation, 'outcome' | 'part' | 'oldValue' | 'newValue' | 'resized' | 'problem' | 'code'>;
  try {
    const answer = session.answer(place, trace);
    const patch = patchInsn(func.insns, relo.insnIdx, answer, place);
    const isPoison = patch.became === 'poison';
    outcome = {
      outcome: patch.became,
      part: patch.part,
      oldValue: patch.oldValue,
      newValue: isPoison ? undefined : answer.value,
      resized: patch.resized,
      problem: isPoison ? (patch.problem ?? poisonProblem(trace, btf, relo)) : undefined,
      code: undefined,
    };
  } catch (error) {
    if (!(error instanceof RootletError)) throw error;
    const problem = error.message.startsWith(`${error.what}: `) ? error.message.slice(error.what.length + 2) : error.message;
    outcome = { outcome: 'error', part: undefined, oldValue: undefined, newValue: undefined, resized: undefined, problem, code: error.code };
  }
  return {
    funcName: func.name,
    sectionName: func.sectionName,
    index,
    insnIdx: relo.insnIdx,
    source: findSource(func, btf, relo.insnIdx),
    kind: coreKindName(relo.kind),
    localType: formatType(btf, relo.typeId),
    access: trace.spec === undefined ? `${formatType(btf, relo.typeId)} ${btf.string(relo.accessStrOff).slice(0, 64)}` : formatAccess(trace.spec),
    spec: trace.spec === undefined ? '' : formatSpec(trace.spec, relo.kind),
    reachable: true,
    candidates: trace.trials.map(({ candidate, spec, problem }) => ({
      id: candidate.id,
      type: formatType(candidate.side.btf, candidate.id),
      source: candidate.source,
      found: spec === undefined ? undefined : formatSpec(spec, relo.kind),
      problem,
    })),
    ...outcome,
  };
}

function poisonProblem(trace: CoreTrace, btf: Btf, relo: BtfCoreRelo): string {
  if (trace.trials.length === 0) return `the target has no ${formatType(btf, relo.typeId).replace(/___[^_].*$/, '')}`;
  return trace.trials.map(({ candidate, problem }) => `${formatTypeRef(candidate.side.btf, candidate.id)} ${problem ?? 'does not fit'}`).join('; ');
}

/** The line that an instruction comes from: that of the last record at or before it. */
function findSource(func: CodeFunc, btf: Btf, insnIdx: number): CoreSource | undefined {
  const { lineInfo } = func;
  let low = 0;
  for (let high = lineInfo.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (lineInfo[middle]!.insnIdx <= insnIdx) low = middle + 1;
    else high = middle;
  }
  const found = lineInfo[low - 1];
  return found && { file: btf.string(found.fileNameOff), line: found.line, column: found.column, text: btf.string(found.lineOff).trim() };
}
