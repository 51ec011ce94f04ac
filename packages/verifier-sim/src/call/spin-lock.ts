// Which lock is taken or given back?
import { constValue, isConst } from '../domain/index.ts';
import * as uapi from '@rootlet/uapi';
import { EACCES, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { specialFields } from '../state/map-value.ts';
import { NON_OWN_REF, PTR_TO_BTF_ID, REG_UNKNOWN } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { mapRegisters } from '../state/registers.ts';
import { specialFieldsOf } from '../state/special-fields.ts';
import { REF_LOCK } from '../state/state.ts';
import type { CallMeta } from './meta.ts';

/** Checks the lock in register `regno` and takes it or gives it back. */
export function checkSpinLock(env: Env, regno: number, meta: CallMeta): Errno {
  const reg = getReg(env, regno);
  const isLock = meta.funcId === uapi.BPF_FUNC_spin_lock;
  if (!isConst(reg.scalar)) {
    const text = `R${regno} doesn't have constant offset. bpf_spin_lock has to be at the constant offset\n`;
    return reject(env, lockErrno(env), text);
  }
  if (reg.type === PTR_TO_BTF_ID) return checkObjectLock(env, reg, isLock);
  const { map } = reg;
  if (map?.btf === undefined) {
    return reject(env, lockErrno(env), `map '${map?.name ?? ''}' has to have BTF in order to use bpf_spin_lock\n`);
  }
  const field = specialFields(map).find(({ name }) => name === 'bpf_spin_lock');
  if (field === undefined) return reject(env, lockErrno(env), `map '${map.name}' has no valid bpf_spin_lock\n`);
  const off = Number(BigInt.asIntN(64, constValue(reg.scalar))) + reg.off;
  if (field.byteOff !== off) {
    return reject(env, lockErrno(env), `off ${off} doesn't point to 'struct bpf_spin_lock' that is at ${field.byteOff}\n`);
  }
  return isLock ? acquireLock(env, reg.id, map) : releaseLock(env, reg.id, map);
}

/** A refused lock or timer was a refused argument once. */
export function lockErrno(env: Env): Errno {
  return env.profile.features.lockErrno ? EINVAL : EACCES;
}

/** A lock in a struct that the program allocated. */
function checkObjectLock(env: Env, reg: Reg, isLock: boolean): Errno {
  const { btf } = reg;
  const field = btf === undefined ? undefined : specialFieldsOf(btf, reg.btfId).find(({ name }) => name === 'bpf_spin_lock');
  if (field === undefined) return reject(env, EINVAL, `local kptr '' has no valid bpf_spin_lock\n`);
  const off = Number(BigInt.asIntN(64, constValue(reg.scalar))) + reg.off;
  if (field.byteOff !== off) {
    return reject(env, EINVAL, `off ${off} doesn't point to 'struct bpf_spin_lock' that is at ${field.byteOff}\n`);
  }
  return isLock ? acquireLock(env, reg.id, btf) : releaseLock(env, reg.id, btf);
}

function acquireLock(env: Env, id: number, ptr: unknown): Errno {
  const { cur } = env;
  if (cur.activeLocks > 0) return reject(env, lockErrno(env), 'Locking two bpf_spin_locks are not allowed\n');
  cur.refs.push({ type: REF_LOCK, id, insnIdx: env.insnIdx, ptr });
  cur.activeLocks++;
  cur.activeLockId = id;
  cur.activeLockPtr = ptr;
  return 0;
}

function releaseLock(env: Env, id: number, ptr: unknown): Errno {
  const { cur } = env;
  if (cur.activeLocks === 0) return reject(env, lockErrno(env), 'bpf_spin_unlock without taking a lock\n');
  const at = cur.refs.findIndex((ref) => ref.type === REF_LOCK && ref.id === id && ref.ptr === ptr);
  if (at < 0) return reject(env, lockErrno(env), 'bpf_spin_unlock of different lock\n');
  cur.refs.splice(at, 1);
  cur.activeLocks--;
  // What lists and trees own may go now.
  mapRegisters(cur, (reg) => ((reg.flags & NON_OWN_REF) !== 0 && reg.type === PTR_TO_BTF_ID ? REG_UNKNOWN : reg));
  cur.activeLockId = 0;
  cur.activeLockPtr = undefined;
  return 0;
}
