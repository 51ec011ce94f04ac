// Which types read and write the data of a skeleton?
import { BTF_KIND_ARRAY, BTF_KIND_FLOAT, BTF_KIND_STRUCT, BTF_KIND_UNION, BtfBuilder, generateTypeScript } from '@rootlet/btf';
import type { Btf, BtfMember } from '@rootlet/btf';
import type { MapSpec, ObjectSpec } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import type { SkeletonModel, SkeletonTable } from './model.ts';

/** How a member is written and read. */
export type LayoutKind = 'scalar' | 'struct' | 'array';

/** The types, as TypeScript. */
export interface SkeletonLayout {
  /** Class with an accessor for each member of {@link SkeletonLayout.members}. */
  readonly name: string;
  readonly text: string;
  /** By name: `section.variable`, `key of map`, `value of map`, `record of map`, `ops of map`. What has no type is not there. */
  readonly members: ReadonlyMap<string, LayoutKind>;
}

/** Maps whose keys are indices, said or not. */
const INDEXED: readonly number[] = [
  uapi.BPF_MAP_TYPE_ARRAY, uapi.BPF_MAP_TYPE_PROG_ARRAY, uapi.BPF_MAP_TYPE_PERF_EVENT_ARRAY, uapi.BPF_MAP_TYPE_PERCPU_ARRAY, uapi.BPF_MAP_TYPE_CGROUP_ARRAY,
  uapi.BPF_MAP_TYPE_ARRAY_OF_MAPS, uapi.BPF_MAP_TYPE_DEVMAP, uapi.BPF_MAP_TYPE_DEVMAP_HASH, uapi.BPF_MAP_TYPE_SOCKMAP, uapi.BPF_MAP_TYPE_CPUMAP,
  uapi.BPF_MAP_TYPE_XSKMAP, uapi.BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, uapi.BPF_MAP_TYPE_STACK_TRACE,
];
/** Maps whose values of 4 bytes are fds, ids, or indices of devices and CPUs. */
const REFERRING: readonly number[] = [
  uapi.BPF_MAP_TYPE_PROG_ARRAY, uapi.BPF_MAP_TYPE_PERF_EVENT_ARRAY, uapi.BPF_MAP_TYPE_CGROUP_ARRAY, uapi.BPF_MAP_TYPE_ARRAY_OF_MAPS,
  uapi.BPF_MAP_TYPE_HASH_OF_MAPS, uapi.BPF_MAP_TYPE_DEVMAP, uapi.BPF_MAP_TYPE_DEVMAP_HASH, uapi.BPF_MAP_TYPE_SOCKMAP, uapi.BPF_MAP_TYPE_SOCKHASH,
  uapi.BPF_MAP_TYPE_CPUMAP, uapi.BPF_MAP_TYPE_XSKMAP, uapi.BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
];

/** A member that is wanted. */
interface Wanted {
  readonly name: string;
  /** Makes its type. */
  readonly addType: (builder: BtfBuilder) => number;
  readonly kind: LayoutKind;
  readonly size: number;
}

/**
 * A union of all data: each variable, key, value, record and table at its beginning.
 *
 * @param name of the object
 * @param records map, as in `model` → type of its records
 */
export function layoutOf(spec: ObjectSpec, model: SkeletonModel, name: string, records: ReadonlyMap<string, number>): SkeletonLayout {
  const all = wantedOf(spec, model, records);
  const unionName = `${name}__layout`;
  let wanted = all;
  let text = generate(spec, unionName, wanted);
  if (text === undefined) {
    // One of a type that TypeScript cannot read is bytes.
    wanted = all.filter((one) => generate(spec, unionName, [one]) !== undefined);
    text = generate(spec, unionName, wanted) ?? '';
  }
  return { name: unionName, text, members: new Map(wanted.map((one) => [one.name, one.kind])) };
}

/** @returns undefined when BTF has types that no TypeScript reads */
function generate({ btf, littleEndian }: ObjectSpec, unionName: string, wanted: readonly Wanted[]): string | undefined {
  const builder = btf === undefined ? new BtfBuilder({ littleEndian }) : BtfBuilder.from(btf);
  const types = wanted.map(({ addType }) => addType(builder));
  const union = builder.addUnion(unionName, Math.max(0, ...wanted.map(({ size }) => size)));
  wanted.forEach((member, idx) => builder.addField(member.name, types[idx] ?? 0, 0));
  try {
    return generateTypeScript(builder.build(littleEndian), { types: [union] });
  } catch (error) {
    if (error instanceof Error && error.name === 'DecodeError') return undefined;
    throw error;
  }
}

function wantedOf(spec: ObjectSpec, model: SkeletonModel, records: ReadonlyMap<string, number>): Wanted[] {
  const { btf } = spec;
  const wanted: Wanted[] = [];
  const add = (name: string, typeId: number): void => {
    if (btf !== undefined && isData(btf, typeId)) wanted.push({ name, addType: () => typeId, kind: kindOf(btf, typeId), size: btf.resolveSize(typeId) });
  };
  for (const { name, vars } of model.sections) for (const variable of vars) add(`${name}.${variable.name}`, variable.typeId);
  for (const { name, spec: map } of model.maps) {
    for (const [part, typeId, size, types] of partsOf(map)) {
      if (typeId !== 0 && btf !== undefined && isData(btf, typeId) && btf.resolveSize(typeId) === size) add(`${part} of ${name}`, typeId);
      else if (typeId === 0 && size === 4 && types.includes(map.type)) wanted.push({ name: `${part} of ${name}`, addType: addU32, kind: 'scalar', size });
    }
    const record = records.get(name);
    if (record !== undefined) add(`record of ${name}`, record);
  }
  for (const table of model.tables) wanted.push(opsOf(table));
  // Only names that are none in C can meet.
  return [...new Map(wanted.map((one) => [one.name, one])).values()];
}

/** Key and value of a map. Those of a data map are its section's variables, those of a table the kernel's. */
function partsOf(map: MapSpec): (readonly [part: string, typeId: number, size: number, types: readonly number[]])[] {
  if (map.internal || map.type === uapi.BPF_MAP_TYPE_STRUCT_OPS) return [];
  return [['key', map.btfKeyTypeId, map.keySize, INDEXED], ['value', map.btfValueTypeId, map.valueSize, REFERRING]];
}

function addU32(builder: BtfBuilder): number {
  return builder.addInt('unsigned int', 4);
}

/** The data of a table, without its functions. */
function opsOf({ name, structName, structSize, data }: SkeletonTable): Wanted {
  const addType = (builder: BtfBuilder): number => {
    const id = builder.addStruct(`${name}__${structName}`, structSize);
    const fields: readonly BtfMember[] = data;
    for (const { name: field, type, bitOff, bitfieldSize } of fields) builder.addField(field, type, bitOff, bitfieldSize);
    return id;
  };
  return { name: `ops of ${name}`, addType, kind: 'struct', size: structSize };
}

/** Whether a type has a size, so that values of it can be. */
function isData(btf: Btf, typeId: number): boolean {
  try {
    return btf.resolveSize(typeId) >= 0;
  } catch (error) {
    if (error instanceof Error && error.name === 'DecodeError') return false;
    throw error;
  }
}

function kindOf(btf: Btf, typeId: number): LayoutKind {
  const type = btf.type(btf.resolveType(typeId));
  if (type.kind === BTF_KIND_STRUCT || type.kind === BTF_KIND_UNION) return 'struct';
  // Floats that JavaScript has none of are bytes.
  return type.kind === BTF_KIND_ARRAY || (type.kind === BTF_KIND_FLOAT && type.size !== 4 && type.size !== 8) ? 'array' : 'scalar';
}
