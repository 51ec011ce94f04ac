// What does an object's BTF look like to a kernel?
import { BTF_FUNC_STATIC, BTF_KIND_DATASEC, BTF_KIND_FUNC, BTF_KIND_VAR, BTF_VAR_GLOBAL_EXTERN } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import { perCallFuncIds } from '@rootlet/reloc';
import type { ObjectSpec } from './spec.ts';
import { findVariable } from './variables.ts';

/** Words of a type record before what its kind adds: name, info, size or type. */
const RECORD_WORDS = 3;
/** Words of one variable in a DATASEC: type, offset, size. */
const SECINFO_WORDS = 3;
/** Mask of the variable count, or of a FUNC's linkage, in the info word of a 24-byte header's BTF. */
const VLEN_MASK = 0xffff;

/**
 * The BTF to give to a kernel: as the compiler wrote it, with the sizes of DATASECs and the offsets of their variables,
 * which clang leaves to the loader, filled in, and functions that are verified per call marked static. Ids do not change.
 *
 * @returns undefined when the object has no BTF
 * @throws `DATASEC_VAR` when a DATASEC's variable has no symbol
 * @source libbpf documentation, "bpf_object": fix-ups of BTF at load
 */
export function btfToLoad(spec: ObjectSpec): Uint8Array | undefined {
  const { btf } = spec;
  if (btf === undefined) return undefined;
  const patch = new Patch(btf);
  for (let id = btf.startId; id < btf.typeCount; id++) {
    if (btf.kind(id) === BTF_KIND_DATASEC) placeVariables(spec, btf, id, patch);
  }
  for (const id of perCallFuncIds(spec.code)) {
    if (btf.kind(id) === BTF_KIND_FUNC) patch.setLow16(btf.recordIdx(id) + 1, BTF_FUNC_STATIC);
  }
  return patch.bytes;
}

function placeVariables(spec: ObjectSpec, btf: Btf, secId: number, patch: Patch): void {
  const sectionName = btf.name(secId);
  const size = spec.sectionSizes.get(sectionName);
  // Sections that exist in BTF alone (.ksyms, .kconfig) are placed by what resolves their externs.
  if (size === undefined) return;
  const datasec = btf.type(secId);
  if (datasec.kind !== BTF_KIND_DATASEC) return;
  const recordIdx = btf.recordIdx(secId);
  if (datasec.size === 0) patch.setWord(recordIdx + 2, size);
  datasec.vars.forEach((secinfo, idx) => {
    const variable = btf.type(secinfo.type);
    if (variable.kind !== BTF_KIND_VAR || variable.linkage === BTF_VAR_GLOBAL_EXTERN) return;
    const place = findVariable(spec.variables, variable.name, sectionName, secinfo.byteOff);
    if (place === undefined) {
      if (secinfo.byteOff !== 0 || datasec.vars.length === 1) return;
      throw new DecodeError('DATASEC_VAR', `loader: DATASEC '${sectionName}': variable '${variable.name}'`, 'no symbol in that section');
    }
    patch.setWord(recordIdx + RECORD_WORDS + idx * SECINFO_WORDS + 1, place.byteOff);
  });
}

/** A copy of a BTF's bytes in which words of the type section are overwritten. */
class Patch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #data: DataView;
  readonly #littleEndian: boolean;
  readonly #typesOff: number;

  constructor(btf: Btf) {
    this.bytes = new Uint8Array(btf.bytes);
    this.#data = new DataView(this.bytes.buffer);
    this.#littleEndian = btf.littleEndian;
    this.#typesOff = this.#data.getUint32(4, this.#littleEndian) + this.#data.getUint32(8, this.#littleEndian);
  }

  setWord(wordIdx: number, value: number): void {
    this.#data.setUint32(this.#typesOff + 4 * wordIdx, value, this.#littleEndian);
  }

  /** Sets the low 16 bits of a word and keeps the rest. */
  setLow16(wordIdx: number, value: number): void {
    const at = this.#typesOff + 4 * wordIdx;
    const rest = this.#data.getUint32(at, this.#littleEndian) & ~VLEN_MASK;
    this.#data.setUint32(at, (rest | value) >>> 0, this.#littleEndian);
  }
}
