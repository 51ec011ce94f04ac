// What must change in an object's BTF before Linux takes it?
import {
  BtfBuilder,
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

/** Name of the variable that stands for kernel functions in `.ksyms`, and of their nameless parameters, as libbpf has it. */
const DUMMY = 'dummy_ksym';

/**
 * BTF as Linux takes it. Ids do not change.
 *
 * Linux knows neither FUNCs with linkage extern nor DATASECs that list them, and wants every parameter of
 * a function named, and DATASECs that have a size; compilers write all of these. So externs become global. `.ksyms` lists a variable
 * that stands for its functions, and gets a size; other such DATASECs become anonymous structs that nothing refers to. Nameless
 * parameters are called as that variable, or as their function.
 *
 * @source libbpf: BTF sanitising and the resolution of `.ksyms` at load
 */
export function sanitizeBtf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const kfuncs = findKfuncs(parseBtf(bytes));
  const given = kfuncs === undefined ? bytes : addDummy(bytes);
  const btf = parseBtf(given);
  const out = new Uint8Array(given);
  const data = new DataView(out.buffer);
  const typesOff = data.getUint32(4, btf.littleEndian) + data.getUint32(8, btf.littleEndian);
  const set = (wordIdx: number, value: number): void => data.setUint32(typesOff + 4 * wordIdx, value, btf.littleEndian);
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    if (kind === BTF_KIND_FUNC) sanitizeFunc(btf, id, kfuncs?.has(id) === true ? dummyName(btf) : undefined, set);
    else if (kind === BTF_KIND_VAR) sanitizeVar(btf, id, set);
    else if (kind === BTF_KIND_DATASEC) sanitizeDatasec(btf, id, set, data.getUint32(typesOff + 4 * (btf.recordIdx(id) + 2), btf.littleEndian));
  }
  return out;
}

type SetWord = (wordIdx: number, value: number) => void;

/** The functions that `.ksyms` lists; undefined when it lists none. */
function findKfuncs(btf: Btf): ReadonlySet<number> | undefined {
  const section = btf.findByNameKind('.ksyms', BTF_KIND_DATASEC);
  const datasec = section === undefined ? undefined : btf.type(section);
  if (datasec?.kind !== BTF_KIND_DATASEC) return undefined;
  const funcs = datasec.vars.filter(({ type }) => btf.kind(type) === BTF_KIND_FUNC);
  return funcs.length === 0 ? undefined : new Set(funcs.map(({ type }) => type));
}

/** Adds the variable, as the last type, and its name, as the last string. */
function addDummy(bytes: Uint8Array): Uint8Array {
  const builder = BtfBuilder.from(parseBtf(bytes));
  builder.addVar(DUMMY, findInt(parseBtf(bytes)), BTF_VAR_GLOBAL_ALLOCATED);
  return builder.encode();
}

/** Offset of its name. */
function dummyName(btf: Btf): number {
  return btf.words[btf.recordIdx(btf.typeCount - 1)] as number;
}

function sanitizeFunc(btf: Btf, id: number, paramName: number | undefined, set: SetWord): void {
  const recordIdx = btf.recordIdx(id);
  const info = btf.words[recordIdx + 1] as number;
  if ((info & 0xffff) === BTF_FUNC_EXTERN) set(recordIdx + 1, (info & ~0xffff) | BTF_FUNC_GLOBAL);
  const proto = btf.type(btf.refType(id));
  if (proto.kind !== BTF_KIND_FUNC_PROTO) return;
  const protoIdx = btf.recordIdx(proto.id);
  const ownName = btf.words[recordIdx] as number;
  const nameOff = paramName ?? ownName;
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
  if (size > 0 && datasec.vars.every(({ type }) => btf.kind(type) !== BTF_KIND_FUNC)) return;
  const int = findInt(btf);
  const recordIdx = btf.recordIdx(id);
  if (datasec.name === '.ksyms' && datasec.vars.length > 0) {
    const dummyId = btf.typeCount - 1;
    const intBytes = btf.rawSize(int);
    set(recordIdx + 2, intBytes * datasec.vars.length);
    datasec.vars.forEach(({ type }, idx) => {
      const entryIdx = recordIdx + RECORD_WORDS + ENTRY_WORDS * idx;
      if (btf.kind(type) === BTF_KIND_FUNC) set(entryIdx, dummyId);
      set(entryIdx + 1, intBytes * idx);
      set(entryIdx + 2, intBytes);
    });
    return;
  }
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

/** Some integer type for what stands in for others, of 32 bits where there is one; functions have their prototypes' at hand. */
export function findInt(btf: Btf): number {
  for (let id = btf.startId; id < btf.typeCount; id++) if (btf.kind(id) === BTF_KIND_INT && btf.rawSize(id) === 4) return id;
  for (let id = btf.startId; id < btf.typeCount; id++) if (btf.kind(id) === BTF_KIND_INT) return id;
  return 0;
}
