// What does an object contain, before any kernel is asked?
import type { Btf, BtfExt } from '@rootlet/btf';
import type { CodeModel } from '@rootlet/reloc';

/** A program of the object: something that can be loaded, and attached unless it is a library function. */
export interface ProgramSpec {
  /** Name of its function. */
  readonly name: string;
  /** `SEC("…")` without a leading `?`; `.text` for functions without one. */
  readonly sectionName: string;
  /** Index in the object's {@link CodeModel.funcs}. */
  readonly funcIdx: number;
  /** `BPF_PROG_TYPE_*`; `BPF_PROG_TYPE_UNSPEC` when neither section nor context tells. */
  readonly type: number;
  readonly expectedAttachType: number;
  /** Where the section name says it attaches, e.g. `do_unlinkat` of `kprobe/do_unlinkat`. */
  readonly attachTarget: string | undefined;
  /** `BPF_F_*` program load flags the section asks for. */
  readonly flags: number;
  /** Loaded by `load()` unless the section name begins with `?`. */
  readonly autoload: boolean;
  /** A function for others to call: it has no attach point of its own. */
  readonly library: boolean;
  /** Struct of its context argument, e.g. `xdp_md`; undefined when it has none or a section names its type. */
  readonly contextStruct: string | undefined;
  /** Why the type is not known, where it is not: the context is shared by these program types. */
  readonly candidateTypes: readonly number[];
}

/** Pinning of a BTF-defined map: `LIBBPF_PIN_NONE` or `LIBBPF_PIN_BY_NAME`. */
export const LIBBPF_PIN_NONE = 0;
/** See {@link LIBBPF_PIN_NONE}. */
export const LIBBPF_PIN_BY_NAME = 1;

/** A map of the object. */
export interface MapSpec {
  /** Name by which programs of libbpf find it: of data sections the section's, e.g. `.rodata`. */
  readonly name: string;
  /** Offset of its definition in `.maps`, bytes: tells static maps of one name apart. 0 for data maps. */
  readonly byteOff: number;
  /** Name the kernel sees, at most 15 bytes. */
  readonly kernelName: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly extra: bigint;
  readonly numaNode: number;
  readonly pinning: number;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  /** Prototype of inner maps. */
  readonly inner: MapSpec | undefined;
  /** ELF section of a data map; undefined for `.maps`. */
  readonly sectionIdx: number | undefined;
  /** Contents of a data map before the first program runs; undefined for zeros (`.bss`). */
  readonly initialValue: Uint8Array | undefined;
  /** Frozen before programs are loaded, so that the verifier knows its contents (`.rodata`). */
  readonly frozen: boolean;
  /** `values` of a map-in-map or program array: symbol by slot. */
  readonly slots: readonly { readonly index: number; readonly symbol: string }[];
}

/** A function that other objects may call. */
export interface ExportSpec {
  readonly symbol: string;
  readonly funcIdx: number;
  readonly btfId: number;
  readonly weak: boolean;
}

/** Everything that loading needs to know of an object. Pure: the same bytes give the same spec. */
export interface ObjectSpec {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  /** Text of the `license` section; empty when there is none. */
  readonly license: string;
  /** Value of the `version` section; 0 when there is none. */
  readonly kernVersion: number;
  readonly btf: Btf | undefined;
  readonly ext: BtfExt | undefined;
  readonly code: CodeModel;
  /** In the order of sections and offsets. Library functions included. */
  readonly programs: readonly ProgramSpec[];
  /** In the order libbpf creates them: `.maps` by offset, then data sections. */
  readonly maps: readonly MapSpec[];
  readonly exports: readonly ExportSpec[];
  /** Only functions in `.text`, no `SEC`: every exported function is loaded by `load()`. */
  readonly isLibrary: boolean;
  /** Section sizes by name, for DATASECs, which clang leaves at 0. */
  readonly sectionSizes: ReadonlyMap<string, number>;
  /** Variables of data sections and maps by name: section and offset, for DATASECs. Static ones may share a name. */
  readonly variables: ReadonlyMap<string, readonly VariableSpec[]>;
}

/** Where a global variable stands. */
export interface VariableSpec {
  readonly name: string;
  readonly sectionIdx: number;
  readonly sectionName: string;
  readonly byteOff: number;
  readonly size: number;
}
