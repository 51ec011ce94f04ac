import { describe, expect, it } from '@jest/globals';
import { BpfObject } from '../../src/index.ts';
import { countsOf, errorOf, example, loadAll, loadLinked, newKernel, onLinux, packet, runEverywhere, runProgram } from '../support.ts';

describe('S1: a library object loads, verified function by function, attached to nothing', () => {
  it('verifies every global function on its own from its BTF prototype', () => {
    const kernel = newKernel();
    const helpers = BpfObject.open(example('helpers'), { kernel }).load({ logLevel: 2 });
    for (const name of ['foo', 'bar']) {
      const func = helpers.findProgram(name);
      expect(func?.isLibrary).toBe(true);
      expect(func?.fd).toBeGreaterThanOrEqual(0);
      expect(func?.log).toContain('processed');
    }
  });

  it('has no attach point, and cannot be run as a program', () => {
    const helpers = BpfObject.open(example('helpers'), { kernel: newKernel() }).load();
    expect(errorOf(() => helpers.findProgram('foo')?.attach()).code).toBe('NOT_ATTACHABLE');
    expect(() => helpers.findProgram('bar')?.testRun({ dataIn: packet() })).toThrow(expect.objectContaining({ errno: 22 }));
  });

  it('rejects a library whose function is unsafe for some caller', () => {
    const kernel = newKernel();
    const error = errorOf(() => BpfObject.open(example('size_callee_bad'), { kernel }).load());
    expect(error).toMatchObject({ code: 'PROG_LOAD' });
    expect(error.message).toContain('size_unproved');
    expect(countsOf(kernel)).toMatchObject({ progs: 0, maps: 0, btfs: 0, fds: 0 });
  });

  it('keeps state of its own between calls', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['map_helpers', 'map_main']);
    expect([1, 2, 3].map(() => runProgram(objects.values(), 'map_main'))).toEqual([1, 2, 3]);
  });
});

describe('S2: externs are found by name among what is loaded, and exactly those calls are bound', () => {
  it('binds foo and bar to (program fd, BTF id) of the provider', () => {
    const kernel = newKernel();
    const { helpers, main } = { helpers: loadAll(kernel, ['helpers']).get('helpers'), main: loadAll(kernel, ['main_prog']).get('main_prog') };
    const bindings = main?.findProgram('main_prog')?.bindings ?? [];
    expect(bindings.map(({ symbol }) => symbol)).toEqual(['foo', 'bar']);
    for (const { symbol, provider } of bindings) {
      expect(provider?.progFd()).toBe(helpers?.findProgram(symbol)?.fd);
      expect(provider?.btfId).toBe(helpers?.findObjBtfId(symbol));
    }
    expect(main?.findProgram('main_prog')?.testRun({ dataIn: packet(7) }).retval).toBe(7 + 1 + 15);
  });
});

describe('S3: the intent is in the objects', () => {
  it('needs no list of pairs, in any order, dynamically or statically', () => {
    expect(new Set(runEverywhere(['helpers', 'main_prog'], 'main_prog', packet(7)))).toEqual(new Set([23]));
  });
});

describe('S4: static linking gives the same programs, verdicts and results', () => {
  it('calls are pc-relative and the functions ordinary subprograms', () => {
    const kernel = newKernel();
    const linked = loadLinked(kernel, ['main_prog', 'helpers']);
    expect(linked.findProgram('main_prog')?.bindings).toEqual([]);
    expect(linked.findProgram('main_prog')?.testRun({ dataIn: packet(9) }).retval).toBe(25);
  });

  it('what stays extern after linking is bound dynamically', () => {
    const kernel = newKernel();
    loadAll(kernel, ['graph3']);
    const linked = loadLinked(kernel, ['graph_main', 'graph1', 'graph2']);
    expect(linked.findProgram('graph_main')?.bindings.map(({ symbol }) => symbol)).toEqual(['three']);
    expect(linked.findProgram('graph_main')?.testRun({ dataIn: packet() }).retval).toBe(29);
  });

  it.each(['bad_ctx', 'bad_ctx_null', 'bad_uninit', 'bad_int_pointer'])('rejects %s both ways', (name) => {
    const dynamic = newKernel();
    loadAll(dynamic, ['helpers']);
    expect(errorOf(() => loadAll(dynamic, [name])).code).toBe('PROG_LOAD');
    // Linked, stock kernels judge the body at each call: foo() does no harm to what bad_ctx passes.
    if (onLinux && name === 'bad_ctx') expect(loadLinked(newKernel(), [name, 'helpers']).findProgram(name)?.fd).toBeGreaterThanOrEqual(0);
    else expect(errorOf(() => loadLinked(newKernel(), [name, 'helpers'])).code).toBe('PROG_LOAD');
  });

  it('structs by pointer, with a buffer of exactly one', () => {
    expect(new Set(runEverywhere(['quad_helpers', 'quad_main'], 'quad_main'))).toEqual(new Set([10]));
  });

  it('global data, extern data and extern maps of several objects become one', () => {
    const linked = loadLinked(newKernel(), ['data_use', 'data_def']);
    expect(linked.findProgram('data_use')?.testRun({ dataIn: packet() }).retval).toBe(42 + 42 + 2);
    expect(linked.findProgram('data_use')?.testRun({ dataIn: packet() }).retval).toBe(44 + 44 + 2);
    expect(linked.findMap('shared_map')?.lookup(1)?.[0]).toBe(44);
  });

  it('refuses maps that are declared differently, naming both objects', () => {
    const error = errorOf(() => loadLinked(newKernel(), ['data_clash', 'data_def']));
    expect(error.name).toBe('RelocError');
    expect(error.message).toContain('shared_map');
    expect(error.message).toContain('data_clash');
    expect(error.message).toContain('data_def');
  });
});
