// Who owns what must be given back?
import { BPF_PROG_TYPE_STRUCT_OPS } from '@rootlet/uapi';
import { EINVAL, getReg, newId, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { changeReg, MEM_ALLOC, MEM_PERCPU, MEM_RCU, REG_UNKNOWN } from '../state/reg.ts';
import { curFrame, REF_PTR } from '../state/state.ts';
import { mapRegisters } from '../state/registers.ts';

/** Something was acquired. @returns its id */
export function acquireReference(env: Env, insnIdx: number): number {
  const id = newId(env);
  env.cur.refs.push({ type: REF_PTR, id, insnIdx, ptr: undefined });
  return id;
}

/** The reference is given back: every copy of the pointer becomes a mere number. @returns an errno when it was not held */
export function releaseReference(env: Env, refObjId: number): Errno {
  const at = env.cur.refs.findIndex(({ type, id }) => type === REF_PTR && id === refObjId);
  if (at < 0) return EINVAL;
  env.cur.refs.splice(at, 1);
  mapRegisters(env.cur, (reg) => (reg.refObjId === refObjId ? REG_UNKNOWN : reg));
  return 0;
}

/** Memory of each CPU is given away, to a place where RCU protects it: copies of the pointer may still read it. */
export function handOverPercpu(env: Env, refObjId: number): Errno {
  mapRegisters(env.cur, (reg) => {
    if (reg.refObjId !== refObjId || (reg.flags & MEM_PERCPU) === 0 || (reg.flags & MEM_ALLOC) === 0) return reg;
    return changeReg(reg, { refObjId: 0, flags: (reg.flags & ~MEM_ALLOC) | MEM_RCU });
  });
  return releaseReference(env, refObjId);
}

/** Reports what the main function still owns. */
export function checkReferenceLeak(env: Env, isException = false): Errno {
  if (!isException && curFrame(env.cur).frameno !== 0) return 0;
  // Programs of struct_ops may return what they own.
  const mayReturn = !isException && env.prog.id === BPF_PROG_TYPE_STRUCT_OPS && env.profile.features.returnedReferences;
  const returned = mayReturn ? getReg(env, 0).refObjId : 0;
  let err: Errno = 0;
  for (const { type, id, insnIdx } of env.cur.refs) {
    if (type !== REF_PTR || (returned !== 0 && id === returned)) continue;
    err = reject(env, EINVAL, `Unreleased reference id=${id} alloc_insn=${insnIdx}\n`);
  }
  return err;
}

/**
 * Reports locks and references that are held where the program leaves.
 *
 * @param what how it leaves, e.g. `tail_call`
 * @param checkLocks false: references only
 */
export function checkResourceLeak(env: Env, isException: boolean, checkLocks: boolean, what: string): Errno {
  const { cur } = env;
  const isHeld = (count: number, region: string): boolean => {
    if (!checkLocks || count === 0) return false;
    verbose(env, `${what} cannot be used inside ${region} region\n`);
    return true;
  };
  if (isHeld(cur.activeLocks, 'bpf_spin_lock-ed')) return EINVAL;
  const err = checkReferenceLeak(env, isException);
  if (err !== 0) return reject(env, err, `${what} would lead to reference leak\n`);
  if (isHeld(cur.activeIrqId, 'bpf_local_irq_save-ed')) return EINVAL;
  if (isHeld(cur.activeRcuLocks, 'bpf_rcu_read_lock-ed')) return EINVAL;
  return isHeld(cur.activePreemptLocks, 'bpf_preempt_disable-ed') ? EINVAL : 0;
}
