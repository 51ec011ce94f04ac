// Which functions of the kernel can programs run?
import type { HelperBody } from '../machine.ts';
import { DYNPTR_KFUNCS } from './dynptr.ts';
import { ITER_KFUNCS } from './iter.ts';
import { STRING_KFUNCS } from './string.ts';

const nothing: HelperBody = () => 0;

/** Nothing else runs while a program does: what keeps others out has nothing to do. */
const GUARD_KFUNCS = ['bpf_rcu_read_lock', 'bpf_rcu_read_unlock', 'bpf_preempt_disable', 'bpf_preempt_enable'].map((name) => [name, nothing] as const);

const KFUNCS: ReadonlyMap<string, HelperBody> = /* @__PURE__ */ new Map([...DYNPTR_KFUNCS, ...ITER_KFUNCS, ...STRING_KFUNCS, ...GUARD_KFUNCS]);

/** The body of a kernel function; undefined when there is none. */
export function findKfunc(name: string): HelperBody | undefined {
  return KFUNCS.get(name);
}
