// How do open-coded iterators go on?
import { E2BIG, EINVAL } from '@rootlet/uapi';
import type { HelperBody, Machine } from '../machine.ts';

/** Most numbers that one iterates over. @source Linux: BPF_MAX_LOOPS */
const MOST_NUMBERS = 8 * 1024 * 1024;
/** An iterator over numbers is two of 32 bits: the current one and the end. */
const NUM_BYTES = 8;
/** One over bits is 16 bytes, made up here: number of bits, and the current one, which the program reads. */
const BITS_BYTES = 16;
const [BIT_COUNT_AT, BIT_AT] = [8, 12];
/** Most words of 64 bits. */
const MOST_WORDS = 511;
const WORD_BYTES = 8;

/** bpf_iter_num_new(iter, start, end) */
function newNumbers(m: Machine): number {
  const at = m.writePtr(1, NUM_BYTES);
  if (at < 0) return 0;
  const [start, end] = [m.s32(2), m.s32(3)];
  const answer = start > end ? -EINVAL : end - start > MOST_NUMBERS ? -E2BIG : 0;
  m.memory.data.setInt32(at, answer === 0 ? start - 1 : 0, true);
  m.memory.data.setInt32(at + 4, answer === 0 ? end : 0, true);
  return answer;
}

/** bpf_iter_num_next(iter) @returns where the number is, in the iterator itself; 0 at the end */
function nextNumber(m: Machine): number {
  const at = m.writePtr(1, NUM_BYTES);
  if (at < 0) return 0;
  const { data } = m.memory;
  // The number before the smallest one is the largest.
  const next = (data.getInt32(at, true) + 1) | 0;
  if (next >= data.getInt32(at + 4, true)) return clear(m, at, NUM_BYTES);
  data.setInt32(at, next, true);
  return at;
}

function clear(m: Machine, at: number, size: number): number {
  m.memory.bytes.fill(0, at, at + size);
  return 0;
}

function destroy(size: number): HelperBody {
  return (m) => {
    const at = m.writePtr(1, size);
    return at < 0 ? 0 : clear(m, at, size);
  };
}

/** The words that iterators of a machine go over, by the iterator's address: the kernel keeps a copy, too. */
const words = /* @__PURE__ */ new WeakMap<Machine, Map<number, Uint8Array>>();

/** bpf_iter_bits_new(iter, words, count) */
function newBits(m: Machine): number {
  const at = m.writePtr(1, BITS_BYTES);
  if (at < 0) return 0;
  clear(m, at, BITS_BYTES);
  const count = m.u32(3);
  if (count === 0) return -EINVAL;
  if (count > MOST_WORDS) return -E2BIG;
  const from = m.readPtr(2, count * WORD_BYTES);
  if (from < 0) return 0;
  const kept = words.get(m) ?? new Map<number, Uint8Array>();
  words.set(m, kept.set(at, m.memory.bytes.slice(from, from + count * WORD_BYTES)));
  m.memory.data.setUint32(at + BIT_COUNT_AT, count * WORD_BYTES * 8, true);
  m.memory.data.setInt32(at + BIT_AT, -1, true);
  return 0;
}

/** bpf_iter_bits_next(iter) @returns where the number of the next bit that is set is; 0 at the end */
function nextBit(m: Machine): number {
  const at = m.writePtr(1, BITS_BYTES);
  if (at < 0) return 0;
  const { data } = m.memory;
  const count = data.getUint32(at + BIT_COUNT_AT, true);
  const bits = words.get(m)?.get(at);
  for (let bit = data.getInt32(at + BIT_AT, true) + 1; bits !== undefined && bit < count; bit++) {
    if ((((bits[bit >> 3] as number) >> (bit & 7)) & 1) === 0) continue;
    data.setInt32(at + BIT_AT, bit, true);
    return at + BIT_AT;
  }
  data.setUint32(at + BIT_COUNT_AT, 0, true);
  return 0;
}

/** By name. */
export const ITER_KFUNCS: readonly (readonly [name: string, body: HelperBody])[] = [
  ['bpf_iter_num_new', newNumbers],
  ['bpf_iter_num_next', nextNumber],
  ['bpf_iter_num_destroy', destroy(NUM_BYTES)],
  ['bpf_iter_bits_new', newBits],
  ['bpf_iter_bits_next', nextBit],
  ['bpf_iter_bits_destroy', destroy(BITS_BYTES)],
];
