// How is a program attached to functions of the kernel?
import { KernelError } from '@rootlet/loader';
import type { KprobeMultiRequest, KprobeRequest, KsyscallRequest } from '@rootlet/loader';
import {
  BPF_ATTR_LINK_CREATE_LAYOUT,
  BPF_F_KPROBE_MULTI_RETURN,
  BPF_LINK_CREATE,
  BPF_TRACE_KPROBE_MULTI,
  BPF_TRACE_KPROBE_SESSION,
  EINVAL,
  ENOENT,
  ESRCH,
} from '@rootlet/uapi';
import { readFileSync } from 'node:fs';
import { readKallsyms } from '../kallsyms.ts';
import { quads } from './host.ts';
import type { AttachHost } from './host.ts';
import { createMatcher } from './pattern.ts';
import { attachPerfFd, openTracepoint } from './perf.ts';
import { hasPmu, openProbe } from './pmu.ts';
import { addLegacyProbe, readTraceableFunctions } from './tracefs.ts';

export function attachKprobe(host: AttachHost, progFd: number, request: KprobeRequest): number {
  const { func, byteOff = 0, retprobe = false, cookie, mode } = request;
  const operation = retprobe ? 'attach kretprobe' : 'attach kprobe';
  const what = byteOff === 0 ? `'${func}'` : `'${func}+0x${byteOff.toString(16)}'`;
  if (mode === 'legacy' || (mode === undefined && !hasPmu('kprobe'))) {
    const probe = addLegacyProbe(operation, 'kprobe', retprobe, byteOff === 0 ? func : `${func}+${byteOff}`);
    return attachLegacy(host, operation, what, progFd, probe, -1, cookie);
  }
  if (!hasPmu('kprobe')) throw new KernelError(operation, ENOENT, 'this kernel has no kprobes as perf events');
  const perfFd = host.need(operation, what, openProbe(host, 'kprobe', { name: func, byteOff, retprobe }, -1));
  return attachPerfFd(host, operation, progFd, perfFd, cookie, mode);
}

/** Attaches to a probe that tracefs made, and takes it out when the attachment is closed or fails. */
export function attachLegacy(
  host: AttachHost,
  operation: string,
  what: string,
  progFd: number,
  probe: { readonly id: number; remove(): void },
  pid: number,
  cookie: bigint | undefined,
): number {
  try {
    const fd = attachPerfFd(host, operation, progFd, openTracepoint(host, operation, what, probe.id, pid), cookie);
    host.onClose(fd, () => probe.remove());
    return fd;
  } catch (error) {
    probe.remove();
    throw error;
  }
}

/** Prefix that wrapped system calls have, by Node's name of the architecture. */
const SYSCALL_PREFIX: Readonly<Record<string, string>> = { x64: 'x64', arm64: 'arm64', s390x: 's390x', riscv64: 'riscv' };

/** A system call, whose function is `__x64_sys_…` where the kernel wraps system calls, or `__se_sys_…`. */
export function attachKsyscall(host: AttachHost, progFd: number, { syscall, retprobe, cookie }: KsyscallRequest): number {
  const prefix = SYSCALL_PREFIX[process.arch];
  const wrapped = prefix === undefined ? undefined : `__${prefix}_sys_bpf`;
  const isWrapped = wrapped !== undefined && readKallsyms(new Set([wrapped])).size > 0;
  const func = isWrapped ? `__${prefix as string}_sys_${syscall}` : `__se_sys_${syscall}`;
  return attachKprobe(host, progFd, { kind: 'kprobe', func, ...(retprobe === undefined ? {} : { retprobe }), ...(cookie === undefined ? {} : { cookie }) });
}

/** Many functions by one link (kernel 5.18). */
export function attachKprobeMulti(host: AttachHost, progFd: number, request: KprobeMultiRequest): number {
  const { pattern, syms, cookies, retprobe = false, session = false, uniqueMatch = false } = request;
  const operation = 'attach kprobe multi';
  const given = [pattern, syms, request.addrs].filter((list) => list !== undefined).length;
  if (given !== 1 || (pattern !== undefined && cookies !== undefined)) {
    throw new KernelError(operation, EINVAL, 'wants a pattern, or names, or addresses; cookies go with the latter two');
  }
  if (retprobe && session) throw new KernelError(operation, EINVAL, 'a session is entry and exit already');
  const count = (syms ?? request.addrs)?.length;
  if (count !== undefined && cookies !== undefined && cookies.length !== count) {
    throw new KernelError(operation, EINVAL, `${cookies.length} cookies for ${count} functions`);
  }
  const addrs = pattern === undefined ? request.addrs : findAddresses(operation, pattern);
  if (uniqueMatch && addrs !== undefined && addrs.length !== 1) {
    throw new KernelError(operation, ESRCH, `'${pattern ?? ''}' matches ${addrs.length} functions`);
  }
  const names = syms?.map((name) => host.text(name));
  const places = quads(addrs ?? (names ?? []).map((name) => host.ffi.address(name)));
  const cookieBytes = cookies === undefined ? undefined : quads(cookies);
  const linkFd = host.tryBpf(BPF_LINK_CREATE, BPF_ATTR_LINK_CREATE_LAYOUT, {
    prog_fd: progFd,
    attach_type: session ? BPF_TRACE_KPROBE_SESSION : BPF_TRACE_KPROBE_MULTI,
    'kprobe_multi.flags': retprobe ? BPF_F_KPROBE_MULTI_RETURN : 0,
    'kprobe_multi.cnt': places.length / 8,
    [addrs === undefined ? 'kprobe_multi.syms' : 'kprobe_multi.addrs']: places.length === 0 ? 0n : host.ffi.address(places),
    'kprobe_multi.cookies': cookieBytes === undefined ? 0n : host.ffi.address(cookieBytes),
  });
  return host.need(operation, pattern === undefined ? `${names?.length ?? places.length / 8} functions` : `'${pattern}'`, linkFd);
}

/** Addresses of the functions that a pattern matches and that can be traced. @throws KernelError `ENOENT` when there is none */
function findAddresses(operation: string, pattern: string): readonly bigint[] {
  const matches = createMatcher(pattern);
  const traceable = readTraceableFunctions(operation)?.filter(({ name }) => matches(name));
  const known = traceable?.flatMap(({ address }) => (address === undefined ? [] : [address])) ?? [];
  const found = known.length > 0 ? known : lookUp(matches, traceable?.map(({ name }) => name));
  if (found.length === 0) throw new KernelError(operation, ENOENT, `no function matches '${pattern}'`);
  return found;
}

/** Addresses by name. Of a name that stands more often than it can be traced it is not known which is meant. */
function lookUp(matches: (name: string) => boolean, traceable: readonly string[] | undefined): readonly bigint[] {
  const wanted = traceable === undefined ? undefined : countBy(traceable);
  const places = new Map<string, bigint[]>();
  for (const [, address, name] of readFileSync('/proc/kallsyms', 'latin1').matchAll(/^([0-9a-f]+) [tTwW] ([^\s]+)/gm)) {
    if (name === undefined || !(wanted?.has(name) ?? matches(name))) continue;
    places.set(name, [...(places.get(name) ?? []), BigInt(`0x${address as string}`)]);
  }
  return [...places].flatMap(([name, addresses]) => ((wanted?.get(name) ?? 1) === addresses.length && !addresses.includes(0n) ? addresses : []));
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
