// Does static linking follow the rules of names, types and sections?
import { describe, expect, it } from '@jest/globals';
import { BTF_FUNC_EXTERN, BTF_KIND_DATASEC, BTF_KIND_FUNC } from '@rootlet/btf';
import type { BtfFunc } from '@rootlet/btf';
import { ElfWriter, findSection, parseElf, SHF_ALLOC, SHF_EXECINSTR, STB_GLOBAL, STB_WEAK, STT_FUNC, STV_DEFAULT, STV_HIDDEN, STV_PROTECTED } from '@rootlet/elf';
import { CALL } from '@rootlet/insn';
import { isVerifiedPerCall, linkObjects, relocateProgram } from '../src/index.ts';
import type { CodeModel, LinkOptions } from '../src/index.ts';
import { getFunc, openObject, plainResolver, readObject, targetText } from './objects.ts';
import type { OpenedObject } from './objects.ts';
import { summarize } from './summary.ts';

function linkBytes(names: readonly string[], options?: LinkOptions): Uint8Array {
  return linkObjects(
    names.map((name) => ({ name: `${name}.o`, bytes: readObject(name) })),
    options,
  );
}

function link(names: readonly string[], options?: LinkOptions): OpenedObject {
  return openObject(linkBytes(names, options));
}

/** Every function's references as text. */
function references(opened: OpenedObject): Record<string, string[]> {
  return Object.fromEntries(opened.model.funcs.map((func) => [func.name, func.relocs.map((reloc) => targetText(opened, reloc))]));
}

function externFuncs({ btf }: OpenedObject): string[] {
  const names: string[] = [];
  for (let id = 1; btf !== undefined && id < btf.typeCount; id++) {
    if (btf.kind(id) === BTF_KIND_FUNC && (btf.type(id) as BtfFunc).linkage === BTF_FUNC_EXTERN) names.push(btf.name(id));
  }
  return names;
}

const failure = (code: string, ...parts: string[]): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')) });

/** All orders of a list. */
function orders<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, at) => orders([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [first, ...rest]));
}

const GROUPS = [
  ['helpers', 'main_prog'],
  ['unit_a', 'unit_b'],
  ['weak_one', 'weak_two', 'strong_two', 'pick_user'],
  ['guard', 'guard_def'],
  ['arena_a', 'arena_b'],
  ['collect'],
  ['collect', 'helpers'],
  ['unit_a'],
  ['pick_user'],
];

describe.each([['little-endian', ''], ['big-endian', '.be']])('linkObjects, %s', (_, suffix) => {
  const named = (names: readonly string[]): string[] => names.map((name) => `${name}${suffix}`);

  it.each(orders(['helpers', 'main_prog']))('S4: calls of %s, %s become calls of subprograms', (...names) => {
    const opened = link(named(names));
    expect(opened.model.externs).toEqual([]);
    const program = relocateProgram(opened.model, getFunc(opened.model, 'main_prog').index, plainResolver());
    expect(program.subprograms.map(({ func }) => func.name)).toEqual(['main_prog', 'foo', 'bar']);
    expect(program.funcInfo).toHaveLength(3);
    expect([...program.insns.code].filter((code, at) => code === CALL && program.insns.src[at] === 1)).toHaveLength(2);
  });

  it.each(GROUPS.map((group) => [group]))('T11: what is resolved in %j is not extern', (group) => {
    const opened = link(named(group));
    const wanted = opened.model.externs.filter((ext) => ext.kind === 'func').map((ext) => ext.name);
    expect(externFuncs(opened).sort()).toEqual(wanted.sort());
  });

  it.each(GROUPS.map((group) => [group]))('linking %j is deterministic, and linking the result changes nothing', (group) => {
    const once = linkBytes(named(group));
    expect(linkBytes(named(group))).toEqual(once);
    expect(linkObjects([{ name: 'again', bytes: once }])).toEqual(once);
    const hidden = linkBytes(named(group), { hideResolved: true });
    expect(linkObjects([{ name: 'again', bytes: hidden }], { hideResolved: true })).toEqual(hidden);
  });

  it.each(orders(['weak_one', 'weak_two', 'strong_two', 'pick_user']))('T7: strong beats weak in order %s %s %s %s', (...names) => {
    const opened = link(named(names));
    const pick = opened.model.funcs.filter((func) => func.name === 'pick');
    expect(pick.map((func) => [...func.insns.imm].includes(100))).toEqual([true]);
    const picked = summarize(linkBytes(named(names))).symbols.find((symbol) => symbol.startsWith('picked:')) as string;
    const byteOff = Number(/\.data\+(\d+)/.exec(picked)?.[1]);
    const data = opened.elf.sections.find((section) => section.name === '.data');
    expect(data?.data.u32(byteOff)).toBe(5);
    expect(opened.btf?.type(pick[0]?.btfId as number)).toMatchObject({ name: 'pick', linkage: 1 });
    expect(opened.model.externs).toEqual([]);
  });

  it.each([
    [['weak_one', 'weak_two'], 1],
    [['weak_two', 'weak_one'], 2],
  ])('T7: of weak definitions the first wins: %j', (names, imm) => {
    const { model } = link(named(names));
    const picks = model.funcs.filter((func) => func.name === 'pick');
    expect(picks.map((func) => [...func.insns.imm].filter((value) => value === 1 || value === 2))).toEqual([[imm]]);
  });

  it('leaves out the beaten body and keeps the calls around it right', () => {
    const opened = link(named(['weak_one', 'strong_two']));
    expect(references(opened)).toEqual({
      one: ['call after', 'call before', 'call pick', 'data .data+4'],
      after: ['call before'],
      before: [],
      pick: [],
      strong: ['call pick', 'data .data+4'],
    });
    for (const func of opened.model.funcs) expect(opened.btf?.name(func.btfId as number)).toBe(func.name);
  });

  it('moves what refers to sections, in code and data', () => {
    const opened = link(named(['unit_a', 'unit_b']));
    const funcs = opened.model.funcs.filter((func) => func.name === 'same_name');
    expect(funcs.map((func) => func.relocs.map((reloc) => targetText(opened, reloc)))).toEqual([
      ['data .data+40', 'data .rodata+0', 'data .bss+0'],
      ['data .data+76', 'data .rodata+8', 'data .bss+5'],
    ]);
    const [first, second] = funcs.map((func) => `call ${func.index}`);
    const calls = (name: string): string[] =>
      getFunc(opened.model, name).relocs.flatMap(({ target }) => (target.kind === 'call' ? [`call ${target.funcIdx}`] : []));
    expect(calls('prog_a')[0]).toBe(first);
    expect(calls('prog_b')[0]).toBe(second);
    expect(calls('prog_b_xdp')[0]).toBe(second);
    expect(opened.model.dataRelocs.map((reloc) => `${reloc.byteOff} ${targetText(opened, reloc)}`)).toEqual([
      '8 data .data+0', '16 data .data+56', '24 data .data+68', '32 funcAddr function_b',
    ]);
  });

  it('T8: a guard of a linked weak extern becomes a constant, a callback stays an address', () => {
    const opened = link(named(['guard', 'guard_def']));
    expect(references(opened)).toMatchObject({ guarded: ['call optional'], looped: ['funcAddr each'] });
    const { insns } = getFunc(opened.model, 'guarded');
    const at = insns.code.indexOf(0x18);
    expect([insns.src[at], insns.imm64(at)]).toEqual([0, 1n]);
    expect(references(link(named(['guard'])))).toMatchObject({ guarded: ['externAddr optional', 'externCall optional'] });
  });

  it('T5: hidden wins and links', () => {
    const { model } = link(named(['unit_b', 'unit_a']));
    expect(getFunc(model, 'hidden_a')).toMatchObject({ visibility: STV_HIDDEN });
    expect(model.externs).toEqual([]);
  });

  it('marks functions that another object calls, when asked to', () => {
    const visibilities = (model: CodeModel): Record<string, number> => Object.fromEntries(model.funcs.map((func) => [func.name, func.visibility]));
    const group = named(['unit_a', 'unit_b']);
    expect(visibilities(link(group).model)).toMatchObject({ function_a: STV_DEFAULT, function_b: STV_DEFAULT, hidden_a: STV_HIDDEN });
    const { model } = link(group, { hideResolved: true });
    expect(visibilities(model)).toMatchObject({ function_a: STV_PROTECTED, function_b: STV_PROTECTED, hidden_a: STV_HIDDEN, prog_a: STV_DEFAULT });
    expect(model.funcs.filter(isVerifiedPerCall).map((func) => func.name).sort()).toEqual([
      'function_a', 'function_b', 'hidden_a', 'same_name', 'same_name',
    ]);
  });

  it('binds arena variables that one object defines and another declares', () => {
    for (const group of orders(['arena_a', 'arena_b'])) {
      const opened = link(named(group));
      const { symbols, datasecs } = summarize(linkBytes(named(group)));
      const at = (name: string): string => /\+(\d+)\//.exec(symbols.find((symbol) => symbol.startsWith(`${name}:`)) as string)?.[1] as string;
      expect(datasecs.filter((entry) => entry.includes('shared_arena'))).toEqual([
        `.addr_space.1 (12): shared_arena at ${at('shared_arena')}, 4 bytes`,
      ]);
      expect(references(opened).use_arena).toEqual([
        `data .addr_space.1+${at('shared_arena')}`,
        `data .addr_space.1+${at('own')}`,
      ]);
    }
  });

  it('leaves externs that nothing defines', () => {
    expect(link(named(['unit_a'])).model.externs.map((ext) => `${ext.kind} ${ext.name}`).sort()).toEqual([
      'func function_b', 'var exported_b', 'var table_b',
    ]);
    const { model } = link(named(['collect', 'helpers']));
    expect(model.externs.map((ext) => `${ext.weak ? 'weak ' : ''}${ext.name} ${ext.sectionName ?? ''}`).sort()).toEqual([
      'CONFIG_HZ .kconfig', 'ext_array ', 'ext_func ', 'ext_var ', 'kernel_var .ksyms', 'weak kernel_func .ksyms', 'weak weak_ext ',
    ]);
  });

  it('keeps one of a map and its weak copy', () => {
    for (const group of orders(['unit_a', 'map_weak'])) {
      const opened = link(named(group));
      const symbols = opened.elf.symbols.filter((symbol) => symbol.name === 'table');
      expect(symbols.map((symbol) => symbol.binding)).toEqual([STB_GLOBAL]);
      expect(references(opened).prog_weak).toContain('map table');
      const places = opened.model.funcs.flatMap((func) => func.relocs.flatMap(({ target }) => (target.kind === 'map' && target.name === 'table' ? [target.byteOff] : [])));
      expect(new Set(places)).toEqual(new Set([symbols[0]?.value]));
      expect(summarize(linkBytes(named(group))).datasecs.filter((entry) => entry.includes(' table '))).toHaveLength(1);
    }
  });

  it('an extern of the kernel stays one when another object declares it plainly', () => {
    for (const group of orders(['collect', 'map_weak'])) {
      const found = link(named(group)).model.externs.filter((ext) => ext.name === 'kernel_func');
      expect(found).toMatchObject([{ sectionName: '.ksyms', weak: false, kind: 'func' }]);
    }
  });

  it('has one license, one DATASEC of each name, and variables in order', () => {
    const { elf, btf } = link(named(['unit_a', 'unit_b', 'order']));
    const names = elf.sections.map((section) => section.name).filter((name) => name !== '');
    expect(new Set(names).size).toBe(names.length);
    expect(elf.sections.find((section) => section.name === 'license')?.size).toBe(4);
    for (let id = 1; btf !== undefined && id < btf.typeCount; id++) {
      const type = btf.type(id);
      if (type.kind !== BTF_KIND_DATASEC) continue;
      expect(type.size).toBe(elf.sections.find((section) => section.name === type.name)?.size);
      let end = 0;
      for (const entry of type.vars) {
        expect(entry.byteOff).toBeGreaterThanOrEqual(end);
        end = entry.byteOff + entry.size;
      }
    }
  });
});

// As clang -ffunction-sections has it.
it('a section of which nothing is left is not written, so that linking again changes nothing', () => {
  const unit = (section: string, binding: number): Uint8Array => {
    const writer = new ElfWriter({ littleEndian: true });
    const sectionIdx = writer.addSection({ name: section, flags: SHF_ALLOC | SHF_EXECINSTR, data: new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]), addrAlign: 8 });
    writer.addSymbol({ name: 'one', sectionIdx, size: 16, type: STT_FUNC, binding });
    const empty = writer.addSection({ name: '.text.named', flags: SHF_ALLOC | SHF_EXECINSTR, addrAlign: 8 });
    writer.addSymbol({ name: 'label', sectionIdx: empty });
    return writer.finish();
  };
  const linked = linkObjects([{ name: 'strong', bytes: unit('.text', STB_GLOBAL) }, { name: 'weak', bytes: unit('.text.one', STB_WEAK) }]);
  const elf = parseElf(linked);
  expect(findSection(elf, '.text.one')).toBeUndefined();
  expect([findSection(elf, '.text')?.size, findSection(elf, '.text.named')?.size]).toEqual([16, 0]);
  expect(linkObjects([{ name: 'again', bytes: linked }])).toEqual(linked);
});

describe('linkObjects refuses', () => {
  it('two strong definitions, naming both', () => {
    expect(() => linkBytes(['strong_two', 'weak_one', 'strong_two'])).toThrow(
      failure('LINK_DUPLICATE', "symbol 'pick'", "function in section .text of 'strong_two.o'", "'strong_two.o'"),
    );
  });
  it('other licences', () => {
    expect(() => linkBytes(['pick_user', 'other_license'])).toThrow(failure('LINK_LICENSE', "'other_license.o'", "'GPL'", "'Dual BSD/GPL'"));
  });
  it('T9: other prototypes, printing both', () => {
    expect(() => linkBytes(['proto_use', 'proto_def'])).toThrow(
      failure('LINK_PROTOTYPE', "symbol 'n_count'", "'int n_count(int)'", "'int n_count(int a, int b)'"),
    );
  });
  it('other map definitions', () => {
    for (const group of orders(['unit_a', 'map_other'])) {
      expect(() => linkBytes(group)).toThrow(failure('LINK_MAP', "symbol 'table'", "attribute 'max_entries'"));
    }
  });
  it('a function here and a variable there', () => {
    expect(() => linkBytes(['weak_one', 'pick_var'])).toThrow(failure('LINK_KIND', "'pick'", 'a function', 'a variable'));
    expect(() => linkBytes(['pick_user', 'pick_var'])).toThrow(failure('LINK_KIND', "'pick'"));
  });
  it('two byte orders', () => {
    expect(() => linkBytes(['helpers', 'main_prog.be'])).toThrow(failure('LINK_INPUT', 'byte order', 'little-endian'));
  });
  it('what is no object for BPF, or nothing', () => {
    const bytes = readObject('helpers');
    new DataView(bytes.buffer).setUint16(18, 62, true);
    expect(parseElf(bytes).machine).toBe(62);
    expect(() => linkObjects([{ name: 'x86', bytes }])).toThrow(failure('LINK_INPUT', "'x86'", 'not an object for BPF'));
    new DataView(bytes.buffer).setUint16(16, 2, true);
    expect(() => linkObjects([{ name: 'exec', bytes }])).toThrow(failure('LINK_INPUT', "'exec'", 'not a relocatable'));
    expect(() => linkObjects([])).toThrow(failure('LINK_INPUT', 'no objects'));
  });
});
