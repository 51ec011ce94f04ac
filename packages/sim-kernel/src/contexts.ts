// Which context does a program of each type start with?
import { KernelError } from '@rootlet/loader';
import type { TestRunOptions } from '@rootlet/loader';
import {
  BPF_PROG_TYPE_CGROUP_SKB,
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_LWT_IN,
  BPF_PROG_TYPE_LWT_OUT,
  BPF_PROG_TYPE_LWT_XMIT,
  BPF_PROG_TYPE_RAW_TRACEPOINT,
  BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
  BPF_PROG_TYPE_SCHED_ACT,
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_SK_SKB,
  BPF_PROG_TYPE_SOCKET_FILTER,
  BPF_PROG_TYPE_TRACING,
  BPF_PROG_TYPE_XDP,
  E2BIG,
  EINVAL,
  findField,
  SK_BUFF_LAYOUT,
  XDP_MD_LAYOUT,
} from '@rootlet/uapi';
import type { ContextInput, VmContext } from '@rootlet/vm';

const ETH_HLEN = 14;
/** Given when nothing is: Linux wants at least an Ethernet header, so does a run without input. */
const DEFAULT_PACKET = 64;
const MAX_PACKET = 0xffff;
const XDP_MD_BYTES = 24;
const SK_BUFF_BYTES = 192;
const PT_REGS_BYTES = 168;
const RAW_ARGS_BYTES = 12 * 8;
const MAX_CONTEXT = 0x1_0000;
/** Context of types whose struct the caller did not give. */
const OTHER_BYTES = 512;
/** The loopback interface. */
const LO = 1;

/** Byte offsets in `struct __sk_buff`. */
const SKB = { pktType: 4, protocol: 16, ifindex: 40 } as const;
const PACKET_HOST = 0;
const PACKET_MULTICAST = 2;
const PACKET_OTHERHOST = 3;
/** Smaller "types" in an Ethernet header are lengths. */
const ETH_P_802_3_MIN = 0x0600;
const ETH_P_802_3 = 0x0001;
const ETH_P_802_2 = 0x0004;

/** Types that start at the link layer header; other socket buffer types start behind it. */
const FROM_LINK_LAYER = new Set<number>([
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_SCHED_ACT,
]);

const SOCKET_BUFFER = new Set<number>([
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_SCHED_ACT,
  BPF_PROG_TYPE_SOCKET_FILTER,
  BPF_PROG_TYPE_CGROUP_SKB,
  BPF_PROG_TYPE_LWT_IN,
  BPF_PROG_TYPE_LWT_OUT,
  BPF_PROG_TYPE_LWT_XMIT,
  BPF_PROG_TYPE_SK_SKB,
]);

/** @throws KernelError `EINVAL`, `E2BIG` for input that no such program can get */
export function contextInput(type: number, options: TestRunOptions, operation: string): ContextInput {
  if (type === BPF_PROG_TYPE_XDP) return xdpInput(options, operation);
  if (SOCKET_BUFFER.has(type)) return skbInput(type, options, operation);
  return rawInput(type, options, operation);
}

/** The packet after a run; for XDP its metadata first. */
export function dataOut(context: VmContext): Uint8Array {
  const { packet } = context;
  if (packet === undefined) return new Uint8Array(0);
  if (context.kind === 'xdp') return packet.bytesWithMeta();
  // What was taken off comes back as zeros.
  const bytes = new Uint8Array(context.pulled + packet.length);
  bytes.set(packet.bytes(), context.pulled);
  return bytes;
}

/** The context struct after a run. Addresses of the simulation mean nothing outside: XDP gives offsets, as Linux does, others 0. */
export function contextOut(type: number, context: VmContext): Uint8Array {
  const bytes = context.bytes();
  const layout = type === BPF_PROG_TYPE_XDP ? XDP_MD_LAYOUT : SOCKET_BUFFER.has(type) ? SK_BUFF_LAYOUT : undefined;
  if (layout === undefined) return bytes;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { packet } = context;
  const isXdp = layout === XDP_MD_LAYOUT && packet !== undefined;
  const values = { data: isXdp ? packet.data - packet.meta : 0, data_end: isXdp ? packet.end - packet.meta : 0, data_meta: 0 };
  for (const [name, value] of Object.entries(values)) {
    const field = findField(layout, name);
    if (field !== undefined) data.setUint32(field.byteOff, value, true);
  }
  return bytes;
}

function packetOf(options: TestRunOptions, operation: string): Uint8Array {
  const packet = options.dataIn ?? new Uint8Array(DEFAULT_PACKET);
  if (packet.length < ETH_HLEN || packet.length > MAX_PACKET) {
    throw new KernelError(operation, EINVAL, 'packet', { need: `${ETH_HLEN} to ${MAX_PACKET} bytes`, have: packet.length });
  }
  return packet;
}

/** Copies the caller's struct; what is beyond its end must be zero, as for every struct passed to the kernel. */
function structOf(options: TestRunOptions, size: number, operation: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const given = options.ctxIn;
  if (given === undefined) return bytes;
  if (given.subarray(size).some((byte) => byte !== 0)) throw new KernelError(operation, E2BIG, `context of ${given.length} bytes`);
  bytes.set(given.subarray(0, size));
  return bytes;
}

function xdpInput(options: TestRunOptions, operation: string): ContextInput {
  const packet = packetOf(options, operation);
  const bytes = structOf(options, XDP_MD_BYTES, operation);
  const view = new DataView(bytes.buffer);
  // The caller's data pointers are offsets: data_meta is 0, data the size of the metadata, data_end the size of all.
  const metaSize = view.getUint32(0, true);
  if (options.ctxIn !== undefined) {
    const meta = view.getUint32(8, true);
    const end = view.getUint32(4, true);
    const plain = metaSize === 0 && end === 0;
    if (meta !== 0 || metaSize > packet.length || (!plain && end !== packet.length)) {
      throw new KernelError(operation, EINVAL, 'context: data_meta, data and data_end do not describe the packet');
    }
    if (metaSize % 4 !== 0 || metaSize > 252) throw new KernelError(operation, EINVAL, `context: ${metaSize} bytes of metadata`);
  }
  if (view.getUint32(12, true) === 0) view.setUint32(12, LO, true);
  return { kind: 'xdp', bytes, packet, metaSize };
}

function skbInput(type: number, options: TestRunOptions, operation: string): ContextInput {
  const packet = packetOf(options, operation);
  const bytes = structOf(options, SK_BUFF_BYTES, operation);
  const view = new DataView(bytes.buffer);
  view.setUint16(SKB.protocol, protocolOf(packet), false);
  view.setUint32(SKB.pktType, packetType(packet), true);
  if (view.getUint32(SKB.ifindex, true) === 0) view.setUint32(SKB.ifindex, LO, true);
  const pulled = FROM_LINK_LAYER.has(type) ? 0 : ETH_HLEN;
  return { kind: 'skb', bytes, packet, ...(pulled === 0 ? {} : { pulled }) };
}

/** Runs are on the loopback interface, whose address and broadcast address are zeros. */
function packetType(packet: Uint8Array): number {
  const destination = packet.subarray(0, 6);
  if (destination.every((byte) => byte === 0)) return PACKET_HOST;
  return ((destination[0] as number) & 1) === 0 ? PACKET_OTHERHOST : PACKET_MULTICAST;
}

/** What the link layer says the packet is. */
function protocolOf(packet: Uint8Array): number {
  const type = ((packet[12] as number) << 8) | (packet[13] as number);
  if (type >= ETH_P_802_3_MIN) return type;
  return packet[14] === 0xff && packet[15] === 0xff ? ETH_P_802_3 : ETH_P_802_2;
}

function rawInput(type: number, options: TestRunOptions, operation: string): ContextInput {
  const given = options.ctxIn;
  if (given !== undefined && given.length > MAX_CONTEXT) throw new KernelError(operation, E2BIG, `context of ${given.length} bytes`);
  if (type === BPF_PROG_TYPE_RAW_TRACEPOINT || type === BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE || type === BPF_PROG_TYPE_TRACING) {
    return { kind: 'raw', bytes: structOf(options, RAW_ARGS_BYTES, operation) };
  }
  const size = type === BPF_PROG_TYPE_KPROBE ? PT_REGS_BYTES : Math.max(OTHER_BYTES, given?.length ?? 0);
  const bytes = new Uint8Array(Math.max(size, given?.length ?? 0));
  if (given !== undefined) bytes.set(given);
  return { kind: 'raw', bytes };
}
