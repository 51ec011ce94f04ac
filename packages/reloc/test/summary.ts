// What does an object say, in words that two linkers can be compared by?
import { BTF_KIND_DATASEC, BTF_KIND_FUNC, BTF_KIND_VAR, formatFuncProto, formatType } from '@rootlet/btf';
import type { Btf, BtfDatasec, BtfFunc, BtfVar } from '@rootlet/btf';
import { SHT_NOBITS, SHT_PROGBITS, STT_SECTION } from '@rootlet/elf';
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { openObject } from './objects.ts';

/** An object in words; every list is sorted. */
export interface Summary {
  readonly sections: readonly string[];
  readonly symbols: readonly string[];
  readonly relocs: readonly string[];
  readonly contents: Readonly<Record<string, string>>;
  readonly funcs: readonly string[];
  readonly vars: readonly string[];
  readonly datasecs: readonly string[];
  readonly records: readonly string[];
}

function contentSections(elf: ElfFile): readonly ElfSection[] {
  return elf.sections.filter(({ type, name }) => (type === SHT_PROGBITS || type === SHT_NOBITS) && !name.startsWith('.BTF'));
}

/** Reads an object. */
export function summarize(bytes: Uint8Array): Summary {
  const opened = openObject(bytes);
  const { elf } = opened;
  const btf = opened.btf as Btf;
  const nameOf = (sectionIdx: number): string => elf.sections[sectionIdx]?.name ?? `${sectionIdx}`;
  const sections = contentSections(elf);
  const funcs: string[] = [];
  const vars: string[] = [];
  const datasecs: string[] = [];
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const type = btf.type(id);
    if (type.kind === BTF_KIND_FUNC) funcs.push(`${formatFuncProto(btf, id)}, linkage ${type.linkage}`);
    if (type.kind === BTF_KIND_VAR) vars.push(`${formatType(btf, type.type)} ${type.name}, linkage ${type.linkage}`);
    if (type.kind !== BTF_KIND_DATASEC) continue;
    const datasec: BtfDatasec = type;
    for (const entry of datasec.vars) {
      datasecs.push(`${datasec.name} (${datasec.size}): ${btf.name(entry.type)} at ${entry.byteOff}, ${entry.size} bytes`);
    }
  }
  const records: string[] = [];
  for (const { sectionName, records: list } of opened.ext?.funcInfo ?? []) {
    for (const { insnIdx, typeId } of list) records.push(`${sectionName}+${insnIdx} func ${(btf.type(typeId) as BtfFunc | BtfVar).name}`);
  }
  for (const { sectionName, records: list } of opened.ext?.lineInfo ?? []) {
    for (const { insnIdx, fileNameOff, lineOff, line, column } of list) {
      records.push(`${sectionName}+${insnIdx} line ${btf.string(fileNameOff)}:${line}:${column} ${btf.string(lineOff)}`);
    }
  }
  for (const { sectionName, records: list } of opened.ext?.coreRelos ?? []) {
    for (const { insnIdx, typeId, accessStrOff, kind } of list) {
      records.push(`${sectionName}+${insnIdx} core ${kind} ${formatType(btf, typeId)} ${btf.string(accessStrOff)}`);
    }
  }
  return {
    sections: sections.map((one) => `${one.name} type ${one.type} flags ${one.flags} size ${one.size} align ${one.addrAlign}`).sort(),
    symbols: elf.symbols
      .filter((symbol) => symbol.index > 0 && symbol.type !== STT_SECTION)
      .map((one) => `${one.name}: bind ${one.binding} type ${one.type} vis ${one.visibility} ${nameOf(one.sectionIdx)}+${one.value}/${one.size}`)
      .sort(),
    relocs: sections
      .flatMap((section) =>
        section.relocs.map(({ byteOff, type, symbolIdx }) => {
          const symbol = elf.symbols[symbolIdx];
          const target = symbol?.type === STT_SECTION ? nameOf(symbol.sectionIdx) : symbol?.name;
          return `${section.name}+${byteOff} type ${type} ${target}`;
        }),
      )
      .sort(),
    contents: Object.fromEntries(sections.map((one) => [one.name, Buffer.from(one.data.bytes).toString('hex')])),
    funcs: funcs.sort(),
    vars: vars.sort(),
    datasecs: datasecs.sort(),
    records: records.sort(),
  };
}
