// Where does a section name say that its program is attached?
import { findSectionDef, parseAttachTarget } from '@rootlet/loader';
import type { AttachPlace } from '@rootlet/loader';
import { BPF_PROG_TYPE_EXT, BPF_PROG_TYPE_LSM, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER } from '@rootlet/uapi';

/** What counts besides the section name. */
export interface AutoAttach {
  /** `BPF_PROG_TYPE_*` and attach type that the program was loaded with. */
  readonly type: number;
  readonly attachType: number;
  readonly cookie: bigint | undefined;
  /** fd of a map of the object. @throws LoadError when there is none */
  mapFd(name: string): number;
}

/** Whether `attach()` needs to be told no more than the section says. */
export function mayAutoAttach(sectionName: string): boolean {
  return findSectionDef(sectionName)?.autoAttach === true;
}

/**
 * The place that a section name means; undefined when it means none by itself.
 *
 * @throws DecodeError `ATTACH_TARGET` when it names one in a form that cannot be
 */
export function placeOfSection(sectionName: string, auto: AutoAttach): AttachPlace | undefined {
  if (!mayAutoAttach(sectionName)) return undefined;
  const { cookie: given, type, attachType } = auto;
  const cookie = given === undefined ? {} : { cookie: given };
  if (type === BPF_PROG_TYPE_TRACING && attachType === BPF_TRACE_ITER) return { kind: 'iter' };
  if (type === BPF_PROG_TYPE_TRACING || type === BPF_PROG_TYPE_LSM || type === BPF_PROG_TYPE_EXT) return { kind: 'trace', attachType, ...cookie };
  const stem = sectionName.slice(0, sectionName.indexOf('/')).replace(/\.s$/, '');
  const retprobe = /^(kret|uret)/.test(stem);
  const session = stem.endsWith('.session');
  const target = parseAttachTarget(sectionName);
  switch (target?.kind) {
    case 'kprobe':
      return { kind: 'kprobe', func: target.func, byteOff: target.byteOff, retprobe, ...cookie };
    case 'kprobe.multi':
      return { kind: 'kprobe_multi', pattern: target.pattern, retprobe, session };
    case 'ksyscall':
      return { kind: 'ksyscall', syscall: target.name, retprobe, ...cookie };
    case 'uprobe':
      return { kind: 'uprobe', path: target.path, func: target.func, byteOff: target.byteOff, retprobe, ...cookie };
    case 'uprobe.multi':
      return { kind: 'uprobe_multi', path: target.path, pattern: target.pattern, retprobe, session };
    case 'usdt': {
      const { path, provider, name } = target;
      return { kind: 'usdt', path, provider, name, specsMapFd: auto.mapFd('__bpf_usdt_specs'), ipMapFd: auto.mapFd('__bpf_usdt_ip_to_spec_id'), ...cookie };
    }
    case 'tracepoint':
      return { kind: 'tracepoint', category: target.category, name: target.name, ...cookie };
    case 'raw_tracepoint':
      return { kind: 'raw_tracepoint', name: target.name, ...cookie };
    case 'btf':
    case 'other':
    case undefined:
      return undefined;
  }
}
