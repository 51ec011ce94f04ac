// Where do the `.kconfig` variables of an object stand?
import type { Btf } from '@rootlet/btf';
import { alignUp, DecodeError } from '@rootlet/bytes';
import { BTF_KIND_DATASEC } from '@rootlet/btf';
import type { CodeExtern } from '@rootlet/reloc';
import { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG, BPF_MAP_TYPE_ARRAY } from '@rootlet/uapi';
import { dataMapKernelName } from './names.ts';
import { LIBBPF_PIN_NONE } from './spec.ts';
import type { KconfigVarSpec, MapSpec } from './spec.ts';

/** Largest `.kconfig`: a configuration's longest text is far shorter. */
const MAX_KCONFIG_BYTES = 1 << 20;

/**
 * Places the `.kconfig` variables: the widest alignment first, then the smallest, then by name.
 *
 * @param externs all externs of the object
 * @throws DecodeError `KCONFIG_TYPE` when a variable has no type with a size, or all are too large
 * @source the BTF of objects that libbpf opened
 */
export function layoutKconfig(btf: Btf | undefined, externs: readonly CodeExtern[]): KconfigVarSpec[] {
  const wanted = externs.filter((ext) => ext.sectionName === '.kconfig');
  if (btf === undefined || wanted.length === 0) return [];
  const found = wanted.map(({ name, btfId, weak }) => {
    const what = `loader: kconfig variable '${name}'`;
    if (btfId === undefined) throw new DecodeError('KCONFIG_TYPE', what, 'BTF does not declare it');
    const typeId = btf.refType(btfId);
    return { name, weak, typeId, size: btf.resolveSize(typeId), align: btf.alignOf(typeId) };
  });
  found.sort((a, b) => b.align - a.align || a.size - b.size || (a.name < b.name ? -1 : 1));
  let end = 0;
  return found.map(({ align, ...variable }) => {
    const byteOff = alignUp(end, align);
    end = byteOff + variable.size;
    if (end > MAX_KCONFIG_BYTES) {
      throw new DecodeError('KCONFIG_TYPE', `loader: kconfig variable '${variable.name}'`, 'variables too large', {
        need: `at most ${MAX_KCONFIG_BYTES} bytes`,
        have: `${end} bytes`,
      });
    }
    return { ...variable, byteOff };
  });
}

/** The map of the variables, zeros until a kernel's configuration is known; undefined when there are none. */
export function kconfigMap(objectName: string, btf: Btf | undefined, vars: readonly KconfigVarSpec[]): MapSpec | undefined {
  const last = vars.at(-1);
  if (last === undefined) return undefined;
  const name = dataMapKernelName(objectName, '.kconfig');
  return {
    name,
    sectionName: '.kconfig',
    internal: true,
    autocreate: true,
    autoattach: false,
    byteOff: 0,
    kernelName: name,
    type: BPF_MAP_TYPE_ARRAY,
    keySize: 4,
    valueSize: last.byteOff + last.size,
    maxEntries: 1,
    flags: BPF_F_RDONLY_PROG | BPF_F_MMAPABLE,
    extra: 0n,
    numaNode: 0,
    pinning: LIBBPF_PIN_NONE,
    btfKeyTypeId: 0,
    btfValueTypeId: btf?.findByNameKind('.kconfig', BTF_KIND_DATASEC) ?? 0,
    inner: undefined,
    sectionIdx: undefined,
    initialValue: undefined,
    frozen: true,
    slots: [],
  };
}
