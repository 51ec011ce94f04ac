// Which tables of functions does an object give the kernel?
import { BTF_KIND_DATASEC, BTF_KIND_FUNC_PROTO, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_VAR } from '@rootlet/btf';
import type { Btf, BtfComposite } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { BPF_F_LINK, BPF_MAP_TYPE_STRUCT_OPS } from '@rootlet/uapi';
import { kernelName } from './names.ts';
import { LIBBPF_PIN_NONE } from './spec.ts';
import type { MapSpec, VariableSpec } from './spec.ts';
import { findVariable } from './variables.ts';

const NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set(['.struct_ops', '.struct_ops.link', '?.struct_ops', '?.struct_ops.link']);

/**
 * A map for each variable of the struct_ops sections. A leading `?` leaves its creation to whoever asks for it; `.link`
 * makes it one that is attached by a link.
 *
 * @throws DecodeError `STRUCT_OPS` naming section, variable and relocation
 * @source libbpf documentation, "struct_ops"
 */
export function collectStructOps(elf: ElfFile, btf: Btf | undefined, variables: ReadonlyMap<string, readonly VariableSpec[]>): MapSpec[] {
  return elf.sections
    .filter((section) => NAMES.has(section.name) && section.size > 0)
    .flatMap((section) => sectionMaps(elf, section, btf, variables));
}

function sectionMaps(
  elf: ElfFile,
  section: ElfSection,
  btf: Btf | undefined,
  variables: ReadonlyMap<string, readonly VariableSpec[]>,
): MapSpec[] {
  const what = `loader: section ${section.name}`;
  const secId = btf?.findByNameKind(section.name, BTF_KIND_DATASEC);
  const datasec = secId === undefined ? undefined : btf?.type(secId);
  if (btf === undefined || datasec?.kind !== BTF_KIND_DATASEC) {
    throw new DecodeError('STRUCT_OPS', what, 'BTF has no DATASEC for it', { byteOff: section.byteOff });
  }
  const placed = datasec.vars.map(({ type, byteOff }) => {
    const variable = btf.type(type);
    const name = variable.kind === BTF_KIND_VAR ? variable.name : '';
    const place = name === '' ? undefined : findVariable(variables, name, section.name, byteOff);
    const structId = variable.kind === BTF_KIND_VAR ? btf.resolveType(variable.type) : 0;
    const struct = structId !== 0 && btf.kind(structId) === BTF_KIND_STRUCT ? btf.type(structId) : undefined;
    if (place === undefined || struct?.kind !== BTF_KIND_STRUCT || place.byteOff + struct.size > section.size) {
      throw new DecodeError('STRUCT_OPS', `${what}: variable '${name}'`, 'is no struct in that section', { byteOff: section.byteOff + (place?.byteOff ?? 0) });
    }
    return { name, structId, struct, byteOff: place.byteOff };
  });
  placed.sort((a, b) => a.byteOff - b.byteOff);
  const funcsOf = collectFuncs(elf, section, btf, placed);
  return placed.map((table) => ({
    name: table.name,
    sectionName: section.name,
    internal: false,
    autocreate: !section.name.startsWith('?'),
    autoattach: true,
    byteOff: table.byteOff,
    kernelName: kernelName(table.name),
    type: BPF_MAP_TYPE_STRUCT_OPS,
    keySize: 4,
    valueSize: table.struct.size,
    maxEntries: 1,
    flags: section.name.endsWith('.link') ? BPF_F_LINK : 0,
    extra: 0n,
    numaNode: 0,
    pinning: LIBBPF_PIN_NONE,
    btfKeyTypeId: 0,
    btfValueTypeId: table.structId,
    inner: undefined,
    sectionIdx: undefined,
    initialValue: new Uint8Array(section.data.bytes.subarray(table.byteOff, table.byteOff + table.struct.size)),
    frozen: false,
    slots: [],
    structOps: funcsOf.get(table) ?? [],
  }));
}

interface Table {
  readonly name: string;
  readonly struct: BtfComposite;
  readonly byteOff: number;
}

/** The programs that relocations put in the tables. */
function collectFuncs<T extends Table>(elf: ElfFile, section: ElfSection, btf: Btf, tables: readonly T[]): Map<T, { byteOff: number; program: string }[]> {
  const found = new Map<T, { byteOff: number; program: string }[]>();
  for (const reloc of section.relocs) {
    const symbol = elf.symbols[reloc.symbolIdx]?.name ?? '';
    const fail = (problem: string): DecodeError =>
      new DecodeError('STRUCT_OPS', `loader: section ${section.name}: relocation of '${symbol}'`, problem, { byteOff: section.byteOff + reloc.byteOff });
    const table = tables.findLast((candidate) => candidate.byteOff <= reloc.byteOff);
    const byteOff = reloc.byteOff - (table?.byteOff ?? 0);
    if (table === undefined || byteOff >= table.struct.size) throw fail('is in no variable');
    const member = table.struct.members.find((candidate) => candidate.bitOff === 8 * byteOff);
    if (member === undefined || !isFuncPointer(btf, member.type)) throw fail(`'${table.name}' has no pointer to a function there`);
    const list = found.get(table) ?? [];
    found.set(table, list);
    list.push({ byteOff, program: symbol });
  }
  return found;
}

function isFuncPointer(btf: Btf, typeId: number): boolean {
  const ptr = btf.resolveType(typeId);
  return btf.kind(ptr) === BTF_KIND_PTR && btf.kind(btf.resolveType(btf.refType(ptr))) === BTF_KIND_FUNC_PROTO;
}
