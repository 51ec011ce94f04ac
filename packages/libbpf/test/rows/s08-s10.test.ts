import { describe, expect, it } from '@jest/globals';
import { BpfObject } from '../../src/index.ts';
import { errorOf, example, loadAll, loadLinked, newKernel, NO_FD, packet, permutations, runEverywhere, runProgram } from '../support.ts';

describe('S8: graphs of objects, in any order', () => {
  it('main → one → two → three in all 24 orders, and linked', () => {
    expect(new Set(runEverywhere(['graph_main', 'graph1', 'graph2', 'graph3'], 'graph_main'))).toEqual(new Set([29]));
  });

  it('a cycle of objects that is no cycle of calls', () => {
    expect(new Set(runEverywhere(['cycle_a', 'cycle_b', 'cycle_main'], 'cycle_main'))).toEqual(new Set([61]));
  });

  it.each(permutations(['recursion_a', 'recursion_b', 'recursion_main']))('refuses recursion, naming the cycle: %s, %s, %s', (...names) => {
    const kernel = newKernel();
    const error = errorOf(() => loadAll(kernel, names));
    expect(error.message).toContain('is_even');
    expect(error.message).toContain('is_odd');
    expect(error).toMatchObject({ errno: 40 });
  });

  it('refuses recursion that is linked statically, or within one object', () => {
    expect(errorOf(() => loadLinked(newKernel(), ['recursion_main', 'recursion_a', 'recursion_b'])).code).toBe('PROG_LOAD');
    expect(errorOf(() => loadAll(newKernel(), ['recursion_self'])).code).toBe('PROG_LOAD');
  });
});

describe('S9: (T *array, bpf_size_t size) is a buffer of size elements', () => {
  it('the callee may read and write below a proved bound', () => {
    const object = BpfObject.open(example('size_callee'), { kernel: newKernel() }).load();
    expect(object.programs.map((program) => program.name)).toEqual(['size_double', 'size_third', 'size_copy', 'size_points']);
  });

  it.each(['size_callee_bad', 'size_callee_bytes', 'size_callee_off_by_one'])('rejects the callee %s', (name) => {
    expect(errorOf(() => loadAll(newKernel(), [name])).code).toBe('PROG_LOAD');
  });

  it('the caller passes stack, packet and map value', () => {
    const dataIn = packet(0);
    for (const order of permutations(['helpers', 'size_caller'])) {
      expect(runProgram(loadAll(newKernel(), order).values(), 'size_caller', dataIn)).toBe(16);
    }
  });

  it.each(['size_caller_bad', 'size_caller_overflow', 'size_caller_unbounded'])('rejects the caller %s', (name) => {
    expect(errorOf(() => loadAll(newKernel(), [name])).code).toBe('PROG_LOAD');
  });
});

describe('S10: the explicit flow', () => {
  it('findProgramByTitle, findObjBtfId and pairs given at load', () => {
    const kernel = newKernel();
    const helpers = BpfObject.open(example('helpers'), { kernel, name: 'hidden away' }).load();
    const title = helpers.findProgramByTitle('.text');
    const [foo, bar] = [helpers.findObjBtfId('foo'), helpers.findObjBtfId('bar')];
    expect(title).toBeDefined();
    if (title === undefined || foo === undefined || bar === undefined) return;
    const main = BpfObject.open(example('main_prog'), { kernel, scope: [] });
    main.load({ bind: { foo: { progFd: title.fd, btfId: foo }, bar: { progFd: title.fd, btfId: bar } } });
    expect(main.findProgram('main_prog')?.testRun({ dataIn: packet(7) }).retval).toBe(23);
  });

  it('refuses a pair that names no function', () => {
    const kernel = newKernel();
    const helpers = BpfObject.open(example('helpers'), { kernel }).load();
    const progFd = helpers.findProgramByTitle('.text')?.fd ?? -1;
    const main = BpfObject.open(example('main_prog'), { kernel });
    expect(errorOf(() => main.load({ bind: { foo: { progFd, btfId: 1 } } })).code).toBe('BIND_TARGET');
    expect(errorOf(() => main.load({ bind: { foo: { progFd: NO_FD, btfId: 1 } } }))).toMatchObject({ errno: 9 });
  });

  it('checks the prototype of a pair', () => {
    const kernel = newKernel();
    const helpers = BpfObject.open(example('helpers'), { kernel }).load();
    const bar = helpers.findProgram('bar');
    const error = errorOf(() =>
      BpfObject.open(example('main_prog'), { kernel }).load({ bind: { foo: { progFd: bar?.fd ?? -1, btfId: bar?.btfId ?? 0 } } }),
    );
    expect(error.code).toBe('PROTOTYPE_MISMATCH');
  });
});
