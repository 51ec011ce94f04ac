// What does an object's BTF look like to a kernel?
import { BTF_FUNC_STATIC, BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_FUNC, BTF_KIND_VAR, BTF_VAR_GLOBAL_ALLOCATED, BTF_VAR_GLOBAL_EXTERN, BTF_VAR_STATIC } from '@rootlet/btf';
import type { Btf, BtfDatasec } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import { perCallFuncIds } from '@rootlet/reloc';
import { BtfPatch } from './btf-patch.ts';
import type { MapOverride } from './options.ts';
import { findResizedArray } from './settings.ts';
import type { ObjectSpec } from './spec.ts';
import { findVariable } from './variables.ts';

/** Words of a type record before what its kind adds: name, info, size or type. */
const RECORD_WORDS = 3;
/** Words of one variable in a DATASEC: type, offset, size. */
const SECINFO_WORDS = 3;

/**
 * The BTF to give to a kernel: as the compiler wrote it, with the sizes of DATASECs and the offsets of their variables,
 * which clang leaves to the loader, filled in, and functions that are verified per call and hidden variables marked static. Ids do not change;
 * the array at the end of a section that was resized gets a type of its own, at the end.
 *
 * @param overrides the user's settings, by name of the map
 * @returns undefined when the object has no BTF
 * @throws `DATASEC_VAR` when a variable of a DATASEC has no symbol anywhere
 * @source libbpf documentation, "bpf_object": fix-ups of BTF at load
 */
export function btfToLoad(spec: ObjectSpec, overrides: ReadonlyMap<string, MapOverride> = new Map()): Uint8Array | undefined {
  const { btf } = spec;
  if (btf === undefined) return undefined;
  const patch = new BtfPatch(btf);
  for (let id = btf.startId; id < btf.typeCount; id++) {
    if (btf.kind(id) !== BTF_KIND_DATASEC) continue;
    const datasec = btf.type(id);
    if (datasec.kind !== BTF_KIND_DATASEC) continue;
    if (datasec.name === '.kconfig') placeKconfig(spec, btf, datasec, patch);
    else placeVariables(spec, btf, datasec, patch);
  }
  const programIds = new Set(spec.programs.filter(({ sectionName }) => sectionName !== '.text').map(({ funcIdx }) => spec.code.funcs[funcIdx]?.btfId));
  for (const id of perCallFuncIds(spec.code)) {
    // Hidden programs stay programs; who may see it counts for a function that programs call.
    if (btf.kind(id) === BTF_KIND_FUNC && !programIds.has(id)) patch.setLow16(btf.recordIdx(id) + 1, BTF_FUNC_STATIC);
  }
  resizeSections(spec, btf, overrides, patch);
  return patch.finish();
}

function placeVariables(spec: ObjectSpec, btf: Btf, datasec: BtfDatasec, patch: BtfPatch): void {
  const size = spec.sectionSizes.get(datasec.name);
  // Sections that exist in BTF alone (.ksyms) are placed by what resolves their externs.
  if (size === undefined) return;
  const recordIdx = btf.recordIdx(datasec.id);
  if (datasec.size === 0) patch.setWord(recordIdx + 2, size);
  datasec.vars.forEach((secinfo, idx) => {
    const variable = btf.type(secinfo.type);
    if (variable.kind !== BTF_KIND_VAR || variable.linkage === BTF_VAR_GLOBAL_EXTERN) return;
    // clang 14 lists constants here that it put into a section of their own (.rodata.cst32): the place is then that one's, as with libbpf.
    const place = findVariable(spec.variables, variable.name, datasec.name, secinfo.byteOff) ?? spec.variables.get(variable.name)?.[0];
    if (place === undefined) {
      if (secinfo.byteOff !== 0 || datasec.vars.length === 1) return;
      throw new DecodeError('DATASEC_VAR', `loader: DATASEC '${datasec.name}': variable '${variable.name}'`, 'no symbol in that section');
    }
    patch.setWord(recordIdx + RECORD_WORDS + idx * SECINFO_WORDS + 1, place.byteOff);
    // Hidden variables are as static ones to whoever reads the BTF.
    if (!place.visible && variable.linkage !== BTF_VAR_STATIC) patch.setWord(btf.recordIdx(secinfo.type) + RECORD_WORDS, BTF_VAR_STATIC);
  });
}

/** Lists the variables in the order of their places, as a kernel wants them: they are the map's, and extern no more. */
function placeKconfig(spec: ObjectSpec, btf: Btf, datasec: BtfDatasec, patch: BtfPatch): void {
  const last = spec.kconfig.at(-1);
  // Variables that no program uses have no symbol, and no place.
  if (last === undefined || spec.kconfig.length !== datasec.vars.length) return;
  const idOf = new Map(datasec.vars.map(({ type }) => [btf.name(type), type]));
  const recordIdx = btf.recordIdx(datasec.id);
  patch.setWord(recordIdx + 2, last.byteOff + last.size);
  spec.kconfig.forEach((variable, idx) => {
    const entryIdx = recordIdx + RECORD_WORDS + idx * SECINFO_WORDS;
    const id = idOf.get(variable.name) ?? 0;
    if (btf.kind(id) === BTF_KIND_VAR) patch.setWord(btf.recordIdx(id) + RECORD_WORDS, BTF_VAR_GLOBAL_ALLOCATED);
    patch.setWord(entryIdx, id);
    patch.setWord(entryIdx + 1, variable.byteOff);
    patch.setWord(entryIdx + 2, variable.size);
  });
}

function resizeSections(spec: ObjectSpec, btf: Btf, overrides: ReadonlyMap<string, MapOverride>, patch: BtfPatch): void {
  for (const map of spec.maps) {
    const valueSize = overrides.get(map.name)?.valueSize;
    if (!map.internal || valueSize === undefined || valueSize === map.valueSize) continue;
    const array = findResizedArray(spec, map, valueSize);
    if (array === undefined) continue;
    const arrayId = patch.addType([0, (BTF_KIND_ARRAY << 24) >>> 0, 0, array.elemId, array.indexId, array.nelems]);
    const recordIdx = btf.recordIdx(array.datasecId);
    patch.setWord(recordIdx + 2, valueSize);
    patch.setWord(recordIdx + RECORD_WORDS + array.varIdx * SECINFO_WORDS + 2, array.nelems * btf.resolveSize(array.elemId));
    patch.setWord(btf.recordIdx(array.varId) + 2, arrayId);
  }
}
