// What is part of the UAPI but cannot be told by a program from the sources at hand?

/** Members of unnamed UAPI enumerations that came after the installed header. */
export const ENUM_SEEDS = [
  'BPF_F_UPROBE_MULTI_RETURN',
  'BPF_F_KPROBE_MULTI_RETURN',
  'BPF_F_TIMER_ABS',
  'BPF_TASK_ITER_ALL_PROCS',
  'BPF_CGROUP_ITER_ORDER_UNSPEC',
  'BPF_PERF_EVENT_UNSPEC',
  'BPF_F_PAD_ZEROS',
  'BPF_STDOUT',
];

/** Macros of include/uapi/linux/bpf.h after 6.1: BTF does not know macros. Names and values only. */
export const AFTER_HEADER = [
  ['BPF_F_BEFORE', 1 << 3],
  ['BPF_F_AFTER', 1 << 4],
  ['BPF_F_ID', 1 << 5],
  ['BPF_F_PREORDER', 1 << 6],
  ['BPF_F_XDP_DEV_BOUND_ONLY', 1 << 6],
  ['BPF_F_TEST_REG_INVARIANTS', 1 << 7],
  ['BPF_F_NETFILTER_IP_DEFRAG', 1 << 0],
];

/** Helpers after the installed header: id, name, result, arguments. The list of helpers is closed since 6.2. */
export const HELPERS_AFTER_HEADER = [
  [210, 'cgrp_storage_get', 'void *', 'struct bpf_map *map, struct cgroup *cgroup, void *value, u64 flags'],
  [211, 'cgrp_storage_delete', 'long', 'struct bpf_map *map, struct cgroup *cgroup'],
];

/** Contexts that programs are given. */
export const CONTEXTS = [
  '__sk_buff',
  'xdp_md',
  'bpf_sock_addr',
  'bpf_sock',
  'bpf_sock_ops',
  'sk_msg_md',
  'sk_reuseport_md',
  'bpf_sk_lookup',
  'bpf_perf_event_data',
  'bpf_sockopt',
  'bpf_sysctl',
  'bpf_cgroup_dev_ctx',
  'bpf_raw_tracepoint_args',
  'bpf_nf_ctx',
  'pt_regs',
];

/** Those, structs that helpers and bpf(2) fill or read, and the arguments of bpf(2). */
export const STRUCTS = [
  ...CONTEXTS,
  'bpf_tcp_sock',
  'bpf_sock_tuple',
  'bpf_xdp_sock',
  'bpf_tunnel_key',
  'bpf_xfrm_state',
  'bpf_fib_lookup',
  'bpf_redir_neigh',
  'bpf_flow_keys',
  'bpf_spin_lock',
  'bpf_timer',
  'bpf_dynptr',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
  'bpf_wq',
  'bpf_iter_num',
  'bpf_perf_event_value',
  'bpf_stack_build_id',
  'bpf_pidns_info',
  'btf_ptr',
  'bpf_func_info',
  'bpf_line_info',
  'bpf_core_relo',
  'bpf_prog_info',
  'bpf_map_info',
  'bpf_btf_info',
  'bpf_link_info',
  'bpf_attr',
];

/** What the unnamed structs inside union bpf_attr are for, by their first field. */
export const ATTR_NAMES = {
  map_type: 'map_create',
  map_fd: 'map_elem',
  prog_type: 'prog_load',
  pathname: 'obj',
  target_fd: 'prog_attach',
  start_id: 'get_id',
  btf: 'btf_load',
};
