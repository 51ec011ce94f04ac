// Which lock is taken or given back?
import { constValue, isConst } from '../domain/index.ts';
import * as uapi from '@rootlet/uapi';
import { EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { specialFields } from '../state/map-value.ts';
import { PTR_TO_MAP_VALUE } from '../state/reg.ts';
import { REF_LOCK } from '../state/state.ts';
import { UnsupportedError } from '@rootlet/bytes';
import type { CallMeta } from './meta.ts';

/** Checks the lock in register `regno` and takes it or gives it back. */
export function checkSpinLock(env: Env, regno: number, meta: CallMeta): Errno {
  const reg = getReg(env, regno);
  const isLock = meta.funcId === uapi.BPF_FUNC_spin_lock;
  if (!isConst(reg.scalar)) {
    const text = `R${regno} doesn't have constant offset. bpf_spin_lock has to be at the constant offset\n`;
    return reject(env, EINVAL, text);
  }
  if (reg.type !== PTR_TO_MAP_VALUE) throw new UnsupportedError('locks in allocated objects', { insnIdx: env.insnIdx });
  const { map } = reg;
  if (map?.btf === undefined) {
    return reject(env, EINVAL, `map '${map?.name ?? ''}' has to have BTF in order to use bpf_spin_lock\n`);
  }
  const field = specialFields(map).find(({ name }) => name === 'bpf_spin_lock');
  if (field === undefined) return reject(env, EINVAL, `map '${map.name}' has no valid bpf_spin_lock\n`);
  const off = Number(BigInt.asIntN(64, constValue(reg.scalar))) + reg.off;
  if (field.byteOff !== off) {
    return reject(env, EINVAL, `off ${off} doesn't point to 'struct bpf_spin_lock' that is at ${field.byteOff}\n`);
  }
  return isLock ? acquireLock(env, reg.id, map) : releaseLock(env, reg.id, map);
}

function acquireLock(env: Env, id: number, ptr: unknown): Errno {
  const { cur } = env;
  if (cur.activeLocks > 0) return reject(env, EINVAL, 'Locking two bpf_spin_locks are not allowed\n');
  cur.refs.push({ type: REF_LOCK, id, insnIdx: env.insnIdx, ptr });
  cur.activeLocks++;
  cur.activeLockId = id;
  cur.activeLockPtr = ptr;
  return 0;
}

function releaseLock(env: Env, id: number, ptr: unknown): Errno {
  const { cur } = env;
  if (cur.activeLocks === 0) return reject(env, EINVAL, 'bpf_spin_unlock without taking a lock\n');
  const at = cur.refs.findIndex((ref) => ref.type === REF_LOCK && ref.id === id && ref.ptr === ptr);
  if (at < 0) return reject(env, EINVAL, 'bpf_spin_unlock of different lock\n');
  cur.refs.splice(at, 1);
  cur.activeLocks--;
  cur.activeLockId = 0;
  cur.activeLockPtr = undefined;
  return 0;
}
