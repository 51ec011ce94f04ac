import { describe, expect, it } from '@jest/globals';
import { BTF_FUNC_EXTERN, BTF_KIND_FUNC } from '@rootlet/btf';
import { BpfObject } from '../../src/index.ts';
import { countsOf, errorOf, example, knowsArgTags, loadAll, loadLinked, newKernel, onLinux, permutations, runEverywhere, runProgram, mayReplace } from '../support.ts';

describe('T9: prototypes must agree', () => {
  const refused: readonly [name: string, where: RegExp][] = [
    ['proto_count', /number of arguments|argument/],
    ['proto_enum', /argument 1|colour|paint/],
    ['proto_kind', /argument 1/],
    ['proto_name', /argument 1/],
    ['proto_return', /return/],
    ['proto_size', /argument 1/],
    ['proto_struct', /argument 1/],
  ];

  it.each(refused)('%s: both prototypes as C, and what differs, in any order', (name, where) => {
    expectRefused('proto_provider', name, where);
  });

  if (knowsArgTags) {
    it('proto_tag: a tag on one side only', () => {
      expectRefused('proto_tagged', 'proto_tag', /argument 1|tag/);
    });
  } else {
    it('proto_tagged: a kernel that knows no tags refuses it, and that is what is said', () => {
      expect(errorOf(() => loadAll(newKernel(), ['proto_tagged'])).message).toMatch(/arg:nonnull.*6\.8/);
    });
  }

  /** Refused in any order, and when linked. */
  function expectRefused(provider: string, main: string, where: RegExp): void {
    for (const order of permutations([provider, main])) {
      const kernel = newKernel();
      const error = errorOf(() => loadAll(kernel, order));
      expect(error.code).toBe('PROTOTYPE_MISMATCH');
      expect(error.message).toMatch(where);
      expect(error.message.match(/p_\w+\(/g)?.length).toBeGreaterThanOrEqual(2);
    }
    expect(errorOf(() => loadLinked(newKernel(), [main, provider])).message).toMatch(/p_\w+\(/);
  }

  it('a refused provider is undone and main waits on', () => {
    const kernel = newKernel();
    loadAll(kernel, ['proto_count']);
    const before = countsOf(kernel);
    expect(() => loadAll(kernel, ['proto_provider'])).toThrow();
    expect(countsOf(kernel)).toEqual(before);
  });

  it('names, typedefs, modifiers and signs do not matter', () => {
    expect(new Set(runEverywhere(['proto_equal', 'proto_provider'], 'proto_equal'))).toEqual(new Set([6]));
  });

  it('where one side has no definition of a struct, its name suffices', () => {
    expect(new Set(runEverywhere(['proto_forward', 'proto_provider'], 'proto_forward'))).toEqual(new Set([0]));
  });
});

describe('T10: the stack of a composition', () => {
  it('each unit fits, together they do not: refused with the chain printed, in any order', () => {
    for (const order of permutations(['deep_main', 'deep1', 'deep2', 'deep3'])) {
      const error = errorOf(() => loadAll(newKernel(), order));
      for (const name of ['deep1', 'deep2', 'deep3']) expect(error.message).toContain(name);
    }
    expect(errorOf(() => loadLinked(newKernel(), ['deep_main', 'deep1', 'deep2', 'deep3'])).code).toBe('PROG_LOAD');
  });

  it('fits with a shallow end', () => {
    expect(runEverywhere(['deep_main', 'deep1', 'shallow2'], 'deep_main').length).toBe(12);
  });

  it('refuses a chain of more than eight frames', () => {
    for (const order of permutations(['frames_main', 'frames_a', 'frames_b'])) {
      expect(errorOf(() => loadAll(newKernel(), order)).message).toMatch(/frame/);
    }
  });
});

describe('T11: a resolved object contains no FUNC with extern linkage', () => {
  it.each([
    ['helpers', 'main_prog'],
    ['graph1', 'graph2', 'graph3', 'graph_main'],
    ['maybe', 'maybe_guarded'],
  ])('%s', (...names) => {
    const { btf } = loadLinked(newKernel(), names).spec;
    expect(btf).toBeDefined();
    if (btf === undefined) return;
    for (let id = btf.startId; id < btf.typeCount; id++) {
      const type = btf.type(id);
      if (type.kind === BTF_KIND_FUNC) expect(`${type.name} ${type.linkage}`).not.toBe(`${type.name} ${BTF_FUNC_EXTERN}`);
    }
  });
});

describe('T12: linkPlan() tells provider, strategy and reason before anything is loaded', () => {
  // Stock kernels know no calls between programs; a buffer with a size is more than EXT can say.
  const onStock = { foo: mayReplace ? ['stub-ext', 'carrier-ext'] : ['relink', 'relink'], bar: ['relink', 'relink'] };
  const strategies = onLinux ? onStock : { foo: ['pending', 'call'], bar: ['pending', 'call'] };

  it('what is linked, called, waited for and absent', () => {
    const kernel = newKernel();
    const main = BpfObject.open(example('main_prog'), { kernel });
    expect(main.linkPlan()).toMatchObject([
      { extern: 'foo', strategy: strategies.foo[0] },
      { extern: 'bar', strategy: strategies.bar[0] },
    ]);
    loadAll(kernel, ['helpers']);
    const before = countsOf(kernel);
    expect(main.linkPlan()).toMatchObject([
      { extern: 'foo', strategy: strategies.foo[1], provider: { objectName: 'helpers', symbol: 'foo' }, why: expect.stringContaining('helpers') },
      { extern: 'bar', strategy: strategies.bar[1], provider: { objectName: 'helpers', symbol: 'bar' } },
    ]);
    expect(countsOf(kernel)).toEqual(before);
    const linked = BpfObject.open([example('main_prog'), example('helpers')], { kernel });
    expect(linked.linkPlan()).toMatchObject([
      { extern: 'foo', strategy: 'static', provider: { objectName: 'helpers' } },
      { extern: 'bar', strategy: 'static', provider: { objectName: 'helpers' } },
    ]);
    expect(BpfObject.open(example('maybe_guarded'), { kernel }).linkPlan()).toMatchObject([{ extern: 'maybe', weak: true, strategy: 'null' }]);
  });

  if (!mayReplace) it('says that this machine cannot put programs over functions', () => {
    const kernel = newKernel();
    const main = BpfObject.open(example('main_prog'), { kernel });
    const whys = (): readonly string[] => main.linkPlan().map(({ why }) => why);
    expect(whys()).toEqual(["foo", "bar"].map((name) => `no object provides '${name}' yet, and then nothing can be put over a stub: this machine loads no EXT programs`));
    loadAll(kernel, ['helpers']);
    for (const why of whys()) expect(why).toContain('it cannot replace a stub: this machine loads no EXT programs');
  });

  it('says what will fail', () => {
    const kernel = newKernel();
    loadAll(kernel, ['weak_strong', 'strong_other', 'proto_provider']);
    expect(BpfObject.open(example('policy_main'), { kernel }).linkPlan()).toMatchObject([
      { extern: 'policy', problem: { code: 'AMBIGUOUS_PROVIDER' } },
    ]);
    expect(BpfObject.open(example('proto_size'), { kernel }).linkPlan()).toMatchObject([
      { extern: 'p_size', problem: { code: 'PROTOTYPE_MISMATCH' } },
    ]);
  });

  it('agrees with what loading does', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['maybe', 'helpers', 'maybe_other', 'main_prog']);
    for (const name of ['maybe_other', 'main_prog']) {
      const object = objects.get(name);
      const bound = object?.findProgram(name)?.bindings.map(({ symbol, provider }) => [symbol, provider?.objectName]);
      expect(object?.linkPlan().map(({ extern, provider }) => [extern, provider?.objectName])).toEqual(bound);
    }
    expect(runProgram(objects.values(), 'main_prog')).toBe(23);
  });
});
