// Are cycles and deep stacks found, and named?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkStackDepth, findCallCycle } from '../src/index.ts';
import type { StackNode } from '../src/index.ts';

const graph = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges));
const node = (name: string, stackBytes: number, ...calls: string[]): StackNode => ({ name, stackBytes, frames: 1, calls });

describe('findCallCycle', () => {
  it('finds none in a diamond', () => {
    expect(findCallCycle(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }))).toBeUndefined();
  });
  it('names the cycle only, not the way to it', () => {
    expect(findCallCycle(graph({ main: ['a'], a: ['b'], b: ['c'], c: ['a'] }))).toEqual(['a', 'b', 'c', 'a']);
  });
  it('finds self recursion', () => {
    expect(findCallCycle(graph({ a: ['a'] }))).toEqual(['a', 'a']);
  });
  it('survives a chain longer than any JavaScript stack', () => {
    const edges = new Map(Array.from({ length: 200_000 }, (_, at) => [`f${at}`, [`f${at + 1}`]]));
    expect(findCallCycle(edges)).toBeUndefined();
    edges.set('f200000', ['f0']);
    expect(findCallCycle(edges)).toHaveLength(200_002);
  });
  it('finds a cycle exactly when the graph has one', () => {
    const edge = fc.tuple(fc.nat(6), fc.nat(6));
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 12 }), (list) => {
        const edges = new Map<string, string[]>();
        for (const [from, to] of list) edges.set(`${from}`, [...(edges.get(`${from}`) ?? []), `${to}`]);
        // Peeling nodes that call nothing leaves something exactly when there is a cycle.
        let left = list;
        for (let before = -1; before !== left.length; ) {
          before = left.length;
          left = left.filter(([, to]) => left.some(([from]) => from === to));
        }
        const cycle = findCallCycle(edges);
        expect(cycle === undefined).toBe(left.length === 0);
        for (const [at, name] of (cycle ?? []).entries()) {
          if (at > 0) expect(edges.get(cycle?.[at - 1] as string)).toContain(name);
        }
        if (cycle !== undefined) expect(cycle[0]).toBe(cycle.at(-1));
      }),
    );
  });
});

describe('checkStackDepth', () => {
  it('accepts what fits', () => {
    expect(checkStackDepth([node('main', 256, 'foo', 'bar'), node('foo', 256), node('bar', 200)])).toBeUndefined();
  });
  it('prints the deepest chain', () => {
    const over = checkStackDepth([node('main', 200, 'foo', 'bar'), node('foo', 100, 'baz'), node('bar', 8), node('baz', 216)]);
    expect(over).toMatchObject({ limit: 'bytes', chain: ['main', 'foo', 'baz'], total: 516, max: 512 });
    expect(over?.message).toBe('stack of 516 bytes exceeds 512: main (200) -> foo (100) -> baz (216)');
  });
  it('counts frames', () => {
    const chain = Array.from({ length: 9 }, (_, at) => node(`f${at}`, 8, ...(at < 8 ? [`f${at + 1}`] : [])));
    expect(checkStackDepth(chain.slice(1))).toBeUndefined();
    expect(checkStackDepth(chain)?.message).toMatch(/^call depth of 9 frames exceeds 8: f0 \(1\) -> f1 \(1\)/);
  });
  it('has other limits for a composition', () => {
    const units = [node('main', 512, 'helpers'), node('helpers', 512)];
    expect(checkStackDepth(units, { maxBytes: 4096, maxFrames: 64 })).toBeUndefined();
    expect(checkStackDepth(units, { maxBytes: 1000, maxFrames: 64 })?.chain).toEqual(['main', 'helpers']);
  });
  it('refuses recursion by name', () => {
    expect(() => checkStackDepth([node('a', 8, 'b'), node('b', 8, 'a')])).toThrow(
      expect.objectContaining({ code: 'RELOC_CALL_CYCLE', message: 'reloc: call graph: recursion: a -> b -> a' }),
    );
  });
});
