// How do an object's maps come to be in a kernel?
import * as uapi from '@rootlet/uapi';
import type { KernelError} from './errors.ts';
import { LoadError } from './errors.ts';
import type { Kernel, MapAttr } from './kernel.ts';
import type { MapOverride } from './options.ts';
import type { Rollback } from './rollback.ts';
import type { MapSpec, ObjectSpec } from './spec.ts';

/** A map of a loaded object. */
export interface LoadedMap {
  readonly spec: MapSpec;
  readonly fd: number;
  /** Closed with the object; false for a map that was reused. */
  readonly owned: boolean;
}

/**
 * Creates all maps of an object, fills and freezes its data maps, and puts inner maps in their slots.
 *
 * @param btfFd fd of the object's BTF; undefined when it was not loaded
 * @param rollback gets the undo step of every map
 * @throws LoadError `MAP_CREATE` naming the map
 * @libbpf bpf_object__load
 */
export function createMaps(
  spec: ObjectSpec,
  kernel: Kernel,
  overrides: ReadonlyMap<string, MapOverride>,
  btfFd: number | undefined,
  rollback: Rollback,
): LoadedMap[] {
  const maps: LoadedMap[] = [];
  for (const map of spec.maps) {
    const override = overrides.get(map.name);
    if (override?.reuseFd !== undefined) {
      maps.push({ spec: map, fd: override.reuseFd, owned: false });
      continue;
    }
    const fd = attempt(spec, map.name, 'MAP_CREATE', () => createMap(kernel, map, override, btfFd));
    rollback.add(() => kernel.close(fd));
    maps.push({ spec: map, fd, owned: true });
    attempt(spec, map.name, 'MAP_INIT', () => initialise(kernel, fd, map, override, spec.littleEndian));
  }
  for (const { spec: map, fd } of maps) {
    if (map.type !== uapi.BPF_MAP_TYPE_PROG_ARRAY) fillSlots(spec, kernel, map, fd, (symbol) => findMap(maps, symbol)?.fd);
  }
  return maps;
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
    if (fd === undefined) {
      throw new LoadError('MAP_SLOT', `object '${spec.name}': map '${map.name}'`, `slot ${index} names '${symbol}', which is not loaded`, {
        errno: uapi.ENOENT,
      });
    }
    attempt(spec, map.name, 'MAP_SLOT', () => kernel.mapUpdate(mapFd, word(index, spec.littleEndian), word(fd, spec.littleEndian)));
  }
}

function createMap(kernel: Kernel, map: MapSpec, override: MapOverride | undefined, btfFd: number | undefined): number {
  const innerMapFd = map.inner === undefined ? undefined : createMap(kernel, map.inner, undefined, undefined);
  try {
    return kernel.mapCreate(mapAttr(map, override, btfFd, innerMapFd));
  } finally {
    // The prototype of inner maps is needed only while the outer map is created.
    if (innerMapFd !== undefined) kernel.close(innerMapFd);
  }
}

/** Map types whose keys and values the kernel wants no BTF for. @source libbpf: bpf_object__create_map */
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
]);

function mapAttr(
  map: MapSpec,
  override: MapOverride | undefined,
  btfFd: number | undefined,
  innerMapFd: number | undefined,
): MapAttr {
  const described = btfFd !== undefined && !PLAIN_TYPES.has(map.type) && (map.btfKeyTypeId !== 0 || map.btfValueTypeId !== 0);
  return {
    name: map.kernelName,
    type: map.type,
    keySize: override?.keySize ?? map.keySize,
    valueSize: override?.valueSize ?? map.valueSize,
    maxEntries: override?.maxEntries ?? map.maxEntries,
    flags: override?.flags ?? map.flags,
    extra: map.extra,
    ...(map.numaNode >= 0 ? { numaNode: map.numaNode } : {}),
    ...(innerMapFd === undefined ? {} : { innerMapFd }),
    ...(described ? { btfFd, btfKeyTypeId: map.btfKeyTypeId, btfValueTypeId: map.btfValueTypeId } : {}),
  };
}

function initialise(
  kernel: Kernel,
  fd: number,
  map: MapSpec,
  override: MapOverride | undefined,
  littleEndian: boolean,
): void {
  const value = override?.initialValue ?? map.initialValue;
  if (value !== undefined) kernel.mapUpdate(fd, word(0, littleEndian), value);
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
