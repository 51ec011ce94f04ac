// Is this an open-coded iterator, and how does it go on?
import { BPF_PROG_TYPE_LSM, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER } from '@rootlet/uapi';
import { isConst } from '../domain/index.ts';
import { checkMemAccess } from '../mem/access.ts';
import { WRITE } from '../mem/types.ts';
import { EACCES, EFAULT, EINVAL, ENOMEM, getReg, reject, scratchSlot, setReg, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { withoutNull } from '../state/nullness.ts';
import { changeReg, constReg, MEM_RCU, pointerReg, PTR_TO_STACK, PTR_TRUSTED, PTR_UNTRUSTED, REG_NOT_INIT } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { isInRcu } from '../state/regions.ts';
import { allSlotTypes, STACK_INVALID, STACK_ITER } from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import { curRegs, regFrame } from '../state/state.ts';
import type { Frame, VerifierState } from '../state/state.ts';
import type { KfuncMeta } from './kfunc-meta.ts';
import { acquireReference, releaseReference } from './references.ts';

export const ITER_ACTIVE = 1;
export const ITER_DRAINED = 2;
const EPROTO = -71;

/** Where an iterator lies: its first slot is the one at the lowest address. */
interface Place {
  readonly frame: Frame;
  readonly spi: number;
  readonly slots: number;
}

/** The slots that a stack pointer names; `range` when they were never touched, undefined, with the kernel's message, when there are none. */
function findPlace(env: Env, reg: Reg, size: number): Place | 'range' | undefined {
  if (!isConst(reg.scalar)) {
    verbose(env, 'iter has to be at a constant offset\n');
    return undefined;
  }
  const off = reg.off + Number(BigInt.asIntN(64, reg.scalar.tnum.value));
  const slots = size / 8;
  // Towards zero: the frame pointer itself counts as slot 0.
  const spi = Math.trunc((-off - 1) / 8);
  if (off % 8 !== 0 || spi + 1 < slots) {
    verbose(env, `cannot pass in iter at an offset=${off}\n`);
    return undefined;
  }
  const frame = regFrame(env.cur, reg);
  return spi < frame.stack.length ? { frame, spi, slots } : 'range';
}

function mayIterateTasksOfCss(env: Env): boolean {
  return env.cur.inSleepable || env.prog.id === BPF_PROG_TYPE_LSM || (env.prog.id === BPF_PROG_TYPE_TRACING && env.attachType === BPF_TRACE_ITER);
}

/** Checks the iterator in the first argument; a new one is set up. */
export function checkIterator(env: Env, meta: KfuncMeta, i: number, pointee: number): Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  if (meta.name === 'bpf_iter_css_task_new' && !mayIterateTasksOfCss(env)) {
    return reject(env, EINVAL, 'css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs\n');
  }
  if (reg.type !== PTR_TO_STACK) return reject(env, EINVAL, `arg#${i} expected pointer to an iterator on stack\n`);
  const { btf } = meta;
  const id = btf.resolveType(pointee);
  const name = btf.name(id).replace(/^bpf_/, '');
  const size = btf.rawSize(id);
  const place = findPlace(env, reg, size);
  if (meta.name.endsWith('_new')) {
    if (place === undefined || (place !== 'range' && isInUse(place))) {
      return reject(env, EINVAL, `expected uninitialized ${name} as arg #${i}\n`);
    }
    for (let off = 0; off < size; off += 8) {
      const err = checkMemAccess(env, regno, off, 8, WRITE, -1, false, false);
      if (err !== 0) return err;
    }
    const touched = findPlace(env, reg, size);
    return typeof touched === 'object' ? create(env, meta, touched, id) : EFAULT;
  }
  const first = typeof place === 'object' ? place.frame.stack[place.spi] : undefined;
  if (typeof place !== 'object' || !isActive(place, first, id)) {
    return reject(env, EINVAL, `expected an initialized ${name} as arg #${i}\n`);
  }
  if (((first as StackSlot).spilled.flags & PTR_UNTRUSTED) !== 0) {
    return reject(env, EPROTO, `expected an RCU CS when using ${meta.name}\n`);
  }
  for (let k = 0; k < place.slots; k++) env.liveStack.markRead(env, place.frame.frameno, place.spi - k);
  meta.slot = { frameno: place.frame.frameno, spi: place.spi };
  meta.refObjId = (first as StackSlot).spilled.refObjId;
  return meta.name.endsWith('_destroy') ? destroy(env, place, meta.refObjId) : 0;
}

function isActive(place: Place, first: StackSlot | undefined, btfId: number): boolean {
  if (first === undefined || first.spilled.refObjId === 0 || first.spilled.extra?.iter?.btfId !== btfId) return false;
  for (let k = 0; k < place.slots; k++) {
    if (place.frame.stack[place.spi - k]?.types !== allSlotTypes(STACK_ITER)) return false;
  }
  return true;
}

function isInUse({ frame, spi, slots }: Place): boolean {
  return frame.stack.slice(spi - slots + 1, spi + 1).some(({ types }) => types >>> 28 === STACK_ITER);
}

function create(env: Env, meta: KfuncMeta, place: Place, btfId: number): Errno {
  const ref = acquireReference(env, env.insnIdx);
  const flags = meta.row.rcuProtected ? (isInRcu(env) ? MEM_RCU : env.profile.features.rcuKfuncs ? PTR_TRUSTED : PTR_UNTRUSTED) : 0;
  for (let k = 0; k < place.slots; k++) {
    const spi = place.spi - k;
    scratchSlot(env, spi);
    const iter = { btf: meta.btf, btfId, state: ITER_ACTIVE, depth: 0 };
    const spilled = pointerReg(PTR_TO_STACK, { flags, refObjId: k === 0 ? ref : 0, extra: { iter } });
    place.frame.stack[spi] = { types: allSlotTypes(STACK_ITER), spilled };
    env.liveStack.markWrite(place.frame.frameno, spi);
  }
  return 0;
}

function destroy(env: Env, place: Place, ref: number): Errno {
  const err = releaseReference(env, ref);
  if (err !== 0) return err;
  for (let k = 0; k < place.slots; k++) {
    const spi = place.spi - k;
    scratchSlot(env, spi);
    place.frame.stack[spi] = { types: allSlotTypes(STACK_INVALID), spilled: REG_NOT_INIT };
    env.liveStack.markWrite(place.frame.frameno, spi);
  }
  return 0;
}

/** RCU comes with the reading of these functions, so that without it they must not be called. */
export function checkRcuProtection(env: Env, meta: KfuncMeta): Errno {
  if (!meta.row.rcuProtected || !env.profile.features.rcuKfuncs || isInRcu(env)) return 0;
  return reject(env, EACCES, `kernel func ${meta.name} requires RCU critical section protection\n`);
}

function withIterState(state: VerifierState, at: { frameno: number; spi: number }, iterState: number, deeper: boolean): void {
  const frame = state.frames[at.frameno] as Frame;
  const slot = frame.stack[at.spi] as StackSlot;
  const iter = slot.spilled.extra?.iter;
  if (iter === undefined) return;
  const next = { ...iter, state: iterState, depth: iter.depth + (deeper ? 1 : 0) };
  frame.stack[at.spi] = { types: slot.types, spilled: changeReg(slot.spilled, { extra: { iter: next } }) };
}

/** `bpf_iter_*_next`: the path goes on with no element left; one with another element waits. */
export function stepIterator(env: Env, meta: KfuncMeta): Errno {
  const at = meta.slot;
  if (at === undefined) return EFAULT;
  const frame = env.cur.frames[at.frameno] as Frame;
  const iter = (frame.stack[at.spi] as StackSlot).spilled.extra?.iter;
  for (let k = 0, slots = iter === undefined ? 0 : iter.btf.rawSize(iter.btfId) / 8; k < slots; k++) scratchSlot(env, at.spi - k);
  if (iter?.state === ITER_ACTIVE) {
    const more = env.engine.pushState(env, env.insnIdx + 1, env.insnIdx);
    if (more === undefined) return ENOMEM;
    withIterState(more, at, ITER_ACTIVE, true);
    const regs = curRegs(more);
    regs[0] = withoutNull(regs[0] as Reg);
    env.engine.widenLoop(env, env.insnIdx, more);
  }
  withIterState(env.cur, at, ITER_DRAINED, false);
  setReg(env, 0, constReg(0n));
  return 0;
}
