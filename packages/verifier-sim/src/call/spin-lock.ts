// Which lock is taken or given back?
import { formatMapName } from '../log/format-reg.ts';
import { constValue, isConst } from '../domain/index.ts';
import { EACCES, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { specialFields } from '../state/map-value.ts';
import { NON_OWN_REF, PTR_TO_BTF_ID, REG_UNKNOWN } from '../state/reg.ts';
import { mapRegisters } from '../state/registers.ts';
import { objectFieldsOf, theField } from '../state/special-fields.ts';
import type { REF_RES_LOCK_IRQ } from '../state/state.ts';
import { REF_LOCK, REF_RES_LOCK } from '../state/state.ts';

/** What is done to which kind of lock. */
export interface LockOperation {
  readonly type: typeof REF_LOCK | typeof REF_RES_LOCK | typeof REF_RES_LOCK_IRQ;
  readonly isLock: boolean;
}

/** Checks the lock in register `regno` and takes it or gives it back. */
export function checkSpinLock(env: Env, regno: number, operation: LockOperation): Errno {
  const reg = getReg(env, regno);
  const name = operation.type === REF_LOCK ? 'bpf_spin_lock' : 'bpf_res_spin_lock';
  if (!isConst(reg.scalar)) {
    return reject(env, lockErrno(env), `R${regno} doesn't have constant offset. ${name} has to be at the constant offset\n`);
  }
  const { map, btf } = reg;
  const inObject = reg.type === PTR_TO_BTF_ID;
  if (!inObject && map?.btf === undefined) {
    return reject(env, lockErrno(env), `map '${formatMapName(map)}' has to have BTF in order to use ${name}\n`);
  }
  const fields = inObject ? (btf === undefined ? [] : objectFieldsOf(btf, reg.btfId)) : map === undefined ? [] : specialFields(map);
  const field = theField(fields, name);
  if (field === undefined) {
    return reject(env, lockErrno(env), `${inObject ? "local 'kptr'" : `map '${formatMapName(map)}'`} has no valid ${name}\n`);
  }
  const off = Number(BigInt.asIntN(64, constValue(reg.scalar))) + reg.off;
  if (field.byteOff !== off) {
    return reject(env, lockErrno(env), `off ${off} doesn't point to 'struct ${name}' that is at ${field.byteOff}\n`);
  }
  const ptr = inObject ? btf : map;
  return operation.isLock ? acquireLock(env, operation, reg.id, ptr) : releaseLock(env, operation, reg.id, ptr, name);
}

/** A refused lock or timer was a refused argument once. */
export function lockErrno(env: Env): Errno {
  return env.profile.features.lockErrno ? EINVAL : EACCES;
}

function acquireLock(env: Env, { type }: LockOperation, id: number, ptr: unknown): Errno {
  const { cur } = env;
  if (type === REF_LOCK && cur.refs.some((ref) => ref.type === REF_LOCK)) {
    return reject(env, lockErrno(env), 'Locking two bpf_spin_locks are not allowed\n');
  }
  if (type !== REF_LOCK && cur.refs.some((ref) => ref.type >= REF_RES_LOCK && ref.id === id && ref.ptr === ptr)) {
    return reject(env, lockErrno(env), 'Acquiring the same lock again, AA deadlock detected\n');
  }
  // Callbacks of older kernels are given values without a number, and a lock without one is none.
  if (id === 0 && !env.profile.features.numberlessLocks) return 0;
  cur.refs.push({ type, id, insnIdx: env.insnIdx, ptr });
  cur.activeLocks++;
  cur.activeLockId = id;
  cur.activeLockPtr = ptr;
  return 0;
}

function releaseLock(env: Env, { type }: LockOperation, id: number, ptr: unknown, name: string): Errno {
  const { cur } = env;
  if (cur.activeLocks === 0) return reject(env, lockErrno(env), `${name.replace(/lock$/, 'unlock')} without taking a lock\n`);
  const at = cur.refs.findIndex((ref) => ref.type === type && ref.id === id && ref.ptr === ptr);
  if (at < 0) return reject(env, lockErrno(env), `${name.replace(/lock$/, 'unlock')} of different lock\n`);
  if (id !== cur.activeLockId || ptr !== cur.activeLockPtr) {
    return reject(env, lockErrno(env), `${name.replace(/lock$/, 'unlock')} cannot be out of order\n`);
  }
  cur.refs.splice(at, 1);
  cur.activeLocks--;
  // What lists and trees own may go now.
  mapRegisters(cur, (reg) => ((reg.flags & NON_OWN_REF) !== 0 && reg.type === PTR_TO_BTF_ID ? REG_UNKNOWN : reg));
  const before = cur.refs.findLast((ref) => ref.type >= REF_LOCK);
  cur.activeLockId = before?.id ?? 0;
  cur.activeLockPtr = before?.ptr;
  return 0;
}
