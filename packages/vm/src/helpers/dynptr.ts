// How do programs use memory whose size only the run tells?
import {
  BPF_FUNC_dynptr_data,
  BPF_FUNC_dynptr_from_mem,
  BPF_FUNC_dynptr_read,
  BPF_FUNC_dynptr_write,
  BPF_FUNC_ringbuf_discard_dynptr,
  BPF_FUNC_ringbuf_reserve_dynptr,
  BPF_FUNC_ringbuf_submit_dynptr,
  BPF_FUNC_user_ringbuf_drain,
  BPF_RB_FORCE_WAKEUP,
  BPF_RB_NO_WAKEUP,
  E2BIG,
  EBUSY,
  EINVAL,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import { UserRingbufMap } from '../maps/user-ringbuf.ts';
import { functionArgument, mapArgument } from './map.ts';
import { finishRecord, ringbufArgument } from './output.ts';
import type { HelperRow } from './row.ts';

/**
 * A dynptr is 16 bytes that only helpers read, made up here: address, bytes, and 8 of nothing. Without memory it is all zeros.
 */
const DYNPTR_BYTES = 16;
/** Most bytes that one describes. */
const MOST_BYTES = 0xff_ffff;
/** Most samples that one call drains. */
const MAX_USER_SAMPLES = 128 * 1024;

interface Dynptr {
  readonly address: number;
  readonly size: number;
}

/** Argument `n` as a dynptr; undefined after setting a fault. */
function dynptrArgument(m: Machine, n: number): Dynptr | undefined {
  const at = m.readPtr(n, DYNPTR_BYTES);
  return at < 0 ? undefined : { address: m.memory.data.getUint32(at, true), size: m.memory.data.getUint32(at + 4, true) };
}

function setDynptr(m: Machine, at: number, address: number, size: number): void {
  m.memory.bytes.fill(0, at, at + DYNPTR_BYTES);
  m.memory.data.setUint32(at, address, true);
  m.memory.data.setUint32(at + 4, size, true);
}

/** Whether argument `n`, an offset, and so many bytes after it are within the memory. */
function isWithin(m: Machine, { size }: Dynptr, n: number, length: number): boolean {
  return m.regs[2 * n + 1] === 0 && m.u32(n) + length <= size;
}

function fromMem(m: Machine): number {
  const at = m.writePtr(4, DYNPTR_BYTES);
  if (at < 0) return 0;
  const size = m.u32(2);
  const answer = size > MOST_BYTES ? -E2BIG : m.isNull(3) ? 0 : -EINVAL;
  setDynptr(m, at, answer === 0 ? m.u32(1) : 0, answer === 0 ? size : 0);
  return answer;
}

/** bpf_dynptr_read(dst, len, src, offset, flags). */
function read(m: Machine): number {
  const source = dynptrArgument(m, 3);
  const length = m.u32(2);
  const to = source === undefined ? -1 : m.writePtr(1, length);
  if (source === undefined || to < 0) return 0;
  if (source.address === 0 || !m.isNull(5)) return -EINVAL;
  if (!isWithin(m, source, 4, length)) return -E2BIG;
  const from = source.address + m.u32(4);
  if (!m.memory.isReadable(from, length)) return m.badAccess(false, from, 0, length);
  m.memory.bytes.copyWithin(to, from, from + length);
  return 0;
}

/** bpf_dynptr_write(dst, offset, src, len, flags). */
function write(m: Machine): number {
  const target = dynptrArgument(m, 1);
  const length = m.u32(4);
  const from = target === undefined ? -1 : m.readPtr(3, length);
  if (target === undefined || from < 0) return 0;
  if (target.address === 0 || !m.isNull(5)) return -EINVAL;
  if (!isWithin(m, target, 2, length)) return -E2BIG;
  const to = target.address + m.u32(2);
  if (!m.memory.isWritable(to, length)) return m.badAccess(true, to, 0, length);
  m.memory.bytes.copyWithin(to, from, from + length);
  return 0;
}

/** bpf_dynptr_data(dynptr, offset, len). */
function data(m: Machine): number {
  const dynptr = dynptrArgument(m, 1);
  if (dynptr === undefined || dynptr.address === 0 || !isWithin(m, dynptr, 2, m.u32(3))) return 0;
  return dynptr.address + m.u32(2);
}

/** bpf_ringbuf_reserve_dynptr(ringbuf, size, flags, dynptr): also one without memory must be submitted or discarded. */
function reserve(m: Machine): number {
  const map = ringbufArgument(m);
  const at = map === undefined ? -1 : m.writePtr(4, DYNPTR_BYTES);
  if (map === undefined || at < 0) return 0;
  const size = m.u32(2);
  setDynptr(m, at, 0, 0);
  if (!m.isNull(3)) return -EINVAL;
  if (size > MOST_BYTES) return -E2BIG;
  const address = map.reserve(size);
  if (address === 0) return -EINVAL;
  setDynptr(m, at, address, size);
  return 0;
}

function finish(m: Machine, discard: boolean): number {
  const dynptr = dynptrArgument(m, 1);
  const at = dynptr === undefined ? -1 : m.writePtr(1, DYNPTR_BYTES);
  if (dynptr === undefined || at < 0 || dynptr.address === 0) return 0;
  setDynptr(m, at, 0, 0);
  return finishRecord(m, dynptr.address, discard);
}

/** bpf_user_ringbuf_drain(map, callback, ctx, flags). @returns samples that the callback got */
function drain(m: Machine): number {
  const map = mapArgument(m, 1);
  const callback = functionArgument(m, 2);
  if (map === undefined || callback === undefined) return 0;
  if (!(map instanceof UserRingbufMap)) return m.stop('argument', 'argument 1 is no user ring buffer');
  const flags = m.u32(4);
  if ((flags & ~(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)) !== 0 || m.regs[9] !== 0) return -EINVAL;
  if (map.busy) return -EBUSY;
  const context = m.u32(3);
  let count = 0;
  map.busy = true;
  try {
    for (let seen = 0, go = true; go && seen < MAX_USER_SAMPLES; seen++) {
      const sample = map.peek();
      if (sample === undefined) break;
      if (sample.state === 'submitted') {
        map.show(sample);
        setDynptr(m, map.dynptrAddress, sample.address, sample.bytes.length);
        go = m.callBack(callback, map.dynptrAddress, context) === 0 && m.fault === undefined;
        map.hide(sample);
        count++;
      }
      map.drop();
    }
  } finally {
    map.busy = false;
  }
  if ((flags & BPF_RB_FORCE_WAKEUP) !== 0 || (count > 0 && (flags & BPF_RB_NO_WAKEUP) === 0)) for (const listener of map.listeners) listener();
  return count;
}

/** Dynptrs over memory and ring buffer records, and the samples of user ring buffers. */
export const DYNPTR_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_dynptr_from_mem, fromMem],
  [BPF_FUNC_dynptr_read, read],
  [BPF_FUNC_dynptr_write, write],
  [BPF_FUNC_dynptr_data, data],
  [BPF_FUNC_ringbuf_reserve_dynptr, reserve],
  [BPF_FUNC_ringbuf_submit_dynptr, (m) => finish(m, false)],
  [BPF_FUNC_ringbuf_discard_dynptr, (m) => finish(m, true)],
  [BPF_FUNC_user_ringbuf_drain, drain],
];
