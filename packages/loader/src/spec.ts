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
  /** Name that libbpf gives it: of `.data` in `prog.o` it is `prog.data`, of `.data.mine` the section's. */
  readonly name: string;
  /** Section that defines it, e.g. `.maps`, `.rodata`, `.struct_ops.link`, `.kconfig`. */
  readonly sectionName: string;
  /** Whether it holds variables of the object rather than being defined as a map. */
  readonly internal: boolean;
  /** Created by `load()` unless its section begins with `?`. */
  readonly autocreate: boolean;
  /** Attached with the object: tables of functions for the kernel (`.struct_ops`). */
  readonly autoattach: boolean;
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
  /** ELF section whose addresses are places in the map's value; undefined when there is none. */
  readonly sectionIdx: number | undefined;
  /** Contents of a data map before the first program runs; undefined for zeros (`.bss`). */
  readonly initialValue: Uint8Array | undefined;
  /** Frozen before programs are loaded, so that the verifier knows its contents (`.rodata`). */
  readonly frozen: boolean;
  /** `values` of a map-in-map or program array: symbol by slot. */
  readonly slots: readonly { readonly index: number; readonly symbol: string }[];
  /** Functions of a struct_ops table: program by the offset of the pointer in the value, bytes. */
  readonly structOps?: readonly { readonly byteOff: number; readonly program: string }[];
}

/** A variable that the kernel's configuration gives its value. */
export interface KconfigVarSpec {
  readonly name: string;
  /** Type in the object's BTF. */
  readonly typeId: number;
  /** Place in the value of the `.kconfig` map, bytes. */
  readonly byteOff: number;
  readonly size: number;
  readonly weak: boolean;
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
  /** Text of the `license` section, up to 63 bytes of it; empty when there is none. */
  readonly license: string;
  /** Value of the `version` section; 0 when there is none. */
  readonly kernVersion: number;
  readonly btf: Btf | undefined;
  readonly ext: BtfExt | undefined;
  readonly code: CodeModel;
  /** In the order of sections and offsets. Library functions included. */
  readonly programs: readonly ProgramSpec[];
  /** In libbpf's order: `.maps` by offset, data sections, `.kconfig`, `.struct_ops`. */
  readonly maps: readonly MapSpec[];
  /** Variables of the `.kconfig` map in the order of their places. */
  readonly kconfig: readonly KconfigVarSpec[];
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
  /** Whether other objects may name it: it is neither static nor hidden. */
  readonly visible: boolean;
}
