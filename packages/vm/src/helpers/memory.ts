// How do programs copy memory that they have no checked pointer to, and take strings apart?
import {
  BPF_FUNC_copy_from_user,
  BPF_FUNC_probe_read,
  BPF_FUNC_probe_read_kernel,
  BPF_FUNC_probe_read_kernel_str,
  BPF_FUNC_probe_read_str,
  BPF_FUNC_probe_read_user,
  BPF_FUNC_probe_read_user_str,
  BPF_FUNC_strncmp,
  BPF_FUNC_strtol,
  BPF_FUNC_strtoul,
  EFAULT,
  EINVAL,
  ERANGE,
} from '@rootlet/uapi';
import { decodeUtf8 } from '@rootlet/bytes';
import type { Machine } from '../machine.ts';
import type { HelperRow } from './row.ts';

/** bpf_probe_read(dst, size, unsafe_ptr): a bad source is an error, not a fault, and clears the destination. */
function probeRead(m: Machine): number {
  const size = m.u32(2);
  const to = m.writePtr(1, size);
  if (to < 0) return 0;
  const from = m.u32(3);
  if (m.regs[7] !== 0 || !m.memory.isReadable(from, size)) {
    m.memory.bytes.fill(0, to, to + size);
    return -EFAULT;
  }
  m.memory.bytes.copyWithin(to, from, from + size);
  return 0;
}

function probeReadString(m: Machine): number {
  const size = m.u32(2);
  const to = m.writePtr(1, size);
  if (to < 0) return 0;
  if (size === 0) return 0;
  const { bytes } = m.memory;
  const from = m.u32(3);
  for (let i = 0; i < size; i++) {
    if (m.regs[7] !== 0 || !m.memory.isReadable(from + i, 1)) {
      bytes.fill(0, to, to + size);
      return -EFAULT;
    }
    const byte = bytes[from + i]!;
    bytes[to + i] = byte;
    if (byte === 0) return i + 1;
  }
  bytes[to + size - 1] = 0;
  return size;
}

function compareStrings(m: Machine): number {
  const size = m.u32(2);
  const left = m.readPtr(1, size);
  if (left < 0) return 0;
  const { bytes } = m.memory;
  const right = m.u32(3);
  for (let i = 0; i < size; i++) {
    if (!m.memory.isReadable(right + i, 1)) {
      m.badAccess(false, right + i, 0, 1);
      return 0;
    }
    const a = bytes[left + i]!;
    const b = bytes[right + i]!;
    // Bytes compare as the C strings they are.
    if (a !== b) return a < b ? -1 : 1;
    if (a === 0) return 0;
  }
  return 0;
}

/** bpf_strtol(buf, len, flags, res) and bpf_strtoul. @returns characters consumed, or a negative errno */
function parseNumber(m: Machine, signed: boolean): number {
  const size = m.u32(2);
  const from = m.readPtr(1, size);
  const to = m.writePtr(4, 8);
  if (from < 0 || to < 0) return 0;
  // Nothing is left of what stood there, whatever comes.
  m.memory.data.setBigInt64(to, 0n, true);
  const base = m.u32(3);
  if (m.regs[7] !== 0 || ![0, 8, 10, 16].includes(base) || size === 0) return -EINVAL;
  const text = decodeUtf8(m.memory.bytes.slice(from, from + size));
  let at = /^[ \t\n\v\f\r]*/.exec(text)?.[0].length ?? 0;
  const negative = text[at] === '-';
  if (negative && !signed) return -EINVAL;
  if (negative) at++;
  const prefix = /^0x/i.test(text.slice(at)) && (base === 16 || (base === 0 && /^[0-9a-f]/i.test(text.slice(at + 2))));
  const radix = prefix ? 16 : base !== 0 ? base : text[at] === '0' ? 8 : 10;
  if (prefix) at += 2;
  const first = at;
  let value = 0n;
  for (; at < text.length; at++) {
    const digit = Number.parseInt(text[at] as string, radix);
    if (Number.isNaN(digit)) break;
    value = value * BigInt(radix) + BigInt(digit);
    if (value >> 64n !== 0n) return -ERANGE;
  }
  if (at === first) return -EINVAL;
  const limit = negative ? 1n << 63n : (1n << 63n) - 1n;
  if (signed && value > limit) return -ERANGE;
  m.memory.data.setBigInt64(to, BigInt.asIntN(64, negative ? -value : value), true);
  return at;
}

/** Copies from addresses that may be bad; strings and numbers. */
export const MEMORY_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_probe_read, probeRead],
  [BPF_FUNC_probe_read_kernel, probeRead],
  [BPF_FUNC_probe_read_user, probeRead],
  [BPF_FUNC_copy_from_user, probeRead],
  [BPF_FUNC_probe_read_str, probeReadString],
  [BPF_FUNC_probe_read_kernel_str, probeReadString],
  [BPF_FUNC_probe_read_user_str, probeReadString],
  [BPF_FUNC_strncmp, compareStrings],
  [BPF_FUNC_strtol, (m) => parseNumber(m, true)],
  [BPF_FUNC_strtoul, (m) => parseNumber(m, false)],
];
