// Which maps does a `.maps` section define?
import {
  BTF_KIND_ARRAY,
  BTF_KIND_DATASEC,
  BTF_KIND_ENUM,
  BTF_KIND_ENUM64,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_PTR,
  BTF_KIND_STRUCT,
  BTF_KIND_VAR,
  BTF_VAR_GLOBAL_EXTERN,
} from '@rootlet/btf';
import type { Btf, BtfMember } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import {
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_PROG_ARRAY,
} from '@rootlet/uapi';
import { fitMaxEntries } from './map-sizes.ts';
import { kernelName } from './names.ts';
import { LIBBPF_PIN_BY_NAME, LIBBPF_PIN_NONE } from './spec.ts';
import type { MapSpec } from './spec.ts';

/** A map definition with the place of its variable in the section. */
export interface BtfMapDef {
  readonly map: MapSpec;
  /** Offset of the variable in `.maps`, bytes. */
  readonly byteOff: number;
  /** Offset of the `values` array in the variable, bytes; undefined when it has none. */
  readonly valuesByteOff: number | undefined;
}

/** The fields of a definition while they are collected. */
interface Draft {
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  extra: bigint;
  numaNode: number;
  pinning: number;
  btfKeyTypeId: number;
  btfValueTypeId: number;
  inner: MapSpec | undefined;
  valuesByteOff: number | undefined;
}

const EMPTY: Draft = {
  type: 0,
  keySize: 0,
  valueSize: 0,
  maxEntries: 0,
  flags: 0,
  extra: 0n,
  numaNode: 0,
  pinning: LIBBPF_PIN_NONE,
  btfKeyTypeId: 0,
  btfValueTypeId: 0,
  inner: undefined,
  valuesByteOff: undefined,
};

/**
 * Reads the BTF-defined maps of an object.
 *
 * @param btf BTF of the object
 * @param place offset of a variable in `.maps` by name and, where static maps share one, by the offset BTF gives
 * @returns definitions by ascending offset
 * @throws `MAP_DEF` naming the map and field that is malformed
 * @source libbpf documentation, "BTF-defined maps"
 */
export function parseBtfMaps(
  btf: Btf,
  place: (name: string, byteOff: number) => { readonly byteOff: number } | undefined,
): BtfMapDef[] {
  const secId = btf.findByNameKind('.maps', BTF_KIND_DATASEC);
  if (secId === undefined) {
    throw new DecodeError('MAP_DEF', 'loader: section .maps', 'BTF has no DATASEC for it');
  }
  const datasec = btf.type(secId);
  if (datasec.kind !== BTF_KIND_DATASEC) return [];
  const defs: BtfMapDef[] = [];
  for (const secinfo of datasec.vars) {
    const variable = btf.type(secinfo.type);
    // An extern map is another object's: the static linker finds it.
    if (variable.kind !== BTF_KIND_VAR || variable.linkage === BTF_VAR_GLOBAL_EXTERN) continue;
    const what = `loader: map '${variable.name}'`;
    const at = place(variable.name, secinfo.byteOff);
    if (at === undefined) throw new DecodeError('MAP_DEF', what, 'no symbol in section .maps');
    const structId = btf.resolveType(variable.type);
    const draft = parseDefinition(btf, structId, what, variable.name);
    defs.push({
      byteOff: at.byteOff,
      valuesByteOff: draft.valuesByteOff,
      map: { ...draftToSpec(variable.name, draft, what, true), byteOff: at.byteOff },
    });
  }
  return defs.sort((a, b) => a.byteOff - b.byteOff);
}

function draftToSpec(name: string, draft: Draft, what: string, autocreate: boolean): MapSpec {
  if (draft.type === 0) throw new DecodeError('MAP_DEF', what, 'map type is not specified');
  return {
    type: draft.type,
    keySize: draft.keySize,
    valueSize: draft.valueSize,
    maxEntries: fitMaxEntries(draft.type, draft.maxEntries),
    flags: draft.flags,
    extra: draft.extra,
    numaNode: draft.numaNode,
    pinning: draft.pinning,
    btfKeyTypeId: draft.btfKeyTypeId,
    btfValueTypeId: draft.btfValueTypeId,
    inner: draft.inner,
    name,
    sectionName: '.maps',
    internal: false,
    autocreate,
    autoattach: false,
    byteOff: 0,
    kernelName: kernelName(name),
    sectionIdx: undefined,
    initialValue: undefined,
    frozen: false,
    slots: [],
  };
}

/** @param outerName name of the map whose `values` may define an inner map; undefined in an inner map: one level only */
function parseDefinition(btf: Btf, structId: number, what: string, outerName: string | undefined): Draft {
  const struct = btf.kind(structId) === BTF_KIND_STRUCT ? btf.type(structId) : undefined;
  if (struct?.kind !== BTF_KIND_STRUCT) {
    throw new DecodeError('MAP_DEF', what, 'definition is not a struct');
  }
  const draft: Draft = { ...EMPTY };
  struct.members.forEach((member, idx) => {
    const field = `${what}: field '${member.name}'`;
    if (member.name === 'values' && idx !== struct.members.length - 1) {
      throw new DecodeError('MAP_DEF', field, 'must be the last field');
    }
    parseField(btf, draft, member, field, outerName);
  });
  return draft;
}

function parseField(btf: Btf, draft: Draft, member: BtfMember, what: string, outerName: string | undefined): void {
  switch (member.name) {
    case 'type':
      draft.type = uintField(btf, member, what);
      return;
    case 'max_entries':
      draft.maxEntries = uintField(btf, member, what);
      return;
    case 'map_flags':
      draft.flags = uintField(btf, member, what);
      return;
    case 'numa_node':
      draft.numaNode = uintField(btf, member, what);
      return;
    case 'map_extra':
      draft.extra = ulongField(btf, member, what);
      return;
    case 'pinning':
      draft.pinning = uintField(btf, member, what);
      if (outerName === undefined) throw new DecodeError('MAP_DEF', what, 'an inner map cannot be pinned');
      if (draft.pinning !== LIBBPF_PIN_NONE && draft.pinning !== LIBBPF_PIN_BY_NAME) {
        throw new DecodeError('MAP_DEF', what, 'unknown way of pinning', { need: `${LIBBPF_PIN_NONE} or ${LIBBPF_PIN_BY_NAME}`, have: draft.pinning });
      }
      return;
    case 'key_size':
      draft.keySize = agree(draft.keySize, uintField(btf, member, what), what);
      return;
    case 'value_size':
      draft.valueSize = agree(draft.valueSize, uintField(btf, member, what), what);
      return;
    case 'key':
      draft.btfKeyTypeId = pointee(btf, member, what);
      draft.keySize = agree(draft.keySize, btf.resolveSize(draft.btfKeyTypeId), what);
      return;
    case 'value':
      draft.btfValueTypeId = pointee(btf, member, what);
      draft.valueSize = agree(draft.valueSize, btf.resolveSize(draft.btfValueTypeId), what);
      return;
    case 'values':
      parseValues(btf, draft, member, what, outerName);
      return;
    default:
      throw new DecodeError('MAP_DEF', what, 'unknown field of a map definition');
  }
}

/** `__uint(name, value)`: a pointer to an array whose length is the value. */
function uintField(btf: Btf, member: BtfMember, what: string): number {
  const array = btf.resolveType(pointee(btf, member, what));
  const type = btf.kind(array) === BTF_KIND_ARRAY ? btf.type(array) : undefined;
  if (type?.kind !== BTF_KIND_ARRAY) {
    throw new DecodeError('MAP_DEF', what, 'not written with __uint()', { need: 'pointer to an array' });
  }
  return type.nelems;
}

/** `__ulong(name, value)`: an enumeration with the value as its only member; or as {@link uintField}. */
function ulongField(btf: Btf, member: BtfMember, what: string): bigint {
  const type = btf.type(btf.resolveType(member.type));
  if (type.kind !== BTF_KIND_ENUM && type.kind !== BTF_KIND_ENUM64) return BigInt(uintField(btf, member, what));
  const [only, second] = type.values;
  if (only === undefined || second !== undefined) {
    throw new DecodeError('MAP_DEF', what, 'not written with __ulong()', { need: 'one enumerator', have: type.values.length });
  }
  return BigInt.asUintN(64, BigInt(only.value));
}

/** `__type(name, type)`: a pointer to the type. */
function pointee(btf: Btf, member: BtfMember, what: string): number {
  const ptr = btf.resolveType(member.type);
  if (btf.kind(ptr) !== BTF_KIND_PTR) {
    throw new DecodeError('MAP_DEF', what, 'not a pointer', { have: `BTF kind ${btf.kind(ptr)}` });
  }
  return btf.refType(ptr);
}

function agree(before: number, size: number, what: string): number {
  if (before !== 0 && before !== size) {
    throw new DecodeError('MAP_DEF', what, 'size disagrees with an earlier field', { need: before, have: size });
  }
  return size;
}

/** `__array(values, T)`: the inner map's definition, or the functions of a program array. */
function parseValues(btf: Btf, draft: Draft, member: BtfMember, what: string, outerName: string | undefined): void {
  const inMap = draft.type === BPF_MAP_TYPE_ARRAY_OF_MAPS || draft.type === BPF_MAP_TYPE_HASH_OF_MAPS;
  if (outerName === undefined) throw new DecodeError('MAP_DEF', what, 'an inner map cannot have values of its own');
  if (!inMap && draft.type !== BPF_MAP_TYPE_PROG_ARRAY) {
    throw new DecodeError('MAP_DEF', what, 'only maps of maps and program arrays have values', {
      have: `map type ${draft.type}`,
    });
  }
  const arrayId = btf.resolveType(member.type);
  const array = btf.kind(arrayId) === BTF_KIND_ARRAY ? btf.type(arrayId) : undefined;
  if (array?.kind !== BTF_KIND_ARRAY) throw new DecodeError('MAP_DEF', what, 'not written with __array()');
  const elem = btf.resolveType(array.type);
  if (btf.kind(elem) !== BTF_KIND_PTR) throw new DecodeError('MAP_DEF', what, 'elements are not pointers');
  draft.valuesByteOff = member.bitOff / 8;
  draft.valueSize = agree(draft.valueSize, 4, what);
  const target = btf.resolveType(btf.refType(elem));
  if (inMap) {
    const inner = `${what}: inner map`;
    draft.inner = draftToSpec(`${outerName}.inner`, parseDefinition(btf, target, inner, undefined), inner, false);
  } else if (btf.kind(target) !== BTF_KIND_FUNC_PROTO) {
    throw new DecodeError('MAP_DEF', what, 'elements of a program array are not functions');
  }
}
