// Which programs ask a kernel what it can do?
import { assemble } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import * as uapi from '@rootlet/uapi';

/** `return 0`. */
export const RETURN_0: Insns = assemble('r0 = 0\nexit');

/** What a program type wants at load besides its type; types that are absent want nothing. */
export const LOAD_NEEDS: ReadonlyMap<number, { readonly expectedAttachType?: number; readonly insns?: Insns; readonly sleepable?: boolean }> = new Map([
  [uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, { expectedAttachType: uapi.BPF_CGROUP_INET4_CONNECT }],
  [uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT, { expectedAttachType: uapi.BPF_CGROUP_GETSOCKOPT }],
  [uapi.BPF_PROG_TYPE_SK_LOOKUP, { expectedAttachType: uapi.BPF_SK_LOOKUP, insns: assemble('r0 = 1\nexit') }],
  [uapi.BPF_PROG_TYPE_CGROUP_SKB, { expectedAttachType: uapi.BPF_CGROUP_INET_INGRESS }],
  [uapi.BPF_PROG_TYPE_NETFILTER, { expectedAttachType: uapi.BPF_NETFILTER, insns: assemble('r0 = 1\nexit') }],
  [uapi.BPF_PROG_TYPE_SYSCALL, { sleepable: true }],
  [uapi.BPF_PROG_TYPE_TRACING, { expectedAttachType: uapi.BPF_TRACE_FENTRY }],
  [uapi.BPF_PROG_TYPE_LSM, { expectedAttachType: uapi.BPF_LSM_MAC }],
]);

/** Calls a helper with nothing in its arguments: what the verifier says of it tells whether it knows it. */
export function callHelper(helperId: number): Insns {
  return assemble(`call helper#${helperId}\nexit`);
}
