// Is every way in which sections or maps of one name may differ found, each on its own?
import { describe, expect, it } from '@jest/globals';
import { BTF_VAR_GLOBAL_ALLOCATED, BtfBuilder } from '@rootlet/btf';
import { ElfWriter, parseElf, SHF_ALLOC, SHF_WRITE, SHT_NOBITS, SHT_PROGBITS, STB_GLOBAL, STT_OBJECT, STV_HIDDEN } from '@rootlet/elf';
import { linkObjects } from '../src/index.ts';
import { readObject } from './objects.ts';

interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function object(name: string, build: (writer: ElfWriter) => void): Input {
  const writer = new ElfWriter({ littleEndian: true });
  build(writer);
  return { name, bytes: writer.finish() };
}

/** What linking two objects says, in both orders. */
function refusals(a: Input, b: Input): string[] {
  return [[a, b], [b, a]].map((inputs) => {
    try {
      linkObjects(inputs);
      return 'linked';
    } catch (error) {
      const { code, message } = error as Error & { code: string };
      return `${code}: ${message}`;
    }
  });
}

describe('sections of one name', () => {
  const section = (name: string, changes: { type?: number; flags?: number; entSize?: number }): Input =>
    object(name, (writer) => {
      const type = changes.type ?? SHT_PROGBITS;
      const content = type === SHT_NOBITS ? { size: 16 } : { data: new Uint8Array(16) };
      writer.addSection({ name: '.data.same', type, flags: changes.flags ?? SHF_ALLOC, entSize: changes.entSize ?? 8, ...content });
    });
  const first = section('first.o', {});

  it('equal ones are linked', () => {
    expect(refusals(first, section('second.o', {}))).toEqual(['linked', 'linked']);
  });

  it.each([
    ['type', { type: SHT_NOBITS }],
    ['flags', { flags: SHF_ALLOC | SHF_WRITE }],
    ['entry size', { entSize: 4 }],
  ])('another %s is refused, naming both objects', (field, changes) => {
    const found = refusals(first, section('second.o', changes));
    for (const text of found) expect(text).toMatch(new RegExp(`^LINK_SECTION: link: object '(first|second)\\.o': section \\.data\\.same: other ${field} than in '(first|second)\\.o'`));
  });
});

/** What a map definition says, numbers by name. */
const FIELDS = { type: 13, max_entries: 7, map_flags: 3, numa_node: 1, pinning: 1, map_extra: 5, key_size: 4, value_size: 4 };
type Fields = Partial<Record<keyof typeof FIELDS, number>> & { inner?: number | null };

/** An object that defines, weakly or not, the map `shared`; `inner` is the number of entries of its inner map. */
function mapObject(name: string, changes: Fields, binding: number): Input {
  return object(name, (writer) => {
    const btf = new BtfBuilder();
    const int = btf.addInt('int', 4, 1);
    const number = (count: number): number => btf.addPtr(btf.addArray(int, int, count));
    const struct = (entries: readonly (readonly [string, number])[]): number => {
      const id = btf.addStruct('', 8 * entries.length);
      entries.forEach(([member, type], idx) => btf.addField(member, type, 64 * idx));
      return id;
    };
    const { inner = 3, ...numbers } = changes;
    const values = { ...FIELDS, ...numbers };
    const members = Object.entries(values).map(([member, count]): readonly [string, number] => [member, number(count)]);
    if (inner !== null) {
      const innerMap = struct([['type', number(2)], ['max_entries', number(inner)], ['key_size', number(4)], ['value_size', number(4)]]);
      members.push(['values', btf.addArray(btf.addPtr(innerMap), int, 0)]);
    }
    const size = 8 * members.length;
    const map = btf.addVar('shared', struct(members), BTF_VAR_GLOBAL_ALLOCATED);
    btf.addDatasec('.maps', size, [{ type: map, byteOff: 0, size }]);
    const section = writer.addSection({ name: '.maps', type: SHT_PROGBITS, flags: SHF_ALLOC | SHF_WRITE, addrAlign: 8, data: new Uint8Array(size) });
    writer.addSymbol({ name: 'shared', binding, type: STT_OBJECT, sectionIdx: section, value: 0, size });
    writer.addSection({ name: '.BTF', type: SHT_PROGBITS, data: btf.build().bytes });
  });
}

describe('maps of one name', () => {
  const STB_WEAK = 2;
  const strong = mapObject('strong.o', {}, STB_GLOBAL);

  it('equal ones are linked', () => {
    expect(refusals(strong, mapObject('weak.o', {}, STB_WEAK))).toEqual(['linked', 'linked']);
  });

  it.each(Object.keys(FIELDS) as (keyof typeof FIELDS)[])('another %s is refused', (field) => {
    const found = refusals(strong, mapObject('weak.o', { [field]: FIELDS[field] + 1 }, STB_WEAK));
    for (const text of found) {
      expect(text).toMatch(new RegExp(`^LINK_MAP: .*symbol 'shared'.*map definitions differ .*attribute '${field}'`));
      expect(text).toMatch(/strong\.o.*weak\.o|weak\.o.*strong\.o/);
    }
  });

  it('another inner map, or none, is refused', () => {
    for (const inner of [4, null]) {
      for (const text of refusals(strong, mapObject('weak.o', { inner }, STB_WEAK))) expect(text).toMatch(/^LINK_MAP: .*attribute 'values'/);
    }
  });
});

describe('what is declared extern and hidden', () => {
  // As bpftool 7.8 links the same two objects, in either order.
  it.each([[['hidden_def', 'hidden_use']], [['hidden_use', 'hidden_def']]])('hides the definition: %j', (names) => {
    const elf = parseElf(linkObjects(names.map((name) => ({ name, bytes: readObject(name) }))));
    for (const name of ['shared', 'fn']) expect(elf.symbols.find((symbol) => symbol.name === name)).toMatchObject({ binding: STB_GLOBAL, visibility: STV_HIDDEN });
  });
});
