// What stands in these bytes?
import { parseBtf, parseBtfExt } from '@rootlet/btf';
import type { Btf, BtfExt } from '@rootlet/btf';
import { DecodeError, decodeUtf8 } from '@rootlet/bytes';
import {
  EM_BPF,
  ET_REL,
  findSection,
  parseElf,
  SHN_LORESERVE,
  SHN_UNDEF,
  STB_LOCAL,
  STT_OBJECT,
  STV_HIDDEN,
  STV_INTERNAL,
} from '@rootlet/elf';
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { collectCode } from '@rootlet/reloc';
import { fillArena } from './arena.ts';
import { parseBtfMaps } from './btf-maps.ts';
import { collectDataMaps } from './data-maps.ts';
import { kconfigMap, layoutKconfig } from './kconfig-layout.ts';
import { collectPrograms } from './programs.ts';
import { resolveSlots } from './slots.ts';
import type { KconfigVarSpec, MapSpec, ObjectSpec, VariableSpec } from './spec.ts';
import { collectStructOps } from './struct-ops.ts';
import { findVariable } from './variables.ts';

/** How to read an object. */
export interface ParseOptions {
  /** Name of the object, for messages, scopes and the names of its data maps. */
  readonly name?: string;
}

/**
 * Reads a BPF object. Pure: nothing is loaded, and the same bytes give the same spec.
 *
 * @param bytes an ELF64 relocatable of machine BPF, either byte order
 * @throws DecodeError or RelocError naming what is malformed and where
 * @libbpf bpf_object__open_mem
 */
export function parseObject(bytes: Uint8Array, options: ParseOptions = {}): ObjectSpec {
  const name = options.name ?? 'object';
  const elf = parseElf(bytes);
  checkMachine(elf);
  const legacy = findSection(elf, 'maps');
  if (legacy !== undefined && legacy.size > 0) {
    throw new DecodeError('LEGACY_MAPS', 'loader: section maps', 'legacy map definitions are not read', {
      byteOff: legacy.byteOff,
      need: 'BTF-defined maps in section .maps',
    });
  }
  const btf = parseSection(elf, '.BTF', (data, byteOff) => parseBtf(data, { byteOff }));
  const ext = parseExt(elf, btf);
  const code = collectCode(elf, btf, ext);
  const variables = collectVariables(elf);
  const kconfig = layoutKconfig(btf, code.externs);
  return {
    name,
    bytes,
    littleEndian: elf.littleEndian,
    license: textOf(findSection(elf, 'license')),
    kernVersion: versionOf(findSection(elf, 'version')),
    btf,
    ext,
    code,
    ...collectPrograms(code, btf),
    kconfig,
    maps: collectMaps({ elf, btf, variables, kconfig, objectName: name }),
    sectionSizes: new Map(elf.sections.map((section) => [section.name, section.size])),
    variables,
  };
}

function checkMachine(elf: ElfFile): void {
  if (elf.machine !== EM_BPF) {
    throw new DecodeError('ELF_MACHINE', 'loader: ELF header', 'not an object for BPF', {
      byteOff: 18,
      need: `machine ${EM_BPF}`,
      have: `machine ${elf.machine}`,
    });
  }
  if (elf.type !== ET_REL) {
    throw new DecodeError('ELF_TYPE', 'loader: ELF header', 'not a relocatable object', {
      byteOff: 16,
      need: `type ${ET_REL}`,
      have: `type ${elf.type}`,
    });
  }
}

function parseSection<T>(elf: ElfFile, name: string, parse: (data: Uint8Array, byteOff: number) => T): T | undefined {
  const section = findSection(elf, name);
  return section === undefined || section.size === 0 ? undefined : parse(section.data.bytes, section.byteOff);
}

function parseExt(elf: ElfFile, btf: Btf | undefined): BtfExt | undefined {
  if (btf === undefined) return undefined;
  return parseSection(elf, '.BTF.ext', (data, byteOff) => parseBtfExt(data, { btf, byteOff }));
}

/** Longest license that is handed on, bytes; libbpf cuts longer ones off, too. */
const MAX_LICENSE_BYTES = 63;

/** Text of the license section up to its NUL. */
function textOf(section: ElfSection | undefined): string {
  if (section === undefined) return '';
  const bytes = section.data.bytes.subarray(0, MAX_LICENSE_BYTES);
  const end = bytes.indexOf(0);
  return decodeUtf8(bytes, 0, end < 0 ? bytes.length : end);
}

function versionOf(section: ElfSection | undefined): number {
  if (section === undefined) return 0;
  if (section.size !== 4) {
    throw new DecodeError('VERSION_SIZE', 'loader: section version', 'not one 32-bit number', {
      byteOff: section.byteOff,
      need: '4 bytes',
      have: `${section.size} bytes`,
    });
  }
  return section.data.u32(0);
}

/** Object symbols (global and static variables, maps) with the section they stand in. */
function collectVariables(elf: ElfFile): Map<string, VariableSpec[]> {
  const variables = new Map<string, VariableSpec[]>();
  for (const symbol of elf.symbols) {
    if (symbol.type !== STT_OBJECT || symbol.sectionIdx === SHN_UNDEF || symbol.sectionIdx >= SHN_LORESERVE) continue;
    const section = elf.sections[symbol.sectionIdx];
    if (section === undefined) continue;
    const variable: VariableSpec = {
      name: symbol.name,
      sectionIdx: section.index,
      sectionName: section.name,
      byteOff: symbol.value,
      size: symbol.size,
      visible: symbol.binding !== STB_LOCAL && symbol.visibility !== STV_HIDDEN && symbol.visibility !== STV_INTERNAL,
    };
    const namesakes = variables.get(symbol.name);
    if (namesakes === undefined) variables.set(symbol.name, [variable]);
    else namesakes.push(variable);
  }
  return variables;
}

interface MapSources {
  readonly elf: ElfFile;
  readonly btf: Btf | undefined;
  readonly variables: ReadonlyMap<string, readonly VariableSpec[]>;
  readonly kconfig: readonly KconfigVarSpec[];
  readonly objectName: string;
}

function collectMaps({ elf, btf, variables, kconfig, objectName }: MapSources): MapSpec[] {
  const visible = new Set<number>();
  for (const namesakes of variables.values()) for (const variable of namesakes) if (variable.visible) visible.add(variable.sectionIdx);
  const ofKconfig = kconfigMap(objectName, btf, kconfig);
  return [
    ...fillArena(elf, collectBtfMaps(elf, btf, variables)),
    ...collectDataMaps(elf, btf, objectName, visible),
    ...(ofKconfig === undefined ? [] : [ofKconfig]),
    ...collectStructOps(elf, btf, variables),
  ];
}

function collectBtfMaps(elf: ElfFile, btf: Btf | undefined, variables: ReadonlyMap<string, readonly VariableSpec[]>): MapSpec[] {
  const section = findSection(elf, '.maps');
  if (section === undefined || section.size === 0) return [];
  if (btf === undefined) {
    throw new DecodeError('MAP_DEF', 'loader: section .maps', 'the object has no BTF that defines its maps', {
      byteOff: section.byteOff,
    });
  }
  const defs = parseBtfMaps(btf, (name, byteOff) => findVariable(variables, name, section.name, byteOff));
  return resolveSlots(elf, section, defs);
}
