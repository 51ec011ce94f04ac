// What can be done with a map of an object?
import { applyMapOverride, LoadError, mapPinPath } from '@rootlet/loader';
import type { Kernel, KernelError, LoadedMap, MapInfo, MapOverride, MapSpec, ObjectSpec, ProgramSpec } from '@rootlet/loader';
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import {
  BPF_F_LINK,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_STRUCT_OPS,
  EBUSY,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
} from '@rootlet/uapi';
import { BpfLink } from './link.ts';
import { MapElements } from './map-elements.ts';
import { shareValues } from './map-memory.ts';
import type { SharedValues } from './map-memory.ts';
import { StructOpsLink } from './struct-ops-link.ts';

/** What a map knows of its object. */
export interface MapOwner {
  readonly spec: ObjectSpec;
  readonly pinRootPath?: string;
}

/** Most bytes that global data may be resized to. */
const MAX_DATA_BYTES = 256 * 1024 * 1024;

/**
 * A map of an object. Sizes and contents of global data may be set before `prepare()` or `load()`, elements are reached after it.
 *
 * @libbpf struct bpf_map
 */
export class BpfMap extends MapElements {
  readonly spec: MapSpec;
  override readonly kernel: Kernel;
  readonly #object: MapOwner;
  #override: MapOverride = {};
  #settled: MapSpec | undefined;
  #loaded: LoadedMap | undefined;
  /** Memory of the elements, once somebody wanted it. */
  #shared: SharedValues | undefined;
  #frozen = false;
  #pinnedAt: string | undefined;
  /** Value of a struct_ops table, once the object is loaded. */
  #autoattach = true;
  #table: () => Uint8Array | undefined = () => undefined;

  constructor(spec: MapSpec, kernel: Kernel, object: MapOwner) {
    super();
    this.spec = spec;
    this.kernel = kernel;
    this.#object = object;
  }

  /** Name; of global data the object's and the section's, e.g. `prog.rodata`. @libbpf bpf_map__name */
  override get name(): string {
    return this.spec.name;
  }

  /** `BPF_MAP_TYPE_*`. @libbpf bpf_map__type */
  override get type(): number {
    return this.#current.type;
  }

  /** Bytes of a key. @libbpf bpf_map__key_size */
  override get keySize(): number {
    return this.#current.keySize;
  }

  /** Bytes of a value (of one CPU for per-CPU maps). @libbpf bpf_map__value_size */
  override get valueSize(): number {
    return this.#current.valueSize;
  }

  /** Largest number of elements. @libbpf bpf_map__max_entries */
  get maxEntries(): number {
    return this.#current.maxEntries;
  }

  /** `BPF_F_*` creation flags. @libbpf bpf_map__map_flags */
  get flags(): number {
    return this.#current.flags;
  }

  /** What the type makes of it, e.g. the number of hash functions. @libbpf bpf_map__map_extra */
  get extra(): bigint {
    return this.#current.extra;
  }

  /** NUMA node, which counts with the flag `BPF_F_NUMA_NODE`. @libbpf bpf_map__numa_node */
  get numaNode(): number {
    return this.#current.numaNode;
  }

  /** Type of the key in the object's BTF; 0 for none. @libbpf bpf_map__btf_key_type_id */
  get btfKeyTypeId(): number {
    return this.#current.btfKeyTypeId;
  }

  /** Type of the value in the object's BTF; 0 for none, also after a resize that it does not describe. @libbpf bpf_map__btf_value_type_id */
  get btfValueTypeId(): number {
    return this.#current.btfValueTypeId;
  }

  /** Whether it holds variables of the object. @libbpf bpf_map__is_internal */
  get isInternal(): boolean {
    return this.spec.internal;
  }

  /** Whether `load()` creates it. @libbpf bpf_map__autocreate */
  get autocreate(): boolean {
    return this.#current.autocreate;
  }

  /** Prototype of its inner maps; undefined when it has none. @libbpf bpf_map__inner_map */
  get innerMap(): MapSpec | undefined {
    return this.spec.inner;
  }

  /** Where `load()` pins it, or finds it; undefined for nowhere. @libbpf bpf_map__pin_path, bpf_map__get_pin_path */
  get pinPath(): string | undefined {
    return mapPinPath(this.spec, this.#override, this.#object);
  }

  /** fd; -1 before `prepare()` or `load()`, and when it was not created. @libbpf bpf_map__fd */
  override get fd(): number {
    return this.#loaded?.fd ?? -1;
  }

  /** @param type `BPF_MAP_TYPE_*`; before `load()` @libbpf bpf_map__set_type */
  setType(type: number): void {
    this.#change({ type });
  }

  /** Sets the largest number of elements, before `load()`. A ring buffer's is rounded up to whole pages. @libbpf bpf_map__set_max_entries */
  setMaxEntries(maxEntries: number): void {
    this.#change({ maxEntries });
  }

  /** Bytes of a key, before `load()`. @libbpf bpf_map__set_key_size */
  setKeySize(keySize: number): void {
    this.#change({ keySize });
  }

  /**
   * Bytes of a value, before `load()`. Global data keeps its contents as far as they fit; when its last variable is an array
   * that the new size holds a whole number of elements of, the array is that long, else BTF no longer describes the map.
   *
   * @libbpf bpf_map__set_value_size
   */
  setValueSize(valueSize: number): void {
    const bytes = this.spec.internal ? this.initialValue : undefined;
    if (this.spec.internal && this.type !== BPF_MAP_TYPE_ARRAY) throw this.#error('MAP_RESIZE', 'is no array any more', EOPNOTSUPP);
    if (bytes === undefined) {
      this.#change({ valueSize });
      return;
    }
    if (!Number.isInteger(valueSize) || valueSize <= 0 || valueSize > MAX_DATA_BYTES) {
      throw this.#error('MAP_RESIZE', `global data has 1 to ${MAX_DATA_BYTES} bytes, not ${valueSize}`, EINVAL);
    }
    const initialValue = new Uint8Array(valueSize);
    initialValue.set(bytes.subarray(0, valueSize));
    this.#change({ valueSize, initialValue });
  }

  /** @param flags `BPF_F_*`; before `load()` @libbpf bpf_map__set_map_flags */
  setFlags(flags: number): void {
    this.#change({ flags });
  }

  /** @param extra what the type makes of it; before `load()` @libbpf bpf_map__set_map_extra */
  setExtra(extra: bigint): void {
    this.#change({ extra });
  }

  /** Chooses a NUMA node, before `load()`; it counts with the flag `BPF_F_NUMA_NODE` ({@link setFlags}). @libbpf bpf_map__set_numa_node */
  setNumaNode(numaNode: number): void {
    this.#change({ numaNode });
  }

  /** Chooses whether `load()` creates it. A program that reaches a map that is not there is rejected. @libbpf bpf_map__set_autocreate */
  setAutocreate(autocreate: boolean): void {
    this.#change({ autocreate });
  }

  /** @param path in a bpffs; undefined for nowhere; before `load()` @libbpf bpf_map__set_pin_path */
  setPinPath(path: string | undefined): void {
    this.#change({ pinPath: path ?? null });
  }

  /** Uses an existing map as prototype of inner maps, before `load()`. The fd stays the caller's. @libbpf bpf_map__set_inner_map_fd */
  setInnerMapFd(fd: number): void {
    if (this.type !== BPF_MAP_TYPE_ARRAY_OF_MAPS && this.type !== BPF_MAP_TYPE_HASH_OF_MAPS) {
      throw this.#error('INNER_MAP', 'holds no maps', EINVAL);
    }
    this.#change({ innerMapFd: fd });
  }

  /**
   * Bytes that global data, an arena or a struct_ops table begins with; undefined for other maps. Before `load()` they may be
   * written in place.
   *
   * @libbpf bpf_map__initial_value
   */
  get initialValue(): Uint8Array | undefined {
    if (this.#override.initialValue !== undefined) return this.#override.initialValue;
    const { internal, initialValue, valueSize } = this.spec;
    if (!internal && initialValue === undefined) return undefined;
    const bytes = initialValue === undefined ? new Uint8Array(valueSize) : new Uint8Array(initialValue);
    this.#override = { ...this.#override, initialValue: bytes };
    return bytes;
  }

  /** Sets the bytes that global data begins with, before `load()`. @libbpf bpf_map__set_initial_value */
  setInitialValue(value: Uint8Array): void {
    const size = this.spec.sectionName === '.kconfig' ? undefined : this.initialValue?.length;
    if (value.length !== size) {
      throw this.#error('INITIAL_VALUE', `takes ${size === undefined ? 'no initial value' : `${size} bytes`}: have ${value.length}`, EINVAL);
    }
    this.#change({ initialValue: new Uint8Array(value) });
  }

  /** The one program that may use it; undefined when all may. @libbpf bpf_map__exclusive_program */
  get exclusiveProgram(): string | undefined {
    return this.#override.exclusiveProgram;
  }

  /**
   * Keeps all programs but one from using the map, before `load()`: the kernel knows it by its instructions. Linux 6.18
   *
   * @param program of the same object; undefined for all
   * @throws LoadError `NO_PROGRAM` for a program of another object
   * @libbpf bpf_map__set_exclusive_program
   */
  setExclusiveProgram(program: { readonly name: string; readonly spec: ProgramSpec } | undefined): void {
    if (program !== undefined && !this.#object.spec.programs.includes(program.spec)) throw this.#error('NO_PROGRAM', `and program '${program.name}' are of two objects`, EINVAL);
    this.#change({ exclusiveProgram: program?.name });
  }

  /** Uses an existing map in place of a new one, before `load()`, with its type and sizes. The fd stays the caller's. @libbpf bpf_map__reuse_fd */
  reuseFd(fd: number): void {
    const info = this.kernel.info(fd);
    if (info.kind !== 'map') throw this.#error('MAP_REUSE', `fd ${fd} is a ${info.kind}`, EINVAL);
    const { type, keySize, valueSize, maxEntries, flags } = info;
    this.#change({ reuseFd: fd, type, keySize, valueSize, maxEntries, flags });
  }

  /**
   * The memory of an arena, or of the elements of an array that may be shared (`BPF_F_MMAPABLE`), global data among them: what
   * programs write is seen at once, and the other way round. Take it anew after every program run on a simulated kernel. Between
   * `load()` and `close()`; undefined for other maps, and for constants.
   *
   * @libbpf bpf_map__initial_value
   */
  get memory(): Uint8Array | undefined {
    if (this.#loaded?.memory !== undefined) return this.#loaded.memory.bytes;
    if (this.#loaded === undefined || this.fd < 0 || this.#frozen || this.spec.frozen) return undefined;
    this.#shared ??= shareValues(this.kernel, this.fd, this.#current);
    return this.#shared?.bytes;
  }

  /** Lets only programs write the map from now on. @throws KernelError `EBUSY` while others share its memory */
  freeze(): void {
    const fd = this.loadedFd();
    this.#unshare();
    this.kernel.mapFreeze(fd);
    this.#frozen = true;
  }

  #unshare(): void {
    this.#shared?.unmap();
    this.#shared = undefined;
  }

  #change(override: MapOverride): void {
    if (this.#loaded !== undefined) throw this.#error('ALREADY_LOADED', 'can be changed before prepare() and load() only', EBUSY);
    this.#override = { ...this.#override, ...override };
    this.#settled = undefined;
  }

  /** The definition with the settings made so far. */
  get #current(): MapSpec {
    this.#settled ??= applyMapOverride(this.#object.spec, this.spec, this.#override);
    return this.#settled;
  }

  #error(code: string, problem: string, errno: number): LoadError {
    return new LoadError(code, `map '${this.name}'`, problem, { errno });
  }

  /** What `load()` takes. @internal */
  get override(): MapOverride {
    return this.#override;
  }

  /** Called by `load()` and `close()`. @param table value of a struct_ops table @internal */
  bindLoaded(loaded: LoadedMap | undefined, table: () => Uint8Array | undefined = () => undefined): void {
    this.#unshare();
    this.#frozen = false;
    this.#pinnedAt = loaded?.pinnedAt;
    this.#loaded = loaded;
    this.#table = table;
  }

  /**
   * Puts a program in a struct_ops table, or takes one out, before `load()`. In C one assigns to the member through the skeleton.
   *
   * @param member of the table's struct, a pointer to a function
   * @param program of the same object; undefined for none
   * @throws LoadError `NO_MEMBER`
   */
  setFunction(member: string, program: { readonly name: string } | undefined): void {
    this.#change({ functions: new Map([...(this.#override.functions ?? []), [this.#functionOff(member), program?.name]]) });
  }

  /** Name of the program in a struct_ops table; undefined for none. @param member as for `setFunction` @throws LoadError `NO_MEMBER` */
  getFunction(member: string): string | undefined {
    const byteOff = this.#functionOff(member);
    const { functions } = this.#override;
    return functions?.has(byteOff) === true ? functions.get(byteOff) : this.spec.structOps?.find((slot) => slot.byteOff === byteOff)?.program;
  }

  #functionOff(member: string): number {
    const struct = this.spec.structOps === undefined ? undefined : this.#object.spec.btf?.type(this.spec.btfValueTypeId);
    const found = struct?.kind === BTF_KIND_STRUCT ? struct.members.find(({ name }) => name === member) : undefined;
    if (found === undefined) throw this.#error('NO_MEMBER', `has no member '${member}' for a program`, ENOENT);
    return found.bitOff / 8;
  }

  /**
   * Gives a struct_ops table to the kernel, which calls its functions from then on. A table of `.struct_ops.link` is held by the link,
   * one of `.struct_ops` by the map until the link is destroyed.
   *
   * @throws LoadError `NOT_STRUCT_OPS` for other maps, `STRUCT_OPS_KERNEL` when a program of the table is not loaded; KernelError
   * @libbpf bpf_map__attach_struct_ops
   */
  attachStructOps(): BpfLink {
    this.fillTable();
    const fd = this.loadedFd();
    if ((this.flags & BPF_F_LINK) === 0) return new StructOpsLink(this.kernel, fd);
    return new BpfLink(this.kernel, this.kernel.linkCreate({ progFd: fd, attachType: BPF_STRUCT_OPS }));
  }

  /** Whether `object.attach()` attaches it: a struct_ops table. @libbpf bpf_map__autoattach */
  get autoattach(): boolean {
    return this.#autoattach && this.spec.autoattach;
  }

  /** Chooses whether `object.attach()` attaches it. @libbpf bpf_map__set_autoattach */
  setAutoattach(autoattach: boolean): void {
    this.#autoattach = autoattach;
  }

  /** Writes a struct_ops table into its map, once. @internal */
  fillTable(): void {
    const value = this.#table();
    if (value === undefined) throw this.#error('NOT_STRUCT_OPS', 'can\'t attach non-struct_ops map', EINVAL);
    try {
      this.kernel.mapUpdate(this.loadedFd(), new Uint8Array(4), value);
    } catch (error) {
      // A table that a link holds, or held, is filled already.
      if ((this.flags & BPF_F_LINK) === 0 || (error as KernelError).errno !== EBUSY) throw error;
    }
  }

  /** Keeps the map beyond this process. @param path in a bpffs; the map's own when absent @libbpf bpf_map__pin */
  pin(path: string | undefined = this.pinPath): void {
    if (path === undefined) throw this.#error('MAP_PIN', 'has no path to be pinned at', EINVAL);
    this.kernel.objPin(this.loadedFd(), path);
    this.#pinnedAt = path;
  }

  /** Whether it is pinned, as far as this object knows. @libbpf bpf_map__is_pinned */
  get isPinned(): boolean {
    return this.#pinnedAt !== undefined;
  }

  /** Takes a pin back; the map stays while something holds it. @libbpf bpf_map__unpin */
  unpin(path: string | undefined = this.#pinnedAt ?? this.pinPath): void {
    if (path === undefined) throw this.#error('MAP_PIN', 'has no path to be unpinned from', EINVAL);
    this.kernel.objUnpin(path);
    if (this.#pinnedAt === path) this.#pinnedAt = undefined;
  }

  /** What the kernel knows about the map. */
  info(): MapInfo {
    const info = this.kernel.info(this.loadedFd());
    if (info.kind !== 'map') throw new TypeError(`fd ${this.fd} is a ${info.kind}, not a map`);
    return info;
  }
}
