// How does a program come to run when a perf event happens?
import { KernelError } from '@rootlet/loader';
import type { PerfEventRequest, ProbeMode, TracepointRequest } from '@rootlet/loader';
import { BPF_ATTR_LINK_CREATE_LAYOUT, BPF_LINK_CREATE, BPF_PERF_EVENT, EINVAL, EOPNOTSUPP } from '@rootlet/uapi';
import type { AttachHost } from './host.ts';
import { readTracepointId } from './tracefs.ts';

const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_EVENT_IOC_DISABLE = 0x2401;
const PERF_EVENT_IOC_SET_BPF = 0x4004_2408;
const PERF_TYPE_TRACEPOINT = 2;
/** `PERF_ATTR_SIZE_VER5`, since 4.1. */
const PERF_ATTR_BYTES = 112;
const PERF_SAMPLE_RAW = 1n << 10n;

/** What of `struct perf_event_attr` is used. @source include/uapi/linux/perf_event.h */
export interface PerfAttr {
  readonly type: number;
  readonly config: bigint;
  /** An address, or a pointer to a name. */
  readonly config1?: bigint;
  readonly config2?: bigint;
  readonly samplePeriod?: bigint;
  readonly sampleType?: bigint;
}

/**
 * Opens a perf event of one process, or of all. Events that programs are attached to happen wherever the probe is hit: the
 * CPU is only a place to be at.
 *
 * @param pid 0 is this process, -1 all
 * @returns fd, or the negative errno
 */
export function openPerfEvent(host: AttachHost, attr: PerfAttr, pid: number): number {
  const bytes = new Uint8Array(PERF_ATTR_BYTES);
  const data = new DataView(bytes.buffer);
  data.setUint32(0, attr.type, true);
  data.setUint32(4, PERF_ATTR_BYTES, true);
  data.setBigUint64(8, attr.config, true);
  data.setBigUint64(16, attr.samplePeriod ?? 0n, true);
  data.setBigUint64(24, attr.sampleType ?? 0n, true);
  data.setBigUint64(56, attr.config1 ?? 0n, true);
  data.setBigUint64(64, attr.config2 ?? 0n, true);
  return host.ffi.perfEventOpen(bytes, pid < 0 ? -1 : pid, pid < 0 ? 0 : -1);
}

/**
 * Attaches a program to a perf event and lets the event happen. The link holds the event, so `perfFd` is closed. Kernels
 * before 5.15 have no such links: there the perf event is the attachment.
 *
 * @param perfFd taken over, also on failure
 * @returns fd that holds the attachment
 */
export function attachPerfFd(host: AttachHost, operation: string, progFd: number, perfFd: number, cookie?: bigint, mode?: ProbeMode): number {
  try {
    if (mode === undefined || mode === 'link') {
      const fields = { prog_fd: progFd, target_fd: perfFd, attach_type: BPF_PERF_EVENT, 'perf_event.bpf_cookie': cookie };
      const linkFd = host.tryBpf(BPF_LINK_CREATE, BPF_ATTR_LINK_CREATE_LAYOUT, fields);
      if (linkFd >= 0) return enable(host, operation, linkFd, perfFd);
      if (linkFd !== -EINVAL || mode === 'link') throw new KernelError(operation, -linkFd, 'the link is refused');
    }
    if (cookie !== undefined) throw new KernelError(operation, EOPNOTSUPP, 'a perf event without a link has no cookie');
    host.need(operation, 'the perf event takes no program', host.ffi.ioctl(perfFd, PERF_EVENT_IOC_SET_BPF, progFd));
    host.need(operation, 'the perf event cannot be enabled', host.ffi.ioctl(perfFd, PERF_EVENT_IOC_ENABLE, 0));
    return perfFd;
  } catch (error) {
    host.close(perfFd);
    throw error;
  }
}

function enable(host: AttachHost, operation: string, linkFd: number, perfFd: number): number {
  const result = host.ffi.ioctl(perfFd, PERF_EVENT_IOC_ENABLE, 0);
  if (result < 0) {
    host.close(linkFd);
    throw new KernelError(operation, -result, 'the perf event cannot be enabled');
  }
  host.close(perfFd);
  return linkFd;
}

/** A perf event that the caller opened, and keeps. */
export function attachPerfEvent(host: AttachHost, progFd: number, { perfFd, cookie }: PerfEventRequest): number {
  const operation = 'attach perf event';
  const own = host.need(operation, `fd ${perfFd}`, host.ffi.dup(perfFd));
  const fd = attachPerfFd(host, operation, progFd, own, cookie);
  // An event that outlives the attachment must not run the program.
  if (fd === own) host.onClose(fd, () => host.ffi.ioctl(perfFd, PERF_EVENT_IOC_DISABLE, 0));
  return fd;
}

export function attachTracepoint(host: AttachHost, progFd: number, { category, name, cookie }: TracepointRequest): number {
  const operation = 'attach tracepoint';
  const id = readTracepointId(operation, category, name);
  return attachPerfFd(host, operation, progFd, openTracepoint(host, operation, `'${category}/${name}'`, id, -1), cookie);
}

/** Opens the perf event of a tracepoint, or of a probe that tracefs made one of. */
export function openTracepoint(host: AttachHost, operation: string, what: string, id: number, pid: number): number {
  const attr = { type: PERF_TYPE_TRACEPOINT, config: BigInt(id), samplePeriod: 1n, sampleType: PERF_SAMPLE_RAW };
  return host.need(operation, what, openPerfEvent(host, attr, pid));
}
