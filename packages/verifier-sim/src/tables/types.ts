// What does a row of a table say?

/** Result of a context access that is allowed. */
export interface ContextAccess {
  /** What a load yields: `SCALAR` or `PTR_TO_…`, with its qualifiers. */
  readonly type: number;
  readonly flags: number;
  /** Size of the field, bytes; a smaller load is narrow. 0 when there is no field (raw contexts). */
  readonly fieldSize: number;
  /** Load of a field that the kernel sign-extends is refused. */
  readonly noSignExtend?: boolean;
  /** Type behind `PTR_TO_BTF_ID`, in vmlinux BTF. */
  readonly btfId?: number;
  /** Size of `PTR_TO_MEM`. */
  readonly memSize?: number;
}

/** One field of a context structure. */
export interface ContextField {
  readonly name: string;
  readonly byteOff: number;
  readonly size: number;
  /** What a full load yields; absent: a number. */
  readonly pointer?: 'packet' | 'packet_meta' | 'packet_end' | 'sock' | 'sock_common' | 'flow_keys' | 'tp_buffer';
  /** The pointer may be null. */
  readonly nullable?: boolean;
  readonly read: boolean;
  readonly write: boolean;
  /** Aligned loads smaller than the field are allowed. */
  readonly narrow: boolean;
}

/** What a program of one type may do. */
export interface ProgTypeRow {
  /** `BPF_PROG_TYPE_*`. */
  readonly id: number;
  readonly name: string;
  /** C name of the context structure in BTF prototypes, e.g. `xdp_md`. */
  readonly ctxStruct: string;
  /** Judges a load or store of `size` bytes at `byteOff` of the context; undefined: refused. */
  findContextAccess(byteOff: number, size: number, write: boolean, expectedAttachType: number): ContextAccess | undefined;
  /** Whether the packet may be read, or written, through packet pointers. */
  readonly packetRead: boolean;
  readonly packetWrite: boolean;
  /** Values R0 may have at the main function's exit; undefined: any. */
  returnRange(expectedAttachType: number): readonly [bigint, bigint] | undefined;
  /** R0 at exit must be a known number even where any value is allowed. */
  readonly checksReturn: boolean;
  /** `LD_ABS` and `LD_IND` are allowed. */
  readonly ldAbs: boolean;
}
