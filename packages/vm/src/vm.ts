// How are programs loaded and run?
import { BPF_FUNC_tail_call } from '@rootlet/uapi';
import type { Insns } from '@rootlet/insn';
import { VmContext } from './context.ts';
import type { ContextInput } from './context.ts';
import { createEnvironment } from './environment.ts';
import type { VmEnvironment } from './environment.ts';
import type { VmFault } from './fault.ts';
import { Handles } from './handles.ts';
import { findHelper } from './helpers/table.ts';
import { Machine } from './machine.ts';
import type { HelperBody, Redirect, VmWatcher } from './machine.ts';
import { createMap } from './maps/create.ts';
import type { VmMap, VmMapAttr } from './maps/map.ts';
import { VmMemory } from './memory.ts';
import { predecode } from './predecode.ts';
import { FuncSlot } from './program.ts';
import type { ExternCall, VmProgram } from './program.ts';
import { BPF_PSEUDO_PROG_CALL, CALL } from '@rootlet/insn';

/** How large and how patient a machine is. */
export interface VmOptions {
  /** What programs observe of the world; deterministic when absent. */
  readonly environment?: VmEnvironment;
  /** Most bytes of memory: maps, packets, stack. Default 256 MiB. */
  readonly memoryLimit?: number;
  /** Most instructions of one run. Default 1,000,000,000. */
  readonly fuel?: number;
  /** Most frames nested in each other. Default 64. */
  readonly frames?: number;
}

/** What a program is loaded from. */
export interface ProgramInput {
  /** For faults. */
  readonly name: string;
  readonly insns: Insns;
  /** The map behind an fd in the instructions, or behind an index of the fd array. */
  mapByFd?(fd: number): VmMap | undefined;
  mapByIdx?(fdIdx: number): VmMap | undefined;
  /** What an extern call (`BPF_PSEUDO_PROG_CALL`) runs; undefined leaves it unbound. */
  extern?(call: { readonly insnIdx: number; readonly btfId: number; readonly fdIdx: number }): FuncSlot | undefined;
  /** Body of a kernel function; a call of one that is absent faults. */
  kfunc?(btfId: number, fdIdx: number): HelperBody | undefined;
}

/** What came of a run. */
export interface RunResult {
  /** Low half of register 0, unsigned: what `BPF_PROG_TEST_RUN` calls the return value. */
  readonly retval: number;
  /** High half of register 0, unsigned. */
  readonly retvalHigh: number;
  /** Instructions executed, those of called programs included. */
  readonly insns: number;
  /** Why the program stopped before its end. */
  readonly fault?: VmFault;
  /** Where the program wants the packet sent. */
  readonly redirect?: Redirect;
  /** Copies the program sent. */
  readonly clones: readonly Redirect[];
}

/** A virtual machine: memory, maps and programs that share them. Programs run one at a time. */
export class Vm {
  readonly memory: VmMemory;
  readonly #handles = new Handles();
  readonly #machine: Machine;

  constructor(options: VmOptions = {}) {
    this.memory = new VmMemory(options.memoryLimit ?? 256 * 1024 * 1024);
    this.#machine = new Machine(this.memory, options.environment ?? createEnvironment(), this.#handles, {
      fuel: Math.min(options.fuel ?? 1_000_000_000, 0x7fff_ffff),
      frames: options.frames ?? 64,
    });
  }

  /** What programs observe of the world. May be exchanged between runs; the number of CPUs must stay. */
  get environment(): VmEnvironment {
    return this.#machine.environment;
  }

  set environment(environment: VmEnvironment) {
    this.#machine.environment = environment;
  }

  /** Is told of every instruction of the runs that follow: a trace, coverage. Such runs are some ten times slower. */
  get watcher(): VmWatcher | undefined {
    return this.#machine.watcher;
  }

  set watcher(watcher: VmWatcher | undefined) {
    this.#machine.watcher = watcher;
  }

  /** @returns the map, or a negative errno as `BPF_MAP_CREATE` gives it */
  createMap(attr: VmMapAttr): VmMap | number {
    const map = createMap(this.memory, attr, this.environment.cpus);
    if (typeof map !== 'number') map.handle = this.#handles.add(map);
    return map;
  }

  /** Takes in a map that somebody else made, so that programs may name it. */
  adoptMap(map: VmMap): VmMap {
    map.handle = this.#handles.add(map);
    return map;
  }

  /** Gives a map's memory back. No program that uses it may run any more. */
  freeMap(map: VmMap): void {
    this.#handles.remove(map.handle);
    map.dispose();
  }

  /**
   * Loads a program. Nothing is verified: whatever it does wrong becomes a fault when it happens.
   *
   * @throws RangeError when the instructions name a map that is not there
   */
  loadProgram(input: ProgramInput): VmProgram {
    const slots = new Map<number, FuncSlot>();
    const calls: FuncSlot[] = [];
    const externs: ExternCall[] = [];
    const helpers: HelperBody[] = [];
    const { insns } = input;
    const program: { -readonly [K in keyof VmProgram]: VmProgram[K] } = {
      name: input.name,
      insns,
      ops: new Int32Array(0),
      slots,
      calls,
      externs,
      helpers,
      runCount: 0,
    };
    const slotAt = (insnIdx: number): FuncSlot => {
      let slot = slots.get(insnIdx);
      if (slot === undefined) slots.set(insnIdx, (slot = new FuncSlot(program, Math.min(Math.max(insnIdx, 0), insns.length))));
      return slot;
    };
    const getMap = (fd: number, byIdx: boolean): VmMap => {
      const map = byIdx ? input.mapByIdx?.(fd) : input.mapByFd?.(fd);
      if (map === undefined) throw new RangeError(`vm: ${input.name}: no map behind ${byIdx ? 'index' : 'fd'} ${fd}`);
      return map;
    };
    slotAt(0);
    program.ops = predecode(insns, {
      local: (insnIdx) => calls.push(slotAt(insnIdx)) - 1,
      extern: (insnIdx) => {
        const call = { insnIdx, btfId: insns.imm[insnIdx] as number, fdIdx: insns.off[insnIdx] as number };
        return externs.push({ ...call, target: input.extern?.(call) }) - 1;
      },
      helper: (id, kfunc, insnIdx) => helpers.push(kfunc ? this.#kfunc(input, id, insnIdx) : findHelper(id)) - 1,
      isTailCall: (id) => id === BPF_FUNC_tail_call,
      mapHandle: (fd, byIdx) => getMap(fd, byIdx).handle | 0,
      mapValueAddress: (fd, byIdx, off) => (getMap(fd, byIdx).directAddress() ?? 0) + off,
      funcHandle: (insnIdx) => {
        const slot = slotAt(insnIdx);
        if (slot.handle === 0) slot.handle = this.#handles.add(slot);
        return slot.handle | 0;
      },
    });
    return program;
  }

  /** Gives back what a program holds. It must not run any more. */
  freeProgram(program: VmProgram): void {
    for (const slot of program.slots.values()) if (slot.handle !== 0) this.#handles.remove(slot.handle);
  }

  /** Puts a context in memory, for any number of runs. @returns undefined when memory is used up */
  createContext(input: ContextInput): VmContext | undefined {
    return VmContext.create(this.memory, input);
  }

  /** Runs a program, or one function of it, on a context. */
  run(target: VmProgram | FuncSlot, context?: VmContext, cookie = 0n): RunResult {
    const machine = this.#machine;
    const slot = target instanceof FuncSlot ? target : (target.slots.get(0) as FuncSlot);
    machine.context = context;
    machine.cookie = cookie;
    machine.regs.fill(0);
    machine.regs[2] = context?.address ?? 0;
    machine.start(slot);
    machine.context = undefined;
    return {
      retval: machine.regs[0]! >>> 0,
      retvalHigh: machine.regs[1]! >>> 0,
      insns: machine.limits.fuel - machine.left - machine.reserve,
      ...(machine.fault === undefined ? {} : { fault: machine.fault }),
      ...(machine.redirect === undefined ? {} : { redirect: machine.redirect }),
      clones: machine.clones,
    };
  }

  #kfunc(input: ProgramInput, btfId: number, insnIdx: number): HelperBody {
    const body = input.kfunc?.(btfId, input.insns.off[insnIdx] as number);
    return body ?? ((m) => m.stop('helper', `kernel function with BTF id ${btfId} is not there`));
  }
}

/** The slot of the function that starts at `insnIdx`, created when nothing called it yet. */
export function getSlot(program: VmProgram, insnIdx: number): FuncSlot {
  let slot = program.slots.get(insnIdx);
  if (slot === undefined) program.slots.set(insnIdx, (slot = new FuncSlot(program, insnIdx)));
  return slot;
}

/** Whether an instruction calls another program. */
export function isProgCall(insns: Insns, insnIdx: number): boolean {
  return insns.code[insnIdx] === CALL && insns.src[insnIdx] === BPF_PSEUDO_PROG_CALL;
}
