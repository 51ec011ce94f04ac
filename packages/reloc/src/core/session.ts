// What does the target answer to each relocation of one object?
import type { Btf } from '@rootlet/btf';
import type { Doubt } from './compat.ts';
import { BPF_CORE_TYPE_ID_LOCAL, BPF_CORE_TYPE_MATCHES, isZeroWhenMissing } from './kinds.ts';
import { coreError } from './place.ts';
import type { CorePlace } from './place.ts';
import { CoreBtf } from './side.ts';
import type { CoreCandidate, CoreTarget } from './target.ts';
import { canResize, isEnum32, isLargeUnsigned, matchSpec, readSpec, valueOf } from './value.ts';
import type { CoreSpec } from './value.ts';

/** What a relocation comes to. */
export interface CoreAnswer {
  /** What the question is in the object's own types. */
  readonly spec: CoreSpec;
  /** The same in the first candidate that has it; undefined when none has, or none was asked. */
  readonly found: CoreSpec | undefined;
  /** What the compiler wrote. */
  readonly original: bigint;
  /** Whether the instruction must hold `original` before it is patched. */
  readonly checked: boolean;
  /** The answer; undefined when the target has no such type, field or enumerator. */
  readonly value: bigint | undefined;
  /** For offsets: bytes that a load takes in the object and in the target, and whether it may be changed from one to the other. */
  readonly load: { readonly local: number; readonly target: number; readonly canResize: boolean } | undefined;
}

/** One candidate that was looked at. */
export interface CoreTrial {
  readonly candidate: CoreCandidate;
  /** What was found in it; undefined when nothing was. */
  readonly spec: CoreSpec | undefined;
  /** Why nothing was. */
  readonly problem: string | undefined;
}

/** Collects what was looked at. */
export interface CoreTrace {
  readonly trials: CoreTrial[];
  /** The question in the object's own types, once it is understood. */
  spec?: CoreSpec;
}

/**
 * Answers the relocations of one object, in their order.
 *
 * A local type has one set of candidates: whatever an answered relocation of that type did not match is out for all later ones, so that
 * fields of two unlike types of the target are never mixed.
 */
export class CoreSession {
  readonly #local: CoreBtf;
  readonly #target: CoreTarget;
  readonly #candidates = new Map<number, CoreCandidate[]>();
  readonly #answers = new Map<number, Map<number, CoreAnswer>>();

  constructor(local: Btf, target: CoreTarget) {
    this.#local = CoreBtf.ofObject(local);
    this.#target = target;
  }

  /**
   * @param place the relocation
   * @param trace is told which candidates were looked at, and why they were not taken
   * @throws `CORE_KIND`, `CORE_ACCESS`, `CORE_BTF`, `CORE_TYPES`, `CORE_FIELD`; `CORE_ANONYMOUS` for a type without a name;
   *   `CORE_AMBIGUOUS` when candidates give different answers
   */
  answer(place: CorePlace, trace?: CoreTrace): CoreAnswer {
    const { kind, typeId, accessStrOff } = place.relo;
    const key = 16 * typeId + kind;
    // Answers to equal questions stay the same as long as candidates only get fewer.
    const known = kind > BPF_CORE_TYPE_MATCHES ? undefined : this.#answers.get(key);
    const answered = trace === undefined ? known?.get(accessStrOff) : undefined;
    if (answered !== undefined) return answered;
    const answer = this.#workSafely(place, trace);
    if (known === undefined) this.#answers.set(key, new Map([[accessStrOff, answer]]));
    else known.set(accessStrOff, answer);
    return answer;
  }

  /** What either BTF has wrong (sizes without end, types that have none) is an error of this relocation. */
  #workSafely(place: CorePlace, trace: CoreTrace | undefined): CoreAnswer {
    try {
      return this.#work(place, trace);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'DecodeError') throw error;
      throw coreError('CORE_BTF', place, error.message, { cause: error });
    }
  }

  #work(place: CorePlace, trace: CoreTrace | undefined): CoreAnswer {
    const { kind, typeId, accessStrOff } = place.relo;
    if (kind > BPF_CORE_TYPE_MATCHES) throw coreError('CORE_KIND', place, 'unknown kind', { have: kind });
    const local = this.#local;
    const spec = readSpec(local, kind, typeId, accessStrOff, place);
    if (trace !== undefined) trace.spec = spec;
    if (kind === BPF_CORE_TYPE_ID_LOCAL) {
      const id = BigInt(typeId);
      return { spec, found: undefined, original: id, checked: false, value: id, load: undefined };
    }
    if (local.strings[local.nameOff(typeId)] === 0) {
      throw coreError('CORE_ANONYMOUS', place, 'a type without a name has no counterpart in the target');
    }
    const own = valueOf(spec, kind, place);
    const all = this.#candidatesOf(typeId);
    const matching: CoreCandidate[] = [];
    let found: { spec: CoreSpec; value: bigint; load: { typeId: number; bytes: number } | undefined } | undefined;
    for (const candidate of all) {
      const doubt: Doubt | undefined = trace && { problem: undefined };
      const match = matchSpec(spec, kind, candidate.side, candidate.id, place, doubt);
      trace?.trials.push({ candidate, spec: match, problem: match === undefined ? doubt?.problem : undefined });
      if (match === undefined) continue;
      const { value, load } = valueOf(match, kind, place);
      if (found === undefined) found = { spec: match, value, load };
      else requireSame(found, { spec: match, value }, place);
      matching.push(candidate);
    }
    if (found === undefined) {
      const missing = isZeroWhenMissing(kind) ? 0n : undefined;
      return { spec, found: undefined, original: own.value, checked: own.checked, value: missing, load: undefined };
    }
    if (matching.length < all.length) this.#candidates.set(typeId, matching);
    const load =
      own.load === undefined || found.load === undefined
        ? undefined
        : {
            local: own.load.bytes,
            target: found.load.bytes,
            canResize: canResize(local, own.load.typeId, found.spec.side, found.load.typeId),
          };
    const unsigned = isLargeUnsigned(spec);
    return {
      spec,
      found: found.spec,
      original: unsigned ? BigInt.asUintN(32, own.value) : own.value,
      checked: own.checked,
      value: unsigned && isEnum32(found.spec) ? BigInt.asUintN(32, found.value) : found.value,
      load,
    };
  }

  #candidatesOf(typeId: number): CoreCandidate[] {
    let all = this.#candidates.get(typeId);
    if (all === undefined) {
      all = this.#target.candidates(this.#local, typeId);
      this.#candidates.set(typeId, all);
    }
    return all;
  }
}

function requireSame(a: { spec: CoreSpec; value: bigint }, b: { spec: CoreSpec; value: bigint }, place: CorePlace): void {
  const bitOffs = [a, b].map(({ spec }) => (spec.about === 'field' ? spec.field.bitOff : 0));
  if (bitOffs[0] === bitOffs[1] && a.value === b.value) return;
  throw coreError('CORE_AMBIGUOUS', place, 'several types of this name give different answers', {
    have: `${a.value} of type ${a.spec.rootId} and ${b.value} of type ${b.spec.rootId}`,
  });
}
