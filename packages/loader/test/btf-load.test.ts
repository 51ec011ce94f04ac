// Where are variables in the BTF that a kernel is given?
import { expect, it } from '@jest/globals';
import { BTF_KIND_DATASEC, parseBtf } from '@rootlet/btf';
import { btfToLoad } from '../src/btf-load.ts';
import { parseObject } from '../src/index.ts';
import type { ObjectSpec } from '../src/index.ts';
import { exampleBytes } from './support.ts';

const spec = parseObject(exampleBytes('objects/data_sections.o'), { name: 'data_sections' });

function placesIn(section: string, of: ObjectSpec): number[] {
  const btf = parseBtf(btfToLoad(of) ?? new Uint8Array());
  const datasec = btf.type(btf.findByNameKind(section, BTF_KIND_DATASEC) ?? 0);
  return 'vars' in datasec ? datasec.vars.map(({ byteOff }) => byteOff) : [];
}

// clang 14 lists a constant array of 16 or 32 bytes in .rodata, and puts it into .rodata.cst16 or .rodata.cst32. libbpf 1.7 gives the kernel
// these bytes (node tools/load-diff.mjs FILE).
it('a constant that lies in a section of its own is listed with its place there', () => {
  const places = placesIn('.rodata', spec);
  const [name = '', found = []] = [...spec.variables].find(([, [first]]) => first?.sectionName === '.rodata' && first.byteOff === Math.max(...places)) ?? [];
  const moved = found.map((variable) => ({ ...variable, sectionName: '.rodata.cst32', byteOff: 0 }));
  const changed = { ...spec, variables: new Map([...spec.variables, [name, moved]]) };
  expect(placesIn('.rodata', changed)).toEqual(places.map((place) => (place === Math.max(...places) ? 0 : place)));
  expect(places.length).toBeGreaterThan(1);
});
