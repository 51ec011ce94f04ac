// What of BTF do older kernels not know, and what stands in for it?
import {
  BTF_FUNC_GLOBAL,
  BTF_KIND_CONST,
  BTF_KIND_DATASEC,
  BTF_KIND_DECL_TAG,
  BTF_KIND_ENUM64,
  BTF_KIND_FLOAT,
  BTF_KIND_FUNC,
  BTF_KIND_INT,
  BTF_KIND_STRUCT,
  BTF_KIND_TYPE_TAG,
  BTF_KIND_UNION,
  BTF_KIND_VAR,
  parseBtf,
} from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { findInt } from './btf-sanitize.ts';
import type { FeatureName } from './sys/probe-features.ts';

const RECORD_WORDS = 3;
const ENTRY_WORDS = 3;
const BYTE = 8;

/** Sets a word of the type section. */
type SetWord = (wordIdx: number, value: number) => void;

interface Change {
  readonly btf: Btf;
  readonly id: number;
  /** First word of the record. */
  readonly at: number;
  readonly set: SetWord;
  /** Puts `_` for some characters of its name. */
  readonly rename: (characters: RegExp) => void;
}

/** A kind that older kernels do not know, the feature that says so, and the kind of the same size that is put in its place. */
type Row = readonly [kind: number, feature: FeatureName, replace: (change: Change) => void];

function infoOf(kind: number, vlen = 0): number {
  return ((kind << 24) | vlen) >>> 0;
}

function toInt({ at, set }: Change): void {
  set(at + 1, infoOf(BTF_KIND_INT));
  set(at + 2, 1);
  set(at + RECORD_WORDS, BYTE);
}

/** Variables, integers by then, become members; offsets are in bits. Names of structs are those of C. */
function toStruct({ btf, id, at, set, rename }: Change): void {
  const vlen = btf.vlen(id);
  rename(/[.?]/g);
  set(at + 1, infoOf(BTF_KIND_STRUCT, vlen));
  for (let idx = 0; idx < vlen; idx++) {
    const entryIdx = at + RECORD_WORDS + ENTRY_WORDS * idx;
    const variable = btf.words[entryIdx] as number;
    set(entryIdx, btf.words[btf.recordIdx(variable)] as number);
    set(entryIdx + 1, variable);
    set(entryIdx + 2, BYTE * (btf.words[entryIdx + 1] as number));
  }
}

/** Names stay, values go. */
function toUnion({ btf, id, at, set }: Change): void {
  const vlen = btf.vlen(id);
  const int = findInt(btf);
  set(at + 1, infoOf(BTF_KIND_UNION, vlen));
  for (let idx = 0; idx < vlen; idx++) {
    set(at + RECORD_WORDS + ENTRY_WORDS * idx + 1, int);
    set(at + RECORD_WORDS + ENTRY_WORDS * idx + 2, 0);
  }
}

const ROWS: readonly Row[] = [
  [BTF_KIND_VAR, 'btfDatasec', toInt],
  [BTF_KIND_DATASEC, 'btfDatasec', toStruct],
  [BTF_KIND_DECL_TAG, 'btfDeclTag', toInt],
  [BTF_KIND_FLOAT, 'btfFloat', ({ at, set }) => (set(at, 0), set(at + 1, infoOf(BTF_KIND_STRUCT)))],
  [BTF_KIND_TYPE_TAG, 'btfTypeTag', ({ at, set }) => (set(at, 0), set(at + 1, infoOf(BTF_KIND_CONST)))],
  [BTF_KIND_ENUM64, 'btfEnum64', toUnion],
];

/**
 * BTF with what the kernel does not know replaced, as libbpf replaces it. Ids do not change. Kernels from 5.0 on, which know functions.
 *
 * @param has whether the kernel has a feature; asked only for kinds that are there
 * @returns undefined when nothing has to be replaced
 * @source libbpf: BTF sanitising
 */
export function fitBtfToKernel(bytes: Uint8Array, has: (feature: FeatureName) => boolean): Uint8Array<ArrayBuffer> | undefined {
  const btf = parseBtf(bytes);
  const out = new Uint8Array(bytes);
  const data = new DataView(out.buffer);
  const headerBytes = data.getUint32(4, btf.littleEndian);
  const typesOff = headerBytes + data.getUint32(8, btf.littleEndian);
  const stringsOff = headerBytes + data.getUint32(16, btf.littleEndian);
  let changed = false;
  const set: SetWord = (wordIdx, value) => {
    data.setUint32(typesOff + 4 * wordIdx, value, btf.littleEndian);
    changed = true;
  };
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    const at = btf.recordIdx(id);
    const rename = (characters: RegExp): void => {
      const nameOff = stringsOff + (btf.words[at] as number);
      for (const { index } of btf.name(id).matchAll(characters)) out[nameOff + index] = '_'.charCodeAt(0);
      changed = true;
    };
    const row = ROWS.find(([of]) => of === kind);
    if (row !== undefined && !has(row[1])) row[2]({ btf, id, at, set, rename });
    else if (kind === BTF_KIND_FUNC && btf.words[at + 1] === infoOf(BTF_KIND_FUNC, BTF_FUNC_GLOBAL) && !has('btfGlobalFunc')) set(at + 1, infoOf(BTF_KIND_FUNC));
    else if (kind === BTF_KIND_DATASEC && btf.name(id).startsWith('?') && !has('btfQmarkDatasec')) rename(/\?/g);
  }
  return changed ? out : undefined;
}
