// What does a running program hold, and what may a helper ask of it?
import { toU64 } from './alu.ts';
import type { VmContext } from './context.ts';
import type { VmEnvironment } from './environment.ts';
import type { FaultKind, VmFault } from './fault.ts';
import type { Handles } from './handles.ts';
import { interpret } from './interpret.ts';
import { FRAME_BYTES, FRAME_STRIDE, SAVED_WORDS } from './limits.ts';
import type { VmMemory } from './memory.ts';
import type { VmMap } from './maps/map.ts';
import { OP_WORDS } from './ops.ts';
import { resolveSlot } from './program.ts';
import type { FuncSlot, VmProgram } from './program.ts';

/**
 * The body of a helper. Arguments are in registers 1 to 5; the result is a number of 32 bits: negative ones are
 * sign-extended, others zero-extended. For wider results see {@link Machine.wide}.
 */
export type HelperBody = (m: Machine) => number;

/** Where a packet is to go. */
export interface Redirect {
  /** Interface index, or key in `map`. */
  readonly target: number;
  /** Map that names the targets; undefined for an interface index. */
  readonly map: VmMap | undefined;
  readonly flags: number;
  /** The packet as it was sent; undefined when the redirection happens after the run. */
  readonly data?: Uint8Array<ArrayBuffer>;
}

/** Limits of a machine. */
export interface MachineLimits {
  /** Most instructions of one run. */
  readonly fuel: number;
  /** Most frames: functions, callbacks and calls of other programs nested in each other. */
  readonly frames: number;
}

/** An instruction that is about to run. */
export interface VmStep {
  /** Name of the program it is in. */
  readonly program: string;
  /** Its slot. */
  readonly insnIdx: number;
  /** Functions, callbacks and programs it is nested in. */
  readonly depth: number;
  /** Register 0 to 10, unsigned 64 bits, as it is now: not to be asked later. */
  register(regno: number): bigint;
}

/** Is told of every instruction before it runs. What it throws ends the run. */
export type VmWatcher = (step: VmStep) => void;

/** The registers, stack and bookkeeping of the program that runs. One per virtual machine: programs run one at a time. */
export class Machine {
  readonly memory: VmMemory;
  readonly limits: MachineLimits;
  environment: VmEnvironment;
  /** What opaque 32-bit values in registers stand for. */
  readonly handles: Handles;
  /** Registers 0 to 10: low half at `2 * n`, high half after it. */
  readonly regs: Int32Array = new Int32Array(24);
  /** What calls saved, `SAVED_WORDS` a frame. */
  readonly saved: Int32Array;
  /** Program to return to, by frame; undefined for the outermost one. */
  readonly returns: (VmProgram | undefined)[];
  /** Turns left to `may_goto`, by frame. */
  readonly turns: Int32Array;
  readonly stackAddress: number;
  /** Frames in use. */
  depth = 0;
  /** Deepest since the stack was last cleared. */
  deepest = 0;
  /** Instructions left; while every one is watched, none, and all are in {@link reserve}. */
  left = 0;
  reserve = 0;
  /** Told of every instruction before it runs. */
  watcher: VmWatcher | undefined = undefined;
  /** Next instruction, as an index of `ops`, and the program it is in: set before every helper call. */
  at = 0;
  program: VmProgram | undefined = undefined;
  tailCalls = 0;
  fault: VmFault | undefined = undefined;
  /** High half of a helper's result, where `isWide`. */
  hi = 0;
  isWide = false;
  /** What the program was started with. */
  context: VmContext | undefined = undefined;

  /** `bpf_get_attach_cookie`. */
  cookie = 0n;
  /** Where the program wants the packet sent, by `bpf_redirect` and its like. */
  redirect: Redirect | undefined = undefined;
  /** Copies that the program sent with `bpf_clone_redirect`. */
  clones: Redirect[] = [];

  constructor(memory: VmMemory, environment: VmEnvironment, handles: Handles, limits: MachineLimits) {
    this.memory = memory;
    this.environment = environment;
    this.handles = handles;
    this.limits = limits;
    this.saved = new Int32Array(limits.frames * SAVED_WORDS);
    this.returns = new Array<VmProgram | undefined>(limits.frames).fill(undefined);
    this.turns = new Int32Array(limits.frames + 1);
    const stack = memory.allocate(limits.frames * FRAME_STRIDE, { what: 'stack', mapped: false });
    if (stack === undefined) throw new RangeError(`vm: no room for ${limits.frames} stack frames`);
    this.stackAddress = stack;
    for (let frame = 0; frame < limits.frames; frame++) {
      memory.protect(stack + frame * FRAME_STRIDE + 8, FRAME_BYTES, true, true);
    }
  }

  /** Runs a function to its end. Register 0 holds the result unless `fault` is set. */
  start(slot: FuncSlot): void {
    this.memory.bytes.fill(0, this.stackAddress, this.stackAddress + this.deepest * FRAME_STRIDE);
    this.depth = 0;
    this.deepest = 0;
    this.left = this.watcher === undefined ? this.limits.fuel : 0;
    this.reserve = this.limits.fuel - this.left;
    this.tailCalls = 0;
    this.fault = undefined;
    this.redirect = undefined;
    this.clones = [];
    resolveSlot(slot).program.runCount++;
    interpret(this, slot);
  }

  /** Fuel for one instruction more when it is watched; stops the program otherwise. @returns whether it may run */
  refuel(): boolean {
    if (this.watcher === undefined || this.reserve === 0) {
      this.stop('fuel', `out of fuel after ${this.limits.fuel} instructions`);
      return false;
    }
    this.reserve--;
    this.watcher({
      program: this.program?.name ?? '',
      insnIdx: this.at / OP_WORDS - 1,
      depth: this.depth - 1,
      register: (regno) => this.u64(regno),
    });
    return true;
  }

  /** Register 10 of frame `depth`: one past its last byte. */
  frameTop(depth: number): number {
    return this.stackAddress + depth * FRAME_STRIDE + 8 + FRAME_BYTES;
  }

  /** Low half of argument `n`, unsigned. */
  u32(n: number): number {
    return this.regs[2 * n]! >>> 0;
  }

  /** Low half of argument `n`, signed. */
  s32(n: number): number {
    return this.regs[2 * n]!;
  }

  /** Argument `n`, 64 bits. */
  u64(n: number): bigint {
    return toU64(this.regs[2 * n]!, this.regs[2 * n + 1]!);
  }

  /** Whether argument `n` is zero. */
  isNull(n: number): boolean {
    return this.regs[2 * n] === 0 && this.regs[2 * n + 1] === 0;
  }

  /**
   * Argument `n` as the address of `size` bytes to read.
   *
   * @returns the address, or -1 after setting a fault
   */
  readPtr(n: number, size: number): number {
    const address = this.regs[2 * n]! >>> 0;
    if (this.regs[2 * n + 1] === 0 && this.memory.isReadable(address, size)) return address;
    this.badAccess(false, this.regs[2 * n]!, this.regs[2 * n + 1]!, size);
    return -1;
  }

  /** Argument `n` as the address of `size` bytes to write. @returns the address, or -1 after setting a fault */
  writePtr(n: number, size: number): number {
    const address = this.regs[2 * n]! >>> 0;
    if (this.regs[2 * n + 1] === 0 && this.memory.isWritable(address, size)) return address;
    this.badAccess(true, this.regs[2 * n]!, this.regs[2 * n + 1]!, size);
    return -1;
  }

  /** A 64-bit result. */
  wide(value: bigint): number {
    this.hi = Number(BigInt.asIntN(32, value >> 32n));
    this.isWide = true;
    return Number(BigInt.asIntN(32, value));
  }

  /**
   * Calls back into the program: from `bpf_loop` and its like.
   *
   * @param slot the function
   * @param args low halves of the arguments; high halves are zero
   * @returns low half of the result; check `fault`
   */
  callBack(slot: FuncSlot, ...args: number[]): number {
    const { at, program } = this;
    for (let n = 0; n < 5; n++) {
      this.regs[2 * n + 2] = args[n] ?? 0;
      this.regs[2 * n + 3] = 0;
    }
    interpret(this, slot);
    this.at = at;
    this.program = program;
    return this.regs[0]!;
  }

  /** Stops the program. The first fault counts. @returns 0, so that helpers can return it */
  stop(kind: FaultKind, what: string, access: { address?: bigint; size?: number } = {}): number {
    this.fault ??= {
      kind,
      what,
      ...access,
      insnIdx: Math.max(0, this.at / OP_WORDS - 1),
      program: this.program?.name ?? '',
    };
    return 0;
  }

  /** Stops the program for an access that is not allowed. */
  badAccess(write: boolean, lo: number, hi: number, size: number): number {
    const address = toU64(lo, hi);
    const verb = write ? 'write' : 'read';
    let where = 'unmapped';
    if (address < 0x1000n) where = 'null page';
    else if (address <= 0xffff_ffffn) {
      const region = this.memory.findRegion(Number(address));
      if (region !== undefined) {
        const off = Number(address) - region.address;
        const allowed = write && this.memory.isReadable(Number(address), size);
        where = allowed
          ? `${region.what} is read-only`
          : `outside of what is mapped of ${region.what} (${region.size} bytes) at offset ${off}`;
      }
    }
    return this.stop(verb, `${verb} of ${size} byte${size === 1 ? '' : 's'} at 0x${address.toString(16)}: ${where}`, {
      address,
      size,
    });
  }
}
