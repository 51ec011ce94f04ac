// Do broken objects give typed errors when they are linked, in little time and memory?
//
// A hundred thousand and more: node tools/link-mutate.mjs --count 100000 --seed 1
import { describe, expect, it } from '@jest/globals';
import { ElfWriter, parseElf, R_BPF_64_32, R_BPF_64_64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS, STB_GLOBAL, STB_WEAK, STT_FILE, STT_FUNC, STT_OBJECT, STT_SECTION } from '@rootlet/elf';
import { BpfLinker, linkObjects } from '../src/index.ts';
import { createRandom, createVictim, linkBroken, mutate } from './link-mutations.ts';
import { readObject } from './objects.ts';

const RUNS = Number(process.env['MUTATIONS'] ?? 300);
/** Far above what any of these takes, far below what a quadratic loop would. */
const MAX_MS = 2000;
const CODE = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

describe.each([
  ['unit_a', 'unit_b', 'weak_one'],
  ['weak_one', 'strong_two', 'pick_user'],
  ['collect', 'helpers', 'unit_a'],
  ['arena_a', 'arena_b', 'guard'],
  ['unit_b.be', 'unit_a.be', 'weak_one.be'],
  ['../../../../docs/examples/objects/jump_tables.v4', 'unit_b', 'weak_one'],
])('mutations of %s between %s and %s', (name, before, after) => {
  it('give typed errors or something that can be read and linked', () => {
    const victim = createVictim(name, readObject(name));
    const [first, last] = [before, after].map((one) => createVictim(one, readObject(one))) as [typeof victim, typeof victim];
    const random = createRandom(name.length * 7919);
    const verdicts = new Map<string, number>();
    for (let run = 0; run < RUNS; run++) {
      const { verdict, ms, bytes } = linkBroken(mutate(victim, random), first, last);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      expect(ms).toBeLessThan(MAX_MS);
      expect(bytes).toBeLessThan(32 * 2 ** 20);
    }
    expect(verdicts.get('linked')).toBeGreaterThan(0);
    expect(verdicts.size).toBeGreaterThan(4);
  });
});

/** A unit that this writes. */
function write(build: (writer: ElfWriter) => void): { name: string; bytes: Uint8Array<ArrayBuffer> } {
  const writer = new ElfWriter({ littleEndian: true });
  build(writer);
  return { name: 'hostile.o', bytes: writer.finish() };
}

function codeOf(link: () => unknown): unknown {
  try {
    link();
    return 'linked';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('hostile objects', () => {
  const good = { name: 'good.o', bytes: readObject('helpers') };

  it('with a NOBITS section of terabytes', () => {
    const huge = write((writer) => void writer.addSection({ name: '.bss', type: SHT_NOBITS, flags: SHF_ALLOC | SHF_WRITE, size: 2 ** 42 }));
    expect(codeOf(() => linkObjects([huge, good]))).toBe('LINK_SIZE');
    const half = write((writer) => void writer.addSection({ name: '.bss', type: SHT_NOBITS, flags: SHF_ALLOC | SHF_WRITE, size: 2 ** 31 }));
    expect(codeOf(() => linkObjects([half]))).toBe('linked');
    expect(codeOf(() => linkObjects([half, half, half]))).toBe('LINK_SIZE');
  });

  it('with alignments that ask for gigabytes of padding', () => {
    const bytes = write((writer) => {
      for (let i = 0; i < 2000; i++) writer.addSection({ name: 'data', flags: SHF_ALLOC, data: new Uint8Array(1), addrAlign: 1 });
    }).bytes;
    const view = new DataView(bytes.buffer);
    const headersOff = Number(view.getBigUint64(40, true));
    for (let i = 1; i <= 2000; i++) view.setBigUint64(headersOff + 64 * i + 48, 2n ** 20n, true);
    expect(codeOf(() => linkObjects([{ name: 'wide', bytes }]))).toBe('LINK_SIZE');
    const apart = bytes.slice();
    expect(codeOf(() => linkObjects([{ name: 'wide', bytes: apart }, { name: 'wide', bytes: apart }]))).toBe('LINK_SIZE');
  });

  it('with tens of thousands of sections, symbols and relocations, in linear time', () => {
    const many = (count: number): { name: string; bytes: Uint8Array<ArrayBuffer> } =>
      write((writer) => {
        for (let i = 0; i < count; i++) {
          const text = writer.addSection({ name: `s${i}`, flags: SHF_ALLOC | SHF_EXECINSTR, data: CODE, addrAlign: 8 });
          writer.addSymbol({ name: `weak${i % 1000}`, binding: STB_WEAK, type: STT_FUNC, sectionIdx: text, size: 16 });
        }
      });
    const started = performance.now();
    expect(codeOf(() => linkObjects([many(8000), many(8000)]))).toBe('linked');
    expect(performance.now() - started).toBeLessThan(5 * MAX_MS);
    // The output would have more sections than 16 bits count.
    const wide = (name: string): { name: string; bytes: Uint8Array<ArrayBuffer> } =>
      write((writer) => {
        for (let i = 0; i < 34000; i++) writer.addSection({ name: `${name}${i}`, flags: SHF_ALLOC, data: CODE });
      });
    expect(codeOf(() => linkObjects([wide('s'), wide('t')]))).toBe('UNSUPPORTED');
  });

  it('with relocations to nowhere, into the middle of what was cut, or astride the end', () => {
    const reloc = (type: number, byteOff: number, size: number): { name: string; bytes: Uint8Array<ArrayBuffer> } =>
      write((writer) => {
        const text = writer.addSection({ name: 'xdp', flags: SHF_ALLOC | SHF_EXECINSTR, data: new Uint8Array(size), addrAlign: 8 });
        const dropped = writer.addSection({ name: '.debug_info', data: CODE });
        const symbol = writer.addSymbol({ name: '', type: STT_SECTION, sectionIdx: dropped });
        writer.addReloc(text, { byteOff, type, symbol });
      });
    expect(codeOf(() => linkObjects([reloc(R_BPF_64_64, 0, 16)]))).toBe('LINK_RELOC');
    expect(codeOf(() => linkObjects([reloc(R_BPF_64_64, 8, 16)]))).toBe('LINK_RELOC');
    expect(codeOf(() => linkObjects([reloc(77, 0, 16)]))).toBe('LINK_RELOC');
    const into = write((writer) => {
      const text = writer.addSection({ name: '.text', flags: SHF_ALLOC | SHF_EXECINSTR, data: new Uint8Array([...CODE, ...CODE]), addrAlign: 8 });
      const section = writer.addSymbol({ name: '', type: STT_SECTION, sectionIdx: text });
      writer.addSymbol({ name: 'foo', binding: STB_WEAK, type: STT_FUNC, sectionIdx: text, size: 16 });
      writer.addReloc(text, { byteOff: 16, type: R_BPF_64_32, symbol: section });
    });
    expect(codeOf(() => linkObjects([good, into]))).toBe('LINK_RELOC');
  });

  it('with overlapping functions, one of them beaten', () => {
    const overlapping = write((writer) => {
      const text = writer.addSection({ name: '.text', flags: SHF_ALLOC | SHF_EXECINSTR, data: new Uint8Array([...CODE, ...CODE]), addrAlign: 8 });
      writer.addSymbol({ name: 'other', binding: STB_GLOBAL, type: STT_FUNC, value: 8, sectionIdx: text, size: 24 });
      writer.addSymbol({ name: 'foo', binding: STB_WEAK, type: STT_FUNC, sectionIdx: text, size: 16 });
    });
    const linked = linkObjects([good, overlapping]);
    // Bytes that another function claims stay.
    expect(parseElf(linked).symbols.find(({ name }) => name === 'other')?.size).toBe(24);
  });

  it('with globals in sections that are not linked, without names, absolute', () => {
    const dropped = write((writer) => {
      const notes = writer.addSection({ name: '.note.x', data: CODE });
      writer.addSymbol({ name: 'lost', binding: STB_GLOBAL, type: STT_OBJECT, sectionIdx: notes, size: 4 });
    });
    expect(codeOf(() => linkObjects([dropped]))).toBe('LINK_SYMBOL');
    expect(codeOf(() => linkObjects([write((writer) => void writer.addSymbol({ name: '', binding: STB_GLOBAL, sectionIdx: 0 }))]))).toBe('LINK_SYMBOL');
    expect(codeOf(() => linkObjects([write((writer) => void writer.addSymbol({ name: 'abs', binding: STB_GLOBAL, sectionIdx: 0xfff1 }))]))).toBe('LINK_SYMBOL');
  });
});

describe('BpfLinker', () => {
  const [helpers, main] = ['helpers', 'main_prog'].map((name) => ({ name, bytes: readObject(name) })) as [{ name: string; bytes: Uint8Array<ArrayBuffer> }, { name: string; bytes: Uint8Array<ArrayBuffer> }];

  it('gives what linkObjects gives, as often as it is asked, with more added in between', () => {
    const linker = new BpfLinker().add(helpers);
    expect(linker.finalize()).toEqual(linkObjects([helpers]));
    linker.add(main);
    expect(linker.finalize()).toEqual(linkObjects([helpers, main]));
    expect(linker.finalize()).toEqual(linkObjects([helpers, main]));
    expect(linker.count).toBe(2);
  });

  it('is as it was before an object that it refuses', () => {
    const linker = new BpfLinker().add(helpers);
    const section = write((writer) => {
      const sectionIdx = writer.addSection({ name: 'brand_new', data: CODE });
      writer.addSymbol({ name: 'fresh', type: STT_FUNC, binding: STB_GLOBAL, sectionIdx });
      writer.addSection({ name: '.text', type: SHT_NOBITS, size: 8 });
    });
    for (const bad of [helpers, section, { name: 'be', bytes: readObject('main_prog.be') }, { name: 'cut', bytes: main.bytes.slice(0, 100) }]) {
      expect(codeOf(() => linker.add(bad))).toMatch(/^(LINK_DUPLICATE|LINK_SECTION|LINK_INPUT|TRUNCATED)$/);
    }
    // The refused section and symbol of the same name do not count.
    const other = write((writer) => {
      const sectionIdx = writer.addSection({ name: 'brand_new', type: SHT_NOBITS, size: 8 });
      writer.addSymbol({ name: 'fresh', type: STT_OBJECT, binding: STB_GLOBAL, sectionIdx });
    });
    expect(linker.add(other).add(main).finalize()).toEqual(linkObjects([helpers, other, main]));
  });

  it('needs an object, and is as new once it was freed', () => {
    const linker = new BpfLinker();
    expect(codeOf(() => linker.finalize())).toBe('LINK_INPUT');
    linker.add(helpers).free();
    expect(codeOf(() => linker.finalize())).toBe('LINK_INPUT');
    expect(linker.add(main).finalize()).toEqual(linkObjects([main]));
  });
});

// Found by mutation 81236 of seed 4242.
it('a relocation cannot mean the name of a file', () => {
  const writer = new ElfWriter({ littleEndian: true });
  const code = writer.addSection({ name: 'xdp', flags: SHF_ALLOC | SHF_EXECINSTR, addrAlign: 8, data: Uint8Array.of(0x18, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) });
  const data = writer.addSection({ name: '.data', flags: SHF_ALLOC, addrAlign: 8, data: new Uint8Array(8) });
  writer.addReloc(code, { byteOff: 0, type: R_BPF_64_64, symbol: writer.addSymbol({ name: 'file.c', type: STT_FILE, sectionIdx: data }) });
  expect(() => linkObjects([{ name: 'odd', bytes: writer.finish() }])).toThrow(expect.objectContaining({ code: 'LINK_RELOC' }));
});
