import { describe, expect, it } from '@jest/globals';
import { BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { BpfObject, SimKernel } from '../../src/index.ts';
import { countsOf, errorOf, example, loadAll, loadLinked, newKernel, onLinux, packet, runEverywhere, runProgram } from '../support.ts';

describe('S5: a global function with a context as its only argument is a program', () => {
  it('infers XDP from struct xdp_md', () => {
    const object = BpfObject.open(example('infer_xdp'), { kernel: newKernel() }).load();
    expect(object.findProgram('infer_xdp')).toMatchObject({ type: BPF_PROG_TYPE_XDP, isLibrary: false });
    expect(runProgram([object], 'infer_xdp', new Uint8Array(64))).toBe(2);
    expect(runProgram([object], 'infer_xdp', new Uint8Array(20))).toBe(1);
  });

  it('asks for an explicit type where the context is ambiguous, and takes it', () => {
    const kernel = newKernel();
    const object = BpfObject.open(example('infer_skb'), { kernel });
    const error = errorOf(() => object.load());
    expect(error.code).toBe('AMBIGUOUS_CONTEXT');
    expect(error.message).toContain('__sk_buff');
    expect(error.message).toContain('sched_cls');
    object.findProgram('infer_skb')?.setType(BPF_PROG_TYPE_SCHED_CLS);
    object.load();
    expect(object.findProgram('infer_skb')?.testRun({ dataIn: packet() }).retval).toBe(64);
  });

  it('leaves functions that are no programs alone', () => {
    const object = BpfObject.open(example('infer_none'), { kernel: newKernel() });
    const attachable = object.programs.filter((program) => !program.isLibrary).map((program) => program.name);
    expect(attachable).toEqual(['calls_static']);
    expect(object.findProgram('static_one')).toBeUndefined();
  });

  it('lets SEC() decide where there is one', () => {
    const object = BpfObject.open(example('infer_sec'), { kernel: newKernel() }).load();
    expect(object.findProgram('with_sec')).toMatchObject({ type: BPF_PROG_TYPE_XDP, sectionName: 'xdp' });
    expect(runProgram([object], 'with_sec')).toBe(2);
    expect(object.findProgram('without_sec')).toMatchObject({ type: BPF_PROG_TYPE_XDP, autoload: false });
  });
});

describe('S6: main before helpers: loadable, not executable', () => {
  it('names each missing symbol when it is run or attached', () => {
    const kernel = newKernel();
    const main = BpfObject.open(example('main_prog'), { kernel }).load();
    const program = main.findProgram('main_prog');
    expect(program?.info().unbound).toEqual(['foo', 'bar']);
    for (const action of [() => program?.testRun({ dataIn: packet() }), () => program?.attach({ targetIfindex: 1 })]) {
      const error = errorOf(action);
      expect(error).toMatchObject({ code: 'ENOEXEC', errno: 8 });
      expect(error.message).toContain('foo');
      expect(error.message).toContain('bar');
    }
  });

  it('binds when the provider is loaded, without verifying main again', () => {
    let verified: string[] = [];
    const kernel = new SimKernel({ onVerify: (name) => verified.push(name) });
    const main = BpfObject.open(example('main_prog'), { kernel }).load();
    const fd = main.findProgram('main_prog')?.fd;
    verified = [];
    loadAll(kernel, ['helpers']);
    expect(verified.sort()).toEqual(['bar', 'foo']);
    expect(main.findProgram('main_prog')?.fd).toBe(fd);
    expect(main.findProgram('main_prog')?.testRun({ dataIn: packet(7) }).retval).toBe(23);
  });

  it('names what is missing behind a provider', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['graph_main', 'graph1']);
    const error = errorOf(() => runProgram(objects.values(), 'graph_main'));
    expect(error.message).toContain('two');
    expect(error.message).not.toContain("'one'");
  });

  it('the verdict does not depend on the order: packet pointers survive a call that leaves the packet alone', () => {
    expect(new Set(runEverywhere(['packet_main', 'packet_keeps'], 'packet_main', packet(7)))).toEqual(new Set([107]));
  });

  it('and one that moves the packet is refused in either order', () => {
    const kernel = newKernel();
    const main = loadAll(kernel, ['packet_main']);
    const before = countsOf(kernel);
    const error = errorOf(() => loadAll(kernel, ['packet_moves']));
    expect(error.message).toContain('packet_main');
    expect(error.message).toContain('touch');
    expect(countsOf(kernel)).toEqual(before);
    loadAll(kernel, ['packet_keeps']);
    expect(runProgram(main.values(), 'packet_main')).toBe(107);
    expect(errorOf(() => loadAll(newKernel(), ['packet_moves', 'packet_main'])).code).toBe('PROG_LOAD');
    expect(errorOf(() => loadLinked(newKernel(), ['packet_main', 'packet_moves'])).code).toBe('PROG_LOAD');
  });

  it('a provider that fails to load leaves main as it was', () => {
    const kernel = newKernel();
    const main = BpfObject.open(example('main_prog'), { kernel }).load();
    const before = countsOf(kernel);
    expect(() => BpfObject.open(example('size_callee_bad'), { kernel }).load()).toThrow();
    expect(countsOf(kernel)).toEqual(before);
    loadAll(kernel, ['helpers']);
    expect(runProgram([main], 'main_prog')).toBe(23);
  });
});

describe('S7: a wrong argument is rejected when main is loaded', () => {
  const cases: readonly [name: string, provider: string][] = [
    ['bad_ctx', 'helpers'],
    ['bad_ctx_null', 'helpers'],
    ['bad_ctx_offset', 'helpers'],
    ['bad_uninit', 'helpers'],
    ['bad_int_pointer', 'helpers'],
    ['bad_buffer', 'helpers'],
    ['bad_null_buffer', 'helpers'],
    ['bad_scalar', 'helpers'],
    ['bad_buffer_struct', 'quad_helpers'],
  ];

  it.each(cases)('%s alone, before %s is there', (name) => {
    const kernel = newKernel();
    const error = errorOf(() => loadAll(kernel, [name]));
    expect(error.code).toBe('PROG_LOAD');
    expect(error.log).toMatch(/R[12]|arg#|Caller passes/);
    expect(countsOf(kernel)).toMatchObject({ progs: 0, fds: 0 });
  });

  it.each(cases)('%s after %s was loaded', (name, provider) => {
    const kernel = newKernel();
    loadAll(kernel, [provider]);
    expect(errorOf(() => loadAll(kernel, [name])).code).toBe('PROG_LOAD');
  });

  // Linked, stock kernels judge the body at each call: foo() and bar() do no harm to what these pass.
  const harmless = onLinux ? ['bad_ctx', 'bad_null_buffer'] : [];

  it.each(cases)('%s linked statically with %s', (name, provider) => {
    if (harmless.includes(name)) expect(loadLinked(newKernel(), [name, provider]).findProgram(name)?.fd).toBeGreaterThanOrEqual(0);
    else expect(errorOf(() => loadLinked(newKernel(), [name, provider])).code).toBe('PROG_LOAD');
  });
});
