// How do tests open the fixtures?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBtf, parseBtfExt } from '@rootlet/btf';
import type { Btf, BtfExt } from '@rootlet/btf';
import { findSection, parseElf } from '@rootlet/elf';
import type { ElfFile } from '@rootlet/elf';
import { collectCode } from '../src/index.ts';
import type { CodeFunc, CodeModel, CodeReloc, RelocResolver } from '../src/index.ts';

/** Bytes of a fixture, e.g. `order` or `order.be`. */
export function readObject(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.o`)));
}

/** An object with all that collecting wants. */
export interface OpenedObject {
  readonly elf: ElfFile;
  readonly btf: Btf | undefined;
  readonly ext: BtfExt | undefined;
  readonly model: CodeModel;
}

/** Parses and collects an object. */
export function openObject(bytes: Uint8Array): OpenedObject {
  const elf = parseElf(bytes);
  const btfSection = findSection(elf, '.BTF');
  const extSection = findSection(elf, '.BTF.ext');
  const btf = btfSection && parseBtf(btfSection.data.bytes);
  const ext = btf && extSection && parseBtfExt(extSection.data.bytes, { btf });
  return { elf, btf, ext, model: collectCode(elf, btf, ext) };
}

/** A function by name. */
export function getFunc(model: CodeModel, name: string): CodeFunc {
  const func = model.funcs.find((candidate) => candidate.name === name);
  if (func === undefined) throw new Error(`no function ${name}`);
  return func;
}

/** What a relocation refers to, as text: `map counts`, `data .bss+0`, `call foo`. */
export function targetText(opened: OpenedObject, reloc: Pick<CodeReloc, 'target'>): string {
  const { target } = reloc;
  switch (target.kind) {
    case 'map':
      return `map ${target.name}`;
    case 'data':
      return `data ${opened.elf.sections[target.sectionIdx]?.name}+${target.addend}`;
    case 'call':
    case 'funcAddr':
      return `${target.kind} ${opened.model.funcs[target.funcIdx]?.name}`;
    case 'jumpTable':
      return `table ${target.table.name} ${target.table.targets.join(' ')}`;
    case 'label':
      return `label ${opened.elf.sections[target.sectionIdx]?.name}+${target.insnIdx}`;
    default:
      return `${target.kind} ${opened.model.externs[target.externIdx]?.name}`;
  }
}

/** A resolver in which everything unbound stays pending. */
export function plainResolver(changes: Partial<RelocResolver> = {}): RelocResolver {
  return {
    mapFd: () => 3,
    dataMapFd: (sectionIdx) => 100 + sectionIdx,
    extern: (ext) =>
      ext.kind === 'func' ? { kind: 'pending', btfId: ext.btfId ?? 0 } : { kind: 'mapValue', mapFd: 200, byteOff: 8 },
    ...changes,
  };
}
