// How are programs attached whose place was named when they were loaded, or that a raw tracepoint calls?
import type { RawTracepointRequest, TraceRequest } from '@rootlet/loader';
import {
  BPF_ATTR_LINK_CREATE_LAYOUT,
  BPF_ATTR_RAW_TRACEPOINT_LAYOUT,
  BPF_LINK_CREATE,
  BPF_RAW_TRACEPOINT_OPEN,
  EINVAL,
} from '@rootlet/uapi';
import type { AttachHost } from './host.ts';

/**
 * fentry, fexit, fmod_ret, tp_btf, LSM and freplace. Kernels before 5.18 attach them as raw tracepoints without a name, and
 * know no cookies.
 */
export function attachTrace(host: AttachHost, progFd: number, { attachType, cookie }: TraceRequest): number {
  const fields = { prog_fd: progFd, attach_type: attachType, 'tracing.cookie': cookie };
  const result = host.tryBpf(BPF_LINK_CREATE, BPF_ATTR_LINK_CREATE_LAYOUT, fields);
  if (result !== -EINVAL || cookie !== undefined) return host.need('attach trace', 'refused', result);
  return host.bpf('attach trace', 'refused', BPF_RAW_TRACEPOINT_OPEN, BPF_ATTR_RAW_TRACEPOINT_LAYOUT, { prog_fd: progFd });
}

export function attachRawTracepoint(host: AttachHost, progFd: number, { name, cookie }: RawTracepointRequest): number {
  const text = host.text(name);
  const fields = { prog_fd: progFd, name: host.ffi.address(text), cookie };
  return host.bpf('attach raw tracepoint', `'${name}'`, BPF_RAW_TRACEPOINT_OPEN, BPF_ATTR_RAW_TRACEPOINT_LAYOUT, fields);
}
