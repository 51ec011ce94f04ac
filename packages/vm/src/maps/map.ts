// What do all maps have in common?
import { BPF_EXIST, BPF_F_LOCK, BPF_NOEXIST, EEXIST, EINVAL, ENOENT, EOPNOTSUPP } from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';

/** What a map is created from. Sizes in bytes. */
export interface VmMapAttr {
  readonly name: string;
  /** `BPF_MAP_TYPE_*`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** `BPF_F_*`. */
  readonly flags: number;
  /** Whether values contain a `struct bpf_spin_lock`, so that `BPF_F_LOCK` makes sense. */
  readonly lockable?: boolean;
}

/**
 * A map whose values are in the machine's memory. Keys and values are passed by address; results are addresses, or
 * negative errnos as helpers return them.
 *
 * A value of a per-CPU map is an array of one value a CPU, each `stride` bytes apart.
 */
export abstract class VmMap {
  readonly attr: VmMapAttr;
  readonly memory: VmMemory;
  /** CPUs that have a value of their own; 1 unless the map is per CPU. */
  readonly cpus: number;
  /** Bytes from one CPU's value to the next. */
  readonly stride: number;
  /** What programs hold as a pointer to the map. */
  handle = 0;

  constructor(memory: VmMemory, attr: VmMapAttr, cpus = 1) {
    this.memory = memory;
    this.attr = attr;
    this.cpus = cpus;
    this.stride = Math.ceil(attr.valueSize / 8) * 8;
  }

  /** Address of the first CPU's value for the key at `key`; 0 when there is none. What a program does counts as use. */
  abstract find(key: number, byProgram: boolean): number;

  /**
   * Address of the first CPU's value for a key, entered (with zeros) when absent.
   *
   * @param flags `BPF_ANY`, `BPF_NOEXIST` or `BPF_EXIST`, already checked
   * @returns the address or a negative errno
   */
  abstract enter(key: number, flags: number): number;

  /** Deletes a key. @returns 0 or a negative errno */
  abstract delete(key: number): number;

  /**
   * Writes the key after `key` (the first one for 0, or when `key` is gone) to `out`.
   *
   * @returns 0, or a negative errno: `-ENOENT` at the end
   */
  abstract next(key: number, out: number): number;

  /** Calls `visit` with the addresses of key and value until it returns true. @returns how many were visited, or a negative errno */
  forEach(_visit: (key: number, value: number) => boolean): number {
    return -EINVAL;
  }

  /** Copies the value at `value` in, for one CPU. @returns 0 or a negative errno */
  update(key: number, value: number, flags: number, cpu: number): number {
    const problem = checkUpdateFlags(this.attr, flags);
    if (problem !== 0) return problem;
    const at = this.enter(key, flags & (BPF_NOEXIST | BPF_EXIST));
    if (at < 0) return at;
    const to = at + (cpu % this.cpus) * this.stride;
    this.memory.bytes.copyWithin(to, value, value + this.attr.valueSize);
    return 0;
  }

  /** Adds a value without a key. */
  push(_value: number, _flags: number): number {
    return -EOPNOTSUPP;
  }

  /** Copies the next value out and, with `remove`, takes it off. */
  pop(_value: number, _remove: boolean): number {
    return -EOPNOTSUPP;
  }

  /** Address of the value of key 0 of a map whose values instructions may address directly; undefined for others. */
  directAddress(): number | undefined {
    return undefined;
  }

  /** Gives its memory back. */
  abstract dispose(): void;
}

/** Flags of an update as maps with keys take them. @returns 0 or a negative errno */
export function checkUpdateFlags({ lockable = false }: VmMapAttr, flags: number): number {
  return (lockable ? flags & ~BPF_F_LOCK : flags) > BPF_EXIST ? -EINVAL : 0;
}

/** Whether a key that is (not) there may be entered. @returns 0 or a negative errno */
export function checkPresence(there: boolean, flags: number): number {
  if (there && flags === BPF_NOEXIST) return -EEXIST;
  if (!there && flags === BPF_EXIST) return -ENOENT;
  return 0;
}
