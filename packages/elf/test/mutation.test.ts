// Does every damaged object end in a typed error or in a model that holds what it promises?
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ElfFile, encodeElf, ET_REL, findSection, parseElf, SHF_COMPRESSED, SHT_NOBITS, SHT_NULL } from '../src/index.ts';
import { codeOf, OBJECTS, readObject } from './objects.ts';

/** More runs: `MUTATIONS=100000 npx jest packages/elf/test/mutation`. */
const RUNS = Number(process.env['MUTATIONS'] ?? 2000);

/** What parseElf's docstring promises of everything it returns. Written without expect(), which would take most of the time. */
function findBrokenPromise(elf: ElfFile): string | undefined {
  for (const section of elf.sections) {
    if (elf.sections[section.index] !== section) return `section ${section.index} is not at its index`;
    const hasContent = section.type !== SHT_NOBITS && section.type !== SHT_NULL;
    if (section.data.length !== (hasContent ? section.size : 0)) return `section ${section.index} has ${section.data.length} bytes`;
    const packed = (section.flags & SHF_COMPRESSED) !== 0;
    for (const reloc of section.relocs) {
      if (!packed && reloc.byteOff >= section.size) return `relocation at ${reloc.byteOff} in section ${section.index}`;
      if (elf.symbols[reloc.symbolIdx] === undefined) return `relocation with symbol ${reloc.symbolIdx}`;
    }
  }
  for (const symbol of elf.symbols) {
    if (symbol.sectionIdx === 0 || symbol.sectionIdx >= 0xff00) continue;
    const section = elf.sections[symbol.sectionIdx];
    if (section === undefined) return `symbol in section ${symbol.sectionIdx}`;
    const packed = (section.flags & SHF_COMPRESSED) !== 0;
    if (elf.type === ET_REL && !packed && symbol.value + symbol.size > section.size) return `symbol ${symbol.index} outside of section ${section.index}`;
  }
  return undefined;
}

/** Parses, and where that works, uses the result: looks up, and writes it again. */
function use(bytes: Uint8Array): string {
  return codeOf(() => {
    const elf = parseElf(bytes);
    const broken = findBrokenPromise(elf);
    if (broken !== undefined) throw new Error(broken);
    findSection(elf, '.text');
    parseElf(encodeElf(elf));
  });
}

const nasty = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0xff00, 0xfff1, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.nat(64),
  fc.nat(0xffff_ffff),
);

it('after random changes', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.constantFrom(...OBJECTS),
      fc.array(fc.record({ at: fc.nat(0xffff_ffff), value: nasty, width: fc.constantFrom(1, 2, 4, 8), where: fc.constantFrom('any', 'header', 'sections', 'symbols') }), { minLength: 1, maxLength: 6 }),
      fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }),
      (object, changes, keep) => {
        const bytes = readObject(object);
        const little = bytes[5] === 1;
        const view = new DataView(bytes.buffer);
        const headers = Number(view.getBigUint64(40, little));
        const symbols = bytes.length - headers;
        for (const { at, value, width, where } of changes) {
          const [from, size] = where === 'header' ? [0, 64] : where === 'sections' ? [headers, symbols] : where === 'symbols' ? [Math.floor(headers / 2), Math.floor(headers / 2)] : [0, bytes.length];
          const off = from + (at % size);
          const aligned = off - (off % width);
          if (aligned + width > bytes.length) continue;
          if (width === 1) view.setUint8(aligned, value & 0xff);
          else if (width === 2) view.setUint16(aligned, value & 0xffff, little);
          else if (width === 4) view.setUint32(aligned, value, little);
          else view.setBigUint64(aligned, BigInt(value) << (at % 3 === 0 ? 32n : 0n), little);
        }
        const code = use(bytes.subarray(0, Math.floor(bytes.length * keep)));
        seen.set(code, (seen.get(code) ?? 0) + 1);
      },
    ),
    { numRuns: RUNS },
  );
  // The changes reach every part of the parser.
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['ok', 'TRUNCATED', 'ELF_SYMBOL', 'ELF_OVERLAP', 'ELF_STRTAB', 'ELF_SECTION', 'ELF_SYMTAB', 'ELF_RELOC']));
});

it.each(['linking/helpers.o', 'linking/helpers.bpfeb.o'])('after each single bit of the headers of %s is flipped', (object) => {
  const original = readObject(object);
  const headers = Number(new DataView(original.buffer).getBigUint64(40, original[5] === 1));
  const places = [...Array(64).keys(), ...Array.from({ length: original.length - headers }, (_, i) => headers + i)];
  for (const place of places) {
    for (let bit = 0; bit < 8; bit++) {
      const bytes = original.slice();
      bytes[place]! ^= 1 << bit;
      use(bytes);
    }
  }
}, 60_000);

it('after being cut at every byte', () => {
  const bytes = readObject('linking/rootlet.o');
  for (let length = 0; length < bytes.length; length++) expect(use(bytes.subarray(0, length))).toBe('TRUNCATED');
});

it('of bytes that never were an object', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(use(bytes)).not.toBe('ok');
    }),
    { numRuns: RUNS },
  );
});
