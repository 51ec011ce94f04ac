// Do CO-RE relocations get the answers that the compiler gives for the target's types?
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { findSection, findSymbol } from '@rootlet/elf';
import { accessBytes, CALL, LD_IMM64 } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { applyCoreRelos, changeFunc, CoreTarget, POISON_CORE_HELPER } from '../src/index.ts';
import { getFunc, openObject, readObject } from './objects.ts';

describe.each(['', '.be'])('applyCoreRelos%s', (suffix) => {
  const local = openObject(readObject(`core_local${suffix}`));
  const target = openObject(readObject(`core_target${suffix}`));
  const { model, unresolved } = applyCoreRelos(local.model, local.btf as Btf, new CoreTarget(target.btf as Btf));

  /** A constant array of core_target.c. */
  function readLongs(name: string): number[] {
    const symbol = findSymbol(target.elf, name);
    const data = findSection(target.elf, '.rodata')?.data;
    return Array.from({ length: (symbol?.size ?? 0) / 8 }, (_, at) => Number(data?.i64((symbol?.value ?? 0) + 8 * at)));
  }

  /** The constant that a function of one question returns, with its sign. */
  function constantOf(insns: Insns): number {
    return insns.code[0] === LD_IMM64 ? Number(BigInt.asIntN(64, insns.imm64(0))) : (insns.imm[0] as number);
  }

  const answers = readLongs('answers');
  const questions = model.funcs.filter((func) => !/^load_|^store_|^type_id/.test(func.name));

  it('has a question for each answer', () => expect(questions).toHaveLength(answers.length));

  it.each(questions.map((func, at) => [func.name, at] as const))('%s', (name, at) => {
    expect(constantOf(getFunc(model, name).insns)).toBe(answers[at]);
  });

  it('moves loads and stores, and adjusts those of unsigned numbers that grew', () => {
    const [first, count, name, text] = readLongs('offsets');
    const insn = (func: string): object => {
      const { insns } = getFunc(model, func);
      const at = getFunc(local.model, func).coreRelos[0]?.insnIdx as number;
      return { off: insns.off[at], bytes: accessBytes(insns.code[at] as number) };
    };
    expect(insn('load_first')).toEqual({ off: first, bytes: 4 });
    expect(insn('load_count')).toEqual({ off: count, bytes: 8 });
    expect(insn('load_name')).toEqual({ off: name, bytes: 8 });
    expect(insn('store_count')).toEqual({ off: count, bytes: 8 });
    // An array that grew has elements of the same size.
    expect(insn('load_text')).toEqual({ off: text, bytes: 8 });
  });

  it('poisons what the target does not have, or has in another size and signed or in an array', () => {
    expect(unresolved.map((one) => one.funcName)).toEqual(['load_gone', 'load_signed', 'load_words']);
    for (const { funcName, insnIdx } of unresolved) {
      expect(getFunc(model, funcName).insns.at(insnIdx)).toEqual({ code: CALL, dst: 0, src: 0, off: 0, imm: POISON_CORE_HELPER });
    }
    expect(unresolved[0]?.what).toMatch(/^<byte_off> \[\d+\] struct object\.gone \(0:\d+ @ offset \d+\)$/);
  });

  it('gives type ids of both sides', () => {
    expect(constantOf(getFunc(model, 'type_id').insns)).toBe(local.btf?.findByName('object'));
    expect(constantOf(getFunc(model, 'type_id_target').insns)).toBe(target.btf?.findByName('object'));
  });

  it('leaves the given model alone and takes records away', () => {
    expect(getFunc(local.model, 'load_count').insns.off[0]).toBe(8);
    expect(getFunc(local.model, 'load_count').coreRelos).toHaveLength(1);
    expect(model.funcs.flatMap((func) => func.coreRelos)).toEqual([]);
  });

  it('fits an object to itself without a change', () => {
    const same = applyCoreRelos(local.model, local.btf as Btf, new CoreTarget(local.btf as Btf));
    expect(same.unresolved).toEqual([]);
    for (const func of same.model.funcs) {
      // Bitfields may be taken from a word of another size than clang took them from.
      if (!/level|flags|bits|type_id_target/.test(func.name)) expect(func.insns).toEqual(getFunc(local.model, func.name).insns);
    }
  });
});

describe('refused records', () => {
  const { model, btf } = openObject(readObject('core_local'));
  const target = new CoreTarget(btf as Btf);
  const change = (changes: object): (() => unknown) => {
    const funcs = model.funcs.map((func) => changeFunc(func, { coreRelos: func.coreRelos.map((relo) => ({ ...relo, ...changes })) }));
    return () => applyCoreRelos({ ...model, funcs }, btf as Btf, target);
  };
  it('ask about a name that two types of the target have', () => {
    const funcs = model.funcs.filter(({ name }) => name === 'type_size');
    expect(() => applyCoreRelos({ ...model, funcs }, btf as Btf, target)).toThrow(expect.objectContaining({ code: 'CORE_AMBIGUOUS', insnIdx: 0 }));
    // Once a field was found in one of them only, that one is meant.
    expect(applyCoreRelos({ ...model, funcs: [getFunc(model, 'off_count'), ...funcs] }, btf as Btf, target).unresolved).toEqual([]);
  });
  it.each([
    [{ kind: 13 }, 'CORE_KIND'],
    [{ accessStrOff: 0 }, 'CORE_ACCESS'],
    [{ kind: 10, typeId: 1 }, 'CORE_ACCESS'],
  ])('%j give %s', (changes, code) => {
    expect(change(changes)).toThrow(expect.objectContaining({ code }));
  });
});

const VMLINUX = '/sys/kernel/btf/vmlinux';
const withKernel = existsSync(VMLINUX) ? it : it.skip;

withKernel(`fits example programs to the running kernel (needs ${VMLINUX})`, () => {
  const target = new CoreTarget(parseBtf(readFileSync(VMLINUX)));
  const { model, btf } = openObject(readObject('unit_a'));
  const result = applyCoreRelos(model, btf as Btf, target);
  expect(result.unresolved).toEqual([]);
  const at = getFunc(model, 'function_a').coreRelos[0]?.insnIdx as number;
  expect(getFunc(result.model, 'function_a').insns.off[at]).toBe(8);
});
