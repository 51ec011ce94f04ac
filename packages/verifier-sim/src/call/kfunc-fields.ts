// Are these the lock, work or map that a kernel function takes?
import { EINVAL, ENOMEM, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { scalarFromBounds } from '../domain/index.ts';
import { MEM_ALLOC, PTR_TO_BTF_ID, PTR_TO_MAP_VALUE, REG_NOT_INIT, scalarReg } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { specialFields } from '../state/map-value.ts';
import { curRegs, REF_RES_LOCK, REF_RES_LOCK_IRQ } from '../state/state.ts';
import type { KfuncMeta } from './kfunc-meta.ts';
import { checkMapField } from './map-field.ts';
import { checkSpinLock } from './spin-lock.ts';

const MAX_ERRNO = 4095n;

/** Whether the function takes a lock that may be refused. */
export function takesResLock(name: string): boolean {
  return name === 'bpf_res_spin_lock' || name === 'bpf_res_spin_lock_irqsave';
}

/** A path where the lock was refused. */
export function forkRefused(env: Env): Errno {
  const state = env.engine.pushState(env, env.insnIdx + 1, env.insnIdx);
  if (state === undefined) return reject(env, ENOMEM, 'failed to push state for failed lock acquisition\n');
  const regs = curRegs(state);
  for (let regno = 0; regno <= 5; regno++) regs[regno] = REG_NOT_INIT;
  regs[0] = scalarReg(scalarFromBounds({ smin: -MAX_ERRNO, smax: -1n }));
  return 0;
}

/** A lock that may be refused. */
export function checkResLock(env: Env, meta: KfuncMeta, i: number, reg: Reg): Errno {
  if (!(reg.type === PTR_TO_MAP_VALUE && reg.flags === 0) && !(reg.type === PTR_TO_BTF_ID && reg.flags === MEM_ALLOC)) {
    return reject(env, EINVAL, `arg#${i} doesn't point to map value or allocated object\n`);
  }
  return checkSpinLock(env, i + 1, { type: meta.name.includes('irq') ? REF_RES_LOCK_IRQ : REF_RES_LOCK, isLock: takesResLock(meta.name) });
}

/** Work of a map's value. */
export function checkWork(env: Env, meta: KfuncMeta, i: number, reg: Reg, name: string): Errno {
  if (reg.type !== PTR_TO_MAP_VALUE || reg.flags !== 0) return reject(env, EINVAL, `arg#${i} doesn't point to a map value\n`);
  return checkMapField(env, i + 1, name, meta);
}

/** The map: that of the work, if there is one. */
export function checkMapArg(env: Env, meta: KfuncMeta, i: number, reg: Reg): Errno {
  const { map } = reg;
  // What the kernel keeps in the same place as the map lets other kinds through, to be refused for what they are.
  const other = reg.btf !== undefined || reg.memSize !== 0 || reg.subprogno !== 0;
  if (map === undefined) return other ? 0 : reject(env, EINVAL, `pointer in R${i + 1} isn't map pointer\n`);
  const has = (name: string): boolean => specialFields(map).some((field) => field.name === name);
  if (meta.map !== undefined && (has('bpf_wq') || has('bpf_task_work')) && (meta.map !== map || meta.mapUid !== reg.mapUid)) {
    const uids = `map_uid=${meta.mapUid} doesn't match map pointer in`;
    const text = has('bpf_wq')
      ? `workqueue pointer in R1 ${uids} R2 map_uid=${reg.mapUid}\n`
      : `bpf_task_work pointer in R2 ${uids} R3 map_uid=${reg.mapUid}\n`;
    return reject(env, EINVAL, text);
  }
  meta.map = map;
  meta.mapUid = reg.mapUid;
  return 0;
}
