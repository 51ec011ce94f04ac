// What do the helpers want that read memory, clocks and the current task, or print?
import {
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_PERF_EVENT,
  BPF_PROG_TYPE_RAW_TRACEPOINT,
  BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
  BPF_PROG_TYPE_TRACEPOINT,
} from '@rootlet/uapi';
import type { HelperRow } from '../helper-row.ts';

const NUMBER: HelperRow = { args: [], ret: 'int' };
const PROBE: HelperRow = { args: ['mem_uninit', 'size0', 'any'], ret: 'int', gpl: true };
const TASK = { 1: 'task_struct' };
const SEQ = { 1: 'seq_file' };

/** By name without `bpf_`. */
export const GENERAL_HELPERS: Readonly<Record<string, HelperRow>> = {
  ktime_get_ns: NUMBER,
  ktime_get_boot_ns: NUMBER,
  ktime_get_coarse_ns: NUMBER,
  ktime_get_tai_ns: NUMBER,
  jiffies64: NUMBER,
  get_prandom_u32: NUMBER,
  get_smp_processor_id: NUMBER,
  get_numa_node_id: NUMBER,
  get_current_pid_tgid: NUMBER,
  get_current_uid_gid: NUMBER,
  get_current_cgroup_id: NUMBER,
  get_current_ancestor_cgroup_id: { args: ['any'], ret: 'int' },
  get_current_comm: { args: ['mem_uninit', 'size'], ret: 'int' },
  get_current_task: { args: [], ret: 'int', gpl: true },
  get_current_task_btf: { args: [], ret: 'btf', retStruct: 'task_struct', retTrusted: true, gpl: true },
  task_pt_regs: { args: ['btf'], structs: TASK, ret: 'btf', retStruct: 'pt_regs', gpl: true },
  current_task_under_cgroup: { args: ['map', 'any'], ret: 'int' },
  get_ns_current_pid_tgid: { args: ['any', 'any', 'mem_uninit', 'size'], ret: 'int' },
  send_signal: { args: ['any'], ret: 'int' },
  send_signal_thread: { args: ['any'], ret: 'int' },

  probe_read: PROBE,
  probe_read_str: PROBE,
  probe_read_user: PROBE,
  probe_read_user_str: PROBE,
  probe_read_kernel: PROBE,
  probe_read_kernel_str: PROBE,
  probe_write_user: { args: ['any', 'mem', 'size'], ret: 'int', gpl: true },
  copy_from_user: { args: ['mem_uninit', 'size0', 'any'], ret: 'int', mightSleep: true },
  copy_from_user_task: {
    args: ['mem_uninit', 'size0', 'any', 'btf', 'any'],
    structs: { 4: 'task_struct' },
    ret: 'int',
    gpl: true,
    mightSleep: true,
  },

  trace_printk: { args: ['mem', 'size'], ret: 'int', gpl: true },
  trace_vprintk: { args: ['mem', 'size', 'mem_or_null', 'size0'], ret: 'int', gpl: true },
  snprintf: { args: ['mem_write_or_null', 'size0', 'const_str', 'mem_or_null', 'size0'], ret: 'int', gpl: true },
  snprintf_btf: { args: ['mem_write', 'size', 'mem', 'size', 'any'], ret: 'int' },
  strncmp: { args: ['mem', 'size', 'const_str'], ret: 'int' },
  strtol: { args: ['mem', 'size', 'any', 'long'], ret: 'int' },
  strtoul: { args: ['mem', 'size', 'any', 'long'], ret: 'int' },
  kallsyms_lookup_name: { args: ['mem', 'size0', 'any', 'long'], ret: 'int' },

  perf_event_read: { args: ['map', 'any'], ret: 'int', gpl: true },
  perf_event_read_value: { args: ['map', 'any', 'mem_uninit', 'size'], ret: 'int', gpl: true },
  perf_event_output: { args: ['ctx', 'map', 'any', 'mem', 'size0'], ret: 'int', gpl: true },
  perf_prog_read_value: { args: ['ctx', 'mem_uninit', 'size'], ret: 'int', gpl: true },
  read_branch_records: { args: ['ctx', 'mem_write_or_null', 'size0', 'any'], ret: 'int', gpl: true },
  get_branch_snapshot: { args: ['mem_uninit', 'size0'], ret: 'int', gpl: true },
  get_stackid: {
    args: ['ctx', 'map', 'any'],
    ret: 'int',
    gpl: true,
    variants: [{ progTypes: [BPF_PROG_TYPE_PERF_EVENT], row: { args: ['ctx', 'map', 'any'], ret: 'int' } }],
  },
  get_stack: { args: ['ctx', 'mem_uninit', 'size0', 'any'], ret: 'int', gpl: true },
  get_task_stack: { args: ['btf', 'mem_uninit', 'size0', 'any'], structs: TASK, ret: 'int' },
  get_func_ip: { args: ['ctx'], ret: 'int', gpl: true },
  get_attach_cookie: { args: ['ctx'], ret: 'int' },
  override_return: { args: ['ctx', 'any'], ret: 'int', gpl: true },
  find_vma: { args: ['btf', 'any', 'func', 'stack_or_null', 'any'], structs: TASK, ret: 'int' },
  per_cpu_ptr: { args: ['percpu_btf', 'any'], ret: 'mem_or_btf_or_null' },
  this_cpu_ptr: { args: ['percpu_btf'], ret: 'mem_or_btf' },

  get_func_arg: { args: ['ctx', 'any', 'long'], ret: 'int' },
  get_func_ret: { args: ['ctx', 'long'], ret: 'int' },
  get_func_arg_cnt: { args: ['ctx'], ret: 'int' },
  seq_printf: { args: ['btf', 'mem', 'size', 'mem_or_null', 'size0'], structs: SEQ, ret: 'int', gpl: true },
  seq_write: { args: ['btf', 'mem', 'size0'], structs: SEQ, ret: 'int', gpl: true },
  seq_printf_btf: { args: ['btf', 'mem', 'size0', 'any'], structs: SEQ, ret: 'int', gpl: true },
  d_path: { args: ['btf', 'mem_write', 'size0'], structs: { 1: 'path' }, ret: 'int' },
  bprm_opts_set: { args: ['btf', 'any'], structs: { 1: 'linux_binprm' }, ret: 'int' },
  ima_inode_hash: { args: ['btf', 'mem_uninit', 'size'], structs: { 1: 'inode' }, ret: 'int', mightSleep: true },
  ima_file_hash: { args: ['btf', 'mem_uninit', 'size'], structs: { 1: 'file' }, ret: 'int', mightSleep: true },
  sys_bpf: { args: ['any', 'mem', 'size'], ret: 'int', mightSleep: true },
  btf_find_by_name_kind: { args: ['mem', 'size', 'any', 'any'], ret: 'int', mightSleep: true },
  sys_close: { args: ['any'], ret: 'int', mightSleep: true },
  rc_repeat: { args: ['ctx'], ret: 'int', gpl: true, notYet: 'infrared programs' },
  rc_keydown: { args: ['ctx', 'any', 'any', 'any'], ret: 'int', gpl: true, notYet: 'infrared programs' },
  rc_pointer_rel: { args: ['ctx', 'any', 'any'], ret: 'int', gpl: true, notYet: 'infrared programs' },
};

/** Program types that trace the kernel. */
export const TRACING_TYPES: readonly number[] = [
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_TRACEPOINT,
  BPF_PROG_TYPE_PERF_EVENT,
  BPF_PROG_TYPE_RAW_TRACEPOINT,
  BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
];
