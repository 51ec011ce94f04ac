// Is it said which relocation failed, where, and what was tried?
import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { decodeInsns } from '@rootlet/insn';
import { applyCoreRelos, changeFunc, CoreTarget, explainRelocations, openCoreObject } from '../src/index.ts';
import type { CodeFunc, CoreExplanation } from '../src/index.ts';
import { findReachable } from '../src/core/reachable.ts';
import { essentialEnd } from '../src/core/side.ts';
import { getFunc, openObject, readObject } from './objects.ts';

const object = openCoreObject(readObject('core_local'));
const target = openObject(readObject('core_target')).btf as Btf;

function explain(btf: Btf | CoreTarget, ...names: string[]): readonly CoreExplanation[] {
  const funcs = names.map((name) => getFunc(object.model, name));
  return explainRelocations({ ...object, model: { ...object.model, funcs } }, btf).relocations;
}

describe('explainRelocations', () => {
  it('agrees with applyCoreRelos', () => {
    const report = explainRelocations(readObject('core_local'), target);
    const applied = applyCoreRelos(object.model, object.btf as Btf, new CoreTarget(target));
    expect(report.model.funcs.map(({ insns }) => insns)).toEqual(applied.model.funcs.map(({ insns }) => insns));
    expect(report.fits).toBe(false);
  });

  it('says what was found, in C and in the words of libbpf', () => {
    expect(explain(target, 'off_array')).toEqual([
      expect.objectContaining({
        funcName: 'off_array',
        sectionName: '.text',
        kind: 'byte_off',
        localType: 'struct object',
        access: 'struct object.inners[2].port',
        spec: expect.stringMatching(/^<byte_off> \[\d+\] struct object\.inners\[2\]\.port \(0:4:2:1 @ offset \d+\)$/),
        outcome: 'value',
        part: 'imm',
        candidates: [expect.objectContaining({ type: 'struct object', source: 'vmlinux', found: expect.stringContaining('inners[2].port') })],
        source: expect.objectContaining({ file: expect.stringContaining('core_local.c'), text: expect.stringContaining('off_array') }),
      }),
    ]);
  });

  it('says why a candidate is not it', () => {
    const [gone] = explain(target, 'load_gone');
    expect(gone).toMatchObject({ outcome: 'poison', reachable: true, candidates: [{ problem: "has no member 'gone'" }] });
    expect(gone?.problem).toMatch(/^\[\d+\] struct object has no member 'gone'$/);
    expect(explain(target, 'load_signed')[0]?.problem).toMatch(/^is \d bytes there, 1 bytes here, and not a pointer/);
    expect(explain(target, 'type_missing')[0]).toMatchObject({ outcome: 'value', newValue: 0n, candidates: [] });
    expect(explain(target, 'enum_gone')[0]?.candidates).toMatchObject([{ problem: "has no enumerator 'MODE_GONE'" }]);
  });

  it('goes on after an error', () => {
    const two = explain(openObject(readObject('core_local')).btf as Btf, 'type_size', 'off_count');
    expect(two.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['error', 'CORE_AMBIGUOUS'],
      ['value', undefined],
    ]);
    expect(two[0]?.problem).toMatch(/several types of this name give different answers/);
  });

  it('asks modules for what the kernel itself does not have, and only then', () => {
    const kernel = new BtfBuilder();
    const int = kernel.addInt('int', 4, BTF_INT_SIGNED);
    const base = kernel.build();
    const module = (byteOff: number): Btf => {
      const builder = new BtfBuilder({ base });
      builder.addStruct('object', 16);
      builder.addField('count', int, 8 * byteOff);
      return builder.build();
    };
    const both = new CoreTarget(base, [{ name: 'first', btf: module(4) }, { name: 'second', btf: module(4) }]);
    expect(explain(both, 'off_count')[0]).toMatchObject({ newValue: 4n, candidates: [{ source: 'first' }, { source: 'second' }] });
    const unlike = new CoreTarget(base, [{ name: 'first', btf: module(4) }, { name: 'second', btf: module(8) }]);
    expect(explain(unlike, 'off_count')[0]).toMatchObject({ outcome: 'error', code: 'CORE_AMBIGUOUS' });
    expect(explain(new CoreTarget(target, [{ name: 'first', btf: module(4) }]), 'off_count')[0]?.candidates).toMatchObject([{ source: 'vmlinux' }]);
  });

  it('an error names section, instruction and what is asked', () => {
    const func = getFunc(object.model, 'off_count');
    const funcs: CodeFunc[] = [changeFunc(func, { coreRelos: func.coreRelos.map((relo) => ({ ...relo, kind: 13 })) })];
    expect(() => applyCoreRelos({ ...object.model, funcs }, object.btf as Btf, new CoreTarget(target))).toThrow(
      /^core: section \.text\+0x[0-9a-f]+: function off_count: unknown kind 13 struct object 0:\d: unknown kind: have 13 at instruction 0$/,
    );
  });
});

describe('findReachable', () => {
  const reach = (...words: readonly bigint[]): string => {
    const bytes = new Uint8Array(8 * words.length);
    words.forEach((word, at) => new DataView(bytes.buffer).setBigUint64(8 * at, word));
    return findReachable(decodeInsns(bytes, true)).join('');
  };
  const MOV_R1 = (imm: number): bigint => 0xb701_0000_0000_0000n | (BigInt(imm) << 24n);
  const JEQ_R1_0_PLUS1 = 0x1501_0100_0000_0000n;
  const MOV_R0_0 = 0xb700_0000_0000_0000n;
  const EXIT = 0x9500_0000_0000_0000n;
  const CALL_1 = 0x8500_0000_0100_0000n;
  it('follows constants past checks', () => {
    expect(reach(MOV_R1(0), JEQ_R1_0_PLUS1, MOV_R0_0, EXIT)).toBe('1101');
    expect(reach(MOV_R1(1), JEQ_R1_0_PLUS1, MOV_R0_0, EXIT)).toBe('1111');
  });
  it('forgets what calls clobber, and what differs between ways', () => {
    expect(reach(MOV_R1(0), CALL_1, JEQ_R1_0_PLUS1, MOV_R0_0, EXIT)).toBe('11111');
  });
});

it.each([
  ['task_struct___old', 'task_struct'],
  ['a___b___c', 'a___b'],
  ['a____b', 'a____b'],
  ['a___', 'a___'],
  ['___a', '___a'],
  ['_', '_'],
  ['plain', 'plain'],
])('the name of %s without flavour is %s', (name, essential) => {
  const strings = new TextEncoder().encode(`\0${name}\0`);
  expect(essentialEnd(strings, 1) - 1).toBe(essential.length);
});
