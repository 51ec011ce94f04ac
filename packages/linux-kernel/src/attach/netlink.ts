// How is rtnetlink spoken to?
import { KernelError } from '@rootlet/loader';
import { EAGAIN, EINVAL } from '@rootlet/uapi';
import type { Ffi } from '../ffi.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_EXT_ACK = 11;
export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_ECHO = 8;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLMSGERR_ATTR_MSG = 1;
const HEADER_BYTES = 16;
const ANSWER_BYTES = 1 << 16;

/** An attribute: its number, and text, a 32-bit number or attributes. */
export type NetlinkAttr = readonly [type: number, value: string | number | readonly NetlinkAttr[]];

/** A message with a fixed part and attributes. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  /** What follows the header: `struct tcmsg`, `struct ifinfomsg`. */
  readonly fixed: Uint8Array;
  readonly attrs: readonly NetlinkAttr[];
}

/** What the kernel answered. */
export interface NetlinkAnswer {
  readonly type: number;
  /** Fixed part and attributes. */
  readonly payload: Uint8Array;
}

/**
 * Asks rtnetlink of the network namespace that this thread is in. The kernel answers before send(2) returns, so nothing waits.
 *
 * @returns the messages before the acknowledgement
 * @throws KernelError with the errno and, where there are any, the words of the kernel
 */
export function askNetlink(ffi: Ffi, operation: string, what: string, message: NetlinkMessage): readonly NetlinkAnswer[] {
  const need = (result: number): number => {
    if (result < 0) throw new KernelError(operation, -result, `${what}: netlink`);
    return result;
  };
  const fd = need(ffi.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  try {
    // Kernels without it give an errno alone.
    ffi.setSockOpt(fd, SOL_NETLINK, NETLINK_EXT_ACK, new Uint8Array(Uint32Array.of(1).buffer));
    need(ffi.send(fd, encodeMessage(message)));
    const answers: NetlinkAnswer[] = [];
    for (;;) {
      const buffer = new Uint8Array(ANSWER_BYTES);
      const size = ffi.receive(fd, buffer);
      // Everything was said before; an acknowledgement that is missing is a message that was lost.
      if (size === -EAGAIN) throw new KernelError(operation, EAGAIN, `${what}: no answer`);
      if (readAnswers(operation, what, buffer.subarray(0, need(size)), answers)) return answers;
    }
  } finally {
    ffi.close(fd);
  }
}

/** @returns whether the last message was there */
function readAnswers(operation: string, what: string, bytes: Uint8Array, answers: NetlinkAnswer[]): boolean {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let byteOff = 0; byteOff + HEADER_BYTES <= bytes.length; ) {
    const [size, type, flags] = [data.getUint32(byteOff, true), data.getUint16(byteOff + 4, true), data.getUint16(byteOff + 6, true)];
    if (size < HEADER_BYTES || byteOff + size > bytes.length) throw new KernelError(operation, EINVAL, `${what}: malformed answer`);
    const payload = bytes.subarray(byteOff + HEADER_BYTES, byteOff + size);
    if (type === NLMSG_DONE) return true;
    if (type === NLMSG_ERROR) {
      const errno = -data.getInt32(byteOff + HEADER_BYTES, true);
      if (errno === 0) return true;
      const words = readErrorText(payload, flags);
      throw new KernelError(operation, errno, words === undefined ? what : `${what}: ${words}`);
    }
    answers.push({ type, payload });
    byteOff += align4(size);
  }
  return false;
}

/** The kernel's words, after the message that they are about (or its header alone). */
function readErrorText(payload: Uint8Array, flags: number): string | undefined {
  if ((flags & NLM_F_ACK_TLVS) === 0) return undefined;
  const data = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const about = (flags & NLM_F_CAPPED) !== 0 ? HEADER_BYTES : align4(data.getUint32(4, true));
  const text = readAttrs(payload.subarray(4 + about)).get(NLMSGERR_ATTR_MSG);
  return text === undefined ? undefined : new TextDecoder().decode(text).replace(/\0.*$/s, '');
}

/** Attributes by number. Those that do not fit end the list. */
export function readAttrs(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<number, Uint8Array>();
  for (let byteOff = 0; byteOff + 4 <= bytes.length; ) {
    const size = data.getUint16(byteOff, true);
    if (size < 4 || byteOff + size > bytes.length) break;
    found.set(data.getUint16(byteOff + 2, true) & NLA_TYPE_MASK, bytes.subarray(byteOff + 4, byteOff + size));
    byteOff += align4(size);
  }
  return found;
}

/** A 32-bit number of an attribute; undefined when it is absent. */
export function readU32(attr: Uint8Array | undefined): number | undefined {
  return attr === undefined || attr.length < 4 ? undefined : new DataView(attr.buffer, attr.byteOffset).getUint32(0, true);
}

function encodeMessage({ type, flags, fixed, attrs }: NetlinkMessage): Uint8Array<ArrayBuffer> {
  const body = attrs.map(encodeNetlinkAttr);
  const size = HEADER_BYTES + fixed.length + body.reduce((sum, bytes) => sum + bytes.length, 0);
  const out = new Uint8Array(size);
  const data = new DataView(out.buffer);
  data.setUint32(0, size, true);
  data.setUint16(4, type, true);
  data.setUint16(6, flags | NLM_F_REQUEST | NLM_F_ACK, true);
  data.setUint32(8, 1, true);
  out.set(fixed, HEADER_BYTES);
  let byteOff = HEADER_BYTES + fixed.length;
  for (const bytes of body) {
    out.set(bytes, byteOff);
    byteOff += bytes.length;
  }
  return out;
}

function encodeNetlinkAttr([type, value]: NetlinkAttr): Uint8Array {
  const nested = typeof value === 'object';
  const parts = nested ? value.map(encodeNetlinkAttr) : [encodeNetlinkValue(value)];
  const size = 4 + parts.reduce((sum, bytes) => sum + bytes.length, 0);
  const out = new Uint8Array(align4(size));
  const data = new DataView(out.buffer);
  data.setUint16(0, size, true);
  data.setUint16(2, nested ? type | NLA_F_NESTED : type, true);
  let byteOff = 4;
  for (const bytes of parts) {
    out.set(bytes, byteOff);
    byteOff += bytes.length;
  }
  return out;
}

function encodeNetlinkValue(value: string | number): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(`${value}\0`) : new Uint8Array(Uint32Array.of(value).buffer);
}

function align4(size: number): number {
  return Math.ceil(size / 4) * 4;
}
