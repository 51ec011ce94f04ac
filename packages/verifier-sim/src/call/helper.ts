// Does this call of a helper keep its contract, and what comes back?
import { UnsupportedError } from '@rootlet/bytes';
import type { Insn } from '@rootlet/insn';
import * as uapi from '@rootlet/uapi';
import { formatRegType } from '../log/format-reg.ts';
import { checkMemAccess } from '../mem/access.ts';
import { WRITE } from '../mem/types.ts';
import { createDynptr, releaseDynptr } from './dynptr.ts';
import { clearPacketPointers } from '../state/packet-pointers.ts';
import { isGplCompatible } from '../state/license.ts';
import { isInRcu } from '../state/regions.ts';
import { EACCES, EINVAL, ENOTSUPP, getReg, isElsewhere, isHelperOffered, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { DYNPTR_TYPE_LOCAL, DYNPTR_TYPE_RINGBUF, DYNPTR_TYPE_SKB, MEM_PERCPU, MEM_RCU, PTR_TO_MAP_VALUE, SCALAR } from '../state/reg.ts';
import { clearCallerSaved } from '../state/use.ts';
import { findHelper } from '../tables/helpers.ts';
import type { HelperRow } from '../tables/helper-row.ts';
import { checkArg } from './arg.ts';
import { callDrain, callFindVma, callForEach, callLater, callLoop, mapPointer } from './callbacks.ts';
import { checkFormat } from './const-string.ts';
import { checkMapFit, checkMapWrite, checkTailCallKey } from './map-fit.ts';
import { createMeta } from './meta.ts';
import type { CallMeta } from './meta.ts';
import { checkResourceLeak, handOverPercpu, releaseReference } from './references.ts';
import { setReturn } from './returns.ts';

const ARGS_MAX = 5;
/** Attach types of tracing programs that run at a function. */
const HAVE_FUNCTION: readonly number[] = [uapi.BPF_TRACE_FENTRY, uapi.BPF_TRACE_FEXIT, uapi.BPF_MODIFY_RETURN];

/** Whether the program may call the helper at all. @returns its row, or an errno */
function findCallable(env: Env, funcId: number): HelperRow | Errno {
  const name = uapi.helperName(funcId);
  const row = findHelper(funcId, env.prog.id);
  if (name === undefined || (row === undefined && funcId !== 0)) {
    return reject(env, EINVAL, `invalid func ${name ?? 'unknown'}#${funcId}\n`);
  }
  if (row === undefined || !isHelperOffered(env, funcId)) {
    if (isElsewhere(env, funcId)) return reject(env, EINVAL, 'helper call is not allowed in probe\n');
    const text = env.profile.features.helperTypeText ? 'program of this type cannot use helper' : 'unknown func';
    return reject(env, EINVAL, `${text} ${name}#${funcId}\n`);
  }
  if (row.gpl === true && !isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'cannot call GPL-restricted function from non-GPL compatible program\n');
  }
  if (row.mightSleep === true && !env.cur.inSleepable) {
    return reject(env, EINVAL, 'helper call might sleep in a non-sleepable prog\n');
  }
  return row;
}

/** Regions in which the helper must not be called. */
function checkRegions(env: Env, meta: CallMeta): Errno {
  const { cur } = env;
  if (meta.row.mightSleep !== true) return 0;
  const what = `sleepable helper ${meta.name}#${meta.funcId}`;
  if (cur.activeRcuLocks > 0) return reject(env, EINVAL, `${what} in rcu_read_lock region\n`);
  if (cur.activePreemptLocks > 0) return reject(env, EINVAL, `${what} in non-preemptible region\n`);
  return cur.activeIrqId !== 0 ? reject(env, EINVAL, `${what} in IRQ-disabled region\n`) : 0;
}

/** Stack that the helper writes becomes data, byte by byte. */
function writeRaw(env: Env, meta: CallMeta): Errno {
  for (let i = 0; i < meta.raw.size; i++) {
    const err = checkMemAccess(env, meta.raw.regno, i, 1, WRITE, -1, false, false);
    if (err !== 0) return err;
  }
  return 0;
}

/** The argument that is given back is gone. */
function releaseArg(env: Env, meta: CallMeta): Errno {
  if (meta.releaseRegno === 0) return 0;
  if (meta.dynptr !== undefined) return releaseDynptr(env, meta.releaseRegno);
  const reg = getReg(env, meta.releaseRegno);
  if (meta.refObjId === 0) return reg.type === SCALAR ? 0 : EINVAL;
  const isKept = meta.funcId === uapi.BPF_FUNC_kptr_xchg && (reg.flags & MEM_PERCPU) !== 0 && isInRcu(env);
  const err = isKept ? handOverPercpu(env, meta.refObjId) : releaseReference(env, meta.refObjId);
  if (err === 0) return 0;
  return reject(env, err, `func ${meta.name}#${meta.funcId} reference has not been acquired before\n`);
}

function dynptrTypeOf(funcId: number): number {
  return funcId === uapi.BPF_FUNC_ringbuf_reserve_dynptr ? DYNPTR_TYPE_RINGBUF : DYNPTR_TYPE_LOCAL;
}

/** Rules of single helpers. */
function checkSpecial(env: Env, meta: CallMeta): Errno {
  switch (meta.funcId) {
    case uapi.BPF_FUNC_tail_call:
      return checkResourceLeak(env, false, true, 'tail_call');
    case uapi.BPF_FUNC_get_local_storage: {
      const { type, scalar } = getReg(env, 2);
      if (type === SCALAR && scalar.tnum.mask === 0n && scalar.umin === 0n) return 0;
      return reject(env, EINVAL, "get_local_storage() doesn't support non-zero flags\n");
    }
    case uapi.BPF_FUNC_for_each_map_elem:
      return callForEach(env, meta);
    case uapi.BPF_FUNC_timer_set_callback:
      return callLater(env, meta.subprogno, mapPointer(meta.map, meta.mapUid), false);
    case uapi.BPF_FUNC_dynptr_from_mem: {
      const { type, flags } = getReg(env, 1);
      if (type === PTR_TO_MAP_VALUE) return 0;
      return reject(env, EACCES, `Unsupported reg type ${formatRegType(type, flags)} for bpf_dynptr_from_mem data\n`);
    }
    case uapi.BPF_FUNC_find_vma:
      return callFindVma(env, meta);
    case uapi.BPF_FUNC_user_ringbuf_drain:
      return callDrain(env, meta);
    case uapi.BPF_FUNC_loop:
      return callLoop(env, meta);
    case uapi.BPF_FUNC_snprintf:
      return checkFormat(env);
    case uapi.BPF_FUNC_get_func_ip:
      if (env.prog.id === uapi.BPF_PROG_TYPE_KPROBE) return 0;
      if (env.prog.id === uapi.BPF_PROG_TYPE_TRACING) {
        if (HAVE_FUNCTION.includes(env.attachType)) return 0;
        const text = `func ${meta.name}#${meta.funcId} supported only for fentry/fexit/fmod_ret programs\n`;
        return reject(env, ENOTSUPP, text);
      }
      return reject(env, ENOTSUPP, `func ${meta.name}#${meta.funcId} not supported for program type ${env.prog.id}\n`);
    case uapi.BPF_FUNC_set_retval:
      if (env.attachType !== uapi.BPF_LSM_CGROUP || env.traced?.returnType !== 0) return 0;
      return reject(env, EINVAL, "BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!\n");
    default:
      return 0;
  }
}

/** Judges the call of a helper at `insnIdx` and leaves its result in R0. */
export function checkHelperCall(env: Env, insn: Insn, insnIdx: number): Errno {
  const funcId = insn.imm;
  const row = findCallable(env, funcId);
  if (typeof row === 'number') return row;
  const name = uapi.helperName(funcId) ?? '';
  const meta = createMeta(funcId, name, row);
  let err = checkRegions(env, meta);
  for (let regno = 1; regno <= ARGS_MAX && err === 0; regno++) err = checkArg(env, regno, meta);
  // Wrong arguments are refused all the same.
  if (err === 0 && row.notYet !== undefined) throw new UnsupportedError(`helper ${name}: ${row.notYet}`, { insnIdx });
  if (err === 0) err = checkMapWrite(env, meta);
  if (err === 0) err = checkTailCallKey(env, meta);
  if (err === 0) err = writeRaw(env, meta);
  if (err === 0 && meta.dynptrRegno !== 0) err = createDynptr(env, meta.dynptrRegno, dynptrTypeOf(funcId), undefined);
  if (err === 0) err = releaseArg(env, meta);
  if (err === 0) err = checkSpecial(env, meta);
  if (err !== 0) return err;
  clearCallerSaved(env);
  err = setReturn(env, meta);
  if (err === 0) err = checkMapFit(env, meta);
  noteArguments(env, meta);
  const writesPacket = funcId === uapi.BPF_FUNC_dynptr_write && meta.dynptr?.type === DYNPTR_TYPE_SKB;
  const moved = row.changesPacket === true && (funcId !== uapi.BPF_FUNC_tail_call || tailCallMovesPacket(env));
  if (err === 0 && (moved || writesPacket)) clearPacketPointers(env.cur);
  return err;
}

/** What decides, over all paths, what the kernel makes of the call. */
function noteArguments(env: Env, { map, percpu }: CallMeta): void {
  const aux = env.aux[env.insnIdx];
  if (aux === undefined) return;
  if (map !== undefined) aux.calledMap = aux.calledMap === undefined || aux.calledMap === map ? map : null;
  if (percpu !== undefined && (percpu.flags & MEM_RCU) !== 0) aux.takesPercpuObject = true;
}

/** A tail call that failed has left the packet alone. Kernels that do not follow the one that succeeds back to the caller are careful. */
function tailCallMovesPacket(env: Env): boolean {
  const { packetEffects, tailCallReturns } = env.profile.features;
  return packetEffects && !tailCallReturns;
}
