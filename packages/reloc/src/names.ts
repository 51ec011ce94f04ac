// Which BTF id does a symbol have, and in which data section does BTF put it?
import { BTF_FUNC_EXTERN, BTF_KIND_DATASEC, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_VAR, BTF_VAR_GLOBAL_EXTERN } from '@rootlet/btf';
import type { Btf, BtfDatasec, BtfFunc, BtfVar } from '@rootlet/btf';

/** FUNC and VAR ids of one object by name. Names of static functions may repeat; the first one stands. */
export interface BtfNames {
  /** FUNCs that are defined here. */
  readonly funcs: ReadonlyMap<string, number>;
  /** FUNCs with extern linkage. */
  readonly externFuncs: ReadonlyMap<string, number>;
  /** VARs with extern linkage. */
  readonly externVars: ReadonlyMap<string, number>;
  /** Name of the DATASEC that lists a FUNC or VAR, by its id. */
  readonly sectionOf: ReadonlyMap<number, string>;
}

/** Indexes an object's own types; types of a base BTF are left out. */
export function indexBtfNames(btf: Btf | undefined): BtfNames {
  const funcs = new Map<string, number>();
  const externFuncs = new Map<string, number>();
  const externVars = new Map<string, number>();
  const sectionOf = new Map<number, string>();
  if (btf !== undefined) {
    for (let id = btf.startId; id < btf.typeCount; id++) {
      const kind = btf.kind(id);
      if (kind === BTF_KIND_FUNC) {
        const func = btf.type(id) as BtfFunc;
        addFirst(func.linkage === BTF_FUNC_EXTERN ? externFuncs : funcs, func.name, id);
      } else if (kind === BTF_KIND_VAR) {
        const variable = btf.type(id) as BtfVar;
        if (variable.linkage === BTF_VAR_GLOBAL_EXTERN) addFirst(externVars, variable.name, id);
      } else if (kind === BTF_KIND_DATASEC) {
        const datasec = btf.type(id) as BtfDatasec;
        for (const entry of datasec.vars) sectionOf.set(entry.type, datasec.name);
      }
    }
  }
  return { funcs, externFuncs, externVars, sectionOf };
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
