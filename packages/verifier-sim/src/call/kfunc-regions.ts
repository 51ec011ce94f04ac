// Which regions does this kernel function begin or end?
import { EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { changeReg, MEM_RCU, PTR_MAYBE_NULL, PTR_UNTRUSTED } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { STACK_ITER } from '../state/stack.ts';
import { mapRegisters } from '../state/registers.ts';
import type { KfuncMeta } from './kfunc-meta.ts';

/** The region in which nothing may sleep; undefined outside of all. */
export function isForbiddenRegion(env: Env): string | undefined {
  const { cur } = env;
  if (cur.activeRcuLocks > 0) return 'rcu_read_lock';
  if (cur.activePreemptLocks > 0) return 'non-preemptible';
  return cur.activeIrqId !== 0 ? 'IRQ-disabled' : undefined;
}

function untrusted(reg: Reg): Reg {
  return changeReg(reg, { flags: (reg.flags & ~(MEM_RCU | PTR_MAYBE_NULL)) | PTR_UNTRUSTED });
}

/** What RCU protected is not to be trusted any more. */
function endRcu(env: Env): void {
  mapRegisters(env.cur, (reg) => {
    if ((reg.flags & MEM_RCU) === 0) return reg;
    return untrusted(reg);
  });
  for (const frame of env.cur.frames) {
    frame.stack.forEach((slot, spi) => {
      if (slot.types >>> 28 !== STACK_ITER || (slot.spilled.flags & MEM_RCU) === 0) return;
      frame.stack[spi] = { types: slot.types, spilled: untrusted(slot.spilled) };
    });
  }
}

/** Takes locks and gives them back. */
export function checkRegion(env: Env, meta: KfuncMeta): Errno {
  const { cur } = env;
  const { name } = meta;
  switch (name) {
    case 'bpf_rcu_read_lock':
      if (cur.activeRcuLocks > 0) return reject(env, EINVAL, `nested rcu read lock (kernel function ${name})\n`);
      cur.activeRcuLocks++;
      return 0;
    case 'bpf_rcu_read_unlock':
      if (cur.activeRcuLocks === 0) return reject(env, EINVAL, `unmatched rcu read unlock (kernel function ${name})\n`);
      cur.activeRcuLocks--;
      endRcu(env);
      return 0;
    case 'bpf_preempt_disable':
      cur.activePreemptLocks++;
      return 0;
    case 'bpf_preempt_enable':
      if (cur.activePreemptLocks === 0) {
        return reject(env, EINVAL, `unmatched attempt to enable preemption (kernel function ${name})\n`);
      }
      cur.activePreemptLocks--;
      return 0;
    default:
      return 0;
  }
}
