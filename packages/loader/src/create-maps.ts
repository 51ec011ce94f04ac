// How do an object's maps come to be in a kernel?
import * as uapi from '@rootlet/uapi';
import { UnsupportedError } from '@rootlet/bytes';
import { ARENA_PAGE_BYTES } from './arena.ts';
import { KernelError, LoadError } from './errors.ts';
import type { Kernel, MapAttr, MapMemory } from './kernel.ts';
import type { LoadOptions, MapOverride } from './options.ts';
import type { Rollback } from './rollback.ts';
import { applyMapOverride, mapPinPath } from './settings.ts';
import type { MapSpec, ObjectSpec } from './spec.ts';
import type { StructOpsTable, StructOpsTables } from './struct-ops-kernel.ts';

/** A map of a loaded object. */
export interface LoadedMap {
  /** As the object defines it. */
  readonly spec: MapSpec;
  /** -1 for a map that was not to be created. */
  readonly fd: number;
  /** Closed with the object; false for a map that was reused, or is not there. */
  readonly owned: boolean;
  /** Where loading pinned it. */
  readonly pinnedAt?: string;
  /** Memory of an arena, shared until the object is closed. */
  readonly memory?: MapMemory;
}

/** What the maps of one object are created from. */
interface MapSources {
  readonly spec: ObjectSpec;
  readonly kernel: Kernel;
  readonly options: LoadOptions;
  /** fd of the object's BTF; undefined when it was not loaded. */
  readonly btfFd: number | undefined;
  readonly tokenFd: number | undefined;
  /** Contents of the `.kconfig` map. */
  readonly kconfig: Uint8Array | undefined;
  /** How the kernel lays out tables of functions. */
  readonly structOps: StructOpsTables;
  /** Hash of a program, for maps that no other may use. */
  readonly hashOf: (program: string) => Uint8Array;
}

/**
 * Creates all maps of an object, fills and freezes its data maps, and puts inner maps in their slots. A map with a pin
 * path is taken from there when something is pinned there already, or else pinned.
 *
 * @param rollback gets the undo step of every map
 * @throws LoadError `MAP_CREATE`, `MAP_INIT`, `MAP_MEMORY`, `MAP_SLOT`, `MAP_REUSE`, `MAP_PIN` naming the map
 * @libbpf bpf_object__load
 */
export function createMaps(sources: MapSources, rollback: Rollback): LoadedMap[] {
  const { spec, kernel } = sources;
  const maps = spec.maps.map((map) => obtainMap(sources, map, rollback));
  for (const { spec: map, fd } of maps) {
    if (fd >= 0 && map.type !== uapi.BPF_MAP_TYPE_PROG_ARRAY) {
      fillSlots(spec, kernel, map, fd, (symbol) => findMap(maps, symbol)?.fd);
    }
  }
  return maps;
}

function obtainMap(sources: MapSources, defined: MapSpec, rollback: Rollback): LoadedMap {
  const { spec, kernel, options, kconfig } = sources;
  const override = options.maps?.get(defined.name);
  const settled = applyMapOverride(spec, defined, override);
  if (override?.reuseFd !== undefined) return { spec: defined, fd: override.reuseFd, owned: false, ...shareArena(sources, settled, override.reuseFd, rollback) };
  const map = settled.sectionName === '.kconfig' && kconfig !== undefined ? { ...settled, initialValue: kconfig } : settled;
  if (!map.autocreate) return { spec: defined, fd: -1, owned: false };
  const pinPath = mapPinPath(map, override, options);
  const pinned = pinPath === undefined ? undefined : findPinned(sources, map, pinPath);
  if (pinned !== undefined) {
    rollback.add(() => kernel.close(pinned));
    return { spec: defined, fd: pinned, owned: true, ...shareArena(sources, map, pinned, rollback) };
  }
  const fd = attempt(spec, map.name, 'MAP_CREATE', () => createMap(sources, defined, map, override));
  rollback.add(() => kernel.close(fd));
  attempt(spec, map.name, 'MAP_INIT', () => initialise(kernel, fd, map, spec.littleEndian));
  const memory = shareArena(sources, map, fd, rollback);
  // What is in an arena that others made stays as it is.
  if (map.initialValue !== undefined) memory.memory?.bytes.set(map.initialValue);
  if (pinPath !== undefined) {
    attempt(spec, map.name, 'MAP_PIN', () => kernel.objPin(fd, pinPath));
    rollback.add(() => kernel.objUnpin(pinPath));
    return { spec: defined, fd, owned: true, pinnedAt: pinPath, ...memory };
  }
  return { spec: defined, fd, owned: true, ...memory };
}

/** Largest arena, bytes. @source Linux: 4 GB */
const MAX_ARENA_BYTES = 2 ** 32;

/**
 * Shares the memory of an arena with this process: the kernel takes programs that use one only then, and what the object's variables
 * begin with is written there.
 */
function shareArena({ spec, kernel }: MapSources, map: MapSpec, fd: number, rollback: Rollback): { memory?: MapMemory } {
  if (map.type !== uapi.BPF_MAP_TYPE_ARENA) return {};
  const byteLen = map.maxEntries * ARENA_PAGE_BYTES;
  if (kernel.mapMemory === undefined) throw new UnsupportedError(`arena '${map.name}' on kernel ${kernel.name}`);
  const share = kernel.mapMemory.bind(kernel);
  const memory = attempt(spec, map.name, 'MAP_MEMORY', () => {
    if (byteLen > MAX_ARENA_BYTES) throw new KernelError('map memory', uapi.E2BIG, `an arena of ${map.maxEntries} pages`);
    return share(fd, byteLen, map.extra);
  });
  rollback.add(() => memory.unmap());
  return { memory };
}

/** The map that is pinned at a path, when it is like the one wanted; undefined when nothing is pinned there. */
function findPinned({ spec, kernel }: MapSources, map: MapSpec, path: string): number | undefined {
  let fd: number;
  try {
    fd = kernel.objGet(path);
  } catch (error) {
    if (error instanceof Error && error.name === 'KernelError' && (error as KernelError).errno === uapi.ENOENT) return undefined;
    return attempt(spec, map.name, 'MAP_REUSE', () => {
      throw error;
    });
  }
  const info = kernel.info(fd);
  const same =
    info.kind === 'map' &&
    info.type === map.type &&
    info.keySize === map.keySize &&
    info.valueSize === map.valueSize &&
    info.maxEntries === map.maxEntries &&
    info.flags === map.flags;
  if (same) return fd;
  kernel.close(fd);
  const have = info.kind === 'map' ? `type ${info.type}, key ${info.keySize}, value ${info.valueSize}, ${info.maxEntries} entries, flags ${info.flags}` : `a ${info.kind}`;
  throw new LoadError('MAP_REUSE', `object '${spec.name}': map '${map.name}'`, `what is pinned at '${path}' is another kind of map`, {
    errno: uapi.EINVAL,
    need: `type ${map.type}, key ${map.keySize}, value ${map.valueSize}, ${map.maxEntries} entries, flags ${map.flags}`,
    have,
  });
}

/** The map of a name; the first of several static ones. */
export function findMap(maps: readonly LoadedMap[], name: string): LoadedMap | undefined {
  return maps.find((map) => map.spec.name === name);
}

/**
 * Puts maps or programs in the slots that a definition's `values` name.
 *
 * @param fdOf fd of a map or program by symbol
 * @throws LoadError `MAP_SLOT` when a symbol is unknown
 */
export function fillSlots(
  spec: ObjectSpec,
  kernel: Kernel,
  map: MapSpec,
  mapFd: number,
  fdOf: (symbol: string) => number | undefined,
): void {
  for (const { index, symbol } of map.slots) {
    const fd = fdOf(symbol);
    if (fd === undefined || fd < 0) {
      throw new LoadError('MAP_SLOT', `object '${spec.name}': map '${map.name}'`, `slot ${index} names '${symbol}', which is not loaded`, {
        errno: uapi.ENOENT,
      });
    }
    attempt(spec, map.name, 'MAP_SLOT', () => kernel.mapUpdate(mapFd, word(index, spec.littleEndian), word(fd, spec.littleEndian)));
  }
}

/** @param defined the map as the object has it @param map the same with the user's settings */
function createMap(sources: MapSources, defined: MapSpec, map: MapSpec, override: MapOverride | undefined): number {
  const { kernel, structOps } = sources;
  const table = structOps.get(defined);
  if (table !== undefined) return kernel.mapCreate(tableAttr(sources, map, table));
  if (override?.innerMapFd !== undefined) return kernel.mapCreate(mapAttr(sources, map, override.innerMapFd, override));
  const innerMapFd = map.inner === undefined ? undefined : createMap(sources, map.inner, map.inner, undefined);
  try {
    return kernel.mapCreate(mapAttr(sources, map, innerMapFd, override));
  } finally {
    // The prototype of inner maps is needed only while the outer map is created.
    if (innerMapFd !== undefined) kernel.close(innerMapFd);
  }
}

/** Map types whose keys and values the kernel wants no BTF for. @source libbpf: what it asks of the kernel for each type */
const PLAIN_TYPES: ReadonlySet<number> = /* @__PURE__ */ new Set([
  uapi.BPF_MAP_TYPE_PERF_EVENT_ARRAY,
  uapi.BPF_MAP_TYPE_CGROUP_ARRAY,
  uapi.BPF_MAP_TYPE_STACK_TRACE,
  uapi.BPF_MAP_TYPE_ARRAY_OF_MAPS,
  uapi.BPF_MAP_TYPE_HASH_OF_MAPS,
  uapi.BPF_MAP_TYPE_DEVMAP,
  uapi.BPF_MAP_TYPE_DEVMAP_HASH,
  uapi.BPF_MAP_TYPE_CPUMAP,
  uapi.BPF_MAP_TYPE_XSKMAP,
  uapi.BPF_MAP_TYPE_SOCKMAP,
  uapi.BPF_MAP_TYPE_SOCKHASH,
  uapi.BPF_MAP_TYPE_QUEUE,
  uapi.BPF_MAP_TYPE_STACK,
  uapi.BPF_MAP_TYPE_ARENA,
]);

/** A table has the kernel's type as value, in which nothing of the object's BTF is. */
function tableAttr({ btfFd, tokenFd }: MapSources, map: MapSpec, { value, valueTypeId, moduleFd }: StructOpsTable): MapAttr {
  return {
    name: map.kernelName,
    type: map.type,
    keySize: map.keySize,
    valueSize: value.length,
    maxEntries: map.maxEntries,
    flags: moduleFd === undefined ? map.flags : map.flags | uapi.BPF_F_VTYPE_BTF_OBJ_FD,
    ...(btfFd === undefined ? {} : { btfFd }),
    btfVmlinuxValueTypeId: valueTypeId,
    ...(moduleFd === undefined ? {} : { valueTypeBtfObjFd: moduleFd }),
    ...(tokenFd === undefined ? {} : { tokenFd }),
  };
}

function mapAttr({ kernel, btfFd, tokenFd, hashOf }: MapSources, map: MapSpec, innerMapFd: number | undefined, override: MapOverride | undefined): MapAttr {
  const described = btfFd !== undefined && !PLAIN_TYPES.has(map.type) && (map.btfKeyTypeId !== 0 || map.btfValueTypeId !== 0);
  const perCpu = map.type === uapi.BPF_MAP_TYPE_PERF_EVENT_ARRAY && map.maxEntries === 0;
  return {
    name: map.kernelName,
    type: map.type,
    keySize: map.keySize,
    valueSize: map.valueSize,
    maxEntries: perCpu ? (kernel.possibleCpus?.() ?? 1) : map.maxEntries,
    flags: map.flags,
    extra: map.extra,
    ...(map.numaNode === 0 ? {} : { numaNode: map.numaNode }),
    ...(innerMapFd === undefined ? {} : { innerMapFd }),
    ...(tokenFd === undefined ? {} : { tokenFd }),
    ...(override?.exclusiveProgram === undefined ? {} : { exclusiveHash: hashOf(override.exclusiveProgram) }),
    ...(described ? { btfFd, btfKeyTypeId: map.btfKeyTypeId, btfValueTypeId: map.btfValueTypeId } : {}),
  };
}

function initialise(kernel: Kernel, fd: number, map: MapSpec, littleEndian: boolean): void {
  if (!map.internal) return;
  if (map.initialValue !== undefined) kernel.mapUpdate(fd, word(0, littleEndian), map.initialValue);
  if (map.frozen) kernel.mapFreeze(fd);
}

/** A 32-bit key or value. */
function word(value: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

function attempt<T>(spec: ObjectSpec, mapName: string, code: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'KernelError') throw error;
    const { errno, message } = error as KernelError;
    throw new LoadError(code, `object '${spec.name}': map '${mapName}'`, message, { errno, cause: error });
  }
}
