// How does a program stand in for a function of another one?
import { UnsupportedError } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import type { LinkAttr, LinkInfo } from '@rootlet/loader';
import {
  BPF_LINK_TYPE_TRACING,
  BPF_PROG_TYPE_EXT,
  BPF_PROG_TYPE_TRACING,
  BPF_PROG_TYPE_UNSPEC,
  EBUSY,
  EINVAL,
  ENOEXEC,
  progTypeStr,
} from '@rootlet/uapi';
import type { LinkBody, SimFunc, SimProg } from './objects.ts';
import { SimProg as Prog } from './objects.ts';
import { comparePrototypes } from './prototype.ts';
import { getFunction } from './provider.ts';
import type { KernelState } from './state.ts';
import { requireBound } from './unbound.ts';

const OPERATION = 'link create';

/**
 * Puts a program in place of a global function of another one, which may be its entry function. It takes effect at the
 * function's next call and is undone when the link goes. The link holds both programs.
 *
 * @throws UnsupportedError for programs that would trace it
 * @throws KernelError `EBUSY` replaced already, or in a program array; `EINVAL` prototype, type, packet data; `ELOOP`
 */
export function createReplacement(state: KernelState, attr: LinkAttr, prog: SimProg): LinkBody {
  if (prog.type === BPF_PROG_TYPE_TRACING) throw new UnsupportedError('tracing a function of a program on a simulated kernel');
  const target = state.fds.getKind(attr.targetFd ?? -1, Prog, OPERATION);
  const btfId = attr.targetBtfId ?? prog.attr.attachBtfId ?? 0;
  const func = getFunction(state, target, btfId, OPERATION, false);
  if (func.slot.replacement !== undefined) {
    throw new KernelError(OPERATION, EBUSY, `function '${func.name}' of program '${target.name}' is replaced already`);
  }
  // As Linux: what can be reached by a tail call stays what it is, or a replacement could tail-call itself for ever.
  if (target.arrays > 0) throw new KernelError(OPERATION, EBUSY, `program '${target.name}' is in a program array`);
  check(state, func, prog);
  return new Replacement(state, func, prog);
}

/** Everything but whether the function is free. */
function check(state: KernelState, func: SimFunc, prog: SimProg): void {
  const { entry } = prog;
  const target = func.prog;
  const typed = prog.type !== BPF_PROG_TYPE_UNSPEC && prog.type !== BPF_PROG_TYPE_EXT && target.type !== BPF_PROG_TYPE_UNSPEC;
  if (typed && prog.type !== target.type) {
    const types = `${progTypeStr(prog.type) ?? prog.type} and ${progTypeStr(target.type) ?? target.type}`;
    throw new KernelError(OPERATION, EINVAL, `program types of '${prog.name}' and '${target.name}' differ: ${types}`);
  }
  if (prog.btf === undefined || target.btf === undefined || entry.btfId === undefined || func.btfId === undefined) {
    throw new KernelError(OPERATION, EINVAL, 'both programs need BTF');
  }
  const difference = comparePrototypes(
    { btf: target.btf.btf, id: func.btfId },
    { btf: prog.btf.btf, id: entry.btfId },
  );
  if (difference !== undefined) throw new KernelError(OPERATION, EINVAL, difference);
  requireBound(state, prog, OPERATION, ENOEXEC);
  state.graph.checkCycle(OPERATION, func, entry);
}

class Replacement implements LinkBody {
  readonly #state: KernelState;
  readonly #func: SimFunc;
  #prog: SimProg;

  constructor(state: KernelState, func: SimFunc, prog: SimProg) {
    this.#state = state;
    this.#func = func;
    this.#prog = prog;
    this.#put(prog);
    func.prog.hold();
    func.prog.replaced++;
    prog.hold();
  }

  get prog(): SimProg {
    return this.#prog;
  }

  info(): Omit<LinkInfo, 'id' | 'progId'> {
    return {
      type: BPF_LINK_TYPE_TRACING,
      targetObjId: this.#func.prog.id,
      targetBtfId: this.#func.btfId ?? 0,
      attachType: 0,
    };
  }

  /** Linux refuses this; here it is one assignment, with no moment in between at which the original would run. */
  update(prog: SimProg): void {
    const old = this.#prog;
    this.#func.slot.replacement = undefined;
    try {
      check(this.#state, this.#func, prog);
      this.#put(prog);
    } catch (error) {
      this.#func.slot.replacement = old.entry.slot;
      throw error;
    }
    this.#prog = prog.hold();
    old.release();
  }

  detach(): void {
    this.#func.slot.replacement = undefined;
    this.#func.prog.replaced--;
    this.#func.prog.release();
    this.#prog.release();
  }

  /** Lets the function run another body, unless that breaks what callers were promised. */
  #put(prog: SimProg): void {
    this.#func.slot.replacement = prog.entry.slot;
    try {
      this.#state.graph.checkExtent(OPERATION);
      this.#state.graph.checkPackets(OPERATION);
    } catch (error) {
      this.#func.slot.replacement = undefined;
      throw error;
    }
  }
}
