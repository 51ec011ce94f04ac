// May this kernel function be called, with these arguments, and what comes back?
import { BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO } from '@rootlet/btf';
import type { Insn } from '@rootlet/insn';
import { typeOf } from '../state/btf-types.ts';
import { EACCES, EFAULT, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { clearPacketPointers } from '../state/packet-pointers.ts';
import { clearCallerSaved } from '../state/use.ts';
import { findKfunc, isIteratorNext, isKfuncOffered } from '../tables/kfuncs.ts';
import { callLater, callLess, mapPointer } from './callbacks.ts';
import { forkRefused, takesResLock } from './kfunc-fields.ts';
import { checkKfuncArgs } from './kfunc-args.ts';
import { isWithheld } from '../tables/older.ts';
import type { KfuncMeta } from './kfunc-meta.ts';
import { giveToGraph } from './kfunc-graph.ts';
import { checkRcuProtection, stepIterator } from './kfunc-iter.ts';
import { checkRegion, isForbiddenRegion } from './kfunc-regions.ts';
import { setKfuncReturn } from './kfunc-return.ts';
import { releaseReference } from './references.ts';

function isGraphAdd(name: string): boolean {
  return name === 'bpf_rbtree_add_impl' || name === 'bpf_list_push_front_impl' || name === 'bpf_list_push_back_impl';
}

/** Result of a call after which the program is over. */
export const CALL_THREW = 2;

/** What BTF and the tables say of the function; an errno when there is none. */
function createMeta(env: Env, insn: Insn): KfuncMeta | Errno {
  const btf = insn.off === 0 ? env.input.vmlinux : env.input.btfByIdx?.(insn.off);
  const func = btf && typeOf(btf, insn.imm);
  if (btf === undefined || func?.kind !== BTF_KIND_FUNC) return EINVAL;
  const proto = typeOf(btf, func.type);
  if (proto.kind !== BTF_KIND_FUNC_PROTO) return EINVAL;
  const row = findKfunc(func.name);
  if (row === undefined || isWithheld(env.profile.version, func.name) || !isKfuncOffered(func.name, env.prog.id, env.attachType)) {
    return reject(env, EACCES, `calling kernel function ${func.name} is not allowed\n`);
  }
  return {
    name: func.name,
    btf,
    params: proto.params,
    returnType: proto.returnType,
    row,
    refObjId: 0,
    releaseRegno: 0,
    constant: undefined,
    object: undefined,
    mayFail: false,
    fieldOff: 0,
    map: undefined,
    mapUid: 0,
    slot: undefined,
    subprogno: 0,
    memSize: 0,
    dynptr: undefined,
  };
}

/**
 * Judges the call of a kernel function and leaves its result in R0.
 *
 * @returns 0, an errno, or {@link CALL_THREW}
 */
export function checkKfuncCall(env: Env, insn: Insn): Errno {
  // A call that relocation found nothing for: refused when the whole program was found to be good otherwise.
  if (insn.imm === 0 && insn.off === 0) return 0;
  const meta = createMeta(env, insn);
  if (typeof meta === 'number') return meta;
  if (meta.row.sleepable && !env.cur.inSleepable) {
    return reject(env, EACCES, `program must be sleepable to call sleepable kfunc ${meta.name}\n`);
  }
  if (meta.name === '__bpf_trap') return reject(env, EFAULT, 'unexpected __bpf_trap() due to uninitialized variable?\n');
  let err = takesResLock(meta.name) ? forkRefused(env) : 0;
  if (err === 0) err = checkKfuncArgs(env, meta);
  if (err === 0) err = checkRcuProtection(env, meta);
  if (err === 0) err = checkRegion(env, meta);
  if (err !== 0) return err;
  if (meta.name === 'bpf_wq_set_callback_impl' || meta.name.startsWith('bpf_task_work_schedule_')) {
    const returns = meta.name === 'bpf_wq_set_callback_impl' ? ([0n, 0n] as const) : ([-(1n << 31n), (1n << 31n) - 1n] as const);
    err = callLater(env, meta.subprogno, mapPointer(meta.map, meta.mapUid), true, returns);
    if (err !== 0) return reject(env, err, `kfunc ${meta.name}#${insn.imm} failed callback verification\n`);
  }
  if (meta.name === 'bpf_throw') return CALL_THREW;
  const forbidden = meta.row.sleepable ? isForbiddenRegion(env) : undefined;
  if (forbidden !== undefined) return reject(env, EACCES, `kernel func ${meta.name} is sleepable within ${forbidden} region\n`);
  if (err === 0 && isGraphAdd(meta.name)) {
    if (meta.name === 'bpf_rbtree_add_impl') err = callLess(env, meta);
    if (err === 0) err = giveToGraph(env, getReg(env, 2).refObjId);
    if (err !== 0) return err;
  }
  if (meta.releaseRegno !== 0) {
    const { refObjId } = getReg(env, meta.releaseRegno);
    err = releaseReference(env, refObjId);
    if (err !== 0) return reject(env, err, `kfunc ${meta.name}#${insn.imm} reference has not been acquired before\n`);
  }
  clearCallerSaved(env);
  err = setKfuncReturn(env, meta);
  if (err === 0 && meta.row.changesPacket) clearPacketPointers(env.cur);
  return err === 0 && isIteratorNext(meta.name) ? stepIterator(env, meta) : err;
}
