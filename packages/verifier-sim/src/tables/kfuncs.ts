// What does a function of the kernel demand, beyond its prototype?
import { BPF_PROG_TYPE_LSM, BPF_PROG_TYPE_TRACING } from '@rootlet/uapi';
import { KFUNC_FACTS, KFUNC_GROUPS } from './generated/kfuncs.ts';

/** The contract of one function. */
export interface KfuncRow {
  readonly sleepable: boolean;
  /** Objects must be trusted, or at least protected by RCU. */
  readonly trust: 'trusted' | 'rcu' | undefined;
  /** R0 is a new reference. */
  readonly acquires: boolean;
  /** An argument is given back. */
  readonly releases: boolean;
  /** R0 may be null. */
  readonly nullable: boolean;
  /** Only where the RCU read lock is held. */
  readonly rcuProtected: boolean;
  /** Moves packet data: packet pointers die. */
  readonly changesPacket: boolean;
}

/** A result that may be null: a reference that must be given back. */
const ACQUIRE_OR_NULL: readonly string[] = [
  'bpf_cgroup_acquire',
  'bpf_cgroup_ancestor',
  'bpf_cgroup_from_id',
  'bpf_cpumask_create',
  'bpf_crypto_ctx_acquire',
  'bpf_crypto_ctx_create',
  'bpf_ct_insert_entry',
  'bpf_get_task_exe_file',
  'bpf_list_pop_back',
  'bpf_list_pop_front',
  'bpf_lookup_system_key',
  'bpf_lookup_user_key',
  'bpf_obj_new_impl',
  'bpf_percpu_obj_new_impl',
  'bpf_rbtree_remove',
  'bpf_refcount_acquire_impl',
  'bpf_skb_ct_alloc',
  'bpf_skb_ct_lookup',
  'bpf_task_acquire',
  'bpf_task_from_pid',
  'bpf_task_from_vpid',
  'bpf_task_get_cgroup1',
  'bpf_xdp_ct_alloc',
  'bpf_xdp_ct_lookup',
  'bpf_xdp_get_xfrm_state',
];

/** A reference that is never null. */
const ACQUIRE: readonly string[] = ['bpf_cpumask_acquire'];

/** May be null, and is no reference. */
const OR_NULL: readonly string[] = [
  'bpf_dynptr_slice',
  'bpf_dynptr_slice_rdwr',
  'bpf_iter_bits_next',
  'bpf_iter_css_next',
  'bpf_iter_css_task_next',
  'bpf_iter_dmabuf_next',
  'bpf_iter_kmem_cache_next',
  'bpf_iter_num_next',
  'bpf_iter_task_next',
  'bpf_iter_task_vma_next',
  'bpf_list_back',
  'bpf_list_front',
  'bpf_rbtree_first',
  'bpf_rbtree_left',
  'bpf_rbtree_right',
  'bpf_rbtree_root',
];

const RELEASE: readonly string[] = [
  'bpf_cgroup_release',
  'bpf_cpumask_release',
  'bpf_crypto_ctx_release',
  'bpf_ct_insert_entry',
  'bpf_ct_release',
  'bpf_kfunc_call_memb_release',
  'bpf_kfunc_call_test_release',
  'bpf_key_put',
  'bpf_obj_drop_impl',
  'bpf_percpu_obj_drop_impl',
  'bpf_put_file',
  'bpf_task_release',
  'bpf_xdp_xfrm_state_release',
];

/** What arguments that are no objects do not tell when they are probed. */
const TRUST: Readonly<Record<string, KfuncRow['trust']>> = {
  bpf_arena_alloc_pages: 'trusted',
  bpf_arena_free_pages: 'trusted',
  bpf_arena_reserve_pages: 'trusted',
  bpf_iter_task_vma_new: 'rcu',
  bpf_refcount_acquire_impl: 'rcu',
  bpf_stream_vprintk_impl: 'trusted',
  bpf_xdp_metadata_rx_hash: 'trusted',
  bpf_xdp_metadata_rx_timestamp: 'trusted',
  bpf_xdp_metadata_rx_vlan_tag: 'trusted',
};

/** Only for programs that may sleep anyhow, so that probing does not tell. */
const ALSO_SLEEPABLE: readonly string[] = ['bpf_crypto_ctx_create'];

const RCU_PROTECTED: readonly string[] = ['bpf_iter_css_new', 'bpf_iter_task_new'];

const CHANGES_PACKET: readonly string[] = ['bpf_xdp_pull_data'];

/** Contracts that were asked for: programs ask at every call, and again on every path. */
const contracts = /* @__PURE__ */ new Map<string, KfuncRow>();

/** The contract of a function by its name. @returns undefined for functions that no program may call */
export function findKfunc(name: string): KfuncRow | undefined {
  const kept = contracts.get(name);
  if (kept !== undefined) return kept;
  const row = gatherContract(name);
  if (row !== undefined) contracts.set(name, row);
  return row;
}

function gatherContract(name: string): KfuncRow | undefined {
  const facts = Object.hasOwn(KFUNC_FACTS, name) ? KFUNC_FACTS[name] : undefined;
  if (facts === undefined) return undefined;
  return {
    sleepable: facts.sleepable === true || ALSO_SLEEPABLE.includes(name),
    trust: RELEASE.includes(name) ? 'trusted' : (TRUST[name] ?? facts.trust),
    acquires: ACQUIRE_OR_NULL.includes(name) || ACQUIRE.includes(name),
    releases: RELEASE.includes(name),
    nullable: ACQUIRE_OR_NULL.includes(name) || OR_NULL.includes(name),
    rcuProtected: RCU_PROTECTED.includes(name),
    changesPacket: CHANGES_PACKET.includes(name),
  };
}

const groups: ReadonlySet<string>[] = /* @__PURE__ */ KFUNC_GROUPS.map((line) => new Set(line.split(' ')));
/** Keys with an attach type that some group tells apart. */
const known: ReadonlySet<string> = /* @__PURE__ */ new Set(KFUNC_GROUPS.flatMap((line) => line.split(' ')));

/** Functions about files that are for security hooks alone. */
const FOR_SECURITY: readonly string[] = [
  'bpf_get_dentry_xattr',
  'bpf_get_file_xattr',
  'bpf_get_task_exe_file',
  'bpf_path_d_path',
  'bpf_put_file',
  'bpf_remove_dentry_xattr',
  'bpf_set_dentry_xattr',
];

/** Whether a program of the type may call the function. */
export function isKfuncOffered(name: string, progType: number, attachType: number): boolean {
  const group = Object.hasOwn(KFUNC_FACTS, name) ? groups[KFUNC_FACTS[name]?.group ?? -1] : undefined;
  // The kernel of the tables could not be asked for security hooks; Linux 6.12 offers them what tracing programs have.
  if (progType === BPF_PROG_TYPE_LSM) return FOR_SECURITY.includes(name) || group?.has(`${BPF_PROG_TYPE_TRACING}`) === true;
  const exact = `${progType}:${attachType}`;
  return group?.has(known.has(exact) ? exact : `${progType}`) === true;
}

/** Whether the function takes the next element of an iterator. */
export function isIteratorNext(name: string): boolean {
  return /^bpf_iter_\w+_next$/.test(name);
}

/** Whether the function may be called while a lock is held: it works on what the lock protects, or is about locks. */
export function worksUnderLock(name: string): boolean {
  return /^bpf_(list_|rbtree_|refcount_acquire|iter_num_|res_spin_)/.test(name);
}
