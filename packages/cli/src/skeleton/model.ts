// What does the skeleton of an object consist of?
import { BTF_KIND_DATASEC, BTF_KIND_FUNC_PROTO, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_VAR, BTF_VAR_STATIC } from '@rootlet/btf';
import type { Btf, BtfMember } from '@rootlet/btf';
import type { MapSpec, ObjectSpec, ProgramSpec } from '@rootlet/loader';
import { BPF_MAP_TYPE_ARENA, BPF_MAP_TYPE_STRUCT_OPS } from '@rootlet/uapi';
import { Scope, toIdentifier } from './names.ts';

/** A map. */
export interface SkeletonMap {
  /** Name in TypeScript. */
  readonly name: string;
  /** What `BpfObject.findMap()` finds it by. */
  readonly key: string;
  readonly spec: MapSpec;
}

/** A variable. */
export interface SkeletonVar {
  readonly name: string;
  readonly typeId: number;
}

/** Variables of a section. */
export interface SkeletonSection {
  readonly name: string;
  /** Whether programs and users read it only: the kernel's configuration. */
  readonly constant: boolean;
  readonly vars: readonly SkeletonVar[];
}

/** A table of functions for the kernel. */
export interface SkeletonTable {
  /** That of its map. */
  readonly name: string;
  readonly structName: string;
  readonly structSize: number;
  readonly functions: readonly string[];
  readonly data: readonly BtfMember[];
}

/** What an object has for its users, as `bpftool gen skeleton` sees it. */
export interface SkeletonModel {
  readonly maps: readonly SkeletonMap[];
  readonly progs: readonly ProgramSpec[];
  /** Functions for other objects. */
  readonly functions: readonly ProgramSpec[];
  readonly sections: readonly SkeletonSection[];
  readonly tables: readonly SkeletonTable[];
  /** Maps that nothing can find: static ones that share a name. */
  readonly hidden: readonly MapSpec[];
}

/** Names that a skeleton has of its own. */
const OWN_NAMES: readonly string[] = ['object', 'maps', 'progs', 'functions', 'links', 'structOps', 'load', 'attach', 'detach', 'destroy', 'constructor', '__proto__'];
const KCONFIG = '.kconfig';

/** @param spec what was parsed */
export function modelOf(spec: ObjectSpec): SkeletonModel {
  const maps: SkeletonMap[] = [];
  const hidden: MapSpec[] = [];
  const scope = new Scope();
  const keys = new Set<string>();
  for (const map of spec.maps) {
    const key = map.internal ? map.sectionName : map.name;
    if (keys.has(key)) hidden.push(map);
    else maps.push({ name: scope.take(map.internal ? dataIdentifier(map) : key), key, spec: map });
    keys.add(key);
  }
  return {
    maps,
    progs: spec.programs.filter(({ library }) => !library),
    functions: spec.programs.filter(({ library }) => library),
    sections: sectionsOf(spec, maps),
    tables: maps.flatMap((map) => tableOf(spec, map)),
    hidden,
  };
}

/** `.data.custom` is `data_custom`; what libbpf calls after object and section, e.g. `prog.data`, is `data`. */
function dataIdentifier({ name, sectionName }: MapSpec): string {
  return toIdentifier((name.startsWith('.') ? name : sectionName).replace(/^\.+/, ''));
}

/** The sections that have variables which others may name. */
function sectionsOf(spec: ObjectSpec, maps: readonly SkeletonMap[]): SkeletonSection[] {
  const { btf } = spec;
  if (btf === undefined) return [];
  const scope = new Scope(OWN_NAMES);
  return maps.flatMap(({ name, spec: map }) => {
    const constant = map.sectionName === KCONFIG;
    const vars = constant ? spec.kconfig.map((variable) => ({ name: variable.name, typeId: variable.typeId })) : varsOf(spec, btf, map);
    return vars.length === 0 ? [] : [{ name: scope.take(map.internal ? name : 'arena'), constant, vars }];
  });
}

/** Variables in the order of their places: neither static ones nor hidden ones. */
function varsOf(spec: ObjectSpec, btf: Btf, map: MapSpec): SkeletonVar[] {
  if (map.sectionIdx === undefined || !(map.internal || map.type === BPF_MAP_TYPE_ARENA)) return [];
  const places = [...spec.variables.values()].flat().filter(({ sectionIdx, visible }) => visible && sectionIdx === map.sectionIdx);
  const datasecId = btf.findByNameKind(places[0]?.sectionName ?? '', BTF_KIND_DATASEC);
  const datasec = datasecId === undefined ? undefined : btf.type(datasecId);
  if (datasec?.kind !== BTF_KIND_DATASEC) return [];
  const types = new Map<string, number>();
  for (const { type } of datasec.vars) {
    const variable = btf.type(type);
    if (variable.kind === BTF_KIND_VAR && variable.linkage !== BTF_VAR_STATIC) types.set(variable.name, variable.type);
  }
  return places
    .sort((a, b) => a.byteOff - b.byteOff || (a.name < b.name ? -1 : 1))
    .flatMap(({ name }) => {
      const typeId = types.get(name);
      return typeId === undefined ? [] : [{ name, typeId }];
    });
}

function tableOf({ btf }: ObjectSpec, { name, spec: map }: SkeletonMap): SkeletonTable[] {
  if (btf === undefined || map.type !== BPF_MAP_TYPE_STRUCT_OPS) return [];
  const struct = btf.type(map.btfValueTypeId);
  if (struct.kind !== BTF_KIND_STRUCT) return [];
  const named = struct.members.filter((member) => member.name !== '');
  const functions = named.filter((member) => isFunctionPointer(btf, member.type));
  const data = named.filter((member) => !functions.includes(member));
  return [{ name, structName: struct.name, structSize: struct.size, functions: functions.map((member) => member.name), data }];
}

function isFunctionPointer(btf: Btf, id: number): boolean {
  const pointer = btf.resolveType(id);
  return btf.kind(pointer) === BTF_KIND_PTR && btf.kind(btf.resolveType(btf.refType(pointer))) === BTF_KIND_FUNC_PROTO;
}
