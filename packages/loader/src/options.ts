// What may be decided between opening and loading?
import type { Btf } from '@rootlet/btf';
import type { Provider } from './scope.ts';
import type { TailCalls } from './tail-calls.ts';

/** Changes to one program before it is loaded. */
export interface ProgramOverride {
  /** `BPF_PROG_TYPE_*`, where neither section nor context tells. */
  readonly type?: number;
  readonly expectedAttachType?: number;
  readonly autoload?: boolean;
  /** `BPF_F_*` load flags, in place of the section's. */
  readonly flags?: number;
  /** Verifier log level of this program. */
  readonly logLevel?: number;
  /** What an EXT or tracing program attaches to. */
  readonly attachProgFd?: number;
  readonly attachBtfId?: number;
  /** Interface that it is loaded for. */
  readonly ifindex?: number;
}

/** Changes to one map before it is created. */
export interface MapOverride {
  readonly type?: number;
  readonly maxEntries?: number;
  readonly keySize?: number;
  /** Of a data map: its variables are as many bytes as this, what is new is zeros. */
  readonly valueSize?: number;
  readonly flags?: number;
  readonly extra?: bigint;
  readonly numaNode?: number;
  /** Contents of a data map, `valueSize` bytes. */
  readonly initialValue?: Uint8Array;
  /** Of a struct_ops table: program by the offset of the member, bytes; undefined for none. Others stay as the object has them. */
  readonly functions?: ReadonlyMap<number, string | undefined>;
  /** Whether it is created; a program that reaches a map that is not is rejected. */
  readonly autocreate?: boolean;
  /** An existing map to use in place of a new one. Borrowed. */
  readonly reuseFd?: number;
  /** An existing map as prototype of inner maps. Borrowed. */
  readonly innerMapFd?: number;
  /** Name of the one program that may use it. */
  readonly exclusiveProgram?: string | undefined;
  /** Where it is pinned, or found when something is pinned there already; null for nowhere. */
  readonly pinPath?: string | null;
}

/** A function of a loaded program, named as the kernel names it. */
export interface FuncRef {
  readonly progFd: number;
  /** FUNC id in the program's BTF. */
  readonly btfId: number;
}

/** How to load an object. */
export interface LoadOptions {
  /** Verifier log: bits 1 (branches), 2 (every instruction), 4 (statistics). 0 when absent; rejections are always logged. */
  readonly logLevel?: number;
  /** Which providers externs may be bound to; all that were loaded through the same kernel when absent. */
  readonly accepts?: (provider: Provider) => boolean;
  /** Extern name → name under which it is looked up. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Extern name → function, in place of a search. */
  readonly bind?: Readonly<Record<string, FuncRef>>;
  /** Externs that are to be slots of a program array where the kernel knows no calls between programs; none when absent. */
  readonly tailCalls?: TailCalls;
  readonly programs?: ReadonlyMap<string, ProgramOverride>;
  readonly maps?: ReadonlyMap<string, MapOverride>;
  /** Folder of maps that are pinned by name; `/sys/fs/bpf` when absent. */
  readonly pinRootPath?: string;
  /** Kernel configuration in the form of `/boot/config-*`, for `.kconfig` externs. */
  readonly kconfig?: string;
  /** A bpffs that delegates the right to load; `''` for none. Absent: wherever the kernel looks for one. */
  readonly tokenPath?: string;
  /** BTF that CO-RE relocations are answered by, in place of the kernel's own. */
  readonly kernelBtf?: Btf;
}
