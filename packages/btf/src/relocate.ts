// Which types of another base are those that a split BTF was built on?
import { DecodeError, UnsupportedError } from '@rootlet/bytes';
import { encodeBlob, layoutOf } from './blob.ts';
import type { Btf } from './btf.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION,
  BTF_KIND_UNKN,
} from './kinds.ts';
import { RECORD_WORDS } from './layout.ts';
import { parseBtf } from './parse.ts';
import { remapStrings, remapTypes } from './remap.ts';
import { isModifier, MAX_RESOLVE_DEPTH } from './resolve.ts';

/** What {@link relocateBtf} gives. */
export interface RelocatedBtf {
  /** The same types, split on the new base. */
  readonly btf: Btf;
  /** New id of each old one, those of the old base included. */
  readonly ids: Uint32Array;
  /** New offset of each string that `split` uses: for `remapExt`. @throws `BTF_RELOCATE` for other strings of the old base */
  readonly mapString: (strOff: number) => number;
}

/** Kinds that a distilled base consists of. */
const DISTILLED_KINDS: readonly number[] = [BTF_KIND_INT, BTF_KIND_FLOAT, BTF_KIND_FWD, BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ENUM];
/** Kinds that are looked at in the new base. */
const CANDIDATE_KINDS: readonly number[] = [BTF_KIND_INT, BTF_KIND_FLOAT, BTF_KIND_FWD, BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ENUM, BTF_KIND_ENUM64];

/**
 * Puts a BTF that is split on a distilled base (see {@link distillBase}) on another, full base: each type of the distilled base is looked
 * for by name, and references to it become references to what is found.
 *
 * INT and FLOAT must have the same size (and encoding), ENUM and ENUM64 the same size. A STRUCT or UNION must have the same size when it
 * is embedded in a struct or union of the split BTF, or when the new base has several of its name; members are not looked at.
 *
 * @param split is not changed
 * @param newBase a BTF that is not split
 * @throws `BTF_RELOCATE` when `split` is not split or its base not distilled, when a type is not found, or found more than once
 * @throws UNSUPPORTED for kinds that are not known
 * @libbpf btf__relocate
 */
export function relocateBtf(split: Btf, newBase: Btf): RelocatedBtf {
  const old = split.base;
  if (old === undefined) throw new DecodeError('BTF_RELOCATE', 'btf', 'is not split on a base');
  checkDistilled(old);

  const ids = findInBase(old, newBase, findEmbedded(split, old));
  for (let id = 1; id < old.typeCount; id++) {
    if (ids[id] === 0) throw new DecodeError('BTF_RELOCATE', `btf: base: type ${id}`, `the new base has no match for '${old.name(id)}'`, { have: `kind ${old.kind(id)}` });
  }
  const all = new Uint32Array(split.typeCount);
  all.set(ids);
  for (let id = split.startId; id < split.typeCount; id++) all[id] = id - split.startId + newBase.typeCount;
  const mapString = createStringMap(split, old, newBase, all);
  return { btf: rewrite(split, newBase, all, mapString), ids: all, mapString };
}

function checkDistilled(old: Btf): void {
  for (let id = 1; id < old.typeCount; id++) {
    const kind = old.kind(id);
    if (DISTILLED_KINDS.includes(kind) && old.name(id) !== '') continue;
    throw new DecodeError('BTF_RELOCATE', `btf: base: type ${id}`, 'is none that a distilled base has', { have: `${DISTILLED_KINDS.includes(kind) ? 'anonymous ' : ''}kind ${kind}` });
  }
}

/** Types of the old base that are part, by value, of a struct or union of the split BTF: 1 by id. */
function findEmbedded(split: Btf, old: Btf): Uint8Array {
  const embedded = new Uint8Array(old.typeCount);
  for (let id = split.startId; id < split.typeCount; id++) {
    const kind = split.kind(id);
    if (kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_UNION) continue;
    const words = split.recordWords(id);
    let member = split.recordIdx(id) + RECORD_WORDS;
    for (let n = split.vlen(id); n > 0; n--, member += 3) {
      const target = skipToValue(split, words[member + 1]!);
      if (target < old.typeCount && isComposite(old.kind(target))) embedded[target] = 1;
    }
  }
  return embedded;
}

/** What a value of this type consists of: behind modifiers, typedefs and arrays. Gives up on circles. */
function skipToValue(btf: Btf, id: number): number {
  let at = id;
  for (let depth = 0; depth <= MAX_RESOLVE_DEPTH; depth++) {
    const kind = btf.kind(at);
    if (isModifier(kind) || kind === BTF_KIND_TYPEDEF) at = btf.refType(at);
    else if (kind === BTF_KIND_ARRAY) at = btf.recordWords(at)[btf.recordIdx(at) + RECORD_WORDS]!;
    else return at;
  }
  return id;
}

/** Id in the new base of each type of the old one; 0 where there is none. */
function findInBase(old: Btf, newBase: Btf, embedded: Uint8Array): Uint32Array {
  const wanted = new Map<string, number[]>();
  for (let id = 1; id < old.typeCount; id++) {
    const list = wanted.get(old.name(id));
    if (list === undefined) wanted.set(old.name(id), [id]);
    else list.push(id);
  }
  const candidates: number[] = [];
  const composites = new Map<string, number>();
  for (let id = 1; id < newBase.typeCount; id++) {
    const kind = newBase.kind(id);
    if (!CANDIDATE_KINDS.includes(kind)) continue;
    const name = newBase.name(id);
    if (!wanted.has(name)) continue;
    candidates.push(id);
    if (isComposite(kind)) composites.set(name, (composites.get(name) ?? 0) + 1);
  }
  const ids = new Uint32Array(old.typeCount);
  for (const to of candidates) {
    const name = newBase.name(to);
    const isOneOfMany = isComposite(newBase.kind(to)) && composites.get(name)! > 1;
    for (const from of wanted.get(name)!) {
      // Once an embedded type is found, its size is no longer asked for: another type of its name is then one too many.
      if (!matches(old, from, newBase, to, isOneOfMany || (embedded[from] === 1 && ids[from] === 0))) continue;
      if (ids[from] !== 0) {
        throw new DecodeError('BTF_RELOCATE', `btf: base: type ${from}`, `the new base has more than one match for '${name}'`, { have: `types ${ids[from]} and ${to}` });
      }
      ids[from] = to;
    }
  }
  return ids;
}

function isComposite(kind: number): boolean {
  return kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION;
}

/** Whether a type of the new base may stand for one of the old base of the same name. */
function matches(old: Btf, from: number, newBase: Btf, to: number, needsSize: boolean): boolean {
  const kind = newBase.kind(to);
  const sameSize = old.rawSize(from) === newBase.rawSize(to);
  if (needsSize && !sameSize) return false;
  switch (old.kind(from)) {
    case BTF_KIND_FWD:
      // libbpf and the kernel ask the body for its kind flag, which there says whether it has bitfields. So do we: what is refused
      // there is refused here.
      if (kind === BTF_KIND_FWD) return old.kindFlag(from) === newBase.kindFlag(to);
      return kind === BTF_KIND_STRUCT ? !newBase.kindFlag(to) : kind === BTF_KIND_UNION && newBase.kindFlag(to);
    case BTF_KIND_INT:
      return kind === BTF_KIND_INT && sameSize && intEncoding(old, from) === intEncoding(newBase, to);
    case BTF_KIND_FLOAT:
      return kind === BTF_KIND_FLOAT && sameSize;
    case BTF_KIND_ENUM:
      return (kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) && sameSize;
    default:
      // The kind of what stands for a struct is not looked at, as in libbpf and the kernel.
      return sameSize || isComposite(kind) || kind === BTF_KIND_FWD;
  }
}

function intEncoding(btf: Btf, id: number): number {
  return btf.recordWords(id)[btf.recordIdx(id) + RECORD_WORDS]! >>> 24;
}

/** Own strings stay behind the base's; names of the old base become those of what stands for them. */
function createStringMap(split: Btf, old: Btf, newBase: Btf, ids: Uint32Array): (strOff: number) => number {
  const names = new Map<number, number>();
  for (let id = 1; id < old.typeCount; id++) {
    names.set(old.recordWords(id)[old.recordIdx(id)]!, newBase.recordWords(ids[id]!)[newBase.recordIdx(ids[id]!)]!);
  }
  const start = newBase.strStart + newBase.strings.length;
  return (strOff) => {
    if (strOff === 0) return 0;
    if (strOff >= split.strStart) return strOff - split.strStart + start;
    const found = names.get(strOff);
    if (found === undefined) throw new DecodeError('BTF_RELOCATE', 'btf', `a string of the base names none of its types: '${old.string(strOff)}'`);
    return found;
  };
}

/** The blob of a split BTF with other ids and strings. */
function rewrite(split: Btf, newBase: Btf, ids: Uint32Array, mapString: (strOff: number) => number): Btf {
  const mapId = (id: number): number => ids[id]!;
  const words = split.words.slice();
  for (let id = split.startId; id < split.typeCount; id++) {
    if (split.kind(id) === BTF_KIND_UNKN) throw new UnsupportedError('btf: relocating a type of a kind that is not known');
    const at = split.recordIdx(id);
    remapStrings(words, at, mapString);
    remapTypes(words, at, mapId);
  }
  const bytes = encodeBlob({ words, strings: split.strings, layout: layoutOf(split)?.bytes, littleEndian: split.littleEndian });
  return parseBtf(bytes, { base: newBase });
}
