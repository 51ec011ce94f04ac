// What does a callback begin with?
import { SCALAR_UNKNOWN } from '../domain/index.ts';
import { E2BIG, EFAULT, ENOMEM, ENOTSUPP, getReg, newId, reject, scratchAll } from '../state/env.ts';
import type { Env, Errno, InsnAux } from '../state/env.ts';
import type { VerifierMap } from '../types.ts';
import { CONST_PTR_TO_DYNPTR, CONST_PTR_TO_MAP, DYNPTR_TYPE_LOCAL, PTR_TO_BTF_ID, PTR_TO_MAP_KEY, PTR_TO_MAP_VALUE, PTR_TO_STACK, pointerReg, REG_NOT_INIT, SCALAR, scalarReg } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { createFrame, curFrame, MAX_CALL_FRAMES } from '../state/state.ts';
import type { Frame, VerifierState } from '../state/state.ts';
import { compareWithPrototype } from './prototype-args.ts';
import { FOR_EACH_MAPS } from '../tables/map-rules.ts';
import { kernelStruct } from './object-arg.ts';
import { nonOwning } from './kfunc-graph.ts';
import type { KfuncMeta } from './kfunc-meta.ts';
import type { CallMeta } from './meta.ts';

/** Registers R1 to R5 of the callback. */
type Arguments = readonly [Reg, Reg, Reg, Reg, Reg];

/** Key and value of the map, as callbacks get them. */
function keyAndValue(reg: Reg): readonly [Reg, Reg] {
  const fields = { map: reg.map, mapUid: reg.mapUid };
  return [pointerReg(PTR_TO_MAP_KEY, fields), pointerReg(PTR_TO_MAP_VALUE, fields)];
}

/** A map as callbacks get it. */
export function mapPointer(map: VerifierMap | undefined, mapUid: number): Reg {
  return pointerReg(CONST_PTR_TO_MAP, { map, mapUid });
}

function setArguments(callee: Frame, args: Arguments, range: readonly [bigint, bigint]): void {
  args.forEach((reg, i) => {
    callee.regs[i + 1] = reg;
  });
  callee.callbackRet = range;
}

/** A new innermost frame for the callback. @returns undefined, with the kernel's message, when there are too many */
function pushFrame(env: Env, state: VerifierState, subprogno: number): Frame | undefined {
  const frameno = state.curframe + 1;
  if (frameno >= MAX_CALL_FRAMES) {
    reject(env, E2BIG, `the call stack of ${frameno + 1} frames is too deep\n`);
    return undefined;
  }
  const callee = createFrame(env.insnIdx, frameno, subprogno);
  callee.regs[10] = pointerReg(PTR_TO_STACK, { frameno });
  state.frames.push(callee);
  state.curframe = frameno;
  scratchAll(env);
  return callee;
}

/** A second path begins in the callback, which returns to the call; the first goes on behind it. */
function pushCallback(env: Env, meta: { readonly subprogno: number }, args: Arguments): Errno {
  const subprog = env.subprogs[meta.subprogno];
  if (subprog === undefined) return EFAULT;
  compareWithPrototype(env, subprog);
  subprog.isCallback = true;
  const state = env.engine.pushState(env, subprog.start, env.insnIdx);
  if (state === undefined) return ENOMEM;
  const above = curFrame(state);
  const callee = pushFrame(env, state, meta.subprogno);
  if (callee === undefined) return E2BIG;
  callee.inCallback = true;
  setArguments(callee, args, [0n, 1n]);
  state.callbackUnrollDepth++;
  above.callbackDepth++;
  curFrame(env.cur).callbackDepth = 0;
  return 0;
}

/** `bpf_loop(nr_loops, callback, ctx, flags)`: the callback gets the index and the context. */
export function callLoop(env: Env, meta: CallMeta): Errno {
  noteInlining(env, meta.subprogno);
  // Whether the loop is done is decided by this number.
  const marked = env.engine.markChainPrecision(env, 1);
  if (marked !== 0) return marked;
  const frame = curFrame(env.cur);
  if (BigInt(frame.callbackDepth) < getReg(env, 1).scalar.umax) {
    return pushCallback(env, meta, [scalarReg(SCALAR_UNKNOWN), getReg(env, 3), REG_NOT_INIT, REG_NOT_INIT, REG_NOT_INIT]);
  }
  frame.callbackDepth = 0;
  if (env.log.level2) env.log.verbose(`frame${env.cur.curframe} bpf_loop iteration limit reached\n`);
  return 0;
}

/** What is known of a call of `bpf_loop`, over all paths: whether it can be inlined, with which callback. */
interface Inlining {
  readonly fits: boolean;
  readonly subprogno: number;
}

const inlinings: WeakMap<InsnAux, Inlining> = /* @__PURE__ */ new WeakMap();

/** Whether the call of `bpf_loop` at this instruction becomes a loop of the program's own. */
export function isLoopInlined(aux: InsnAux): boolean {
  return inlinings.get(aux)?.fits === true;
}

/** The kernel inlines the loop when its flags are known to be 0, for which they must be precise. */
function noteInlining(env: Env, subprogno: number): void {
  const aux = env.aux[env.insnIdx] as InsnAux;
  const before = inlinings.get(aux);
  if (before !== undefined && !before.fits) return;
  const { type, scalar } = getReg(env, 4);
  const isZero = type === SCALAR && scalar.umax === 0n;
  // Where going back fails, the kernel says so and goes on.
  if (isZero) env.engine.markChainPrecision(env, 4);
  inlinings.set(aux, { fits: isZero && (before === undefined || before.subprogno === subprogno), subprogno });
}

/** `bpf_for_each_map_elem(map, callback, ctx, flags)`: the callback gets map, key, value and context. */
export function callForEach(env: Env, meta: CallMeta): Errno {
  const map = getReg(env, 1);
  if (meta.map === undefined || !FOR_EACH_MAPS.includes(meta.map.type)) {
    const subprog = env.subprogs[meta.subprogno];
    if (subprog !== undefined) compareWithPrototype(env, subprog);
    return reject(env, ENOTSUPP, 'callback function not allowed for map\n');
  }
  return pushCallback(env, meta, [map, ...keyAndValue(map), getReg(env, 3), REG_NOT_INIT]);
}

/** `bpf_find_vma(task, addr, callback, ctx, flags)`: the callback gets the task, the mapping and the context. */
export function callFindVma(env: Env, meta: CallMeta): Errno {
  const vma = pointerReg(PTR_TO_BTF_ID, { btf: env.input.vmlinux, btfId: kernelStruct(env, 'vm_area_struct') });
  return pushCallback(env, meta, [getReg(env, 1), vma, getReg(env, 4), REG_NOT_INIT, REG_NOT_INIT]);
}

/** A dynptr that may be read, and that belongs to whoever passes it. */
export function borrowedDynptr(env: Env): Reg {
  return pointerReg(CONST_PTR_TO_DYNPTR, { id: newId(env), extra: { dynptrType: DYNPTR_TYPE_LOCAL, firstSlot: true } });
}

/** `bpf_user_ringbuf_drain(map, callback, ctx, flags)`: the callback gets the record and the context. */
export function callDrain(env: Env, meta: CallMeta): Errno {
  return pushCallback(env, meta, [borrowedDynptr(env), getReg(env, 3), REG_NOT_INIT, REG_NOT_INIT, REG_NOT_INIT]);
}

/** `bpf_rbtree_add(root, node, less)`: the callback gets two nodes of the tree. */
export function callLess(env: Env, meta: KfuncMeta): Errno {
  if (meta.object === undefined) return EFAULT;
  const node = nonOwning(meta.object, meta.fieldOff);
  return pushCallback(env, meta, [node, node, REG_NOT_INIT, REG_NOT_INIT, REG_NOT_INIT]);
}

/**
 * A callback that the kernel calls later, from the top, with map, key and value.
 *
 * @param map what its first argument is
 * @param returns what it may return
 */
export function callLater(env: Env, subprogno: number, map: Reg, sleepable: boolean, returns: readonly [bigint, bigint] = [0n, 0n]): Errno {
  const subprog = env.subprogs[subprogno];
  if (subprog === undefined) return EFAULT;
  compareWithPrototype(env, subprog);
  subprog.isCallback = true;
  subprog.isAsync = true;
  const state = env.engine.pushAsync(env, subprogno, sleepable);
  if (state === undefined) return EFAULT;
  scratchAll(env);
  const callee = curFrame(state);
  callee.regs[10] = pointerReg(PTR_TO_STACK);
  callee.inAsyncCallback = true;
  callee.asyncEntries = curFrame(env.cur).asyncEntries + 1;
  setArguments(callee, [map, ...keyAndValue(map), REG_NOT_INIT, REG_NOT_INIT], returns);
  return 0;
}
