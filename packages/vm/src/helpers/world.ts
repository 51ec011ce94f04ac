// What can a program ask about time, CPU and task?
import {
  BPF_FUNC_get_attach_cookie,
  BPF_FUNC_get_current_cgroup_id,
  BPF_FUNC_get_current_comm,
  BPF_FUNC_get_current_pid_tgid,
  BPF_FUNC_get_current_task,
  BPF_FUNC_get_current_uid_gid,
  BPF_FUNC_get_numa_node_id,
  BPF_FUNC_get_prandom_u32,
  BPF_FUNC_get_smp_processor_id,
  BPF_FUNC_jiffies64,
  BPF_FUNC_ktime_get_boot_ns,
  BPF_FUNC_ktime_get_coarse_ns,
  BPF_FUNC_ktime_get_ns,
  BPF_FUNC_ktime_get_tai_ns,
  EINVAL,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import type { HelperRow } from './row.ts';

/** Nanoseconds of a jiffy at HZ=250, and the count at boot: five minutes before it wraps. */
const JIFFY_NS = 4_000_000n;
const INITIAL_JIFFIES = 0x1_0000_0000n - 300n * 250n;

const COMM_BYTES = 16;

function comm(m: Machine): number {
  const size = m.u32(2);
  if (size === 0) return -EINVAL;
  const to = m.writePtr(1, size);
  if (to < 0) return 0;
  const name = new TextEncoder().encode(m.environment.comm).subarray(0, Math.min(size, COMM_BYTES) - 1);
  m.memory.bytes.fill(0, to, to + size);
  m.memory.bytes.set(name, to);
  return 0;
}

function pair(m: Machine, high: number, low: number): number {
  return m.wide((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

/** Time, randomness, CPU and task: all from the environment. */
export const WORLD_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_ktime_get_ns, (m) => m.wide(m.environment.nowNs())],
  [BPF_FUNC_ktime_get_boot_ns, (m) => m.wide(m.environment.nowNs())],
  [BPF_FUNC_ktime_get_coarse_ns, (m) => m.wide((m.environment.nowNs() / JIFFY_NS) * JIFFY_NS)],
  [BPF_FUNC_ktime_get_tai_ns, (m) => m.wide(m.environment.nowNs() + m.environment.epochNs)],
  [BPF_FUNC_jiffies64, (m) => m.wide(INITIAL_JIFFIES + m.environment.nowNs() / JIFFY_NS)],
  [BPF_FUNC_get_prandom_u32, (m) => m.environment.random() >>> 0],
  [BPF_FUNC_get_smp_processor_id, (m) => m.environment.cpu],
  [BPF_FUNC_get_numa_node_id, (m) => m.environment.numaNode],
  [BPF_FUNC_get_current_pid_tgid, (m) => pair(m, m.environment.tgid, m.environment.pid)],
  [BPF_FUNC_get_current_uid_gid, (m) => pair(m, m.environment.gid, m.environment.uid)],
  [BPF_FUNC_get_current_comm, comm],
  [BPF_FUNC_get_current_cgroup_id, (m) => m.wide(m.environment.cgroupId)],
  // There is no task behind a simulated program; a read through a null pointer fails as a bad address does.
  [BPF_FUNC_get_current_task, () => 0],
  [BPF_FUNC_get_attach_cookie, (m) => m.wide(m.cookie)],
];
