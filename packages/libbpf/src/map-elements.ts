// How are the elements of a loaded map read and written?
import { KernelError, LoadError } from '@rootlet/loader';
import type { Kernel, MapBatch, MapBatchOptions } from '@rootlet/loader';
import {
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
  BPF_MAP_TYPE_PERCPU_HASH,
  EINVAL,
  ENOENT,
  ENOSPC,
} from '@rootlet/uapi';

/** A key or value: its bytes, or a number stored in the map's size, little-endian. */
export type MapData = Uint8Array | number | bigint;

const PER_CPU_TYPES: readonly number[] = [
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
];
const DEFAULT_BATCH = 256;

/** The elements of a map: one by one, in batches, and for per-CPU maps CPU by CPU. */
export abstract class MapElements {
  abstract readonly kernel: Kernel;
  abstract get name(): string;
  abstract get type(): number;
  abstract get keySize(): number;
  abstract get valueSize(): number;
  /** -1 while it is not loaded. */
  abstract get fd(): number;

  /** @throws LoadError `NOT_LOADED` */
  protected loadedFd(): number {
    if (this.fd < 0) throw new LoadError('NOT_LOADED', `map '${this.name}'`, 'the object is not loaded', { errno: ENOENT });
    return this.fd;
  }

  /**
   * The value of a key; undefined when it is absent. Per-CPU maps give all CPUs' values, each rounded up to 8 bytes.
   *
   * @param flags `BPF_F_LOCK`
   * @libbpf bpf_map__lookup_elem
   */
  lookup(key: MapData, flags = 0): Uint8Array | undefined {
    return this.#named(() => this.kernel.mapLookup(this.loadedFd(), this.#key(key), flags));
  }

  /** The value of a key, taken out of the map; undefined when it is absent. @libbpf bpf_map__lookup_and_delete_elem */
  lookupAndDelete(key: MapData, flags = 0): Uint8Array | undefined {
    return this.#named(() => this.kernel.mapLookupAndDelete(this.loadedFd(), this.#key(key), flags));
  }

  /** Sets the value of a key. @param flags `BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`, `BPF_F_LOCK` @libbpf bpf_map__update_elem */
  update(key: MapData, value: MapData, flags = 0): void {
    this.#named(() => this.kernel.mapUpdate(this.loadedFd(), this.#key(key), toBytes(value, this.valueSize), flags));
  }

  /** Removes a key. @returns whether it was there @libbpf bpf_map__delete_elem */
  delete(key: MapData, flags = 0): boolean {
    return this.#named(() => this.kernel.mapDelete(this.loadedFd(), this.#key(key), flags));
  }

  /** The key after `key`, the first one for undefined; undefined at the end. @libbpf bpf_map__get_next_key */
  nextKey(key?: MapData): Uint8Array | undefined {
    return this.#named(() => this.kernel.mapNextKey(this.loadedFd(), key === undefined ? undefined : this.#key(key)));
  }

  /** Keys in the map's order. */
  *keys(): Generator<Uint8Array, void, void> {
    for (let key = this.nextKey(); key !== undefined; key = this.nextKey(key)) yield key;
  }

  /** Keys and values in the map's order; keys that vanish meanwhile are left out. */
  *entries(): Generator<readonly [key: Uint8Array, value: Uint8Array], void, void> {
    for (const key of this.keys()) {
      const value = this.lookup(key);
      if (value !== undefined) yield [key, value];
    }
  }

  /** At most `count` elements in one call. @throws KernelError `ENOTSUPP` for map types without batches */
  lookupBatch(count: number, options: MapBatchOptions = {}): MapBatch {
    return this.#named(() => this.kernel.mapLookupBatch(this.loadedFd(), count, options));
  }

  /** Sets many elements in one call: keys one after the other, and values likewise. @returns number of elements set */
  updateBatch(keys: Uint8Array, values: Uint8Array, flags = 0): number {
    return this.#named(() => this.kernel.mapUpdateBatch(this.loadedFd(), keys, values, flags));
  }

  /** Removes many keys in one call. @returns number of elements removed @throws KernelError `ENOENT` when one is absent */
  deleteBatch(keys: Uint8Array, flags = 0): number {
    return this.#named(() => this.kernel.mapDeleteBatch(this.loadedFd(), keys, flags));
  }

  /**
   * All elements, batch by batch; a batch grows where a hash map has more than that in one bucket.
   *
   * @param size elements of a batch
   */
  *batches(size: number = DEFAULT_BATCH, options: Omit<MapBatchOptions, 'cursor'> = {}): Generator<MapBatch, void, void> {
    let cursor: Uint8Array | undefined;
    for (let count = size; ; ) {
      let batch: MapBatch;
      try {
        batch = this.lookupBatch(count, { ...options, ...(cursor === undefined ? {} : { cursor }) });
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'KernelError' || (error as KernelError).errno !== ENOSPC || count >= size * 64) throw error;
        count *= 2;
        continue;
      }
      ({ cursor } = batch);
      if (batch.count > 0) yield batch;
      if (cursor === undefined) return;
    }
  }

  /** The value that each CPU has for a key, in the order of CPUs; undefined when the key is absent. */
  lookupPerCpu(key: MapData, flags = 0): Uint8Array[] | undefined {
    this.#requirePerCpu('map lookup');
    const all = this.lookup(key, flags);
    return all === undefined ? undefined : this.splitPerCpu(all);
  }

  /** Whether every CPU has a value of its own. */
  get isPerCpu(): boolean {
    return PER_CPU_TYPES.includes(this.type);
  }

  /** The values of all CPUs, one by one. @internal */
  splitPerCpu(all: Uint8Array): Uint8Array[] {
    const stride = this.#perCpuStride;
    return Array.from({ length: all.length / stride }, (_, cpu) => all.subarray(cpu * stride, cpu * stride + this.valueSize));
  }

  /** Sets the value that each CPU has for a key. @param values one for each possible CPU, or one for all of them */
  updatePerCpu(key: MapData, values: MapData | readonly MapData[], flags = 0): void {
    this.#requirePerCpu('map update');
    const stride = this.#perCpuStride;
    const cpus = this.kernel.possibleCpus?.() ?? 1;
    const list = Array.isArray(values) ? (values as readonly MapData[]) : Array.from({ length: cpus }, () => values as MapData);
    if (list.length !== cpus) throw new KernelError('map update', EINVAL, `map '${this.name}': ${list.length} values for ${cpus} CPUs`);
    const all = new Uint8Array(cpus * stride);
    list.forEach((value, cpu) => all.set(toBytes(value, this.valueSize).subarray(0, this.valueSize), cpu * stride));
    this.update(key, all, flags);
  }

  #requirePerCpu(operation: string): void {
    if (!this.isPerCpu) throw new KernelError(operation, EINVAL, `map '${this.name}' has one value for all CPUs`);
  }

  get #perCpuStride(): number {
    return Math.ceil(this.valueSize / 8) * 8;
  }

  #key(key: MapData): Uint8Array {
    return toBytes(key, this.keySize);
  }

  /** Kernels know maps by fd; errors are to have the name. */
  #named<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KernelError' || error.message.includes(`'${this.name}'`)) throw error;
      const { operation, errno, log } = error as KernelError;
      throw new KernelError(operation, errno, `map '${this.name}'`, { cause: error, log });
    }
  }
}

function toBytes(data: MapData, size: number): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(8 * size, BigInt(data));
  for (let i = 0; i < size && rest !== 0n; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
