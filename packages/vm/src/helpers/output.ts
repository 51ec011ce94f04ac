// How do programs send records to their user?
import {
  BPF_F_CURRENT_CPU,
  BPF_F_INDEX_MASK,
  BPF_FUNC_perf_event_output,
  BPF_FUNC_ringbuf_discard,
  BPF_FUNC_ringbuf_output,
  BPF_FUNC_ringbuf_query,
  BPF_FUNC_ringbuf_reserve,
  BPF_FUNC_ringbuf_submit,
  BPF_FUNC_skb_output,
  BPF_FUNC_xdp_output,
  BPF_RB_AVAIL_DATA,
  BPF_RB_CONS_POS,
  BPF_RB_FORCE_WAKEUP,
  BPF_RB_NO_WAKEUP,
  BPF_RB_PROD_POS,
  BPF_RB_RING_SIZE,
  E2BIG,
  EFAULT,
  EINVAL,
  ENOENT,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import { PerfEventArrayMap } from '../maps/events.ts';
import { RingbufMap } from '../maps/ringbuf.ts';
import { mapArgument } from './map.ts';
import type { HelperRow } from './row.ts';

const RINGBUF_FLAGS = BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP;

/** Argument 1 as a ring buffer; undefined after setting a fault. */
export function ringbufArgument(m: Machine): RingbufMap | undefined {
  const map = mapArgument(m, 1);
  if (map === undefined || map instanceof RingbufMap) return map;
  m.stop('argument', 'argument 1 is no ring buffer');
  return undefined;
}

function reserve(m: Machine): number {
  const map = ringbufArgument(m);
  if (map === undefined || !m.isNull(3) || m.regs[5] !== 0) return 0;
  return map.reserve(m.u32(2));
}

/** Submits or discards the record that was reserved at an address. */
export function finishRecord(m: Machine, address: number, discard: boolean): number {
  for (const map of m.handles.all()) {
    if (map instanceof RingbufMap && map.commit(address, discard)) return 0;
  }
  return m.stop('argument', 'argument 1 is no reserved record');
}

function output(m: Machine): number {
  const map = ringbufArgument(m);
  if (map === undefined) return 0;
  const size = m.u32(3);
  const from = m.readPtr(2, size);
  if (from < 0) return 0;
  return (m.u32(4) & ~RINGBUF_FLAGS) !== 0 || m.regs[9] !== 0 ? -EINVAL : map.output(from, size);
}

function query(m: Machine): number {
  const map = ringbufArgument(m);
  if (map === undefined || m.regs[5] !== 0) return 0;
  switch (m.u32(2)) {
    case BPF_RB_AVAIL_DATA:
      return map.available;
    case BPF_RB_RING_SIZE:
      return map.attr.maxEntries;
    case BPF_RB_CONS_POS:
      return map.consumerPosition;
    case BPF_RB_PROD_POS:
      return map.producerPosition;
    default:
      return 0;
  }
}

/** bpf_perf_event_output(ctx, map, flags, data, size): bits 32 to 51 of flags append that much of the packet. */
function perfOutput(m: Machine): number {
  const map = mapArgument(m, 2);
  if (map === undefined) return 0;
  if (!(map instanceof PerfEventArrayMap)) return m.stop('argument', 'argument 2 is no perf event array');
  const size = m.u32(5);
  const from = m.readPtr(4, size);
  if (from < 0) return 0;
  const index = m.u32(3) === BPF_F_CURRENT_CPU ? m.environment.cpu : (m.u32(3) & BPF_F_INDEX_MASK) >>> 0;
  if (m.regs[7]! >>> 0 > 0xf_ffff) return -EINVAL;
  if (index >= map.attr.maxEntries) return -E2BIG;
  const appended = m.regs[7]!;
  const packet = m.context?.packet;
  if (appended > 0 && (packet === undefined || appended > packet.length)) return -EFAULT;
  const record = new Uint8Array(size + appended);
  record.set(m.memory.bytes.subarray(from, from + size));
  if (appended > 0 && packet !== undefined) record.set(m.memory.bytes.subarray(packet.data, packet.data + appended), size);
  if (index >= m.environment.cpus) return -ENOENT;
  map.output(index, record);
  return 0;
}

/** Ring buffers and perf events. */
export const OUTPUT_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_ringbuf_reserve, reserve],
  [BPF_FUNC_ringbuf_submit, (m) => finishRecord(m, m.u32(1), false)],
  [BPF_FUNC_ringbuf_discard, (m) => finishRecord(m, m.u32(1), true)],
  [BPF_FUNC_ringbuf_output, output],
  [BPF_FUNC_ringbuf_query, query],
  [BPF_FUNC_perf_event_output, perfOutput],
  [BPF_FUNC_skb_output, perfOutput],
  [BPF_FUNC_xdp_output, perfOutput],
];
