// Where do indirect jumps go, in an object and in what it is linked to?
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSection, parseElf, STB_LOCAL } from '@rootlet/elf';
import { assemble } from '@rootlet/insn';
import { collectCode, linkObjects, relocateProgram } from '../src/index.ts';
import type { CodeFunc, CodeModel } from '../src/index.ts';
import { findReachable } from '../src/core/reachable.ts';
import { getFunc, openObject, plainResolver } from './objects.ts';

const EXAMPLES = join(__dirname, '../../../docs/examples/objects');
const bytes = (name = 'jump_tables.v4'): Uint8Array => new Uint8Array(readFileSync(join(EXAMPLES, `${name}.o`)));

/** Slots that a function's tables lead to, table by table. */
function tablesOf({ relocs }: CodeFunc): (readonly number[])[] {
  return relocs.flatMap(({ target }) => (target.kind === 'jumpTable' ? [target.table.targets] : []));
}

function tablesByName(model: CodeModel): Record<string, (readonly number[])[]> {
  return Object.fromEntries(model.funcs.map((func) => [func.name, tablesOf(func)]));
}

/** Another object with the same code: its functions and variables have other names of the same length. */
function renamed(): Uint8Array {
  const names = ['seen', 'plain', 'one_table', 'two_tables', 'only_calls', 'labels'];
  const text = Buffer.from(bytes()).toString('latin1');
  // In .strtab, in the strings of BTF.
  return new Uint8Array(Buffer.from(names.reduce((all, name) => all.replace(new RegExp(`(?<=\\0)${name}(?=\\0)`, 'g'), `${name.slice(0, -1)}X`), text), 'latin1'));
}

describe('jump tables', () => {
  it('lead to places in the function that loads them, whatever the byte order', () => {
    const tables = tablesByName(openObject(bytes()).model);
    expect(tables).toMatchObject({ plain: [], only_calls: [], labels: [] });
    expect(tables['weigh']?.map((targets) => targets.length)).toEqual([7]);
    expect(tables['two_tables']?.map((targets) => targets.length)).toEqual([7, 6]);
    // The first instruction behind `gotox` is a case.
    for (const func of openObject(bytes()).model.funcs) {
      const jumps = [...func.insns.code.keys()].filter((at) => func.insns.code[at] === 0x0d);
      for (const at of func.name === 'labels' ? [] : jumps) expect(tablesOf(func).flat()).toContain(at + 1);
    }
    expect(tablesByName(openObject(bytes('jump_tables.v4.bpfeb')).model)).toEqual(tables);
  });

  it('are asked for once for each program, in its own slots', () => {
    const { model } = openObject(bytes());
    const weigh = tablesOf(getFunc(model, 'weigh'))[0]!;
    for (const name of ['one_table', 'only_calls']) {
      const asked: (readonly number[])[] = [];
      const { insns, subprograms } = relocateProgram(model, getFunc(model, name).index, plainResolver({ jumpTableFd: (_, targets) => 40 + asked.push(targets) }));
      const start = subprograms.find(({ func }) => func.name === 'weigh')!.insnIdx;
      expect(asked.at(-1)).toEqual(weigh.map((slot) => start + slot));
      expect(asked).toHaveLength(name === 'one_table' ? 2 : 1);
      const loads = [...insns.code.keys()].filter((at) => insns.code[at] === 0x18 && insns.src[at] === 2 && insns.imm[at]! > 40 && insns.imm[at]! < 50);
      expect(loads.map((at) => [insns.imm[at], insns.imm[at + 1]])).toEqual(asked.map((_, at) => [41 + at, 0]));
    }
    expect(() => relocateProgram(model, getFunc(model, 'one_table').index, plainResolver())).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('are labels where they stand in data', () => {
    const { model } = openObject(bytes());
    const labels = model.dataRelocs.map(({ target }) => (target.kind === 'label' ? target.insnIdx - getFunc(model, 'labels').startIdx : target));
    expect(labels).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    for (const at of labels) expect(at).toBeLessThan(getFunc(model, 'labels').insns.length);
  });

  it('move with the code when objects are linked', () => {
    const before = tablesByName(openObject(bytes()).model);
    const linked = linkObjects([{ name: 'first', bytes: bytes() }, { name: 'second', bytes: renamed() }]);
    const after = tablesByName(openObject(linked).model);
    expect(after).toMatchObject(before);
    expect([after['one_tablX'], after['two_tableX']]).toEqual([before['one_table'], before['two_tables']]);
    // Names that every object has are for one object only; one alone stays as it was.
    const symbols = parseElf(linked).symbols.filter(({ name }) => name.startsWith('BPF.JT.'));
    expect([symbols.length, symbols.every(({ binding }) => binding === STB_LOCAL)]).toEqual([8, true]);
    expect(linkObjects([{ name: 'again', bytes: linked }])).toEqual(linked);
    const alone = parseElf(linkObjects([{ name: 'alone', bytes: bytes() }]));
    expect(findSection(alone, '.jumptables')?.data.bytes).toEqual(findSection(parseElf(bytes()), '.jumptables')?.data.bytes);
    const big = bytes('jump_tables.v4.bpfeb');
    expect(tablesByName(openObject(linkObjects([{ name: 'big', bytes: big }])).model)).toEqual(before);
  });

  /** The first table's first entry, or its symbol's size, is overwritten. */
  const broken = (field: 'entry' | 'size', value: number): Uint8Array => {
    const copy = bytes();
    const elf = parseElf(copy);
    const symbol = elf.symbols.find(({ name }) => name.startsWith('BPF.JT.'))!;
    const at = field === 'entry' ? findSection(elf, '.jumptables')!.byteOff + symbol.value : findSection(elf, '.symtab')!.byteOff + 24 * symbol.index + 16;
    new DataView(copy.buffer).setBigUint64(at, BigInt(value), true);
    return copy;
  };

  it.each([
    ['entry', 1, /section xdp: R_BPF_64_64 of symbol BPF\.JT\.\d\.0: entry 0 leads out of function one_table: need an instruction at \d+ to \d+ of xdp, have 1/],
    ['entry', 8, /leads out of function/],
    ['entry', 2 ** 50, /leads out of function/],
    ['size', 0, /no table of 64-bit places: have 0 bytes at/],
    ['size', 12, /no table of 64-bit places/],
  ] as const)('are refused when %s is %i', (field, value, message) => {
    expect(() => openObject(broken(field, value))).toThrow(expect.objectContaining({ code: 'RELOC_JUMP_TABLE', message: expect.stringMatching(message) }));
  });

  it('are refused by the linker when they lead to no code', () => {
    const error = { code: 'LINK_RELOC', message: expect.stringMatching(/object 'bad': section \.jumptables: jump table BPF\.JT\.\d\.0: leads to xdp\+4096/) };
    expect(() => linkObjects([{ name: 'bad', bytes: broken('entry', 4096) }])).toThrow(expect.objectContaining(error));
  });

  it('lead on where CO-RE asks what can be reached', () => {
    const insns = assemble('r1 = 5 ll; if r1 == 0 goto pc+1; gotox r1; exit; r0 = 1; exit; r0 = 2; exit'.replaceAll('; ', '\n'));
    const table = { name: 'BPF.JT.0.0', byteOff: 0, targets: [5] };
    expect([...findReachable(insns, [{ insnIdx: 0, byteOff: 0, target: { kind: 'jumpTable', table } }])]).toEqual([1, 0, 1, 1, 1, 1, 1, 0, 0]);
    expect(collectCode(parseElf(bytes())).funcs).toHaveLength(6);
  });
});
