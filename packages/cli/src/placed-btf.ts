// Where do the variables of an object stand in its sections?
import { BTF_KIND_DATASEC, BTF_KIND_VAR, BTF_VAR_GLOBAL_ALLOCATED, BtfBuilder, iterateTypes, parseBtfFile } from '@rootlet/btf';
import type { Btf, BtfDatasec } from '@rootlet/btf';
import { ELF_MAGIC, findSection, parseElf } from '@rootlet/elf';
import type { ElfFile } from '@rootlet/elf';
import type { Io } from './io.ts';

/**
 * BTF of an ELF file or of a raw one. In objects as clang writes them, sections have size 0 and global variables offset 0; here they
 * have those that the symbols tell, as libbpf gives them to a kernel.
 *
 * @param base file that a split BTF continues
 * @throws InputError, DecodeError
 */
export function readPlacedBtf(io: Io, path: string, base: string | undefined): Btf {
  const bytes = io.read(path);
  const { btf } = parseBtfFile(bytes, { base: base === undefined ? undefined : parseBtfFile(io.read(base)).btf });
  const magic = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (magic !== ELF_MAGIC) return btf;
  const unplaced = [...iterateTypes(btf, BTF_KIND_DATASEC, btf.startId)].filter((type): type is BtfDatasec => type.kind === BTF_KIND_DATASEC && type.size === 0);
  return unplaced.length === 0 ? btf : place(btf, parseElf(bytes), unplaced);
}

function place(btf: Btf, elf: ElfFile, datasecs: readonly BtfDatasec[]): Btf {
  const builder = BtfBuilder.from(btf);
  for (const { id, name, vars } of datasecs) {
    const section = findSection(elf, name);
    // What externs are in, .ksyms and .kconfig, is in no file.
    if (section === undefined) continue;
    const offs = new Map(elf.symbols.filter((symbol) => symbol.sectionIdx === section.index).map((symbol) => [symbol.name, symbol.value]));
    const placed = vars.map((info) => {
      const variable = btf.type(info.type);
      // Static ones may share a name; clang places them itself.
      const isGlobal = variable.kind === BTF_KIND_VAR && variable.linkage === BTF_VAR_GLOBAL_ALLOCATED;
      return { ...info, byteOff: isGlobal ? (offs.get(variable.name) ?? info.byteOff) : info.byteOff };
    });
    builder.setDatasec(id, section.size, placed);
  }
  return builder.build(btf.littleEndian);
}
