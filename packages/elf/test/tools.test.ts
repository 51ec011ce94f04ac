// Do other people's tools read what is read and written here the same way?
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { encodeElf, parseElf } from '../src/index.ts';
import { objectPath, OBJECTS, readObject } from './objects.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'elf-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0;

/** `it`, or a skipped test that says which tool is missing. */
function itWith(tool: string, name: string, run: () => void): void {
  if (has(tool)) it(name, run, 120_000);
  else it.skip(`${name} (skipped: no ${tool} here)`, run);
}

/** What is used of `llvm-readelf --elf-output-style=JSON`. */
interface Value {
  readonly Name: string;
  readonly Value: number;
}
interface Readelf {
  readonly Sections: readonly {
    readonly Section: Record<'Address' | 'Offset' | 'Size' | 'Link' | 'Info' | 'AddressAlignment' | 'EntrySize', number> & Record<'Name' | 'Type' | 'Flags', Value>;
  }[];
  readonly Symbols: readonly { readonly Symbol: Record<'Value' | 'Size', number> & Record<'Binding' | 'Type' | 'Other' | 'Section', Value> }[];
  readonly Relocations: readonly { readonly Relocs: readonly { readonly Relocation: { readonly Offset: number; readonly Type: Value; readonly Symbol: Value } }[] }[];
}

/** A sample: each twentieth object, and those with something of their own. */
const SAMPLE = [
  ...OBJECTS.filter((_object, index) => index % 20 === 0),
  'linking/visibility.o',
  'linking/weak_main.bpfeb.o',
  'programs/globals.o',
  'programs/globals.bpfeb.o',
  'programs/variants.compressed.o',
];

function written(object: string): string {
  const path = join(dir, object.replaceAll('/', '_'));
  writeFileSync(path, encodeElf(parseElf(readObject(object))));
  return path;
}

itWith('llvm-readelf-19', 'llvm-readelf sees the same sections, symbols and relocations', () => {
  for (const object of SAMPLE) {
    const elf = parseElf(readObject(object));
    const text = execFileSync('llvm-readelf-19', ['--elf-output-style=JSON', '-S', '-s', '-r', objectPath(object)]).toString();
    const theirs = (JSON.parse(text) as [Readelf])[0];
    expect(elf.sections.map((s) => [s.name, s.type, s.flags, s.addr, s.byteOff, s.size, s.link, s.info, s.addrAlign, s.entSize])).toEqual(
      theirs.Sections.map(({ Section: s }) => [s.Name.Name, s.Type.Value, s.Flags.Value, s.Address, s.Offset, s.Size, s.Link, s.Info, s.AddressAlignment, s.EntrySize]),
    );
    expect(elf.symbols.map((s) => [s.value, s.size, s.binding, s.type, s.visibility, s.sectionIdx])).toEqual(
      theirs.Symbols.map(({ Symbol: s }) => [s.Value, s.Size, s.Binding.Value, s.Type.Value, s.Other.Value & 3, s.Section.Value]),
    );
    const theirRelocs = theirs.Relocations.flatMap((table) => table.Relocs.map(({ Relocation: r }) => [r.Offset, r.Type.Value, r.Symbol.Name]));
    // Theirs are in the order of the tables, these in that of the sections they apply to; section symbols have their section's name there.
    const ours = elf.sections.flatMap((section) =>
      section.relocs.map((reloc) => {
        const symbol = elf.symbols[reloc.symbolIdx]!;
        return [reloc.byteOff, reloc.type, symbol.type === 3 ? elf.sections[symbol.sectionIdx]!.name : symbol.name];
      }),
    );
    expect(ours.map(String).sort()).toEqual(theirRelocs.map(String).sort());
  }
});

itWith('llvm-readelf-19', 'llvm-readelf and llvm-objdump read written files without a complaint', () => {
  for (const object of SAMPLE) {
    const path = written(object);
    const readelf = spawnSync('llvm-readelf-19', ['-a', path]);
    expect([readelf.status, readelf.stderr.toString()]).toEqual([0, '']);
    const dump = (file: string): string[] => execFileSync('llvm-objdump-19', ['-d', '-r', '-j', '.text', '-j', 'xdp', file]).toString().split('\n').slice(3);
    if (!object.includes('x86')) expect(dump(path)).toEqual(dump(objectPath(object)));
  }
});

itWith('readelf', 'GNU readelf reads written files without a complaint', () => {
  for (const object of SAMPLE) {
    const readelf = spawnSync('readelf', ['-h', '-S', '-s', '-r', written(object)]);
    // binutils knows no names for some of BPF's relocations and says so of clang's files as well.
    const complaints = readelf.stderr.toString().split('\n').filter((line) => line !== '' && !line.includes('unrecognized relocation'));
    expect([readelf.status, complaints]).toEqual([0, []]);
  }
});

itWith('bpftool', 'bpftool links a written file', () => {
  const out = join(dir, 'linked.o');
  execFileSync('bpftool', ['gen', 'object', out, written('linking/graph1.o'), written('linking/graph2.o')]);
  const linked = parseElf(Uint8Array.from(execFileSync('cat', [out])));
  expect(linked.symbols.filter((symbol) => ['one', 'two'].includes(symbol.name)).map((symbol) => symbol.sectionIdx > 0)).toEqual([true, true]);
});
