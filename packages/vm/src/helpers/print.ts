// Where does what programs print go?
import { BPF_FUNC_snprintf, BPF_FUNC_trace_printk, BPF_FUNC_trace_vprintk, EINVAL } from '@rootlet/uapi';
import { decodeUtf8 } from '@rootlet/bytes';
import type { Machine } from '../machine.ts';
import { bytesToText, formatPrintk, textToBytes } from './format.ts';
import type { HelperRow } from './row.ts';

/** Longest line that `bpf_trace_printk` prints. */
const TRACE_BYTES = 1024;
/** Most arguments of `bpf_trace_vprintk` and `bpf_snprintf`. */
const MAX_ARGS = 12;

/** The string of `size` bytes at an address, NUL included; undefined when none ends it. */
function formatString(m: Machine, address: number, size: number): string | undefined {
  const bytes = m.memory.copyOut(address, size);
  const end = bytes.indexOf(0);
  return end < 0 ? undefined : bytesToText(bytes.subarray(0, end));
}

function emit(m: Machine, text: string | undefined): number {
  if (text === undefined) return -EINVAL;
  const line = text.slice(0, TRACE_BYTES - 1);
  m.environment.print(decodeUtf8(textToBytes(line.endsWith('\n') ? line.slice(0, -1) : line)));
  return line.length;
}

/** bpf_trace_printk(fmt, fmt_size, …up to three arguments) */
function tracePrintk(m: Machine): number {
  const size = m.u32(2);
  const at = m.readPtr(1, size);
  if (at < 0) return 0;
  const format = formatString(m, at, size);
  return format === undefined ? -EINVAL : emit(m, formatPrintk(m.memory, format, [m.u64(3), m.u64(4), m.u64(5)]));
}

/** Arguments of 8 bytes each; undefined when there are too many or (with a fault) they cannot be read. */
function arrayArguments(m: Machine, n: number): bigint[] | undefined {
  const size = m.u32(n + 1);
  if (size % 8 !== 0 || size > MAX_ARGS * 8) return undefined;
  const at = size === 0 ? 0 : m.readPtr(n, size);
  if (at < 0) return undefined;
  const args: bigint[] = [];
  for (let i = 0; i < size; i += 8) args.push(m.memory.data.getBigUint64(at + i, true));
  return args;
}

/** bpf_trace_vprintk(fmt, fmt_size, data, data_len) */
function traceVprintk(m: Machine): number {
  const size = m.u32(2);
  const at = m.readPtr(1, size);
  if (at < 0) return 0;
  const format = formatString(m, at, size);
  const args = arrayArguments(m, 3);
  return format === undefined || args === undefined ? -EINVAL : emit(m, formatPrintk(m.memory, format, args));
}

/** bpf_snprintf(str, str_size, fmt, data, data_len). @returns bytes of the whole text, NUL included */
function snprintf(m: Machine): number {
  const size = m.u32(2);
  const to = size === 0 ? 0 : m.writePtr(1, size);
  const from = m.u32(3);
  const args = arrayArguments(m, 4);
  if (to < 0 || m.fault !== undefined) return 0;
  if (m.regs[7] !== 0 || !m.memory.isReadable(from, 1)) return m.badAccess(false, m.regs[6]!, m.regs[7]!, 1);
  let end = from;
  while (m.memory.isReadable(end, 1) && m.memory.bytes[end] !== 0) end++;
  const text = args && formatPrintk(m.memory, bytesToText(m.memory.bytes.subarray(from, end)), args);
  if (text === undefined) return -EINVAL;
  const bytes = textToBytes(text);
  if (size > 0) {
    const part = bytes.subarray(0, size - 1);
    m.memory.bytes.set(part, to);
    m.memory.bytes[to + part.length] = 0;
  }
  return bytes.length + 1;
}

/** Printing. */
export const PRINT_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_trace_printk, tracePrintk],
  [BPF_FUNC_trace_vprintk, traceVprintk],
  [BPF_FUNC_snprintf, snprintf],
];
