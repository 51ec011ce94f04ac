// Which maps hold the object's global variables?
import { BTF_KIND_DATASEC } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import { SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS, SHT_PROGBITS } from '@rootlet/elf';
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG, BPF_MAP_TYPE_ARRAY } from '@rootlet/uapi';
import { dataMapKernelName, dataMapName } from './names.ts';
import { LIBBPF_PIN_NONE } from './spec.ts';
import type { MapSpec } from './spec.ts';

/** Largest data section that is opened: a map value's limit in the kernel is near 4 GB; files are smaller. */
const MAX_DATA_BYTES = 256 * 1024 * 1024;

/** Whether a section holds global variables. */
export function isDataSection(section: ElfSection): boolean {
  if ((section.flags & SHF_ALLOC) === 0 || (section.flags & SHF_EXECINSTR) !== 0 || section.size === 0) return false;
  const { name } = section;
  if (section.type === SHT_PROGBITS) return isNamed(name, '.data') || isNamed(name, '.rodata');
  return section.type === SHT_NOBITS && isNamed(name, '.bss');
}

function isNamed(name: string, stem: string): boolean {
  return name === stem || name.startsWith(`${stem}.`);
}

/**
 * One array map with one entry for each data section. It can be mapped into a process when BTF describes it and others
 * may see a variable in it.
 *
 * @param visible numbers of the sections with variables that are neither static nor hidden
 * @throws `DATA_SIZE` when a section is larger than 256 MiB
 */
export function collectDataMaps(elf: ElfFile, btf: Btf | undefined, objectName: string, visible: ReadonlySet<number>): MapSpec[] {
  const maps: MapSpec[] = [];
  for (const section of elf.sections) {
    if (!isDataSection(section)) continue;
    if (section.size > MAX_DATA_BYTES) {
      throw new DecodeError('DATA_SIZE', `loader: section ${section.name}`, 'data section too large', {
        need: `at most ${MAX_DATA_BYTES} bytes`,
        have: `${section.size} bytes`,
        byteOff: section.byteOff,
      });
    }
    const readOnly = isNamed(section.name, '.rodata');
    const datasecId = btf?.findByNameKind(section.name, BTF_KIND_DATASEC) ?? 0;
    const mmapable = datasecId !== 0 && visible.has(section.index);
    maps.push({
      name: dataMapName(objectName, section.name),
      sectionName: section.name,
      internal: true,
      autocreate: true,
      autoattach: false,
      byteOff: 0,
      kernelName: dataMapKernelName(objectName, section.name),
      type: BPF_MAP_TYPE_ARRAY,
      keySize: 4,
      valueSize: section.size,
      maxEntries: 1,
      flags: (readOnly ? BPF_F_RDONLY_PROG : 0) | (mmapable ? BPF_F_MMAPABLE : 0),
      extra: 0n,
      numaNode: 0,
      pinning: LIBBPF_PIN_NONE,
      btfKeyTypeId: 0,
      btfValueTypeId: datasecId,
      inner: undefined,
      sectionIdx: section.index,
      // Zeros are not written out: a small file may ask for a very large .bss.
      initialValue: section.type === SHT_NOBITS ? undefined : new Uint8Array(section.data.bytes),
      frozen: readOnly,
      slots: [],
    });
  }
  return maps;
}
