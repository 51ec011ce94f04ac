// What must be kept of a base so that a split BTF can later find its types in another one?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { BtfBuilder } from './builder.ts';
import {
  BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FUNC, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_STRUCT,
  BTF_KIND_UNION, BTF_KIND_UNKN, BTF_KIND_VAR,
} from './kinds.ts';
import { visitTypes } from './remap.ts';

/** What {@link distillBase} gives. */
export interface DistilledBtf {
  /** Names and sizes of the base's types that are referred to: the content of `.BTF.base`. */
  readonly base: Btf;
  /** The same types as before, split on `base`, and after them what the old base had and has no name: the content of `.BTF`. */
  readonly split: Btf;
  /** New id of each old one; 0 for what was not needed. */
  readonly ids: Uint32Array;
}

// How a type of the base is kept, if it is.
/** In the new base, by its name: to be looked for there later. */
const NAMED = 1;
/** In full, after the split BTF's own types. */
const MOVED = 2;

/**
 * Distills from a split BTF's base what {@link relocateBtf} needs to put it on another base.
 *
 * The new base has INT, FLOAT and FWD in full, named STRUCT, UNION, ENUM and ENUM64 as a name and a size without members. What else is
 * referred to (pointers, typedefs, prototypes, anonymous structs, …) moves into the split BTF, after its own types, in the order of
 * the base. Both are in the byte order of `split`.
 *
 * @param split a BTF with one base, which has none itself
 * @throws `BTF_DISTILL` when it is not split, or refers to a FUNC, VAR, DATASEC or DECL_TAG of its base
 * @throws UNSUPPORTED for kinds that are not known
 * @libbpf btf__distill_base
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BtfBuilder, BTF_KIND_STRUCT, distillBase, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/kinds.el.btf'));
 * const module = new BtfBuilder({ base: btf });
 * module.addTypedef('node_t', btf.findByNameKind('node', BTF_KIND_STRUCT) ?? 0);
 * const { base, split } = distillBase(module.build());
 * console.log(btf.typeCount, base.typeCount, split.typeCount); // 108 2 3
 * ```
 */
export function distillBase(split: Btf): DistilledBtf {
  const old = split.base;
  if (old === undefined) throw new DecodeError('BTF_DISTILL', 'btf', 'is not split on a base');

  const keep = findNeeded(split, old);
  const ids = new Uint32Array(split.typeCount);
  const { littleEndian } = split;

  const bases = new BtfBuilder({ littleEndian });
  for (let id = 1; id < old.typeCount; id++) if (keep[id] === NAMED) ids[id] = addNamed(bases, old, id);
  const base = bases.build();

  let next = base.typeCount;
  for (let id = split.startId; id < split.typeCount; id++) ids[id] = next++;
  for (let id = 1; id < old.typeCount; id++) if (keep[id] === MOVED) ids[id] = next++;
  const mapId = (id: number): number => ids[id]!;
  const builder = new BtfBuilder({ base, littleEndian });
  for (let id = split.startId; id < split.typeCount; id++) builder.addType(split, id, mapId);
  for (let id = 1; id < old.typeCount; id++) if (keep[id] === MOVED) builder.addType(old, id, mapId);
  return { base, split: builder.build(), ids };
}

/** How each type of the base is kept: those that the split BTF refers to, and what the moved ones refer to. */
function findNeeded(split: Btf, old: Btf): Uint8Array {
  const keep = new Uint8Array(old.typeCount);
  /** Moved types whose references are still to be followed. */
  const pending: number[] = [];
  let from = 0;
  const need = (id: number): number => {
    if (id === 0 || id >= keep.length || keep[id] !== 0) return id;
    keep[id] = howToKeep(old, id, from);
    if (keep[id] === MOVED) pending.push(id);
    return id;
  };
  for (from = split.startId; from < split.typeCount; from++) visitTypes(split.words, split.recordIdx(from), need);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    from = id;
    visitTypes(old.recordWords(id), old.recordIdx(id), need);
  }
  return keep;
}

function howToKeep(old: Btf, id: number, from: number): number {
  const kind = old.kind(id);
  switch (kind) {
    case BTF_KIND_INT:
    case BTF_KIND_FLOAT:
    case BTF_KIND_FWD:
      return NAMED;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return old.name(id) === '' ? MOVED : NAMED;
    case BTF_KIND_FUNC:
    case BTF_KIND_VAR:
    case BTF_KIND_DATASEC:
    case BTF_KIND_DECL_TAG:
    case BTF_KIND_UNKN:
      throw new DecodeError('BTF_DISTILL', `btf: type ${from}`, `refers to type ${id} of the base, which is of a kind that cannot be distilled`, { have: `kind ${kind}` });
    default:
      return MOVED;
  }
}

/** Adds what can be looked for by name. An ENUM64 becomes an ENUM, which may have any size. */
function addNamed(builder: BtfBuilder, old: Btf, id: number): number {
  switch (old.kind(id)) {
    case BTF_KIND_STRUCT:
      return builder.addStruct(old.name(id), old.rawSize(id));
    case BTF_KIND_UNION:
      return builder.addUnion(old.name(id), old.rawSize(id));
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return builder.addEnum(old.name(id), old.rawSize(id));
    default:
      return builder.addType(old, id);
  }
}
