// How do programs use memory whose size only the run tells?
import {
  BPF_F_INVALIDATE_HASH,
  BPF_F_RECOMPUTE_CSUM,
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
  EFAULT,
  EINVAL,
} from '@rootlet/uapi';
import { addressOf, DYNPTR_BYTES, dynptrArgument, isWithin, MOST_BYTES, OVER_FRAME, OVER_MEMORY, OVER_SKB, overMemory, setDynptr } from '../dynptr.ts';
import type { Machine } from '../machine.ts';
import { UserRingbufMap } from '../maps/user-ringbuf.ts';
import { functionArgument, mapArgument } from './map.ts';
import { finishRecord, ringbufArgument } from './output.ts';
import type { HelperRow } from './row.ts';

/** Most samples that one call drains. */
const MAX_USER_SAMPLES = 128 * 1024;
/** What a write to a socket buffer may ask for, besides. */
const SKB_FLAGS = BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH;

/** Argument `n`, an offset, or more than any dynptr has. */
function offsetArgument(m: Machine, n: number): number {
  return m.regs[2 * n + 1] === 0 ? m.u32(n) : Infinity;
}

function fromMem(m: Machine): number {
  const at = m.writePtr(4, DYNPTR_BYTES);
  if (at < 0) return 0;
  const size = m.u32(2);
  const answer = size > MOST_BYTES ? -E2BIG : m.isNull(3) ? 0 : -EINVAL;
  setDynptr(m, at, answer === 0 ? overMemory(m.u32(1), size) : undefined);
  return answer;
}

/** bpf_dynptr_read(dst, len, src, offset, flags). */
function read(m: Machine): number {
  const source = dynptrArgument(m, 3);
  const length = m.u32(2);
  const to = source === undefined ? -1 : m.writePtr(1, length);
  if (source === undefined || to < 0) return 0;
  if (source.over === 0 || !m.isNull(5)) return -EINVAL;
  const offset = offsetArgument(m, 4);
  if (!isWithin(source, offset, length)) return -E2BIG;
  const from = addressOf(m, source, offset, length);
  if (from < 0) return source.over === OVER_FRAME ? -EINVAL : -EFAULT;
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
  const flags = m.u32(5) & (target.over === OVER_SKB ? ~SKB_FLAGS : ~0);
  if (target.over === 0 || target.readOnly || flags !== 0 || m.regs[11] !== 0) return -EINVAL;
  const offset = offsetArgument(m, 2);
  if (!isWithin(target, offset, length)) return -E2BIG;
  const to = addressOf(m, target, offset, length);
  if (to < 0) return target.over === OVER_FRAME ? -EINVAL : -EFAULT;
  if (!m.memory.isWritable(to, length)) return m.badAccess(true, to, 0, length);
  m.memory.bytes.copyWithin(to, from, from + length);
  return 0;
}

/** bpf_dynptr_data(dynptr, offset, len): of packets only slices can be had. */
function data(m: Machine): number {
  const dynptr = dynptrArgument(m, 1);
  if (dynptr === undefined || dynptr.over !== OVER_MEMORY || dynptr.readOnly) return 0;
  const offset = offsetArgument(m, 2);
  return isWithin(dynptr, offset, m.u32(3)) ? addressOf(m, dynptr, offset, m.u32(3)) : 0;
}

/** bpf_ringbuf_reserve_dynptr(ringbuf, size, flags, dynptr): also one without memory must be submitted or discarded. */
function reserve(m: Machine): number {
  const map = ringbufArgument(m);
  const at = map === undefined ? -1 : m.writePtr(4, DYNPTR_BYTES);
  if (map === undefined || at < 0) return 0;
  const size = m.u32(2);
  setDynptr(m, at);
  if (!m.isNull(3)) return -EINVAL;
  if (size > MOST_BYTES) return -E2BIG;
  const address = map.reserve(size);
  if (address === 0) return -EINVAL;
  setDynptr(m, at, overMemory(address, size));
  return 0;
}

function finish(m: Machine, discard: boolean): number {
  const dynptr = dynptrArgument(m, 1);
  const at = dynptr === undefined ? -1 : m.writePtr(1, DYNPTR_BYTES);
  if (dynptr === undefined || at < 0 || dynptr.over === 0) return 0;
  setDynptr(m, at);
  return finishRecord(m, dynptr.base, discard);
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
        setDynptr(m, map.dynptrAddress, overMemory(sample.address, sample.bytes.length));
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
