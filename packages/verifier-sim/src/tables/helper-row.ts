// What does a helper want, and what does it give?

/**
 * What an argument must be. Words as in the kernel's `ARG_…`, `_or_null` where null (or a pointer that may be) will do.
 *
 * - `any`: an initialised register
 * - `ctx`: the program's context
 * - `map`: a map; `key`, `value` belong to it, `value_uninit` is written by the helper
 * - `mem`: memory that is read, `mem_write`: read and written, `mem_uninit`: written; the size is the next argument
 * - `size`: bytes of the preceding memory, not 0; `size0`: may be 0; `alloc_size`: a known number
 * - `long`: memory for one aligned number that the helper writes; `int`: reads and writes
 * - `spin_lock`, `timer`, `kptr`: fields of a map value; `kptr_new_or_null`: what is kept there from now on
 * - `sock_common`: any socket pointer; `btf_sock_common`: one from BTF, too; `release_sock`: one that is referenced, given back
 * - `ringbuf_mem`: a reserved record, given back
 * - `func`: a callback; `stack_or_null`: its second argument
 * - `const_str`: constant string in a read-only map
 * - `btf`: a pointer to a kernel object; `percpu_btf`: to a per-CPU variable; `dynptr`: any that is set up; `dynptr_uninit`: a place for one; `ringbuf_dynptr`: given back
 */
export type ArgKind =
  | 'any'
  | 'ctx'
  | 'ctx_or_null'
  | 'map'
  | 'key'
  | 'value'
  | 'value_or_null'
  | 'value_uninit'
  | 'mem'
  | 'mem_or_null'
  | 'mem_write'
  | 'mem_write_or_null'
  | 'mem_uninit'
  | 'size'
  | 'size0'
  | 'alloc_size'
  | 'long'
  | 'int'
  | 'spin_lock'
  | 'timer'
  | 'kptr'
  | 'kptr_new_or_null'
  | 'sock_common'
  | 'btf_sock_common'
  | 'btf_sock_common_or_null'
  | 'release_sock'
  | 'socket_or_null'
  | 'ringbuf_mem'
  | 'func'
  | 'stack_or_null'
  | 'const_str'
  | 'btf'
  | 'btf_or_null'
  | 'percpu_btf'
  | 'dynptr'
  | 'dynptr_uninit'
  | 'ringbuf_dynptr'
  | FixedMem;

/** Readable memory of a size that the helper fixes, in bytes. */
export interface FixedMem {
  readonly fixed: number;
}

/** What comes back in R0. */
export type ReturnKind =
  | 'int'
  | 'void'
  | 'map_value'
  | 'map_value_or_null'
  | 'sock_or_null'
  | 'sock_common_or_null'
  | 'tcp_sock_or_null'
  | 'ringbuf_mem_or_null'
  | 'dynptr_mem_or_null'
  | 'btf'
  | 'btf_or_null'
  | 'kptr_or_null'
  | 'mem_or_btf'
  | 'mem_or_btf_or_null';

/** The contract of one helper. */
export interface HelperRow {
  readonly args: readonly ArgKind[];
  readonly ret: ReturnKind;
  /** Struct of the kernel behind a returned `btf`. */
  readonly retStruct?: string;
  /** The returned object is trusted. */
  readonly retTrusted?: boolean;
  /** Structs of the kernel that `btf` arguments want, by argument. */
  readonly structs?: Readonly<Record<number, string>>;
  /** Only for programs under a GPL-compatible licence. */
  readonly gpl?: boolean;
  /** Memory arguments may point into the packet. */
  readonly pkt?: boolean;
  /** Moves or frees packet data: packet pointers die. */
  readonly changesPacket?: boolean;
  readonly mightSleep?: boolean;
  /** R0 carries the reference that was passed in: a cast of a socket pointer. */
  readonly casts?: boolean;
  /** R0 is a new reference that must be given back. */
  readonly acquires?: boolean;
  /** Contracts that differ by program type. */
  readonly variants?: readonly HelperVariant[];
  /** Why calls are not judged yet. */
  readonly notYet?: string;
}

/** A contract for some program types. */
export interface HelperVariant {
  readonly progTypes: readonly number[];
  readonly row: HelperRow;
}
