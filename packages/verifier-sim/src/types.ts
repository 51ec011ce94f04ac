// What goes into the verifier, and what comes out?
import type { Btf, BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import type { Insns } from '@rootlet/insn';
import type { KnownState } from './log/known.ts';

/** A map as the verifier sees it. */
export interface VerifierMap {
  readonly name: string;
  /** `BPF_MAP_TYPE_*`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly extra?: bigint;
  readonly innerMap?: VerifierMap;
  /** BTF of key and value. */
  readonly btf?: Btf;
  readonly btfKeyTypeId?: number;
  readonly btfValueTypeId?: number;
  /** Of an arena: whether it has its place among the user's addresses, by `extra` or `mmap`; programs cannot use it before. Default true. */
  readonly placed?: boolean;
  /** Made for one program alone, which is not this one. */
  readonly forAnother?: boolean;
  /** Frozen read-only contents (`.rodata`): loads from it are known constants. */
  readonly frozenValue?: Uint8Array;
}

/** A loaded program whose functions may be called (`BPF_PSEUDO_PROG_CALL`). */
export interface VerifierProvider {
  readonly name: string;
  readonly type: number;
  readonly expectedAttachType: number;
  readonly btf: Btf;
  /** Whether calling this function may change packet data, invalidating packet pointers of the caller. */
  changesPacketData(btfId: number): boolean;
}

/** A loaded program of which a function is replaced (EXT) or traced (fentry, fexit). */
export interface VerifierTarget {
  readonly type: number;
  readonly expectedAttachType: number;
  /** Undefined when it was loaded without records of its functions. */
  readonly btf: Btf | undefined;
  /** As {@link VerifierResult.subprograms} told when it was loaded. */
  readonly functions: readonly VerifiedSubprogram[];
  /** Whether it was loaded for one network device. */
  readonly isForDevice?: boolean;
  /** What it replaces or traces itself. */
  readonly target?: VerifierTarget | undefined;
}

/** The network device that a load names (`prog_ifindex`). */
export interface VerifierDevice {
  /** Whether there is one of that index. */
  readonly exists: boolean;
  /** Whether its driver takes XDP programs. No device takes over programs altogether here (offload). */
  readonly runsXdp: boolean;
}

/** What is to be verified. */
export interface VerifierInput {
  readonly name: string;
  /** `BPF_PROG_TYPE_*`. `BPF_PROG_TYPE_UNSPEC` with `library` when the prototype names no context. */
  readonly progType: number;
  readonly expectedAttachType?: number;
  /** Maps appear by fd, loaded functions by index in the fd array; nothing is resolved. */
  readonly insns: Insns;
  readonly license: string;
  /** `BPF_F_*` program load flags. */
  readonly flags?: number;
  /** Undefined: for any. */
  readonly device?: VerifierDevice;
  readonly btf?: Btf;
  readonly funcInfo?: readonly BtfFuncInfo[];
  readonly lineInfo?: readonly BtfLineInfo[];
  /** Bytes of each record as the load gave them; default: what the kernel knows, 8 and 16. Longer ones are taken to end in zeros. */
  readonly funcInfoRecSize?: number;
  readonly lineInfoRecSize?: number;
  /**
   * Externs that are not bound yet are taken to leave packet data alone, so that packet pointers survive their calls. Whoever
   * binds them later must see to it. Otherwise an unbound extern that is given the context may do anything to the packet.
   */
  readonly externsKeepPacket?: boolean;
  /** Global functions may be replaced by ones that move the packet: packet pointers do not survive their calls. */
  readonly globalsMovePacket?: boolean;
  /** The first function is for others to call: verified from its prototype, attached to nothing. */
  readonly library?: boolean;
  /** Map behind an fd; undefined when the fd is none. */
  mapByFd(fd: number): VerifierMap | undefined;
  /** Map behind an index of the fd array. */
  mapByIdx?(fdIdx: number): VerifierMap | undefined;
  /** What the fd array holds at an index, which messages name and errors hang on; 0 behind its end. Absent: the index stands for it. */
  fdByIdx?(fdIdx: number): number;
  /** Loaded program behind an index of the fd array. Without it, calls between programs (`src_reg` 3) are refused, as Linux does. */
  providerByIdx?(fdIdx: number): VerifierProvider | undefined;
  /** BTF behind an index of the fd array, that of a module where kernel functions are called. Absent: there is no fd array. */
  btfByIdx?(fdIdx: number): Btf | undefined;
  /** For EXT and tracing: what is replaced or traced, in the kernel's BTF or in that of the target. */
  readonly attachBtfId?: number;
  readonly attachTarget?: VerifierTarget;
  /** The kernel's BTF; programs that need none verify without. */
  readonly vmlinux?: Btf;
}

/**
 * What some kernels have and older ones lack:
 *
 * - `cpuV4`: sign-extending loads and moves, unconditional byte swaps, signed division, long jumps
 * - `extensionMaps`: maps of a program that extends another need not fit that one's type
 * - `deviceBound`: XDP programs may be for one network device, and ask it about packets
 * - `fastcalls`: registers spilled around calls that keep them need no stack
 * - `mayGoto`, `loadAcquire` (and store-release): instructions; `timedMayGoto`: ends by the clock, for which it keeps a time; `mayGotoNext`: may lead to the next instruction
 * - `storeImmToContext`: an immediate may be stored in the context
 * - `callsUnderLock`: static functions may be called, and return, while a lock is held
 * - `privateStack`: large functions of tracing programs have memory of their own in place of the stack
 * - `argTags`, `untrustedArgs`: tags of arguments, and the one tag `arg:untrusted`, mean something
 * - `globalsInRegions`: global functions may be called with preemption disabled, and must not sleep in a region
 * - `lazyGlobals`: global functions that nothing calls are not verified
 * - `probedMemory`: one load may read memory on one path, an object of the kernel on another
 * - `returnedReferences`: programs of struct_ops may return a pointer that they own
 * - `moreReferencesDenied`: more than one reference for one helper is the program's mistake, not the verifier's
 * - `constKeyNullness`: a lookup by a known key that an array has is never NULL
 * - `valueObjects`: values of maps may hold pointers to objects, lists and trees
 * - `nestedTracing`: programs at functions may be traced, once
 * - `regInvariants`: contradicting ranges may be asked to end verification (`BPF_F_TEST_REG_INVARIANTS`)
 * - `numberlessLocks`: a lock in a value that a callback is given is held as any other
 * - `unionArgs`: functions that are given a union by value may be traced
 * - `trampolineRules`: results of security hooks are judged, functions that never return are spared, some functions are listed
 * - `negationRange`, `signedProducts`: what is negated has bounds, and so has a product when a factor may be negative
 * - `wholeSlots`: a store somewhere on the stack makes data of all bytes of a register that was spilled there, but for zeros over zero
 * - `objectWrites`: objects of the kernel are no memory to be written, `trustedKfuncArgs`: what kernel functions are given is there, and
 *   trusted unless they say otherwise; both are younger than the first 6.18
 * - `lockErrno`, `…Text`: what a refusal says
 */
export type KernelFeature =
  | 'arenaSignExtension'
  | 'argTags'
  | 'bareSums'
  | 'byteSwaps'
  | 'callbacksAwake'
  | 'callsUnderLock'
  | 'compareTwoRegisters'
  | 'constKeyNullness'
  | 'cpuNumberRange'
  | 'cpuV4'
  | 'deniedText'
  | 'deviceBound'
  | 'directLocks'
  | 'equalByRange'
  | 'exceptions'
  | 'exclusiveMaps'
  | 'globalsInRegions'
  | 'extensionMaps'
  | 'fastcalls'
  | 'gplObjects'
  | 'helperTypeText'
  | 'lazyGlobals'
  | 'leakText'
  | 'loadAcquire'
  | 'mayGotoNext'
  | 'lockErrno'
  | 'mayGoto'
  | 'mixedKptrs'
  | 'moreReferencesDenied'
  | 'negationRange'
  | 'notEqualBounds'
  | 'nestedTracing'
  | 'nullableArgs'
  | 'nullnessOfEquals'
  | 'numberlessLocks'
  | 'objectMemory'
  | 'overwrittenDynptrs'
  | 'packetEffects'
  | 'objectWrites'
  | 'privateStack'
  | 'probedMemory'
  | 'rcuKfuncs'
  | 'regInvariants'
  | 'resSpinLock'
  | 'returnRangeText'
  | 'returnedReferences'
  | 'signedProducts'
  | 'sleepableKinds'
  | 'stackAccessText'
  | 'storageOfNull'
  | 'storeImmToContext'
  | 'tailCallReturns'
  | 'trustedKfuncArgs'
  | 'timedMayGoto'
  | 'trampolineRules'
  | 'unionArgs'
  | 'untrustedArgs'
  | 'untypedMemory'
  | 'valueObjects'
  | 'wholeArgs'
  | 'wholeSlots'
  | 'zeroSizeText';

/** The kernel that is simulated. An explicit value, never ambient. */
export interface KernelProfile {
  /** `6.18`. */
  readonly version: string;
  /** What it has. */
  readonly features: Readonly<Record<KernelFeature, boolean>>;
  /** CPUs the kernel may have: bounds what `bpf_get_smp_processor_id` returns. Default 2. */
  readonly nrCpus?: number;
  /** Whether it tells the addresses of its variables (`CONFIG_KALLSYMS_ALL`), so that programs may name them. Default false. */
  readonly knowsVariables?: boolean;
}

/** How to verify. */
export interface VerifierOptions {
  readonly profile?: KernelProfile;
  /** Bits 1 (branches), 2 (every instruction), 4 (statistics), as `log_level` of `BPF_PROG_LOAD`. */
  readonly logLevel?: number;
  /** Called now and then with the number of processed instructions. */
  readonly onProgress?: (processedInsns: number) => void;
  /** Called before each instruction that is processed, with what is known there. Nothing is kept: what to keep is up to you. */
  readonly onInsn?: (state: KnownState) => void;
  /**
   * Whether a path ends where it meets what was proved before, as in the kernel. Default true. Without it every path is followed to its
   * end, the verdict is the same unless the limit of processed instructions is met, the log and the statistics are not.
   */
  readonly prune?: boolean;
}

/** Counters as the last line of the kernel's log prints them. */
export interface VerifierStats {
  readonly insns: number;
  readonly maxStatesPerInsn: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly markRead: number;
}

/** A function of a verified program. */
export interface VerifiedSubprogram {
  readonly insnIdx: number;
  readonly name: string;
  /** Stack bytes the function itself uses. */
  readonly stackDepth: number;
  /** FUNC id, where there is BTF. */
  readonly btfId: number | undefined;
  /** Whether it, or anything it calls, may change packet data. */
  readonly changesPacketData: boolean;
  /** Whether the kernel keeps it: some path reaches it. */
  readonly reached: boolean;
  /** Whether its callers keep to its prototype. */
  readonly reliable: boolean;
  /** Whether it is called when the program throws. */
  readonly isExceptionCallback: boolean;
  /** First instruction of each subprogram it calls. */
  readonly calls: readonly number[];
}

/** The verdict. A rejection is a value, not an error; what rootlet cannot judge throws `UnsupportedError`. */
export interface VerifierResult {
  readonly verdict: 'accept' | 'reject';
  /** 0, or the positive errno of the kernel's answer. */
  readonly errno: number;
  /** The log's last line that is not statistics; undefined when accepted. */
  readonly error: string | undefined;
  /** Instruction the rejection is about; undefined when it is about none or when accepted. */
  readonly insnIdx: number | undefined;
  /** The log at the level asked for, as the kernel prints it; empty at level 0. */
  readonly log: string;
  readonly stats: VerifierStats;
  /** Instructions of the program once the kernel has translated it; undefined when rejected, and with `BPF_F_TEST_RND_HI32`, which puts in more. */
  readonly translatedInsns: number | undefined;
  readonly subprograms: readonly VerifiedSubprogram[];
}
