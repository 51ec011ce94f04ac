// Does the plan choose the right provider, and say why?
import { describe, expect, it } from '@jest/globals';
import type { Btf } from '@rootlet/btf';
import { findExtObstacle, formatLinkPlan, planLinks } from '../src/index.ts';
import type { LinkCandidate, LinkPlanInput } from '../src/index.ts';
import { openObject, readObject } from './objects.ts';

/** The global functions of an object as candidates. */
function candidates(fixture: string, objectName: string, changes: Partial<LinkCandidate> = {}): LinkCandidate[] {
  const { model, btf } = openObject(readObject(fixture));
  return model.funcs.map((func) => ({
    symbol: func.name,
    objectName,
    weak: false,
    btf: btf as Btf,
    btfId: func.btfId as number,
    ...changes,
  }));
}

function plan(fixture: string, changes: Partial<LinkPlanInput>): ReturnType<typeof planLinks> {
  const { model, btf } = openObject(readObject(fixture));
  return planLinks({ externs: model.externs, btf, candidates: [], target: 'native', ...changes });
}

describe('planLinks', () => {
  it('calls the only strong provider', () => {
    expect(plan('main_prog', { candidates: candidates('helpers', 'helpers') })).toEqual([
      {
        extern: 'foo', kind: 'func', weak: false, strategy: 'call',
        provider: { objectName: 'helpers', symbol: 'foo' }, why: "only strong provider, loaded from 'helpers'",
      },
      {
        extern: 'bar', kind: 'func', weak: false, strategy: 'call',
        provider: { objectName: 'helpers', symbol: 'bar' }, why: "only strong provider, loaded from 'helpers'",
      },
    ]);
  });

  it('prefers what is linked', () => {
    const both = [...candidates('helpers', 'loaded'), ...candidates('helpers', 'linked', { linked: true })];
    expect(plan('main_prog', { candidates: both }).map((entry) => [entry.strategy, entry.provider?.objectName])).toEqual([
      ['static', 'linked'],
      ['static', 'linked'],
    ]);
  });

  it('T6: two strong providers are a problem that names both', () => {
    const [foo] = plan('main_prog', { candidates: [...candidates('helpers', 'one'), ...candidates('helpers', 'two')] });
    expect(foo?.problem).toEqual({
      code: 'AMBIGUOUS_PROVIDER',
      message: "'foo' is provided by 'one' and 'two'; choose with scope or aliases",
    });
  });

  it('T7: strong beats weak in any order, the first weak wins', () => {
    const weak1 = candidates('helpers', 'weak1', { weak: true });
    const weak2 = candidates('helpers', 'weak2', { weak: true });
    const strong = candidates('helpers', 'strong');
    for (const list of [[...weak1, ...strong, ...weak2], [...strong, ...weak1], [...weak2, ...strong]]) {
      expect(plan('main_prog', { candidates: list })[0]?.provider?.objectName).toBe('strong');
    }
    expect(plan('main_prog', { candidates: [...weak2, ...weak1] })[0]?.provider?.objectName).toBe('weak2');
  });

  it('T7: a strong provider beats the own weak body, a weak one does not', () => {
    const { model, btf } = openObject(readObject('helpers'));
    const input = { externs: [], weakFuncs: model.funcs.slice(0, 1), btf, target: 'native' as const };
    expect(planLinks({ ...input, candidates: candidates('helpers', 'other') })[0]).toMatchObject({ strategy: 'call' });
    expect(planLinks({ ...input, candidates: candidates('helpers', 'other', { weak: true }) })[0]).toMatchObject({ strategy: 'own' });
  });

  it('follows aliases', () => {
    const renamed = candidates('helpers', 'helpers').map((one) => ({ ...one, symbol: `new_${one.symbol}` }));
    const [foo, bar] = plan('main_prog', { candidates: renamed, aliases: { foo: 'new_foo' } });
    expect(foo?.provider?.symbol).toBe('new_foo');
    expect(bar?.strategy).toBe('pending');
  });

  it('T9: a wrong prototype is a problem that prints both', () => {
    const n_size = plan('proto_use', { candidates: candidates('proto_def', 'def') }).find((entry) => entry.extern === 'n_size');
    expect(n_size?.problem).toEqual({
      code: 'PROTOTYPE_MISMATCH',
      message: "argument 2: 'int' has 4 bytes, 'long' has 8: 'int n_size(int, int)' against 'int n_size(int a, long b)'",
    });
  });

  it('sorts out what no object provides', () => {
    const strategies = (input: Partial<LinkPlanInput>): Record<string, string> =>
      Object.fromEntries(plan('collect', input).map((entry) => [entry.extern, entry.strategy]));
    expect(strategies({})).toEqual({
      ext_func: 'pending', weak_ext: 'null', kernel_func: 'kfunc', kernel_var: 'ksym', CONFIG_HZ: 'kconfig', ext_var: 'ksym', ext_array: 'ksym',
    });
    expect(strategies({ target: 'linux', kernelHas: () => false })).toMatchObject({ ext_func: 'stub-ext', kernel_func: 'null' });
    const missing = plan('collect', { kernelHas: () => false }).find((entry) => entry.extern === 'kernel_var');
    expect(missing?.problem?.code).toBe('KERNEL_SYMBOL');
  });

  it('on Linux replaces a stub where the prototype allows it', () => {
    const entries = plan('proto_use', { candidates: candidates('proto_def', 'def'), target: 'linux' });
    const strategyOf = (name: string): string | undefined => entries.find((entry) => entry.extern === name)?.strategy;
    expect(strategyOf('p_struct')).toBe('carrier-ext');
    expect(strategyOf('p_void')).toBe('relink');
    const { model, btf } = openObject(readObject('proto_use'));
    const opaque = model.externs.find((ext) => ext.name === 'p_opaque');
    expect(findExtObstacle(btf as Btf, opaque?.btfId as number)).toBe("argument 1 'struct opaque *' points to something of unknown size");
  });

  it('prints a table', () => {
    expect(formatLinkPlan(plan('main_prog', { candidates: candidates('helpers', 'helpers').slice(1) }))).toBe(
      [
        "func foo  pending  -            no object provides 'foo' yet; it is bound when one is loaded\n",
        "func bar  call     helpers:bar  only strong provider, loaded from 'helpers'\n",
      ].join(''),
    );
  });
});
