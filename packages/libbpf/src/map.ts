// What can be done with a map of an object?
import type { Kernel, MapInfo, MapOverride, MapSpec } from '@rootlet/loader';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { LoadError } from '@rootlet/loader';

/** A key or value: its bytes, or a number stored in the map's size, little-endian. */
export type MapData = Uint8Array | number | bigint;

/**
 * A map of an object. Sizes and contents of global data may be set before `load()`, elements are reached after it.
 *
 * @libbpf struct bpf_map
 */
export class BpfMap {
  readonly spec: MapSpec;
  readonly #kernel: Kernel;
  #override: MapOverride = {};
  #fd = -1;

  constructor(spec: MapSpec, kernel: Kernel) {
    this.spec = spec;
    this.#kernel = kernel;
  }

  /** Name; of global data the object's and the section's, e.g. `prog.rodata`. @libbpf bpf_map__name */
  get name(): string {
    return this.spec.name;
  }

  /** `BPF_MAP_TYPE_*`. @libbpf bpf_map__type */
  get type(): number {
    return this.spec.type;
  }

  /** Bytes of a key. @libbpf bpf_map__key_size */
  get keySize(): number {
    return this.#override.keySize ?? this.spec.keySize;
  }

  /** Bytes of a value (of one CPU for per-CPU maps). @libbpf bpf_map__value_size */
  get valueSize(): number {
    return this.#override.valueSize ?? this.spec.valueSize;
  }

  /** Largest number of elements. @libbpf bpf_map__max_entries */
  get maxEntries(): number {
    return this.#override.maxEntries ?? this.spec.maxEntries;
  }

  /** fd; -1 before `load()`. @libbpf bpf_map__fd */
  get fd(): number {
    return this.#fd;
  }

  /** Sets the largest number of elements, before `load()`. @libbpf bpf_map__set_max_entries */
  setMaxEntries(maxEntries: number): void {
    this.#change({ maxEntries });
  }

  /** Bytes that global data begins with; undefined for maps that are no global data. @libbpf bpf_map__initial_value */
  get initialValue(): Uint8Array | undefined {
    if (this.#override.initialValue !== undefined) return this.#override.initialValue;
    if (this.spec.sectionIdx === undefined) return undefined;
    return this.spec.initialValue ?? new Uint8Array(this.spec.valueSize);
  }

  /** Sets the bytes that global data begins with, before `load()`. @libbpf bpf_map__set_initial_value */
  setInitialValue(value: Uint8Array): void {
    if (this.spec.sectionIdx === undefined || value.length !== this.valueSize) {
      throw new LoadError('INITIAL_VALUE', `map '${this.name}'`, `takes ${this.spec.sectionIdx === undefined ? 'no initial value' : `${this.valueSize} bytes`}: have ${value.length}`, {
        errno: EINVAL,
      });
    }
    this.#change({ initialValue: value.slice() });
  }

  /** Uses an existing map in place of a new one, before `load()`. The fd stays the caller's. @libbpf bpf_map__reuse_fd */
  reuseFd(fd: number): void {
    this.#change({ reuseFd: fd });
  }

  #change(override: MapOverride): void {
    if (this.#fd >= 0) {
      throw new LoadError('ALREADY_LOADED', `map '${this.name}'`, 'can be changed before load() only', { errno: EINVAL });
    }
    this.#override = { ...this.#override, ...override };
  }

  /** What `load()` takes. @internal */
  get override(): MapOverride {
    return this.#override;
  }

  /** Called by `load()` and `close()`. @internal */
  bindFd(fd: number): void {
    this.#fd = fd;
  }

  /** The value of a key; undefined when it is absent. Per-CPU maps give all CPUs' values, each rounded up to 8 bytes. @libbpf bpf_map__lookup_elem */
  lookup(key: MapData, flags = 0): Uint8Array | undefined {
    return this.#kernel.mapLookup(this.#loadedFd(), this.#bytes(key, this.keySize), flags);
  }

  /** Sets the value of a key. @param flags `BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST` @libbpf bpf_map__update_elem */
  update(key: MapData, value: MapData, flags = 0): void {
    this.#kernel.mapUpdate(this.#loadedFd(), this.#bytes(key, this.keySize), this.#bytes(value, this.valueSize), flags);
  }

  /** Removes a key. @returns whether it was there @libbpf bpf_map__delete_elem */
  delete(key: MapData): boolean {
    return this.#kernel.mapDelete(this.#loadedFd(), this.#bytes(key, this.keySize));
  }

  /** Keys in the map's order. */
  *keys(): Generator<Uint8Array, void, void> {
    const fd = this.#loadedFd();
    for (let key = this.#kernel.mapNextKey(fd, undefined); key !== undefined; key = this.#kernel.mapNextKey(fd, key)) {
      yield key;
    }
  }

  /** Keys and values in the map's order; keys that vanish meanwhile are left out. */
  *entries(): Generator<readonly [key: Uint8Array, value: Uint8Array], void, void> {
    for (const key of this.keys()) {
      const value = this.lookup(key);
      if (value !== undefined) yield [key, value];
    }
  }

  /** Keeps the map beyond this process. @param path in a bpffs @libbpf bpf_map__pin */
  pin(path: string): void {
    this.#kernel.objPin(this.#loadedFd(), path);
  }

  /** What the kernel knows about the map. */
  info(): MapInfo {
    const info = this.#kernel.info(this.#loadedFd());
    if (info.kind !== 'map') throw new TypeError(`fd ${this.#fd} is a ${info.kind}, not a map`);
    return info;
  }

  #loadedFd(): number {
    if (this.#fd < 0) throw new LoadError('NOT_LOADED', `map '${this.name}'`, 'the object is not loaded', { errno: ENOENT });
    return this.#fd;
  }

  #bytes(data: MapData, size: number): Uint8Array {
    if (data instanceof Uint8Array) return data;
    const bytes = new Uint8Array(size);
    let rest = BigInt.asUintN(8 * size, BigInt(data));
    for (let i = 0; i < size && rest !== 0n; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
    return bytes;
  }
}
