// What does an object consist of, as linking sees it?
import type { BtfCoreRelo, BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import type { Insns } from '@rootlet/insn';
import type { JumpTable } from './jump-tables.ts';

/** What an instruction refers to. `addend` is in bytes. */
export type CodeRelocTarget =
  /** A map definition in `.maps`, by name; `byteOff` in `.maps` tells static maps of the same name apart. */
  | { readonly kind: 'map'; readonly name: string; readonly byteOff: number }
  /** A byte of a data section (`.data*`, `.rodata*`, `.bss*`, …), by section index. */
  | { readonly kind: 'data'; readonly sectionIdx: number; readonly addend: number }
  /** A pc-relative call of a function of this object, by index in {@link CodeModel.funcs}. */
  | { readonly kind: 'call'; readonly funcIdx: number }
  /** The address of a function of this object: a callback, or with `guard` only compared with null (a weak extern that was linked). */
  | { readonly kind: 'funcAddr'; readonly funcIdx: number; readonly guard: boolean }
  /** A table of places in this function, which a register gets the address of before `gotox`. */
  | { readonly kind: 'jumpTable'; readonly table: JumpTable }
  /** In data: an instruction that is no function's first (`&&label`). Nothing is patched; no kernel takes such an address. */
  | { readonly kind: 'label'; readonly sectionIdx: number; readonly insnIdx: number }
  /** A call of an extern function, by index in {@link CodeModel.externs}. */
  | { readonly kind: 'externCall'; readonly externIdx: number }
  /** The address of an extern function (guards of weak externs), variable (ksym, kconfig) or map. */
  | { readonly kind: 'externAddr'; readonly externIdx: number; readonly addend: number };

/** One place in a function that must be patched. */
export interface CodeReloc {
  /** Slot within the function. */
  readonly insnIdx: number;
  /** File offset of the relocated instruction, for errors. */
  readonly byteOff: number;
  readonly target: CodeRelocTarget;
}

/** One word of a data section that holds an address: pointers to data, prog and map-in-map slots, callbacks. */
export interface DataReloc {
  /** Data section that holds the word. */
  readonly sectionIdx: number;
  /** Offset of the word in that section, bytes. */
  readonly byteOff: number;
  /** Size of the word in bytes. */
  readonly size: 4 | 8;
  /** What it is the address of; never a call. */
  readonly target: CodeRelocTarget;
}

/** A function of the object. */
export interface CodeFunc {
  readonly index: number;
  readonly name: string;
  readonly sectionIdx: number;
  readonly sectionName: string;
  /** First slot within the section. */
  readonly startIdx: number;
  /** Instructions, unrelocated. */
  readonly insns: Insns;
  /** `STB_LOCAL`, `STB_GLOBAL`, `STB_WEAK`. */
  readonly binding: number;
  /** `STV_*`. Ask {@link isVerifiedPerCall} what it means to the verifier. */
  readonly visibility: number;
  /** FUNC id; undefined without BTF. */
  readonly btfId: number | undefined;
  /** Name of the function that is called when this one, as a program, throws (`__exception_cb`). */
  readonly exceptionCallback?: string | undefined;
  readonly relocs: readonly CodeReloc[];
  /** `insnIdx` within the function. */
  readonly lineInfo: readonly BtfLineInfo[];
  /** `insnIdx` within the function. */
  readonly coreRelos: readonly BtfCoreRelo[];
}

/** A symbol that the object declares and does not define. */
export interface CodeExtern {
  readonly index: number;
  readonly name: string;
  readonly kind: 'func' | 'var';
  readonly weak: boolean;
  /** FUNC or VAR id; undefined without BTF. */
  readonly btfId: number | undefined;
  /** `.ksyms`, `.kconfig`, `.maps` (an extern map), or undefined for a plain extern that another object provides. */
  readonly sectionName: string | undefined;
}

/** The code of one object, collected from symbols, relocations and `.BTF.ext`; nothing is patched yet. */
export interface CodeModel {
  readonly littleEndian: boolean;
  /** Ordered by section, then by start. */
  readonly funcs: readonly CodeFunc[];
  readonly externs: readonly CodeExtern[];
  /** Addresses in data sections (`.maps` included), by section, then by offset. */
  readonly dataRelocs: readonly DataReloc[];
}

/** How an extern call is to be patched. */
export type ExternBinding =
  /** Bound: the provider's fd stands at `fdIdx` of the program's fd array. Guards see a non-zero constant. */
  | { readonly kind: 'prog'; readonly fdIdx: number; readonly btfId: number }
  /** Not provided yet: the call keeps naming the extern itself (`off` -1, `imm` = FUNC id in the own BTF). Guards see a non-zero constant. */
  | { readonly kind: 'pending'; readonly btfId: number }
  /** A kernel function: in calls its BTF is named by an index in the fd array, elsewhere by the fd; 0 is the kernel's own. */
  | { readonly kind: 'kfunc'; readonly btfId: number; readonly fdIdx: number; readonly btfFd: number }
  /** Weak and absent: address 0; a reachable call is rejected by the verifier. */
  | { readonly kind: 'null' }
  /** A variable in a map (`.kconfig`) or a kernel symbol's address or BTF id. */
  | { readonly kind: 'mapValue'; readonly mapFd: number; readonly byteOff: number }
  | { readonly kind: 'address'; readonly address: bigint }
  /** An extern map that another object defines. */
  | { readonly kind: 'mapFd'; readonly mapFd: number }
  | { readonly kind: 'btfVar'; readonly btfId: number; readonly btfFd: number };

/** A map that was left out on purpose: a program may refer to it where that is never reached. */
export interface MissingMap {
  /** Index of the map in its object. */
  readonly missingMap: number;
}

/** Answers what a relocation's target became. */
export interface RelocResolver {
  /** fd of the map of this name; `byteOff` is its definition's place in `.maps`. */
  mapFd(name: string, byteOff: number): number | MissingMap;
  /** fd of the map that holds a data section. */
  dataMapFd(sectionIdx: number): number | MissingMap;
  extern(ext: CodeExtern): ExternBinding;
  /**
   * fd of the map that a jump table became; asked for each table of the program once. An object without tables needs it not.
   *
   * @param targets slots of the program
   */
  jumpTableFd?(table: JumpTable, targets: readonly number[]): number;
}

/** A program ready for a kernel: the entry function with all subprograms it needs appended once each. */
export interface RelocatedProgram {
  readonly insns: Insns;
  /** One record a function, entry first; empty when the object has no BTF. */
  readonly funcInfo: readonly BtfFuncInfo[];
  readonly lineInfo: readonly BtfLineInfo[];
  /** Which functions stand where. */
  readonly subprograms: readonly { readonly func: CodeFunc; readonly insnIdx: number }[];
  /** Externs that reachable code calls or takes the address of, by index in the model. */
  readonly externs: readonly number[];
}
