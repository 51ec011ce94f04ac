// What does a map look like once its user's settings are applied?
import { BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_VAR } from '@rootlet/btf';
import { fitMaxEntries } from './map-sizes.ts';
import type { LoadOptions, MapOverride } from './options.ts';
import { LIBBPF_PIN_BY_NAME } from './spec.ts';
import type { MapSpec, ObjectSpec } from './spec.ts';
import { findVariable } from './variables.ts';

/** Where maps that are pinned by name are pinned, unless the user says otherwise. */
export const DEFAULT_PIN_ROOT = '/sys/fs/bpf';

/** The array at the end of a data section, as long as the section was made. */
export interface ResizedArray {
  /** DATASEC in the object's BTF. */
  readonly datasecId: number;
  /** Position of the variable in it. */
  readonly varIdx: number;
  readonly varId: number;
  readonly elemId: number;
  readonly indexId: number;
  readonly nelems: number;
}

/**
 * The map with its settings in place. The contents of a data map that was resized are as they were, as far as they fit;
 * its BTF is kept when its last variable is an array that the new size holds a whole number of elements of.
 */
export function applyMapOverride(spec: ObjectSpec, map: MapSpec, override: MapOverride | undefined): MapSpec {
  if (override === undefined) return map;
  const type = override.type ?? map.type;
  const valueSize = override.valueSize ?? map.valueSize;
  const resized = map.internal && valueSize !== map.valueSize;
  const described = !resized || findResizedArray(spec, map, valueSize) !== undefined;
  return {
    ...map,
    type,
    valueSize,
    keySize: override.keySize ?? map.keySize,
    maxEntries: fitMaxEntries(type, override.maxEntries ?? map.maxEntries),
    flags: override.flags ?? map.flags,
    extra: override.extra ?? map.extra,
    numaNode: override.numaNode ?? map.numaNode,
    autocreate: override.autocreate ?? map.autocreate,
    initialValue: override.initialValue ?? (resized ? resizeBytes(map.initialValue, valueSize) : map.initialValue),
    ...(override.functions === undefined ? {} : { structOps: replaceFuncs(map.structOps ?? [], override.functions) }),
    ...(described ? {} : { btfKeyTypeId: 0, btfValueTypeId: 0 }),
  };
}

type StructOps = NonNullable<MapSpec['structOps']>;

function replaceFuncs(funcs: StructOps, replaced: ReadonlyMap<number, string | undefined>): StructOps {
  const fresh = [...replaced].flatMap(([byteOff, program]) => (program === undefined ? [] : [{ byteOff, program }]));
  return [...funcs.filter(({ byteOff }) => !replaced.has(byteOff)), ...fresh];
}

/** The bytes cut off or filled up with zeros; undefined stands for zeros alone. */
function resizeBytes(bytes: Uint8Array | undefined, size: number): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  const resized = new Uint8Array(size);
  resized.set(bytes.subarray(0, size));
  return resized;
}

/**
 * The last variable of a data map that was resized, when it is an array that can take up the difference.
 *
 * @libbpf bpf_map__set_value_size
 */
export function findResizedArray(spec: ObjectSpec, map: MapSpec, valueSize: number): ResizedArray | undefined {
  const { btf } = spec;
  const datasecId = map.btfValueTypeId;
  const datasec = btf === undefined || datasecId === 0 ? undefined : btf.type(datasecId);
  if (btf === undefined || datasec?.kind !== BTF_KIND_DATASEC) return undefined;
  let last: { varIdx: number; varId: number; byteOff: number; arrayId: number } | undefined;
  datasec.vars.forEach((secinfo, varIdx) => {
    const variable = btf.type(secinfo.type);
    if (variable.kind !== BTF_KIND_VAR) return;
    const byteOff = findVariable(spec.variables, variable.name, map.sectionName, secinfo.byteOff)?.byteOff ?? secinfo.byteOff;
    if (last === undefined || byteOff >= last.byteOff) last = { varIdx, varId: secinfo.type, byteOff, arrayId: btf.resolveType(variable.type) };
  });
  if (last === undefined) return undefined;
  const array = btf.type(last.arrayId);
  if (array.kind !== BTF_KIND_ARRAY) return undefined;
  const elemSize = btf.resolveSize(array.type);
  const room = valueSize - last.byteOff;
  if (elemSize === 0 || room <= 0 || room % elemSize !== 0) return undefined;
  return { datasecId, varIdx: last.varIdx, varId: last.varId, elemId: array.type, indexId: array.indexType, nelems: room / elemSize };
}

/** Where a map is pinned; undefined for nowhere. */
export function mapPinPath(map: MapSpec, override: MapOverride | undefined, options: Pick<LoadOptions, 'pinRootPath'>): string | undefined {
  if (override?.pinPath !== undefined) return override.pinPath ?? undefined;
  return map.pinning === LIBBPF_PIN_BY_NAME ? `${options.pinRootPath ?? DEFAULT_PIN_ROOT}/${map.name}` : undefined;
}
