// How is a program given to the kernel, and its log got back?
import { encodeInsns } from '@rootlet/insn';
import type { ProgAttr } from '@rootlet/loader';
import { BPF_ATTR_PROG_LOAD_LAYOUT, BPF_PROG_LOAD, EAGAIN, ENOSPC } from '@rootlet/uapi';
import { encodeAttr, encodeName } from './attr.ts';
import type { Ffi } from './ffi.ts';

/** First size of the log buffer. */
const LOG_BYTES = 1 << 18;
/** The kernel takes buffers up to this size. @source bpf(2): `log_size` is at most UINT_MAX / 4 */
const MAX_LOG_BYTES = 0x3fffffff;
/** As often as libbpf asks. */
const LOAD_ATTEMPTS = 5;
const FUNC_INFO_BYTES = 8;
const LINE_INFO_BYTES = 16;

/** What the kernel answered: fd or negative errno, and the log. */
export interface ProgLoadAnswer {
  readonly result: number;
  readonly log: string;
}

/** Loads a program. At log level 0 a refusal is asked for again with a log, as libbpf does. */
export function progLoad(ffi: Ffi, attr: ProgAttr): ProgLoadAnswer {
  const logLevel = attr.logLevel ?? 0;
  if (logLevel !== 0) return loadWithLog(ffi, attr, logLevel);
  const result = loadOnce(ffi, attr, 0, undefined);
  return result >= 0 ? { result, log: '' } : loadWithLog(ffi, attr, 1);
}

function loadWithLog(ffi: Ffi, attr: ProgAttr, logLevel: number): ProgLoadAnswer {
  for (let size = LOG_BYTES; ; size = Math.min(size * 8, MAX_LOG_BYTES)) {
    const buffer = new Uint8Array(size);
    const result = loadOnce(ffi, attr, logLevel, buffer);
    if (result === -ENOSPC && size < MAX_LOG_BYTES) continue;
    const end = buffer.indexOf(0);
    return { result, log: new TextDecoder().decode(end < 0 ? buffer : buffer.subarray(0, end)) };
  }
}

function loadOnce(ffi: Ffi, attr: ProgAttr, logLevel: number, log: Uint8Array<ArrayBuffer> | undefined): number {
  const insns = encodeInsns(attr.insns, true);
  const license = new TextEncoder().encode(`${attr.license}\0`);
  const fdArray = words(attr.fdArray ?? []);
  const funcInfo = words((attr.funcInfo ?? []).flatMap((info) => [info.insnIdx, info.typeId]));
  const lineInfo = words(
    (attr.lineInfo ?? []).flatMap((info) => [
      info.insnIdx,
      info.fileNameOff,
      info.lineOff,
      ((info.line << 10) | info.column) >>> 0,
    ]),
  );
  const described = attr.btfFd !== undefined;
  const pointer = (bytes: Uint8Array<ArrayBuffer>): bigint => (bytes.length === 0 ? 0n : ffi.address(bytes));
  return loadUninterrupted(
    ffi,
    encodeAttr(BPF_ATTR_PROG_LOAD_LAYOUT, {
      prog_type: attr.type,
      insn_cnt: attr.insns.length,
      insns: pointer(insns),
      license: pointer(license),
      log_level: logLevel,
      log_size: log?.length,
      log_buf: log === undefined ? 0n : pointer(log),
      prog_flags: attr.flags,
      prog_name: encodeName(attr.name),
      prog_ifindex: attr.ifindex,
      expected_attach_type: attr.expectedAttachType,
      prog_btf_fd: attr.btfFd,
      func_info_rec_size: described && funcInfo.length > 0 ? FUNC_INFO_BYTES : 0,
      func_info: described ? pointer(funcInfo) : 0n,
      func_info_cnt: described ? funcInfo.length / FUNC_INFO_BYTES : 0,
      line_info_rec_size: described && lineInfo.length > 0 ? LINE_INFO_BYTES : 0,
      line_info: described ? pointer(lineInfo) : 0n,
      line_info_cnt: described ? lineInfo.length / LINE_INFO_BYTES : 0,
      attach_btf_id: attr.attachBtfId,
      attach_prog_fd: attr.attachProgFd ?? attr.attachBtfObjFd,
      fd_array: pointer(fdArray),
    }),
  );
}

/** The verifier gives up, with EAGAIN, when a signal arrives: a timer's or a child's. It is begun again a few times, as libbpf does. */
function loadUninterrupted(ffi: Ffi, attr: Uint8Array<ArrayBuffer>): number {
  let result = -EAGAIN;
  for (let attempt = 0; attempt < LOAD_ATTEMPTS && result === -EAGAIN; attempt++) result = ffi.bpf(BPF_PROG_LOAD, attr);
  return result;
}

/** 32-bit words as bytes. */
function words(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
