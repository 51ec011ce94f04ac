// What do the kernel's functions for dynptrs do?
import { E2BIG, EINVAL, ERANGE } from '@rootlet/uapi';
import { addressOf, DYNPTR_BYTES, dynptrArgument, isWithin, MOST_BYTES, OVER_FRAME, OVER_SKB, overPacket, setDynptr } from '../dynptr.ts';
import type { HelperBody, Machine } from '../machine.ts';

/** bpf_dynptr_from_skb(skb, flags, dynptr) and the same of a frame. @source BPF_PROG_TEST_RUN on 6.18 */
function fromPacket(over: number, readOnly: boolean): HelperBody {
  return (m) => {
    const at = m.writePtr(3, DYNPTR_BYTES);
    const whole = at < 0 ? undefined : overPacket(m, over, readOnly);
    if (whole === undefined) return 0;
    const answer = m.isNull(2) ? 0 : -EINVAL;
    setDynptr(m, at, answer === 0 ? whole : undefined);
    return answer;
  };
}

/** bpf_dynptr_adjust(dynptr, start, end): keeps what is between two places. */
function adjust(m: Machine): number {
  const dynptr = dynptrArgument(m, 1);
  const at = dynptr === undefined ? -1 : m.writePtr(1, DYNPTR_BYTES);
  if (dynptr === undefined || at < 0) return 0;
  const [start, end] = [m.u32(2), m.u32(3)];
  if (dynptr.over === 0 || start > end) return -EINVAL;
  if (start > dynptr.size || end > dynptr.size) return -ERANGE;
  setDynptr(m, at, { ...dynptr, skipped: dynptr.skipped + start, size: end - start });
  return 0;
}

/** bpf_dynptr_clone(dynptr, clone) */
function clone(m: Machine): number {
  const dynptr = dynptrArgument(m, 1);
  const at = dynptr === undefined ? -1 : m.writePtr(2, DYNPTR_BYTES);
  if (dynptr === undefined || at < 0) return 0;
  setDynptr(m, at, dynptr);
  return dynptr.over === 0 ? -EINVAL : 0;
}

/** bpf_dynptr_slice(dynptr, offset, buffer, size): packets lie in one piece here, so the buffer is never needed. */
function slice(m: Machine, write: boolean): number {
  const dynptr = dynptrArgument(m, 1);
  if (dynptr === undefined || dynptr.over === 0 || (write && dynptr.readOnly)) return 0;
  const [offset, size] = [m.u32(2), m.u32(4)];
  return isWithin(dynptr, offset, size) ? Math.max(0, addressOf(m, dynptr, offset, size)) : 0;
}

/** bpf_dynptr_copy(to, offset, from, offset, size): as if through a copy of what is read. */
function copy(m: Machine): number {
  const [to, from] = [dynptrArgument(m, 1), dynptrArgument(m, 3)];
  if (to === undefined || from === undefined) return 0;
  const [toOffset, fromOffset, size] = [m.u32(2), m.u32(4), m.u32(5)];
  const [toFits, fromFits] = [isWithin(to, toOffset, size), isWithin(from, fromOffset, size)];
  // What cannot be written is said first where there is something to write, else what does not fit.
  if (from.over !== 0 && fromFits && (to.over === 0 || to.readOnly)) return -EINVAL;
  if (!toFits || !fromFits) return -E2BIG;
  if (from.over === 0) return to.over === 0 || to.readOnly ? 0 : -EINVAL;
  const [target, source] = [addressOf(m, to, toOffset, size), addressOf(m, from, fromOffset, size)];
  if (target < 0 || source < 0) return -E2BIG;
  if (!m.memory.isReadable(source, size)) return m.badAccess(false, source, 0, size);
  if (!m.memory.isWritable(target, size)) return m.badAccess(true, target, 0, size);
  m.memory.bytes.copyWithin(target, source, source + size);
  return 0;
}

/** bpf_dynptr_memset(dynptr, offset, size, byte) */
function memset(m: Machine): number {
  const dynptr = dynptrArgument(m, 1);
  if (dynptr === undefined) return 0;
  const [offset, size] = [m.u32(2), m.u32(3)];
  if (dynptr.readOnly) return -EINVAL;
  if (!isWithin(dynptr, offset, size)) return -E2BIG;
  if (dynptr.over === 0) return 0;
  const target = addressOf(m, dynptr, offset, size);
  if (target < 0) return -E2BIG;
  if (!m.memory.isWritable(target, size)) return m.badAccess(true, target, 0, size);
  m.memory.bytes.fill(m.u32(4) & 0xff, target, target + size);
  return 0;
}

/** Asks something of a dynptr. */
function ask(question: (dynptr: NonNullable<ReturnType<typeof dynptrArgument>>) => number): HelperBody {
  return (m) => {
    const dynptr = dynptrArgument(m, 1);
    return dynptr === undefined ? 0 : question(dynptr);
  };
}

/** By name; with `_rdonly` what the kernel puts in place of a function for programs that may not write packets. */
export const DYNPTR_KFUNCS: readonly (readonly [name: string, body: HelperBody])[] = [
  ['bpf_dynptr_from_skb', fromPacket(OVER_SKB, false)],
  ['bpf_dynptr_from_skb_rdonly', fromPacket(OVER_SKB, true)],
  ['bpf_dynptr_from_xdp', fromPacket(OVER_FRAME, false)],
  ['bpf_dynptr_adjust', adjust],
  ['bpf_dynptr_clone', clone],
  ['bpf_dynptr_slice', (m) => slice(m, false)],
  ['bpf_dynptr_slice_rdwr', (m) => slice(m, true)],
  ['bpf_dynptr_copy', copy],
  ['bpf_dynptr_memset', memset],
  ['bpf_dynptr_size', ask(({ over, size }) => (over === 0 ? -EINVAL : size & MOST_BYTES))],
  ['bpf_dynptr_is_null', ask(({ over }) => Number(over === 0))],
  ['bpf_dynptr_is_rdonly', ask(({ readOnly }) => Number(readOnly))],
];
