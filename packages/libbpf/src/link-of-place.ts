// How does a kernel that knows links alone name a place?
import type { AttachPlace, LinkAttr } from '@rootlet/loader';
import { BPF_PERF_EVENT, BPF_TRACE_RAW_TP, BPF_XDP } from '@rootlet/uapi';

/** The link to a place; undefined when only a real kernel has such places. */
export function linkOfPlace(place: AttachPlace): Omit<LinkAttr, 'progFd'> | undefined {
  switch (place.kind) {
    case 'xdp':
      return { attachType: BPF_XDP, targetIfindex: place.ifindex };
    case 'tcx':
      return { attachType: place.attachType, targetIfindex: place.target };
    case 'cgroup':
      return { attachType: place.attachType, targetFd: place.target };
    case 'tracepoint':
      return { attachType: BPF_PERF_EVENT, targetName: `${place.category}/${place.name}`, ...cookieOf(place) };
    case 'kprobe':
      return { attachType: BPF_PERF_EVENT, targetName: place.func, ...cookieOf(place) };
    case 'raw_tracepoint':
      return { attachType: BPF_TRACE_RAW_TP, targetName: place.name, ...cookieOf(place) };
    case 'netkit':
    case 'netns':
    case 'sockmap':
    case 'netfilter':
    case 'trace':
    case 'iter':
    case 'perf_event':
    case 'ksyscall':
    case 'kprobe_multi':
    case 'uprobe':
    case 'uprobe_multi':
    case 'usdt':
      return undefined;
  }
}

function cookieOf({ cookie }: { readonly cookie?: bigint }): { readonly cookie?: bigint } {
  return cookie === undefined ? {} : { cookie };
}
