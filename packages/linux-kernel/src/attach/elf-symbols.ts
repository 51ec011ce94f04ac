// Where in a program or library does a function stand?
import { ET_DYN, ET_EXEC, parseElf, SHN_LORESERVE, SHT_DYNSYM, SHT_SYMTAB, STB_GLOBAL, STB_LOCAL, STB_WEAK, STT_FUNC, SYM_SIZE } from '@rootlet/elf';
import type { ElfFile, ElfSection } from '@rootlet/elf';
import { KernelError } from '@rootlet/loader';
import { EINVAL, ENOENT, ESRCH } from '@rootlet/uapi';
import { readFileSync } from 'node:fs';

/** Bit of a version number that marks a symbol as not the default one of its name. @source LSB, symbol versioning */
const VERSYM_HIDDEN = 0x8000;
const SHT_GNU_VERDEF = 0x6fff_fffd;
const SHT_GNU_VERSYM = 0x6fff_ffff;

/** A function of a file. */
export interface ElfFunction {
  readonly name: string;
  /** Version of a dynamic symbol, such as `GLIBC_2.34`. */
  readonly version: string | undefined;
  /** Whether it is the one that a name without version means. */
  readonly isDefault: boolean;
  readonly binding: number;
  /** Offset in the file, bytes. */
  readonly fileOff: number;
}

/**
 * The ELF file at a path.
 *
 * @param read gives its bytes where they are not a file of their own
 * @throws KernelError `ENOENT`, `EACCES`, `EINVAL` when it is no ELF file
 */
export function openElf(operation: string, path: string, read: () => Uint8Array = () => readFileSync(path)): ElfFile {
  try {
    const elf = parseElf(read());
    if (elf.type === ET_EXEC || elf.type === ET_DYN) return elf;
  } catch (error) {
    const { errno } = error as { errno?: number };
    throw new KernelError(operation, errno === undefined ? EINVAL : -errno, `'${path}': ${(error as Error).message}`, { cause: error });
  }
  throw new KernelError(operation, EINVAL, `'${path}' is neither a program nor a library`);
}

/** The functions of a file whose name passes a test, those of the dynamic symbol table first. */
export function listFunctions(elf: ElfFile, wanted: (name: string) => boolean): readonly ElfFunction[] {
  return [SHT_DYNSYM, SHT_SYMTAB].flatMap((type) => {
    const table = elf.sections.find((section) => section.type === type);
    return table === undefined ? [] : readTable(elf, table, wanted);
  });
}

function readTable(elf: ElfFile, table: ElfSection, wanted: (name: string) => boolean): ElfFunction[] {
  const names = elf.sections[table.link]?.data;
  const { bytes } = table.data;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versions = table.type === SHT_DYNSYM ? elf.sections.find(({ type }) => type === SHT_GNU_VERSYM)?.data : undefined;
  const versionNames = versions === undefined ? undefined : readVersionNames(elf);
  const found: ElfFunction[] = [];
  for (let index = 0; names !== undefined && (index + 1) * SYM_SIZE <= bytes.length; index++) {
    const byteOff = index * SYM_SIZE;
    const info = data.getUint8(byteOff + 4);
    const section = elf.sections[data.getUint16(byteOff + 6, elf.littleEndian)];
    if ((info & 0xf) !== STT_FUNC || section === undefined || section.index === 0 || section.index >= SHN_LORESERVE) continue;
    const name = textAt(names.bytes, data.getUint32(byteOff, elf.littleEndian));
    if (!wanted(name)) continue;
    const version = versions !== undefined && 2 * index + 2 <= versions.length ? versions.u16(2 * index) : 0;
    found.push({
      name,
      version: versionNames?.get(version & ~VERSYM_HIDDEN),
      isDefault: (version & VERSYM_HIDDEN) === 0,
      binding: info >>> 4,
      fileOff: Number(data.getBigUint64(byteOff + 8, elf.littleEndian)) - section.addr + section.byteOff,
    });
  }
  return found;
}

/** Names of the versions that a library defines, by number. */
function readVersionNames(elf: ElfFile): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const section = elf.sections.find(({ type }) => type === SHT_GNU_VERDEF);
  const names = section === undefined ? undefined : elf.sections[section.link]?.data;
  if (section === undefined || names === undefined) return found;
  const { data } = section;
  // struct Elf64_Verdef: version, flags, ndx, cnt (2 bytes each), hash, aux, next (4 bytes each); its first aux names it.
  for (let byteOff = 0; byteOff + 20 <= data.length; ) {
    const auxOff = byteOff + data.u32(byteOff + 12);
    if (auxOff + 8 <= data.length) found.set(data.u16(byteOff + 4), textAt(names.bytes, data.u32(auxOff)));
    const next = data.u32(byteOff + 16);
    if (next === 0) break;
    byteOff += next;
  }
  return found;
}

function textAt(bytes: Uint8Array, byteOff: number): string {
  const end = bytes.indexOf(0, byteOff);
  let text = '';
  for (let at = byteOff; at < (end < 0 ? bytes.length : end); at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/**
 * Offset in the file of the function `name`, or `name@VERSION` (`name@@VERSION`). A global symbol stands before a weak one,
 * that before a local one; without a version the default one is meant.
 *
 * @throws KernelError `ENOENT` when there is none, `ESRCH` when several fit
 */
export function findFunction(operation: string, elf: ElfFile, path: string, name: string): number {
  return findFunctions(operation, elf, path, [name])[0] as number;
}

/** The same for many names in one pass. */
export function findFunctions(operation: string, elf: ElfFile, path: string, names: readonly string[]): readonly number[] {
  const bare = new Set(names.map((name) => splitVersion(name)[0]));
  const byName = new Map<string, ElfFunction[]>();
  for (const func of listFunctions(elf, (name) => bare.has(name))) byName.set(func.name, [...(byName.get(func.name) ?? []), func]);
  return names.map((name) => {
    const [stem, version] = splitVersion(name);
    const all = (byName.get(stem) ?? []).filter((func) => version === undefined || func.version === version);
    const defaults = all.filter(({ isDefault }) => version !== undefined || isDefault);
    return choose(operation, path, name, defaults.length > 0 ? defaults : all);
  });
}

function splitVersion(name: string): readonly [string, string | undefined] {
  const at = name.indexOf('@');
  return at <= 0 ? [name, undefined] : [name.slice(0, at), name.slice(at).replace(/^@@?/, '')];
}

function choose(operation: string, path: string, name: string, candidates: readonly ElfFunction[]): number {
  const best = [STB_GLOBAL, STB_WEAK, STB_LOCAL].map((binding) => candidates.filter((func) => func.binding === binding)).find((some) => some.length > 0);
  const places = new Set((best ?? candidates).map(({ fileOff }) => fileOff));
  const [fileOff] = places;
  if (fileOff === undefined) throw new KernelError(operation, ENOENT, `'${path}' has no function '${name}'`);
  if (places.size > 1) throw new KernelError(operation, ESRCH, `'${path}' has ${places.size} functions '${name}'`);
  return fileOff;
}
