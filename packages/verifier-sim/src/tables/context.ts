// May this load or store touch the context, and what comes out?
import { BPF_PROG_TYPE_SYSCALL, BPF_PROG_TYPE_TRACEPOINT } from '@rootlet/uapi';
import {
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_FLOW_KEYS,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TP_BUFFER,
  PTR_TRUSTED,
  SCALAR,
} from '../state/reg.ts';
import { CONTEXT_FIELDS } from './generated/contexts.ts';
import type { ContextAccess, ContextField, ContextPointer } from './types.ts';

/** Bytes of a tracepoint's record. */
const TRACE_SIZE_MAX = 8192;
/** Bytes of a syscall program's context. */
const SYSCALL_CTX_MAX = 0xffff;

type Result = Pick<ContextAccess, 'type' | 'flags' | 'btfStruct'>;

const NUMBER: Result = { type: SCALAR, flags: 0 };

const RESULTS: Readonly<Record<ContextPointer, Result>> = {
  pkt: { type: PTR_TO_PACKET, flags: 0 },
  pkt_meta: { type: PTR_TO_PACKET_META, flags: 0 },
  pkt_end: { type: PTR_TO_PACKET_END, flags: 0 },
  sock: { type: PTR_TO_SOCKET, flags: 0 },
  sock_or_null: { type: PTR_TO_SOCKET, flags: PTR_MAYBE_NULL },
  sock_common_or_null: { type: PTR_TO_SOCK_COMMON, flags: PTR_MAYBE_NULL },
  flow_keys: { type: PTR_TO_FLOW_KEYS, flags: 0 },
  tp_buffer: { type: PTR_TO_TP_BUFFER, flags: 0 },
  trusted_ptr_nf_hook_state: { type: PTR_TO_BTF_ID, flags: PTR_TRUSTED, btfStruct: 'nf_hook_state' },
  trusted_ptr_sk_buff: { type: PTR_TO_BTF_ID, flags: PTR_TRUSTED, btfStruct: 'sk_buff' },
};

/** Whether a digit string of {@link ContextField} has `size` at the byte `at`. */
function allows(digits: string | undefined, at: number, size: number): boolean {
  const digit = digits?.[at];
  return digit !== undefined && (Number.parseInt(digit, 16) & size) !== 0;
}

/** The field of a structure that a byte belongs to. */
export function findField(fields: readonly ContextField[], byteOff: number): ContextField | undefined {
  return fields.find((field) => byteOff >= field.byteOff && byteOff < field.byteOff + field.size);
}

/** The record of a tracepoint: aligned loads; its first eight bytes are the kernel's. Below 0 the kernel does not look. */
function findTracepointAccess(byteOff: number, size: number, write: boolean): ContextAccess | undefined {
  if (write || byteOff % size !== 0 || byteOff >= TRACE_SIZE_MAX || (byteOff >= 0 && byteOff < 8)) return undefined;
  return { ...NUMBER, fieldSize: size };
}

/** Whatever the caller of the system call passed: aligned loads and stores. */
function findSyscallAccess(byteOff: number, size: number): ContextAccess | undefined {
  if (byteOff < 0 || byteOff >= SYSCALL_CTX_MAX || byteOff % size !== 0) return undefined;
  return { ...NUMBER, fieldSize: size };
}

/** Fields that were asked for, by type of program and attach type. */
const byRole = /* @__PURE__ */ new Map<number, readonly ContextField[]>();

/** Fields of the context of a program type. @returns undefined where none are listed */
export function contextFields(progType: number, expectedAttachType: number): readonly ContextField[] | undefined {
  const role = progType * 0x1_0000_0000 + expectedAttachType;
  let fields = byRole.get(role);
  if (fields === undefined) {
    fields = CONTEXT_FIELDS[`${progType}:${expectedAttachType}`] ?? CONTEXT_FIELDS[progType];
    if (fields !== undefined) byRole.set(role, fields);
  }
  return fields;
}

/**
 * Judges an access to the context of program type `progType`.
 *
 * @param byteOff offset into the context, may be negative
 * @param size bytes: 1, 2, 4 or 8
 * @returns undefined when refused
 */
export function findContextAccess(
  progType: number,
  byteOff: number,
  size: number,
  write: boolean,
  expectedAttachType: number,
  signExtend: boolean,
): ContextAccess | undefined {
  if (progType === BPF_PROG_TYPE_TRACEPOINT) return findTracepointAccess(byteOff, size, write);
  if (progType === BPF_PROG_TYPE_SYSCALL) return findSyscallAccess(byteOff, size);
  const fields = contextFields(progType, expectedAttachType);
  return fields === undefined ? undefined : findFieldAccess(fields, byteOff, size, write, signExtend);
}

/** What was allowed before: programs load the same few fields again and again. */
const allowed = /* @__PURE__ */ new WeakMap<readonly ContextField[], Map<number, ContextAccess>>();

/** Judges an access to a structure by its fields. @returns undefined when refused */
export function findFieldAccess(
  fields: readonly ContextField[],
  byteOff: number,
  size: number,
  write: boolean,
  signExtend: boolean,
): ContextAccess | undefined {
  let before = allowed.get(fields);
  if (before === undefined) allowed.set(fields, (before = new Map<number, ContextAccess>()));
  const key = byteOff * 64 + size * 4 + (write ? 2 : 0) + (signExtend ? 1 : 0);
  let access = before.get(key);
  if (access !== undefined) return access;
  access = judgeAccess(fields, byteOff, size, write, signExtend);
  if (access !== undefined) before.set(key, access);
  return access;
}

function judgeAccess(fields: readonly ContextField[], byteOff: number, size: number, write: boolean, signExtend: boolean): ContextAccess | undefined {
  const field = findField(fields, byteOff);
  if (field === undefined) return undefined;
  const digits = write ? field.write : signExtend ? (field.signed ?? field.read) : field.read;
  if (!allows(digits, byteOff - field.byteOff, size)) return undefined;
  // Parts of a pointer, where they may be read at all, are numbers.
  const isPointer = !write && byteOff === field.byteOff;
  const result = field.pointer === undefined || !isPointer ? NUMBER : RESULTS[field.pointer];
  return { ...result, fieldSize: field.size };
}
