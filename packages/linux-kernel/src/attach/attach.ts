// Which family attaches which kind?
import type { AttachRequest } from '@rootlet/loader';
import { attachKprobe, attachKprobeMulti, attachKsyscall } from './kprobe.ts';
import type { AttachHost } from './host.ts';
import { attachIter, attachNetfilter, attachOrdered, attachToFd, attachXdp } from './link.ts';
import { attachPerfEvent, attachTracepoint } from './perf.ts';
import { attachRawTracepoint, attachTrace } from './trace.ts';
import { attachUprobe, attachUprobeMulti } from './uprobe.ts';
import { attachUsdt } from './usdt.ts';
import type { UsdtMaps } from './usdt.ts';

/** Attaches a program. @returns fd that holds the attachment. @throws KernelError named by the kind */
export function attachProgram(host: AttachHost, usdt: UsdtMaps, request: AttachRequest): number {
  const { progFd } = request;
  switch (request.kind) {
    case 'xdp':
      return attachXdp(host, progFd, request);
    case 'tcx':
    case 'netkit':
    case 'cgroup':
      return attachOrdered(host, progFd, request);
    case 'netns':
    case 'sockmap':
      return attachToFd(host, progFd, request);
    case 'netfilter':
      return attachNetfilter(host, progFd, request);
    case 'iter':
      return attachIter(host, progFd, request);
    case 'trace':
      return attachTrace(host, progFd, request);
    case 'raw_tracepoint':
      return attachRawTracepoint(host, progFd, request);
    case 'perf_event':
      return attachPerfEvent(host, progFd, request);
    case 'tracepoint':
      return attachTracepoint(host, progFd, request);
    case 'kprobe':
      return attachKprobe(host, progFd, request);
    case 'ksyscall':
      return attachKsyscall(host, progFd, request);
    case 'kprobe_multi':
      return attachKprobeMulti(host, progFd, request);
    case 'uprobe':
      return attachUprobe(host, progFd, request);
    case 'uprobe_multi':
      return attachUprobeMulti(host, progFd, request);
    case 'usdt':
      return attachUsdt(host, usdt, progFd, request);
  }
}
