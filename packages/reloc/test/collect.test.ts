// Does collecting find every function and what it refers to?
import { describe, expect, it } from '@jest/globals';
import { BTF_KIND_FUNC } from '@rootlet/btf';
import { STB_GLOBAL, STB_LOCAL, STV_HIDDEN } from '@rootlet/elf';
import { collectCode, isVerifiedPerCall, perCallFuncIds } from '../src/index.ts';
import { getFunc, openObject, readObject, targetText } from './objects.ts';

describe.each(['collect', 'collect.be'])('collectCode of %s', (name) => {
  const opened = openObject(readObject(name));
  const { model, btf } = opened;

  it('lists functions by section and start', () => {
    expect(model.funcs.map((func) => `${func.sectionName}:${func.name}`)).toEqual([
      '.text:global_func',
      '.text:private_func',
      '.text:hidden_func',
      '.text:callback',
      'xdp:second',
      'xdp:prog',
    ]);
    expect(model.funcs.map((func) => func.index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(getFunc(model, 'private_func')).toMatchObject({ binding: STB_LOCAL, startIdx: 3 });
    expect(getFunc(model, 'hidden_func')).toMatchObject({ binding: STB_GLOBAL, visibility: STV_HIDDEN });
  });

  it('knows the BTF function of each', () => {
    for (const func of model.funcs) {
      expect(btf?.kind(func.btfId ?? 0)).toBe(BTF_KIND_FUNC);
      expect(btf?.name(func.btfId ?? 0)).toBe(func.name);
    }
  });

  it('classifies what functions refer to', () => {
    expect(getFunc(model, 'global_func').relocs.map((reloc) => targetText(opened, reloc))).toEqual(['call private_func']);
    expect(getFunc(model, 'private_func').relocs.map((reloc) => targetText(opened, reloc))).toEqual([
      'data .data+64',
      'externCall ext_func',
    ]);
    expect(getFunc(model, 'hidden_func').relocs.map((reloc) => targetText(opened, reloc))).toEqual([
      'call private_func',
      'call global_func',
    ]);
    expect(getFunc(model, 'prog').relocs.map((reloc) => targetText(opened, reloc))).toEqual([
      'map counts',
      'map private_map',
      'funcAddr callback',
      'data .data+0',
      'data .bss+0',
      'data .rodata+0',
      'data .rodata+4',
      'externAddr CONFIG_HZ',
      'externAddr weak_ext',
      'externCall weak_ext',
      'externAddr kernel_func',
      'externCall kernel_func',
      'externAddr kernel_var',
      'externAddr ext_var',
      'externAddr ext_array',
      'call global_func',
      'call hidden_func',
      'call private_func',
    ]);
  });

  it('lists externs with their section', () => {
    const text = model.externs.map((ext) => `${ext.weak ? 'weak ' : ''}${ext.kind} ${ext.name} ${ext.sectionName ?? '-'}`);
    expect([...text].sort()).toEqual([
      'func ext_func -',
      'var CONFIG_HZ .kconfig',
      'var ext_array -',
      'var ext_var -',
      'var kernel_var .ksyms',
      'weak func kernel_func .ksyms',
      'weak func weak_ext -',
    ]);
    for (const ext of model.externs) expect(btf?.name(ext.btfId ?? 0)).toBe(ext.name);
  });

  it('lists addresses in data', () => {
    expect(model.dataRelocs.map((reloc) => `${reloc.byteOff}/${reloc.size} ${targetText(opened, reloc)}`)).toEqual([
      '32/8 data .data+12',
      '40/8 funcAddr global_func',
      '48/8 map counts',
      '56/8 map private_map',
    ]);
  });

  it('splits line records by function, each with one at its start', () => {
    for (const func of model.funcs) {
      expect(func.lineInfo[0]?.insnIdx).toBe(0);
      expect(Math.max(...func.lineInfo.map((record) => record.insnIdx))).toBeLessThan(func.insns.length);
    }
    const total = opened.ext?.lineInfo.reduce((sum, section) => sum + section.records.length, 0);
    expect(model.funcs.reduce((sum, func) => sum + func.lineInfo.length, 0)).toBe(total);
  });

  it('tells which functions are verified per call', () => {
    expect(model.funcs.filter(isVerifiedPerCall).map((func) => func.name)).toEqual([
      'private_func',
      'hidden_func',
      'callback',
      'second',
    ]);
    expect([...perCallFuncIds(model)].map((id) => btf?.name(id))).toContain('hidden_func');
  });
});

describe('collectCode without BTF', () => {
  it('tells extern functions by their calls', () => {
    const model = collectCode(openObject(readObject('main_prog')).elf);
    expect(model.funcs[0]).toMatchObject({ name: 'main_prog', btfId: undefined, lineInfo: [] });
    expect(model.externs.map((ext) => `${ext.kind} ${ext.name}`)).toEqual(['func foo', 'func bar']);
  });
});
