// Where does a section name say that its program attaches?
import * as uapi from '@rootlet/uapi';
import { DecodeError } from '@rootlet/bytes';

/** A place to attach to, as the text after the first `/` of a section name gives it. */
export type AttachTarget =
  /** `kprobe/func+offset`, `kretprobe/func`. */
  | { readonly kind: 'kprobe'; readonly func: string; readonly byteOff: number }
  /** `kprobe.multi/pattern`, where `*` and `?` match. */
  | { readonly kind: 'kprobe.multi'; readonly pattern: string }
  /** `ksyscall/name`. */
  | { readonly kind: 'ksyscall'; readonly name: string }
  /** `uprobe/path:func+offset`; `func` is empty where an offset in the file is given. */
  | { readonly kind: 'uprobe'; readonly path: string; readonly func: string; readonly byteOff: number }
  /** `uprobe.multi/path:pattern`. */
  | { readonly kind: 'uprobe.multi'; readonly path: string; readonly pattern: string }
  /** `usdt/path:provider:name`. */
  | { readonly kind: 'usdt'; readonly path: string; readonly provider: string; readonly name: string }
  /** `tp/category/name`. */
  | { readonly kind: 'tracepoint'; readonly category: string; readonly name: string }
  /** `raw_tp/name`. */
  | { readonly kind: 'raw_tracepoint'; readonly name: string }
  /** A symbol that BTF describes, of the kernel or the module named: `fentry/func`, `lsm/hook`, `iter/kind`, `tp_btf/name`. */
  | { readonly kind: 'btf'; readonly module: string | undefined; readonly name: string }
  /** Anything else that follows a section's name, such as the member in `struct_ops/member`. */
  | { readonly kind: 'other'; readonly name: string };

/**
 * Reads the target of a section name that has one.
 *
 * @returns undefined when it has none
 * @throws DecodeError `ATTACH_TARGET` naming the form that is wanted (libbpf: EINVAL)
 */
export function parseAttachTarget(sectionName: string): AttachTarget | undefined {
  const slash = sectionName.indexOf('/');
  if (slash < 0) return undefined;
  const text = sectionName.slice(slash + 1);
  const wrong = (need: string): DecodeError =>
    new DecodeError('ATTACH_TARGET', `loader: section '${sectionName}'`, 'names no place to attach to', { need });
  const stem = sectionName.slice(0, slash).replace(/\.s$/, '');
  switch (stem) {
    case 'kprobe':
    case 'kretprobe':
      return parseKprobe(text, stem, wrong);
    case 'kprobe.multi':
    case 'kretprobe.multi':
    case 'kprobe.session': {
      const pattern = /^[A-Za-z0-9_.*?]+/.exec(text)?.[0];
      if (pattern === undefined) throw wrong(`${stem}/<pattern>`);
      return { kind: 'kprobe.multi', pattern };
    }
    case 'ksyscall':
    case 'kretsyscall':
      return { kind: 'ksyscall', name: text };
    case 'uprobe':
    case 'uretprobe':
      return parseUprobe(text, stem, wrong);
    case 'uprobe.multi':
    case 'uretprobe.multi':
    case 'uprobe.session': {
      const colon = text.indexOf(':');
      if (colon <= 0 || colon === text.length - 1) throw wrong(`${stem}/<path>:<pattern>`);
      return { kind: 'uprobe.multi', path: text.slice(0, colon), pattern: text.slice(colon + 1) };
    }
    case 'usdt': {
      const [path = '', provider = '', name = ''] = text.split(':');
      if (path === '' || provider === '' || name === '') throw wrong('usdt/<path>:<provider>:<name>');
      return { kind: 'usdt', path, provider, name };
    }
    case 'tracepoint':
    case 'tp': {
      const split = text.indexOf('/');
      if (split < 0) throw wrong(`${stem}/<category>/<name>`);
      return { kind: 'tracepoint', category: text.slice(0, split), name: text.slice(split + 1) };
    }
    case 'raw_tracepoint':
    case 'raw_tp':
    case 'raw_tracepoint.w':
    case 'raw_tp.w':
      return { kind: 'raw_tracepoint', name: text };
    case 'fentry':
    case 'fexit':
    case 'fmod_ret':
    case 'fsession':
    case 'lsm':
    case 'lsm_cgroup':
    case 'iter':
    case 'tp_btf': {
      const colon = text.indexOf(':');
      const module = colon < 0 || text.slice(0, colon) === 'vmlinux' ? undefined : text.slice(0, colon);
      return { kind: 'btf', module, name: text.slice(colon + 1) };
    }
    default:
      return { kind: 'other', name: text };
  }
}

/** `func+offset`, where the offset is decimal or `0x…`. An exit probe takes none. */
function parseKprobe(text: string, stem: string, wrong: (need: string) => DecodeError): AttachTarget {
  const need = stem === 'kprobe' ? 'kprobe/<function>[+<offset>]' : 'kretprobe/<function>';
  const match = /^([A-Za-z0-9_.]+)(?:\+(0x[0-9a-fA-F]+|\d+))?/.exec(text);
  if (match === null) throw wrong(need);
  const byteOff = Number(match[2] ?? 0);
  if (stem === 'kretprobe' && byteOff !== 0) throw wrong(need);
  return { kind: 'kprobe', func: match[1] as string, byteOff };
}

/** `path:func+offset` or `path:offset`. */
function parseUprobe(text: string, stem: string, wrong: (need: string) => DecodeError): AttachTarget {
  const need = stem === 'uprobe' ? 'uprobe/<path>:<function>[+<offset>]' : 'uretprobe/<path>:<function>';
  const colon = text.indexOf(':');
  if (colon <= 0 || colon === text.length - 1) throw wrong(need);
  const path = text.slice(0, colon);
  const place = text.slice(colon + 1);
  if (/^0x[0-9a-fA-F]+$/.test(place)) return { kind: 'uprobe', path, func: '', byteOff: Number(place) };
  const match = /^([^+]+)(?:\+(0x[0-9a-fA-F]+|\d+))?$/.exec(place);
  if (match === null) throw wrong(need);
  const byteOff = Number(match[2] ?? 0);
  if (stem === 'uretprobe' && byteOff !== 0) throw wrong(need);
  return { kind: 'uprobe', path, func: match[1] as string, byteOff };
}

/** What a BTF target's name is in the kernel's BTF: prefix, and whether it is a typedef. */
export function btfTargetPrefix(expectedAttachType: number): { readonly prefix: string; readonly typedef: boolean } {
  switch (expectedAttachType) {
    case uapi.BPF_TRACE_RAW_TP:
      return { prefix: 'btf_trace_', typedef: true };
    case uapi.BPF_LSM_MAC:
    case uapi.BPF_LSM_CGROUP:
      return { prefix: 'bpf_lsm_', typedef: false };
    case uapi.BPF_TRACE_ITER:
      return { prefix: 'bpf_iter_', typedef: false };
    default:
      return { prefix: '', typedef: false };
  }
}
