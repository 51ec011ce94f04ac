// Do broken CO-RE records and types of either side give typed errors, in bounded time?
//
//   MUTATIONS=100000 SEED=7 npx jest packages/reloc/test/core-mutation.test.ts
import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { RootletError } from '@rootlet/bytes';
import { findSection } from '@rootlet/elf';
import fc from 'fast-check';
import { applyCoreRelos, changeFunc, CoreTarget, explainRelocations, minCoreBtf, openCoreObject } from '../src/index.ts';
import type { CoreObject } from '../src/index.ts';
import { openObject, readObject } from './objects.ts';

const RUNS = Math.ceil(Number(process.env['MUTATIONS'] ?? 3000) / 3);
const SEED = Number(process.env['SEED'] ?? 20191112);
/** Processor time: far above what any of these takes, far below what something exponential would. */
const MAX_MS = 2000;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs a step that may fail with a typed error. @returns undefined then */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof RootletError) return undefined;
    throw error;
  }
}

/** Every sixth function: all are met in a few mutations. */
function sample(object: CoreObject, from: number): CoreObject {
  return { ...object, model: { ...object.model, funcs: object.model.funcs.filter((_, at) => at % 6 === from) } };
}

/** Everything that CO-RE does with an object and a target. An error of one relocation is in the report, never thrown. */
function exercise(object: CoreObject, btf: Btf): void {
  const started = cpuMs();
  const local = object.btf;
  const target = new CoreTarget(btf);
  const report = explainRelocations(object, target);
  const count = object.model.funcs.reduce((sum, func) => sum + func.coreRelos.length, 0);
  expect(report.relocations).toHaveLength(local === undefined ? 0 : count);
  const applied = local && attempt(() => applyCoreRelos(object.model, local, target));
  // The two ways agree.
  const errors = report.relocations.filter(({ outcome }) => outcome === 'error');
  expect(applied === undefined).toBe(errors.length > 0 || local === undefined);
  if (applied !== undefined) {
    expect(applied.unresolved).toHaveLength(report.relocations.filter(({ outcome }) => outcome === 'poison').length);
    const minimal = attempt(() => minCoreBtf(object, btf));
    if (minimal !== undefined) parseBtf(minimal);
  }
  expect(cpuMs() - started).toBeLessThan(MAX_MS);
}

const change = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff)),
  width: fc.constantFrom(1, 1, 1, 2, 4),
});
const changes = fc.array(change, { minLength: 1, maxLength: 5 });
type Change = { readonly at: number; readonly value: number; readonly width: number };

function mutate(bytes: Uint8Array, list: readonly Change[], from = 0, size = bytes.length): Uint8Array {
  const copy = bytes.slice();
  for (const { at, value, width } of list) {
    const start = from + Math.floor(at * size);
    copy.fill(value, start, Math.min(start + width, from + size));
  }
  return copy;
}

describe.each(['core_local', 'core_local.be'])('mutations of %s', (name) => {
  const runs = { numRuns: Math.ceil(RUNS / 2), seed: SEED };
  const original = readObject(name);
  const target = openObject(readObject(name.replace('local', 'target'))).btf as Btf;
  const { elf } = openObject(original);
  const range = (section: string): readonly [number, number] => {
    const found = findSection(elf, section);
    return [found?.byteOff ?? 0, found?.size ?? 0];
  };

  it('its records', () => {
    const [start, size] = range('.BTF.ext');
    fc.assert(
      fc.property(changes, fc.nat(5), (list, from) => {
        const object = attempt(() => openCoreObject(mutate(original, list, start, size)));
        if (object !== undefined) exercise(sample(object, from), target);
      }),
      runs,
    );
  });

  it('its types and code', () => {
    const ranges = ['.BTF', '.text'].map(range);
    fc.assert(
      fc.property(changes, fc.nat(1), fc.nat(5), (list, which, from) => {
        const [start, size] = ranges[which] as readonly [number, number];
        const object = attempt(() => openCoreObject(mutate(original, list, start, size)));
        if (object !== undefined) exercise(sample(object, from), target);
      }),
      runs,
    );
  });

  it("the target's types", () => {
    const object = openCoreObject(original);
    fc.assert(
      fc.property(changes, fc.nat(5), (list, from) => {
        const btf = attempt(() => parseBtf(mutate(target.bytes, list)));
        if (btf !== undefined) exercise(sample(object, from), btf);
      }),
      runs,
    );
  });
});

describe('types made to take long', () => {
  const object = openCoreObject(readObject('core_local'));

  it('anonymous structs that hold one another twice each, and lead nowhere', () => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    let inner = builder.addStruct('', 4);
    builder.addField('leaf', int, 0);
    for (let depth = 0; depth < 60; depth++) {
      const outer = builder.addStruct(depth === 59 ? 'object' : '', 4);
      builder.addField('', inner, 0);
      builder.addField('', inner, 0);
      inner = outer;
    }
    exercise(object, builder.build());
  });

  it('structs that hold themselves', () => {
    const builder = new BtfBuilder();
    const own = builder.addStruct('object', 8);
    builder.addField('', own, 0);
    builder.addField('inners', own, 0);
    const pair = builder.addStruct('pair', 8);
    builder.addField('a', pair, 0);
    builder.addField('b', pair, 0);
    exercise(object, builder.build());
  });

  it('typedefs in a circle', () => {
    const builder = new BtfBuilder();
    const id = builder.addTypedef('number_t', 2);
    builder.addTypedef('number_t', id);
    builder.addTypedef('number_t', 3);
    const { relocations } = explainRelocations(object, builder.build());
    expect(relocations.find(({ funcName }) => funcName === 'typedef_size')).toMatchObject({ outcome: 'error', code: 'CORE_BTF' });
  });

  it('thousands of candidates of one name, each with anonymous members to be tried', () => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    for (let n = 0; n < 3000; n++) {
      builder.addStruct(n % 2 === 0 ? 'object' : 'pair___flavour', 8);
      for (let m = 0; m < 20; m++) builder.addField(m % 2 === 0 ? '' : `m${m}`, builder.startId, 0);
    }
    builder.addField('a', int, 0);
    exercise(object, builder.build());
  });

  it('local and target types of anonymous members only, to be matched in every order', () => {
    // Each level has six members without a name, and the innermost does not match: tried in full that is 6^40 orders.
    const nest = (builder: BtfBuilder, leaf: string, size: number): void => {
      let inner = builder.addInt(leaf, size);
      for (let depth = 0; depth < 40; depth++) {
        const outer = builder.addStruct(depth === 39 ? 'pair' : '', 8);
        for (let n = 0; n < 6; n++) builder.addField('', inner, 0);
        inner = outer;
      }
    };
    const target = new BtfBuilder();
    nest(target, 'int', 4);
    const local = BtfBuilder.from(object.btf as Btf);
    nest(local, 'int', 8);
    const btf = local.build();
    const pair = btf.typeCount - 1;
    const funcs = object.model.funcs
      .filter(({ name }) => name === 'type_matches')
      .map((func) => changeFunc(func, { coreRelos: func.coreRelos.map((relo) => ({ ...relo, typeId: pair })) }));
    exercise({ model: { ...object.model, funcs }, btf }, target.build());
  });

  it('names of many kilobytes', () => {
    const builder = new BtfBuilder();
    builder.addInt('int', 4, BTF_INT_SIGNED);
    for (let n = 0; n < 500; n++) builder.addStruct(`${'a_'.repeat(4000)}${n}`, 4);
    exercise(object, builder.build());
  });
});
