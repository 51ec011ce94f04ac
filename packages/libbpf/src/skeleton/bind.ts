// How do the names of a skeleton reach what an object has?
import { LoadError } from '@rootlet/loader';
import { ENOENT } from '@rootlet/uapi';
import type { BpfLink } from '../link.ts';
import type { BpfMap } from '../map.ts';
import type { BpfObject } from '../object.ts';
import type { BpfProgram } from '../program.ts';
import { contentsOf, findPlace } from '../variable.ts';
import { copiedView, Member, viewOf } from './layout.ts';
import type { SkeletonSpec } from './skeleton.ts';
import { TypedMap } from './typed-map.ts';

/**
 * Adds an object's maps, programs, links, tables and sections to a skeleton.
 *
 * @throws LoadError `SKELETON` when it lacks a map or program
 */
export function bindSkeleton(skeleton: object, object: BpfObject, spec: SkeletonSpec): void {
  const { layout, maps = {}, progs = [], functions = [], vars = {}, structOps = {}, records = {} } = spec;
  const missing = (what: string): LoadError => new LoadError('SKELETON', `object '${object.name}'`, `has no ${what}: the skeleton '${spec.name}' is of another one`, { errno: ENOENT });
  const getMap = (name: string): BpfMap => {
    const map = object.findMap(maps[name] ?? name);
    if (map === undefined) throw missing(`map '${maps[name] ?? name}'`);
    return map;
  };
  const getProgram = (name: string): BpfProgram => {
    const program = object.findProgram(name);
    if (program === undefined) throw missing(`program '${name}'`);
    return program;
  };
  const group = (name: string, members: readonly string[], describe: (member: string) => PropertyDescriptor): void => {
    const properties = members.map((member) => [member, { enumerable: true, ...describe(member) }] as const);
    Object.defineProperty(skeleton, name, { enumerable: true, value: Object.defineProperties({}, Object.fromEntries(properties)) });
  };
  const tables = Object.keys(structOps);
  group('maps', Object.keys(maps), (name) => ({ value: new TypedMap(getMap(name), layout, name, Object.hasOwn(records, name) ? records[name] : undefined) }));
  group('progs', progs, (name) => ({ value: getProgram(name) }));
  group('functions', functions, (name) => ({ value: getProgram(name) }));
  group('links', [...new Set([...progs, ...tables])], (name) => linkOf(object, progs.includes(name) ? getProgram(name) : getMap(name)));
  group('structOps', tables, (name) => tableOf(object, getMap(name), new Member(layout, `ops of ${name}`), structOps[name] ?? []));
  for (const [section, names] of Object.entries(vars)) group(section, names, (name) => variableOf(object, name, new Member(layout, `${section}.${name}`)));
}

/** The link of a program or table, which whoever attaches it in another way puts there. */
function linkOf({ links }: BpfObject, owner: BpfProgram | BpfMap): PropertyDescriptor {
  return {
    get: () => links.get(owner),
    set(link: BpfLink | undefined) {
      if (link === undefined) links.delete(owner);
      else links.set(owner, link);
    },
  };
}

/** A struct_ops table: its data in place, its functions by name. */
function tableOf(object: BpfObject, map: BpfMap, type: Member, functions: readonly string[]): PropertyDescriptor {
  // Its bytes are elsewhere after each change of the map; the view of them is one object, which moves.
  const read = (): unknown => type.read(viewOf(map.initialValue ?? new Uint8Array()));
  const table = read() ?? {};
  for (const name of functions) {
    Object.defineProperty(table, name, {
      enumerable: true,
      get: () => object.findProgram(map.getFunction(name) ?? ''),
      set: (program: BpfProgram | undefined) => map.setFunction(name, program),
    });
  }
  return { get: () => read() ?? table };
}

/** A variable where it is now. What is not shared is a copy. */
function variableOf(object: BpfObject, name: string, type: Member): PropertyDescriptor {
  let bytes: Uint8Array | undefined;
  let view: DataView;
  let byteOff: number | undefined;
  let map: BpfMap;
  const locate = (): DataView => {
    if (byteOff === undefined) ({ map, byteOff } = findPlace(object.spec, object.maps, name));
    const now = contentsOf(map, name);
    if (now !== bytes) view = map.fd >= 0 && now !== map.memory ? copiedView(map, now) : viewOf(now);
    bytes = now;
    return view;
  };
  return {
    get: () => type.read(locate(), byteOff),
    set: (value: unknown) => type.write(value, locate(), byteOff),
  };
}
