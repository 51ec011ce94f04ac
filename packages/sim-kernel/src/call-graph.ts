// Who calls whom across programs, and is that allowed?
import { KernelError } from '@rootlet/loader';
import { BPF_PROG_TYPE_UNSPEC, E2BIG, EINVAL, ELOOP, MAX_BPF_STACK, MAX_CALL_FRAMES, progTypeStr } from '@rootlet/uapi';
import type { FuncSlot } from '@rootlet/vm';
import type { SimExtern, SimFunc, SimProg } from './objects.ts';

/** Stack bytes of a frame are counted in units, as the kernel does under its JIT. */
const STACK_UNIT = 16;

/** Longest chain of calls below a function, its own frame included. */
interface Extent {
  readonly stack: number;
  readonly frames: number;
  /** Functions of the chain that needs most stack, and of the one with most frames. */
  readonly stackChain: readonly SimFunc[];
  readonly frameChain: readonly SimFunc[];
}

/** The call graph over all loaded programs. Nodes are functions; it is read from them, never stored. */
export class CallGraph {
  readonly #bySlot: (slot: FuncSlot) => SimFunc | undefined;
  readonly #progs: () => Iterable<SimProg>;

  /** @param bySlot the function behind a slot */
  constructor(progs: () => Iterable<SimProg>, bySlot: (slot: FuncSlot) => SimFunc | undefined) {
    this.#progs = progs;
    this.#bySlot = bySlot;
  }

  /** The function that runs in place of another one; undefined when it is not replaced. */
  replacementOf(func: SimFunc): SimFunc | undefined {
    return func.slot.replacement === undefined ? undefined : this.#bySlot(func.slot.replacement);
  }

  /** What a function's body calls: within its program, and in others as far as bound. */
  callees(func: SimFunc): SimFunc[] {
    const local = func.calls.flatMap((insnIdx) => func.prog.functions.get(insnIdx) ?? []);
    return [...local, ...func.externs.flatMap((extern) => extern.target ?? [])];
  }

  /** Bodies that may run when a function is called: its own (again, once it is no longer replaced) and its replacement's. */
  #bodies(func: SimFunc): SimFunc[] {
    const replacement = this.replacementOf(func);
    return replacement === undefined ? [func] : [func, ...this.#bodies(replacement)];
  }

  /**
   * Checks that a new edge closes no circle.
   *
   * @param from caller, or function to be replaced
   * @param to what it would call, or its replacement
   * @throws KernelError `ELOOP` naming the cycle
   */
  checkCycle(operation: string, from: SimFunc, to: SimFunc): void {
    const path = this.#findPath(to, from);
    if (path === undefined) return;
    const cycle = [from, ...path].map((func) => func.name).join(' → ');
    throw new KernelError(operation, ELOOP, `recursion is not allowed: ${cycle}`);
  }

  /** A way along calls and replacements; undefined when there is none. */
  #findPath(start: SimFunc, goal: SimFunc): SimFunc[] | undefined {
    const cameFrom = new Map<SimFunc, SimFunc | undefined>([[start, undefined]]);
    const open = [start];
    for (let func = open.pop(); func !== undefined; func = open.pop()) {
      if (func === goal) {
        const path: SimFunc[] = [];
        for (let at: SimFunc | undefined = func; at !== undefined; at = cameFrom.get(at)) path.unshift(at);
        return path;
      }
      const replacement = this.replacementOf(func);
      for (const next of replacement === undefined ? this.callees(func) : [...this.callees(func), replacement]) {
        if (cameFrom.has(next)) continue;
        cameFrom.set(next, func);
        open.push(next);
      }
    }
    return undefined;
  }

  /**
   * Checks that a program would not come to hold itself through those it calls.
   *
   * @throws KernelError `ELOOP`
   */
  checkHolders(operation: string, dependant: SimProg, provider: SimProg): void {
    const seen = new Set<SimProg>([provider]);
    for (const prog of seen) {
      if (prog === dependant) {
        const problem = `program '${provider.name}' depends on '${dependant.name}' already; load the function as a unit of its own`;
        throw new KernelError(operation, ELOOP, problem);
      }
      for (const next of prog.providers.keys()) seen.add(next);
    }
  }

  /**
   * Checks stack and nesting of every chain of calls.
   *
   * @param progs where the chains begin: a program that nothing calls yet, or all there are
   * @throws KernelError `EINVAL` for too much stack, `E2BIG` for too many frames, with the chain
   */
  checkExtent(operation: string, progs: Iterable<SimProg> = this.#progs()): void {
    const known = new Map<SimFunc, Extent>();
    for (const prog of progs) {
      for (const func of prog.functions.values()) {
        const extent = this.#extent(func, known);
        if (extent.frames > MAX_CALL_FRAMES) {
          const problem = `the call stack of ${extent.frames} frames is too deep: ${chainText(extent.frameChain)}`;
          throw new KernelError(operation, E2BIG, problem);
        }
        if (extent.stack > MAX_BPF_STACK) {
          const chain = extent.stackChain.map((one) => `${one.name} (${frameBytes(one)} bytes)`).join(' → ');
          const problem = `combined stack size of ${extent.stackChain.length} calls is ${extent.stack}, too large: ${chain}`;
          throw new KernelError(operation, EINVAL, problem);
        }
      }
    }
  }

  /** Depth first; terminates because the graph has no cycles. */
  #extent(func: SimFunc, known: Map<SimFunc, Extent>): Extent {
    const found = known.get(func);
    if (found !== undefined) return found;
    let best: Extent = { stack: 0, frames: 0, stackChain: [], frameChain: [] };
    for (const body of this.#bodies(func)) {
      let below: Extent = { stack: 0, frames: 0, stackChain: [], frameChain: [] };
      for (const callee of this.callees(body)) below = deeper(below, this.#extent(callee, known));
      best = deeper(best, {
        stack: below.stack + frameBytes(body),
        frames: below.frames + 1,
        stackChain: [body, ...below.stackChain],
        frameChain: [body, ...below.frameChain],
      });
    }
    known.set(func, best);
    return best;
  }

  /** Whether a call of a function may change packet data: by its code or its replacement's, or by what they are bound to now. */
  changesPacketData(start: SimFunc): boolean {
    const seen = new Set<SimFunc>([start]);
    for (const func of seen) {
      if (func.changesPacketData) return true;
      const replacement = this.replacementOf(func);
      for (const next of replacement === undefined ? this.callees(func) : [...this.callees(func), replacement]) seen.add(next);
    }
    return false;
  }

  /**
   * Checks that no call changes packet data of a caller that was verified on the understanding that it does not.
   *
   * @throws KernelError `EINVAL` naming caller and function
   */
  checkPackets(operation: string): void {
    for (const prog of this.#progs()) {
      for (const func of prog.functions.values()) {
        this.#checkReplacement(operation, func);
        for (const extern of func.externs) {
          if (!extern.keepsPacket || extern.target === undefined || !this.changesPacketData(extern.target)) continue;
          const problem = `'${extern.target.name}' changes packet data; '${prog.name}' was verified to keep its packet pointers across the call`;
          throw new KernelError(operation, EINVAL, problem);
        }
      }
    }
  }

  /** Callers within the program were verified with the original body in view. */
  #checkReplacement(operation: string, func: SimFunc): void {
    const replacement = this.replacementOf(func);
    if (replacement === undefined || !this.changesPacketData(replacement)) return;
    if (func.changesPacketData || this.callees(func).some((callee) => this.changesPacketData(callee))) return;
    if (!func.prog.reliesOnGlobals()) return;
    const problem = `'${replacement.name}' changes packet data, '${func.name}' does not: callers keep their packet pointers`;
    throw new KernelError(operation, EINVAL, problem);
  }

  /**
   * Checks that everything reachable together is of one program type; units that name no context fit everywhere.
   *
   * @throws KernelError `EINVAL`
   */
  checkTypes(operation: string, dependant: SimProg, provider: SimProg): void {
    const above = this.#typed(dependant, (prog) => [...this.#progs()].filter((other) => other.providers.has(prog)));
    const below = this.#typed(provider, (prog) => prog.providers.keys());
    for (const low of below) {
      const clash = above.find((high) => high.type !== low.type);
      if (clash === undefined) continue;
      const types = `'${clash.name}' is ${progTypeStr(clash.type) ?? clash.type}, '${low.name}' is ${progTypeStr(low.type) ?? low.type}`;
      throw new KernelError(operation, EINVAL, `program types differ: ${types}`);
    }
  }

  #typed(start: SimProg, next: (prog: SimProg) => Iterable<SimProg>): SimProg[] {
    const seen = new Set<SimProg>([start]);
    for (const prog of seen) for (const other of next(prog)) seen.add(other);
    return [...seen].filter((prog) => prog.type !== BPF_PROG_TYPE_UNSPEC);
  }

  /** Externs that can be reached from a function and are bound to nothing, in the order of the calls. */
  unbound(start: SimFunc): SimExtern[] {
    const missing = new Map<string, SimExtern>();
    const seen = new Set<SimFunc>([start]);
    for (const func of seen) {
      const [body = func] = this.#bodies(func).slice(-1);
      for (const extern of body.externs) if (extern.target === undefined) missing.set(`${body.prog.id} ${extern.name}`, extern);
      for (const callee of this.callees(body)) seen.add(callee);
    }
    return [...missing.values()];
  }
}

function frameBytes(func: SimFunc): number {
  return Math.ceil(Math.max(func.stackDepth, 1) / STACK_UNIT) * STACK_UNIT;
}

function deeper(left: Extent, right: Extent): Extent {
  return {
    stack: Math.max(left.stack, right.stack),
    frames: Math.max(left.frames, right.frames),
    stackChain: right.stack > left.stack ? right.stackChain : left.stackChain,
    frameChain: right.frames > left.frames ? right.frameChain : left.frameChain,
  };
}

function chainText(chain: readonly SimFunc[]): string {
  return chain.map((func) => func.name).join(' → ');
}
