// Where does a link attach its program?
import type { LinkInfo } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { readField } from './attr.ts';
import type { Ffi } from './ffi.ts';
import { query } from './info-query.ts';

const LAYOUT = uapi.BPF_LINK_INFO_LAYOUT;
/** Longest path or name that is asked for, its NUL included. */
const NAME_BYTES = 4096;
/** Fields of a text: where it goes, and how long it may be. */
type TextFields = readonly [pointer: string, size: string];

/** By type of perf event (`BPF_PERF_EVENT_*`): tracepoints, functions, files. */
const PERF_TEXT: Readonly<Record<number, TextFields>> = {
  1: ['perf_event.uprobe.file_name', 'perf_event.uprobe.name_len'],
  2: ['perf_event.uprobe.file_name', 'perf_event.uprobe.name_len'],
  3: ['perf_event.kprobe.func_name', 'perf_event.kprobe.name_len'],
  4: ['perf_event.kprobe.func_name', 'perf_event.kprobe.name_len'],
  5: ['perf_event.tracepoint.tp_name', 'perf_event.tracepoint.name_len'],
};

/**
 * What the kernel tells of a link's place beyond what all links have.
 *
 * @param info `struct bpf_link_info` as it was asked for without room for texts
 */
export function readLinkPlace(ffi: Ffi, fd: number, type: number, info: Uint8Array): Partial<LinkInfo> {
  const number = (name: string): number => readField(LAYOUT, info, name);
  switch (type) {
    case uapi.BPF_LINK_TYPE_XDP:
      return { ifindex: number('xdp.ifindex'), attachType: uapi.BPF_XDP };
    case uapi.BPF_LINK_TYPE_TCX:
    case uapi.BPF_LINK_TYPE_NETKIT:
      return { ifindex: number('tcx.ifindex'), attachType: number('tcx.attach_type') };
    case uapi.BPF_LINK_TYPE_CGROUP:
      return { cgroupId: number('cgroup.cgroup_id'), attachType: number('cgroup.attach_type') };
    case uapi.BPF_LINK_TYPE_NETNS:
      return { netnsIno: number('netns.netns_ino'), attachType: number('netns.attach_type') };
    case uapi.BPF_LINK_TYPE_SOCKMAP:
      return { mapId: number('sockmap.map_id'), attachType: number('sockmap.attach_type') };
    case uapi.BPF_LINK_TYPE_STRUCT_OPS:
      return { mapId: number('struct_ops.map_id') };
    case uapi.BPF_LINK_TYPE_NETFILTER:
      return { attachType: uapi.BPF_NETFILTER };
    case uapi.BPF_LINK_TYPE_KPROBE_MULTI:
      return { count: number('kprobe_multi.count') };
    case uapi.BPF_LINK_TYPE_UPROBE_MULTI:
      return { count: number('uprobe_multi.count'), ...readText(ffi, fd, ['uprobe_multi.path', 'uprobe_multi.path_size']) };
    case uapi.BPF_LINK_TYPE_RAW_TRACEPOINT:
      return readText(ffi, fd, ['raw_tracepoint.tp_name', 'raw_tracepoint.tp_name_len']);
    case uapi.BPF_LINK_TYPE_ITER:
      return { attachType: uapi.BPF_TRACE_ITER, ...readText(ffi, fd, ['iter.target_name', 'iter.target_name_len']) };
    case uapi.BPF_LINK_TYPE_PERF_EVENT: {
      const text = PERF_TEXT[number('perf_event.type')];
      return { attachType: uapi.BPF_PERF_EVENT, ...(text === undefined ? {} : readText(ffi, fd, text)) };
    }
    default:
      return {};
  }
}

/** Asks again, with room for a text. */
function readText(ffi: Ffi, fd: number, [pointer, size]: TextFields): { readonly targetName?: string } {
  const text = new Uint8Array(NAME_BYTES);
  query(ffi, fd, LAYOUT, { [pointer]: ffi.address(text), [size]: text.length });
  const end = text.indexOf(0);
  return end <= 0 ? {} : { targetName: new TextDecoder().decode(text.subarray(0, end)) };
}
