// How is a program attached where LINK_CREATE takes the place as it is named?
import type { FdRequest, IterRequest, NetfilterRequest, OrderedRequest, XdpRequest } from '@rootlet/loader';
import { BPF_ATTR_LINK_CREATE_LAYOUT, BPF_LINK_CREATE, BPF_NETFILTER, BPF_TRACE_ITER, BPF_XDP } from '@rootlet/uapi';
import type { AttrFields } from '../attr.ts';
import type { AttachHost } from './host.ts';

/** Bytes of `union bpf_iter_link_info`. */
const ITER_INFO_BYTES = 16;

/** Creates a link. @returns its fd */
export function createLink(host: AttachHost, operation: string, what: string, fields: AttrFields): number {
  return host.bpf(operation, what, BPF_LINK_CREATE, BPF_ATTR_LINK_CREATE_LAYOUT, fields);
}

export function attachXdp(host: AttachHost, progFd: number, { ifindex, flags }: XdpRequest): number {
  const fields = { prog_fd: progFd, target_ifindex: ifindex, attach_type: BPF_XDP, flags };
  return createLink(host, 'attach xdp', `interface ${ifindex}`, fields);
}

/** tcx, netkit, cgroup: several programs, in an order. */
export function attachOrdered(host: AttachHost, progFd: number, request: OrderedRequest): number {
  const { kind, attachType, target, flags, relativeFd, relativeId, expectedRevision } = request;
  const what = kind === 'cgroup' ? `cgroup fd ${target}` : `interface ${target}`;
  return createLink(host, `attach ${kind}`, what, {
    prog_fd: progFd,
    target_fd: target,
    attach_type: attachType,
    flags,
    [`${kind}.relative_fd`]: relativeFd ?? relativeId,
    [`${kind}.expected_revision`]: expectedRevision,
  });
}

/** netns, sockmap. */
export function attachToFd(host: AttachHost, progFd: number, { kind, attachType, targetFd }: FdRequest): number {
  const fields = { prog_fd: progFd, target_fd: targetFd, attach_type: attachType };
  return createLink(host, `attach ${kind}`, `fd ${targetFd}`, fields);
}

export function attachNetfilter(host: AttachHost, progFd: number, { pf, hooknum, priority, flags }: NetfilterRequest): number {
  return createLink(host, 'attach netfilter', `protocol family ${pf}, hook ${hooknum}, priority ${priority}`, {
    prog_fd: progFd,
    attach_type: BPF_NETFILTER,
    'netfilter.pf': pf,
    'netfilter.hooknum': hooknum,
    'netfilter.priority': priority,
    'netfilter.flags': flags,
  });
}

/** An iterator. What is walked is said when it is attached. @returns link, to create walks from */
export function attachIter(host: AttachHost, progFd: number, request: IterRequest): number {
  const info = new Uint8Array(ITER_INFO_BYTES);
  const data = new DataView(info.buffer);
  const { mapFd, cgroup, task } = request;
  if (mapFd !== undefined) data.setUint32(0, mapFd, true);
  if (cgroup !== undefined) {
    data.setUint32(0, cgroup.order, true);
    data.setUint32(4, cgroup.fd ?? 0, true);
    data.setBigUint64(8, cgroup.id ?? 0n, true);
  }
  if (task !== undefined) {
    data.setUint32(0, task.tid ?? 0, true);
    data.setUint32(4, task.pid ?? 0, true);
    data.setUint32(8, task.pidFd ?? 0, true);
  }
  const narrowed = mapFd !== undefined || cgroup !== undefined || task !== undefined;
  return createLink(host, 'attach iter', mapFd === undefined ? 'iterator' : `iterator over map fd ${mapFd}`, {
    prog_fd: progFd,
    attach_type: BPF_TRACE_ITER,
    iter_info: narrowed ? host.ffi.address(info) : 0n,
    iter_info_len: narrowed ? info.length : 0,
  });
}
