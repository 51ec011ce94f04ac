// What must change in an object's BTF before Linux takes it?
import {
  BTF_FUNC_EXTERN,
  BTF_FUNC_GLOBAL,
  BTF_KIND_DATASEC,
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_FWD,
  BTF_KIND_INT,
  BTF_KIND_STRUCT,
  BTF_KIND_VAR,
  BTF_VAR_GLOBAL_ALLOCATED,
  BTF_VAR_GLOBAL_EXTERN,
  parseBtf,
} from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

/** Words of a type record before what its kind adds. */
const RECORD_WORDS = 3;
/** Words of a DATASEC variable and of a STRUCT member, which makes one a place for the other. */
const ENTRY_WORDS = 3;
/** Words of a FUNC_PROTO parameter. */
const PARAM_WORDS = 2;

/**
 * BTF as Linux takes it. Ids do not change.
 *
 * Linux knows neither FUNCs with linkage extern nor DATASECs that list them or list nothing, and wants every parameter of
 * a function named, and DATASECs that have a size; compilers write all of these. So externs become global, such DATASECs anonymous structs that nothing
 * refers to, and nameless parameters are called as their function.
 *
 * @source libbpf: BTF sanitising and the resolution of `.ksyms` at load
 */
export function sanitizeBtf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const btf = parseBtf(bytes);
  const out = new Uint8Array(bytes);
  const data = new DataView(out.buffer);
  const typesOff = data.getUint32(4, btf.littleEndian) + data.getUint32(8, btf.littleEndian);
  const set = (wordIdx: number, value: number): void => data.setUint32(typesOff + 4 * wordIdx, value, btf.littleEndian);
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    if (kind === BTF_KIND_FUNC) sanitizeFunc(btf, id, set);
    else if (kind === BTF_KIND_VAR) sanitizeVar(btf, id, set);
    else if (kind === BTF_KIND_DATASEC) sanitizeDatasec(btf, id, set, data.getUint32(typesOff + 4 * (btf.recordIdx(id) + 2), btf.littleEndian));
  }
  return out;
}

type SetWord = (wordIdx: number, value: number) => void;

function sanitizeFunc(btf: Btf, id: number, set: SetWord): void {
  const recordIdx = btf.recordIdx(id);
  const info = btf.words[recordIdx + 1] as number;
  if ((info & 0xffff) === BTF_FUNC_EXTERN) set(recordIdx + 1, (info & ~0xffff) | BTF_FUNC_GLOBAL);
  const proto = btf.type(btf.refType(id));
  if (proto.kind !== BTF_KIND_FUNC_PROTO) return;
  const protoIdx = btf.recordIdx(proto.id);
  const nameOff = btf.words[recordIdx] as number;
  proto.params.forEach((param, idx) => {
    if (param.name === '' && param.type !== 0) set(protoIdx + RECORD_WORDS + PARAM_WORDS * idx, nameOff);
  });
}

/** Extern variables become global, and integers where their type has no size: `extern const void x __ksym`. */
function sanitizeVar(btf: Btf, id: number, set: SetWord): void {
  const variable = btf.type(id);
  if (variable.kind !== BTF_KIND_VAR || variable.linkage !== BTF_VAR_GLOBAL_EXTERN) return;
  const recordIdx = btf.recordIdx(id);
  set(recordIdx + RECORD_WORDS, BTF_VAR_GLOBAL_ALLOCATED);
  const target = btf.resolveType(variable.type);
  if (target === 0 || btf.kind(target) === BTF_KIND_FWD) set(recordIdx + 2, findInt(btf));
}

function sanitizeDatasec(btf: Btf, id: number, set: SetWord, size: number): void {
  const datasec = btf.type(id);
  if (datasec.kind !== BTF_KIND_DATASEC) return;
  if (size > 0 && datasec.vars.length > 0 && datasec.vars.every(({ type }) => btf.kind(type) !== BTF_KIND_FUNC)) return;
  const int = findInt(btf);
  const recordIdx = btf.recordIdx(id);
  set(recordIdx, 0);
  set(recordIdx + 1, ((BTF_KIND_STRUCT << 24) | datasec.vars.length) >>> 0);
  set(recordIdx + 2, datasec.vars.length * btf.rawSize(int));
  datasec.vars.forEach((_, idx) => {
    const entryIdx = recordIdx + RECORD_WORDS + ENTRY_WORDS * idx;
    set(entryIdx, 0);
    set(entryIdx + 1, int);
    set(entryIdx + 2, 8 * btf.rawSize(int) * idx);
  });
}

/** Some integer type for the members of stand-in structs; a DATASEC that lists functions has their prototypes' at hand. */
function findInt(btf: Btf): number {
  for (let id = btf.startId; id < btf.typeCount; id++) if (btf.kind(id) === BTF_KIND_INT) return id;
  return 0;
}
