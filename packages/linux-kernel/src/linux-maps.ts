// How are maps made and used through the running kernel?
import { KernelError } from '@rootlet/loader';
import type { MapAttr, MapBatch, MapBatchOptions, MapMemory } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import type { Ffi } from './ffi.ts';
import { KernelFacts } from './kernel-facts.ts';
import { createMap } from './map-create.ts';
import { mapMemory } from './map-memory.ts';
import { MapCalls } from './maps/map-calls.ts';
import type { MapShape } from './maps/map-calls.ts';
import type { Tokens } from './token.ts';

const PER_CPU_TYPES: ReadonlySet<number> = new Set([
  uapi.BPF_MAP_TYPE_PERCPU_HASH,
  uapi.BPF_MAP_TYPE_PERCPU_ARRAY,
  uapi.BPF_MAP_TYPE_LRU_PERCPU_HASH,
  uapi.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
]);

/** The operations of maps. */
export abstract class LinuxMaps extends KernelFacts {
  readonly #tokens: Tokens;
  readonly #maps: MapCalls;

  constructor(ffi: Ffi, tokens: Tokens) {
    super();
    this.#tokens = tokens;
    this.#maps = new MapCalls(ffi, (fd) => this.mapShape(fd));
  }

  /** @libbpf bpf_map_create */
  mapCreate(attr: MapAttr): number {
    return createMap(this.#tokens.ffi(attr.tokenFd), attr);
  }

  mapLookup(mapFd: number, key: Uint8Array, flags = 0): Uint8Array | undefined {
    return this.#maps.lookup(mapFd, key, flags);
  }

  mapLookupAndDelete(mapFd: number, key: Uint8Array, flags = 0): Uint8Array | undefined {
    return this.#maps.lookupAndDelete(mapFd, key, flags);
  }

  mapUpdate(mapFd: number, key: Uint8Array, value: Uint8Array, flags = 0): void {
    this.#maps.update(mapFd, key, value, flags);
  }

  mapDelete(mapFd: number, key: Uint8Array, flags = 0): boolean {
    return this.#maps.delete(mapFd, key, flags);
  }

  mapNextKey(mapFd: number, key: Uint8Array | undefined): Uint8Array | undefined {
    return this.#maps.nextKey(mapFd, key);
  }

  mapFreeze(mapFd: number): void {
    this.#maps.freeze(mapFd);
  }

  mapLookupBatch(mapFd: number, count: number, options: MapBatchOptions = {}): MapBatch {
    return this.#maps.lookupBatch(mapFd, count, options);
  }

  mapUpdateBatch(mapFd: number, keys: Uint8Array, values: Uint8Array, flags = 0): number {
    return this.#maps.updateBatch(mapFd, keys, values, flags);
  }

  mapDeleteBatch(mapFd: number, keys: Uint8Array, flags = 0): number {
    return this.#maps.deleteBatch(mapFd, keys, flags);
  }

  mapMemory(mapFd: number, byteLen: number, address: bigint): MapMemory {
    return mapMemory(mapFd, byteLen, address);
  }

  /** What reading and writing its elements takes. @throws KernelError when the fd is no map */
  protected mapShape(mapFd: number): MapShape {
    const info = this.info(mapFd);
    if (info.kind !== 'map') throw new KernelError('map', uapi.EINVAL, `fd ${mapFd} is a ${info.kind}`);
    const { type, keySize, valueSize, maxEntries } = info;
    const valueBytes = PER_CPU_TYPES.has(type) ? this.possibleCpus() * Math.ceil(valueSize / 8) * 8 : valueSize;
    return { type, keySize, valueBytes, maxEntries };
  }
}
