// Which function of the kernel does a tracing or security program attach to?
import { BTF_KIND_FUNC, BTF_KIND_TYPEDEF } from '@rootlet/btf';
import { BPF_PROG_TYPE_LSM, BPF_PROG_TYPE_TRACING, ESRCH } from '@rootlet/uapi';
import { btfTargetPrefix, parseAttachTarget } from './attach-target.ts';
import { LoadError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { ProgramSpec } from './spec.ts';

/** A type in the BTF of the kernel or of a module. */
export interface AttachBtf {
  readonly attachBtfId: number;
  /** fd of the module's BTF; undefined for the kernel's own. */
  readonly attachBtfObjFd?: number;
}

/**
 * What the section of a program names in the kernel's BTF, or a module's.
 *
 * @param type `BPF_PROG_TYPE_*` that it is loaded as
 * @returns undefined when programs of this type name nothing there, or the kernel has no BTF to ask
 * @throws LoadError `ATTACH_BTF` when nothing of that name can be attached to
 * @libbpf libbpf_find_vmlinux_btf_id
 */
export function findAttachBtf(program: ProgramSpec, type: number, attachType: number, kernel: Kernel, what: string): AttachBtf | undefined {
  if ((type !== BPF_PROG_TYPE_TRACING && type !== BPF_PROG_TYPE_LSM) || program.attachTarget === undefined) return undefined;
  const vmlinux = kernel.vmlinuxBtf();
  const target = parseAttachTarget(program.sectionName);
  if (vmlinux === undefined || target?.kind !== 'btf') return undefined;
  const { prefix, typedef } = btfTargetPrefix(attachType);
  const name = prefix + target.name;
  const kind = typedef ? BTF_KIND_TYPEDEF : BTF_KIND_FUNC;
  if (target.module === undefined) {
    const attachBtfId = vmlinux.findByNameKind(name, kind);
    if (attachBtfId !== undefined) return { attachBtfId };
  }
  for (const module of kernel.moduleBtfs?.() ?? []) {
    if (target.module !== undefined && module.name !== target.module) continue;
    const id = module.btf.findByNameKind(name, kind);
    if (id !== undefined && id >= module.btf.startId) return { attachBtfId: id, attachBtfObjFd: module.fd };
  }
  const place = target.module === undefined ? `kernel ${kernel.name}` : `module '${target.module}'`;
  throw new LoadError('ATTACH_BTF', what, `section '${program.sectionName}' attaches to '${name}', which the BTF of ${place} does not have`, {
    errno: ESRCH,
  });
}
