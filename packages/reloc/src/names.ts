// Which BTF id does a symbol have, and in which data section does BTF put it?
import {
  BTF_FUNC_EXTERN,
  BTF_FUNC_STATIC,
  BTF_KIND_DATASEC,
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_VAR,
  BTF_VAR_GLOBAL_EXTERN,
  BTF_VAR_STATIC,
} from '@rootlet/btf';
import type { Btf, BtfDatasec, BtfFunc, BtfVar } from '@rootlet/btf';

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
}

/** Indexes an object's own types; types of a base BTF are left out. */
export function indexBtfNames(btf: Btf | undefined): BtfNames {
  const funcs = new Map<string, number>();
  const externFuncs = new Map<string, number>();
  const vars = new Map<string, number>();
  const externVars = new Map<string, number>();
  const sectionOf = new Map<number, string>();
  if (btf !== undefined) {
    const statics: (() => void)[] = [];
    for (let id = btf.startId; id < btf.typeCount; id++) {
      const kind = btf.kind(id);
      if (kind === BTF_KIND_FUNC) {
        const { name, linkage } = btf.type(id) as BtfFunc;
        if (linkage === BTF_FUNC_STATIC) statics.push(() => addFirst(funcs, name, id));
        else addFirst(linkage === BTF_FUNC_EXTERN ? externFuncs : funcs, name, id);
      } else if (kind === BTF_KIND_VAR) {
        const { name, linkage } = btf.type(id) as BtfVar;
        if (linkage === BTF_VAR_STATIC) statics.push(() => addFirst(vars, name, id));
        else addFirst(linkage === BTF_VAR_GLOBAL_EXTERN ? externVars : vars, name, id);
      } else if (kind === BTF_KIND_DATASEC) {
        const datasec = btf.type(id) as BtfDatasec;
        for (const entry of datasec.vars) sectionOf.set(entry.type, datasec.name);
      }
    }
    for (const add of statics) add();
  }
  return { funcs, externFuncs, vars, externVars, sectionOf };
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
