// What does a row of a table say?

/** Result of a context access that is allowed. */
export interface ContextAccess {
  /** What a load yields: `SCALAR` or `PTR_TO_…`, with its qualifiers. */
  readonly type: number;
  readonly flags: number;
  /** Size of the field, bytes; a smaller load is narrow. 0 when there is no field (raw contexts). */
  readonly fieldSize: number;
  /** Name of the struct behind `PTR_TO_BTF_ID`, in vmlinux BTF. */
  readonly btfStruct?: string;
  /** Size of `PTR_TO_MEM`. */
  readonly memSize?: number;
}

/** Pointers that context fields yield, as the kernel's log names them. */
export type ContextPointer =
  | 'pkt'
  | 'pkt_meta'
  | 'pkt_end'
  | 'sock'
  | 'sock_or_null'
  | 'sock_common_or_null'
  | 'flow_keys'
  | 'tp_buffer'
  | 'trusted_ptr_nf_hook_state'
  | 'trusted_ptr_sk_buff';

/**
 * One field of a context structure. The sizes that may be accessed are given for each of its bytes by a hexadecimal digit, the
 * sum of the sizes that may begin there: `7131` is a number of four bytes of which any aligned part may be read.
 */
export interface ContextField {
  readonly name: string;
  readonly byteOff: number;
  readonly size: number;
  readonly read: string;
  /** Absent: as `read`. Empty: never. */
  readonly signed?: string;
  /** Absent: never. */
  readonly write?: string;
  /** What a full load yields; absent: a number. */
  readonly pointer?: ContextPointer;
  /**
   * What an access becomes, in digits: instructions of a load, bytes from which on a load needs no more (shorter ones are masked), instructions
   * of a store, of a load into the register that it reads by, and of a store of a constant. Absent: `141`, the first, and the third.
   */
  readonly length?: string;
}

/** What a program of one type may do. */
export interface ProgTypeRow {
  /** `BPF_PROG_TYPE_*`. */
  readonly id: number;
  readonly name: string;
  /** C name of the context structure in BTF prototypes, e.g. `xdp_md`. */
  readonly ctxStruct: string;
  /** Name of what the kernel has in its place. */
  readonly ctxBehind: string;
  /** Expected attach types that a load may name; undefined: any number. */
  readonly attachTypes: readonly number[] | undefined;
  /** Judges a load (with `signExtend`: a sign-extending one) or store of `size` bytes at `byteOff` of the context; undefined: refused. */
  findContextAccess(
    byteOff: number,
    size: number,
    write: boolean,
    expectedAttachType: number,
    signExtend?: boolean,
  ): ContextAccess | undefined;
  /** The field at `byteOff` of the context, where accesses are translated. */
  findTranslatedField(byteOff: number, expectedAttachType: number): ContextField | undefined;
  /** Whether helper `id` is offered. */
  allowsHelper(id: number, expectedAttachType: number): boolean;
  /** Whether the context is what the kernel has, not translated: memory like any other for functions that want memory. */
  readonly plainContext: boolean;
  /** Whether the packet may be read, or written, through packet pointers. */
  readonly packetRead: boolean;
  readonly packetWrite: boolean;
  /** Values R0 may have at the main function's exit; undefined: any. */
  returnRange(expectedAttachType: number): readonly [bigint, bigint] | undefined;
  /** R0 at the main function's exit is compared with {@link returnRange}, which makes it precise. */
  checksReturn(expectedAttachType: number): boolean;
  /** `LD_ABS` and `LD_IND` are allowed. */
  readonly ldAbs: boolean;
}
