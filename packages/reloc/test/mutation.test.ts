// Do broken objects give typed errors, and nothing worse?
import { describe, expect, it } from '@jest/globals';
import { RootletError } from '@rootlet/bytes';
import fc from 'fast-check';
import { applyCoreRelos, CoreTarget, linkObjects, relocateProgram } from '../src/index.ts';
import { openObject, plainResolver, readObject } from './objects.ts';

const NAMES = ['collect', 'unit_a', 'unit_b.be', 'weak_one', 'guard', 'core_local'];
const RUNS = Number(process.env['MUTATIONS'] ?? 2000);
/** Of this process, not of the clock: other tests run beside. Far above what any of these objects takes, far below what a quadratic loop would. */
const MAX_CPU_MS = 2000;

/** Runs a step that may fail with a typed error. @returns undefined then */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof RootletError) return undefined;
    throw error;
  }
}

/** Everything that this package does with bytes. */
function exercise(bytes: Uint8Array, partner: string): void {
  const started = process.cpuUsage();
  const opened = attempt(() => openObject(bytes));
  if (opened !== undefined) {
    const { model } = opened;
    for (const func of model.funcs) attempt(() => relocateProgram(model, func.index, plainResolver()));
    const own = opened.btf;
    if (own !== undefined) attempt(() => applyCoreRelos(model, own, new CoreTarget(own)));
  }
  const linked = attempt(() => linkObjects([{ name: 'broken', bytes }, { name: partner, bytes: readObject(partner) }]));
  // What was linked can be read.
  if (linked !== undefined) attempt(() => openObject(linked));
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(MAX_CPU_MS);
}

const change = {
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
  width: fc.constantFrom(1, 1, 2, 4, 8),
};

describe.each(NAMES)('mutations of %s', (name) => {
  const original = readObject(name);
  const partner = name.endsWith('.be') ? 'unit_a.be' : 'unit_b';

  it('of bytes anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.record(change), { minLength: 1, maxLength: 6 }), (mutations) => {
        const bytes = original.slice();
        for (const { at, value, width } of mutations) bytes.fill(value, Math.floor(at * bytes.length), Math.floor(at * bytes.length) + width);
        exercise(bytes, partner);
      }),
      { numRuns: RUNS },
    );
  });

  it('of symbols, relocations and section headers', () => {
    const { elf } = openObject(original);
    const tables = elf.sections.filter((section) => section.name === '.symtab' || section.name.startsWith('.rel'));
    const data = new DataView(original.buffer);
    const headersOff = Number(data.getBigUint64(40, elf.littleEndian));
    const ranges = [...tables.map(({ byteOff, size }) => [byteOff, size] as const), [headersOff, elf.sections.length * 64] as const];
    const place = fc.record({ range: fc.nat(ranges.length - 1), ...change });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (places) => {
        const bytes = original.slice();
        for (const { range, at, value, width } of places) {
          const [start, size] = ranges[range] as readonly [number, number];
          const from = start + Math.floor(at * size);
          bytes.fill(value, from, from + width);
        }
        exercise(bytes, partner);
      }),
      { numRuns: RUNS },
    );
  });

  it('cut off', () => {
    fc.assert(
      fc.property(fc.nat(original.length - 1), (length) => exercise(original.slice(0, length), partner)),
      { numRuns: 100 },
    );
  });
});
