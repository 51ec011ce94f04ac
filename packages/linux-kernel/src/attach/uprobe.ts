// How is a program attached to functions of programs and libraries?
import { KernelError } from '@rootlet/loader';
import type { UprobeMultiRequest, UprobeRequest } from '@rootlet/loader';
import {
  BPF_ATTR_LINK_CREATE_LAYOUT,
  BPF_F_UPROBE_MULTI_RETURN,
  BPF_LINK_CREATE,
  BPF_TRACE_UPROBE_MULTI,
  BPF_TRACE_UPROBE_SESSION,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
} from '@rootlet/uapi';
import { resolvePath } from './elf-path.ts';
import { findFunction, findFunctions, listFunctions, openElf } from './elf-symbols.ts';
import { quads } from './host.ts';
import type { AttachHost } from './host.ts';
import { attachLegacy } from './kprobe.ts';
import { createMatcher } from './pattern.ts';
import { attachPerfFd } from './perf.ts';
import { hasPmu, openProbe } from './pmu.ts';
import { addLegacyProbe } from './tracefs.ts';
import { readStored } from './zip-entry.ts';

/** Every process. */
const ALL = -1;

export function attachUprobe(host: AttachHost, progFd: number, request: UprobeRequest): number {
  const { func, byteOff = 0, retprobe = false, refCtrOff, cookie, pid = ALL } = request;
  const operation = retprobe ? 'attach uretprobe' : 'attach uprobe';
  const [archive, entry] = splitArchive(request.path);
  const path = resolvePath(operation, archive);
  const named = func !== undefined && func !== '';
  let fileOff = byteOff;
  if (entry !== undefined && named) fileOff += findInArchive(operation, path, entry, func);
  else if (named) fileOff += findFunction(operation, openElf(operation, path), path, func);
  return attachUprobeAt(host, progFd, { ...request, operation, path, fileOff, retprobe, refCtrOff, cookie, pid });
}

/** `app.apk!/lib/libapp.so`: an archive, and a library in it. */
function splitArchive(path: string): readonly [path: string, entry?: string] {
  const at = path.indexOf('!/');
  return at < 0 ? [path] : [path.slice(0, at), path.slice(at + 2)];
}

/** Offset in the archive of a function of a library that it stores. */
function findInArchive(operation: string, path: string, entry: string, func: string): number {
  const { byteOff, bytes } = readStored(operation, path, entry);
  const what = `${path}!/${entry}`;
  return byteOff + findFunction(operation, openElf(operation, what, () => bytes), what, func);
}

/** A place in a file. */
export interface UprobePlace {
  readonly operation: string;
  readonly path: string;
  readonly fileOff: number;
  readonly retprobe: boolean;
  readonly pid: number;
  readonly refCtrOff?: number | undefined;
  readonly cookie?: bigint | undefined;
  readonly mode?: UprobeRequest['mode'];
}

/** Attaches to a place in a file. */
export function attachUprobeAt(host: AttachHost, progFd: number, place: UprobePlace): number {
  const { operation, path, fileOff, retprobe, pid, refCtrOff, cookie, mode } = place;
  const what = `'${path}' at 0x${fileOff.toString(16)}`;
  if (mode === 'legacy' || (mode === undefined && !hasPmu('uprobe'))) {
    if (refCtrOff !== undefined && refCtrOff !== 0) throw new KernelError(operation, EOPNOTSUPP, `${what}: tracefs has no reference counters`);
    return attachLegacy(host, operation, what, progFd, addLegacyProbe(operation, 'uprobe', retprobe, `${path}:0x${fileOff.toString(16)}`), pid, cookie);
  }
  if (!hasPmu('uprobe')) throw new KernelError(operation, ENOENT, 'this kernel has no uprobes as perf events');
  const probe = { name: path, byteOff: fileOff, retprobe, ...(refCtrOff === undefined ? {} : { refCtrOff }) };
  const perfFd = host.need(operation, what, openProbe(host, 'uprobe', probe, pid));
  return attachPerfFd(host, operation, progFd, perfFd, cookie, mode);
}

/** Many functions by one link (kernel 6.6). */
export function attachUprobeMulti(host: AttachHost, progFd: number, request: UprobeMultiRequest): number {
  const { pattern, syms, cookies, refCtrOffs, retprobe = false, session = false, pid = ALL } = request;
  const operation = 'attach uprobe multi';
  const given = [pattern, syms, request.offsets].filter((list) => list !== undefined).length;
  if (given !== 1 || (pattern !== undefined && (cookies ?? refCtrOffs) !== undefined)) {
    throw new KernelError(operation, EINVAL, 'wants a pattern, or names, or offsets; cookies and reference counters go with the latter two');
  }
  if (retprobe && session) throw new KernelError(operation, EINVAL, 'a session is entry and exit already');
  const path = resolvePath(operation, request.path);
  const offsets = request.offsets ?? findOffsets(operation, path, syms, pattern);
  for (const list of [cookies, refCtrOffs]) {
    if (list !== undefined && list.length !== offsets.length) throw new KernelError(operation, EINVAL, `${list.length} cookies or counters for ${offsets.length} functions`);
  }
  const places = { path, offsets, refCtrOffs, cookies, retprobe, session, pid };
  return host.need(operation, `'${path}', ${offsets.length} functions`, createUprobeMulti(host, progFd, places));
}

/** Places in one file. */
export interface UprobePlaces {
  readonly path: string;
  readonly offsets: readonly number[];
  readonly refCtrOffs?: readonly number[] | undefined;
  readonly cookies?: readonly bigint[] | undefined;
  readonly retprobe: boolean;
  readonly session: boolean;
  /** 0 this process, -1 all. */
  readonly pid: number;
}

/** @returns fd of the link, or the negative errno */
export function createUprobeMulti(host: AttachHost, progFd: number, places: UprobePlaces): number {
  const pathBytes = host.text(places.path);
  const offsets = quads(places.offsets);
  const counters = quads(places.refCtrOffs ?? []);
  const cookies = quads(places.cookies ?? []);
  const pointer = (bytes: Uint8Array<ArrayBuffer>): bigint => (bytes.length === 0 ? 0n : host.ffi.address(bytes));
  return host.tryBpf(BPF_LINK_CREATE, BPF_ATTR_LINK_CREATE_LAYOUT, {
    prog_fd: progFd,
    attach_type: places.session ? BPF_TRACE_UPROBE_SESSION : BPF_TRACE_UPROBE_MULTI,
    'uprobe_multi.path': pointer(pathBytes),
    'uprobe_multi.offsets': pointer(offsets),
    'uprobe_multi.ref_ctr_offsets': pointer(counters),
    'uprobe_multi.cookies': pointer(cookies),
    'uprobe_multi.cnt': places.offsets.length,
    'uprobe_multi.flags': places.retprobe ? BPF_F_UPROBE_MULTI_RETURN : 0,
    // The kernel's 0 is every process.
    'uprobe_multi.pid': places.pid < 0 ? 0 : places.pid === 0 ? process.pid : places.pid,
  });
}

function findOffsets(operation: string, path: string, syms: readonly string[] | undefined, pattern = ''): readonly number[] {
  const elf = openElf(operation, path);
  if (syms !== undefined) return findFunctions(operation, elf, path, syms);
  const offsets = new Set(listFunctions(elf, createMatcher(pattern)).map(({ fileOff }) => fileOff));
  if (offsets.size === 0) throw new KernelError(operation, ENOENT, `no function of '${path}' matches '${pattern}'`);
  return [...offsets];
}
