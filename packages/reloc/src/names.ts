// Which BTF id does a symbol have, and in which data section does BTF put it?
import {
  BTF_FUNC_EXTERN,
  BTF_FUNC_STATIC,
  BTF_KIND_DATASEC,
  BTF_KIND_DECL_TAG,
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_VAR,
  BTF_VAR_GLOBAL_EXTERN,
  BTF_VAR_STATIC,
} from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

/** Words that every BTF record begins with: name, info, size or type. */
export const RECORD_WORDS = 3;
/** Words of an entry of a DATASEC: variable, offset, size. */
export const SECINFO_WORDS = 3;
/** Words of a parameter of a FUNC_PROTO: name, type. */
export const PARAM_WORDS = 2;

/** FUNC and VAR ids of one object by name. A global one goes before static ones; of several static ones the first stands. */
export interface BtfNames {
  /** FUNCs that are defined here. */
  readonly funcs: ReadonlyMap<string, number>;
  /** FUNCs with extern linkage. */
  readonly externFuncs: ReadonlyMap<string, number>;
  /** VARs that are defined here. */
  readonly vars: ReadonlyMap<string, number>;
  /** VARs with extern linkage. */
  readonly externVars: ReadonlyMap<string, number>;
  /** Name of the DATASEC that lists a FUNC or VAR, by its id. */
  readonly sectionOf: ReadonlyMap<number, string>;
  /** What other objects may mean by its name, in order of ids: every FUNC and VAR that is not static. */
  readonly shared: readonly SharedRecord[];
  readonly datasecs: readonly { readonly id: number; readonly name: string }[];
  /** Whether there are declaration tags. */
  readonly hasTags: boolean;
}

/** A FUNC or VAR that is not static. */
export interface SharedRecord {
  readonly id: number;
  readonly name: string;
  readonly isFunc: boolean;
  readonly isExtern: boolean;
  /** Whether a DATASEC lists it. */
  isListed: boolean;
}

/** Indexes an object's own types; types of a base BTF are left out. */
export function indexBtfNames(btf: Btf | undefined): BtfNames {
  const funcs = new Map<string, number>();
  const externFuncs = new Map<string, number>();
  const vars = new Map<string, number>();
  const externVars = new Map<string, number>();
  const sectionOf = new Map<number, string>();
  const shared: SharedRecord[] = [];
  const datasecs: { readonly id: number; readonly name: string }[] = [];
  let hasTags = false;
  if (btf !== undefined) {
    const { words } = btf;
    const statics: number[] = [];
    for (let id = btf.startId; id < btf.typeCount; id++) {
      const kind = btf.kind(id);
      if (kind === BTF_KIND_DECL_TAG) hasTags = true;
      if (kind !== BTF_KIND_FUNC && kind !== BTF_KIND_VAR && kind !== BTF_KIND_DATASEC) continue;
      const at = btf.recordIdx(id);
      const name = btf.name(id);
      if (kind === BTF_KIND_DATASEC) {
        datasecs.push({ id, name });
        for (let i = at + RECORD_WORDS, left = btf.vlen(id); left > 0; left--, i += SECINFO_WORDS) sectionOf.set(words[i] as number, name);
        continue;
      }
      const isFunc = kind === BTF_KIND_FUNC;
      // A function has its linkage where other kinds have the number of members.
      const linkage = isFunc ? (words[at + 1] as number) & 0xff_ffff : words[at + RECORD_WORDS];
      if (linkage === (isFunc ? BTF_FUNC_STATIC : BTF_VAR_STATIC)) {
        statics.push(id);
        continue;
      }
      const isExtern = linkage === (isFunc ? BTF_FUNC_EXTERN : BTF_VAR_GLOBAL_EXTERN);
      shared.push({ id, name, isFunc, isExtern, isListed: false });
      if (isFunc) addFirst(isExtern ? externFuncs : funcs, name, id);
      else addFirst(isExtern ? externVars : vars, name, id);
    }
    for (const record of shared) record.isListed = sectionOf.has(record.id);
    for (const id of statics) addFirst(btf.kind(id) === BTF_KIND_FUNC ? funcs : vars, btf.name(id), id);
  }
  return { funcs, externFuncs, vars, externVars, sectionOf, shared, datasecs, hasTags };
}

/** The record of an id, among records in order of ids; undefined when there is none. */
export function findShared(shared: readonly SharedRecord[], id: number): SharedRecord | undefined {
  let low = 0;
  for (let high = shared.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((shared[middle] as SharedRecord).id < id) low = middle + 1;
    else high = middle;
  }
  const record = shared[low];
  return record?.id === id ? record : undefined;
}

function addFirst(map: Map<string, number>, name: string, id: number): void {
  if (!map.has(name)) map.set(name, id);
}

/** Number of parameters of a FUNC; undefined when it is none. */
export function argCount(btf: Btf | undefined, funcId: number | undefined): number | undefined {
  if (btf === undefined || funcId === undefined || btf.kind(funcId) !== BTF_KIND_FUNC) return undefined;
  const protoId = btf.refType(funcId);
  return btf.kind(protoId) === BTF_KIND_FUNC_PROTO ? btf.vlen(protoId) : undefined;
}
