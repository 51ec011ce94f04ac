// What do the kernel's functions for strings find?
import { E2BIG, EFAULT, ENOENT, ERANGE } from '@rootlet/uapi';
import type { HelperBody, Machine } from '../machine.ts';

/** Longest string that is looked at. @source Linux: XATTR_SIZE_MAX */
const LONGEST = 65536;
/** The upper half of the least address of the kernel, signed. */
const KERNEL_HALF = -0x8000;
const BIT_OF_CASE = 0x20;

/** A string somewhere in memory, which may be no string: `at()` answers with an error then. */
class Text {
  readonly #m: Machine;
  readonly #at: number;
  readonly #isAddress: boolean;
  readonly #isKernel: boolean;

  /** @param n the argument that points to it */
  constructor(m: Machine, n: number) {
    this.#m = m;
    this.#at = m.u32(n);
    const high = m.regs[2 * n + 1] ?? 0;
    this.#isAddress = high === 0 && m.memory.isReadable(this.#at, 1);
    this.#isKernel = high >= KERNEL_HALF && high < 0;
  }

  /** What is wrong with where it begins; 0 when nothing is. */
  get error(): number {
    if (this.#isAddress) return 0;
    return this.#isKernel ? -EFAULT : -ERANGE;
  }

  /** A byte of it, or an error below 0. */
  at(idx: number): number {
    const place = this.#at + idx;
    return this.#m.memory.isReadable(place, 1) ? (this.#m.memory.bytes[place] as number) : -EFAULT;
  }
}

/** Index of the first byte for which `found` says so, before `count`; otherwise `missing`, told the index of the end. */
function search(text: Text, count: number, found: (byte: number) => boolean, missing: (end: number) => number): number {
  if (text.error < 0) return text.error;
  for (let idx = 0; idx < LONGEST; idx++) {
    if (idx >= count) return missing(idx);
    const byte = text.at(idx);
    if (byte < 0) return byte;
    if (found(byte)) return idx;
    if (byte === 0) return missing(idx);
  }
  return -E2BIG;
}

const absent = (): number => -ENOENT;

/** A count of 64 bits; what is longer than every string is as good as endless. */
function countOf(m: Machine, n: number): number {
  return m.u64(n) > BigInt(LONGEST) ? Infinity : m.u32(n);
}

/** bpf_strcmp(s1, s2), bpf_strcasecmp(s1, s2) @returns 0, -1 or 1 */
function compare(fold: (byte: number) => number): HelperBody {
  return (m) => {
    const [a, b] = [new Text(m, 1), new Text(m, 2)];
    if (a.error < 0 || b.error < 0) return a.error < 0 ? a.error : b.error;
    for (let idx = 0; idx < LONGEST; idx++) {
      const [left, right] = [a.at(idx), b.at(idx)];
      if (left < 0 || right < 0) return left < 0 ? left : right;
      const [x, y] = [fold(left), fold(right)];
      if (x !== y) return x < y ? -1 : 1;
      if (left === 0) return 0;
    }
    return -E2BIG;
  };
}

function lower(byte: number): number {
  const isUpper = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0xc0 && byte <= 0xde && byte !== 0xd7);
  return isUpper ? byte | BIT_OF_CASE : byte;
}

/** bpf_strrchr(s, c): the last one. */
function last(m: Machine): number {
  const text = new Text(m, 1);
  const wanted = m.u32(2) & 0xff;
  let place = -ENOENT;
  const end = search(text, Infinity, (byte) => byte === 0, absent);
  for (let idx = 0; idx <= end; idx++) if (text.at(idx) === wanted) place = idx;
  return end < 0 ? end : place;
}

/** bpf_strspn(s, accept), bpf_strcspn(s, reject): how many bytes at the beginning are of a set, or are not. */
function span(accepted: boolean): HelperBody {
  return (m) => {
    const [text, set] = [new Text(m, 1), new Text(m, 2)];
    if (text.error < 0 || set.error < 0) return text.error < 0 ? text.error : set.error;
    for (let idx = 0; idx < LONGEST; idx++) {
      const byte = text.at(idx);
      if (byte <= 0) return byte < 0 ? byte : idx;
      const place = search(set, Infinity, (one) => one === byte, absent);
      if (place < 0 && place !== -ENOENT) return place;
      if ((place >= 0) !== accepted) return idx;
    }
    return -E2BIG;
  };
}

/** bpf_strstr(s1, s2), bpf_strnstr(s1, s2, len): where the second stands in the first. */
function find(m: Machine, count: number): number {
  const [text, part] = [new Text(m, 1), new Text(m, 2)];
  if (text.error < 0 || part.error < 0) return text.error < 0 ? text.error : part.error;
  for (let idx = 0; idx < LONGEST; idx++) {
    for (let at = 0; ; at++) {
      if (at >= LONGEST) return -E2BIG;
      const wanted = part.at(at);
      if (wanted < 0) return wanted;
      if (wanted === 0) return idx;
      if (idx + at >= count) return -ENOENT;
      const byte = text.at(idx + at);
      if (byte < 0) return byte;
      if (byte === 0) return -ENOENT;
      if (byte !== wanted) break;
    }
  }
  return -E2BIG;
}

/** By name. @source BPF_PROG_TEST_RUN on 6.18 */
export const STRING_KFUNCS: readonly (readonly [name: string, body: HelperBody])[] = [
  ['bpf_strcmp', compare((byte) => byte)],
  ['bpf_strcasecmp', compare(lower)],
  ['bpf_strlen', (m) => search(new Text(m, 1), Infinity, () => false, (end) => end)],
  ['bpf_strnlen', (m) => search(new Text(m, 1), countOf(m, 2), () => false, (end) => end)],
  ['bpf_strchr', (m) => search(new Text(m, 1), Infinity, (byte) => byte === (m.u32(2) & 0xff), absent)],
  ['bpf_strchrnul', (m) => search(new Text(m, 1), Infinity, (byte) => byte === (m.u32(2) & 0xff), (end) => end)],
  ['bpf_strnchr', (m) => search(new Text(m, 1), countOf(m, 2), (byte) => byte === (m.u32(3) & 0xff), absent)],
  ['bpf_strrchr', last],
  ['bpf_strspn', span(true)],
  ['bpf_strcspn', span(false)],
  ['bpf_strstr', (m) => find(m, Infinity)],
  ['bpf_strnstr', (m) => find(m, countOf(m, 3))],
];
