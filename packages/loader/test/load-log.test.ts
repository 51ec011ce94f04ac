// Does a log say what is missing, in the words that libbpf has for it?
//
// The same on the running kernel: packages/libbpf/test/load-log.kernel.test.ts.
import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import { KernelError, loadObject, parseObject } from '../src/index.ts';
import type { Kernel, LoadError, LoadOptions, ModuleBtf, ProgAttr } from '../src/index.ts';
import { BLIND, RecordingKernel } from './load-answers.ts';
import { exampleBytes } from './support.ts';

const CALL = 0x85;

const spec = parseObject(exampleBytes('objects/missing.o'), { name: 'missing' });

/** A kernel that refuses every call of a helper above 100,000,000, and says so as Linux does. */
function refusing(line: (at: number, helper: number) => string, modules: readonly ModuleBtf[] = []): Kernel {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, BTF_INT_SIGNED);
  builder.addStruct('task_struct', 4);
  builder.addField('member', int, 0);
  const vmlinux = builder.build();
  const progLoad = (attr: ProgAttr): never => {
    const at = attr.insns.code.findIndex((code, idx) => code === CALL && attr.insns.src[idx] === 0 && (attr.insns.imm[idx] ?? 0) > 1e8);
    const helper = (attr.insns.imm[at] ?? 0) >>> 0;
    throw new KernelError('prog load', 22, 'refused', { log: `0: R1=ctx() R10=fp0\n${line(at, helper)}processed 5 insns (limit 1000000)\n` });
  };
  return { ...new RecordingKernel().asKernel({ ...BLIND, vmlinuxBtf: () => vmlinux, moduleBtfs: () => modules, kallsyms: () => new Map() }), progLoad };
}

const linux = (at: number, helper: number): string => `${at}: (85) call unknown#${helper}\ninvalid func unknown#${helper}\n`;

function fail(program: string, kernel: Kernel = refusing(linux)): LoadError {
  const options: LoadOptions = {
    programs: new Map([[program, { autoload: true }]]),
    maps: new Map([['left_out', { autocreate: false }]]),
  };
  try {
    loadObject(spec, kernel, options);
  } catch (error) {
    return error as LoadError;
  }
  throw new Error('was loaded');
}

describe('logs of rejected programs', () => {
  it.each([
    ['map_is_missing', 'invalid BPF map reference', "BPF map 'left_out' is referenced but wasn't created"],
    ['function_is_missing', 'invalid kfunc call', "kfunc 'no_such_function' is referenced but wasn't resolved"],
    ['member_is_missing', 'invalid CO-RE relocation', expect.stringMatching(/^failed to resolve CO-RE relocation <byte_off> \[\d+\] struct task_struct\.no_such_member \(0:0 @ offset 0\)$/)],
  ])('%s', (program, replaced, said) => {
    const error = fail(program);
    expect(error).toMatchObject({ code: 'PROG_LOAD', errno: 22 });
    const [first, call, problem, last] = error.log?.split('\n') ?? [];
    expect([first, call?.replace(/^\d+/, '0'), problem, last]).toEqual(['0: R1=ctx() R10=fp0', `0: <${replaced}>`, said, 'processed 5 insns (limit 1000000)']);
    expect(error.message).toBe(`object 'missing': program '${program}': ${problem ?? ''} (EINVAL)`);
  });

  it('members of a module\'s type are there', () => {
    const base = new BtfBuilder();
    const int = base.addInt('int', 4, BTF_INT_SIGNED);
    const vmlinux = base.build();
    const split = new BtfBuilder({ base: vmlinux });
    split.addStruct('task_struct', 12);
    split.addField('no_such_member', int, 64);
    const asked: number[] = [];
    const modules = (): ModuleBtf[] => {
      asked.push(1);
      return [{ name: 'mod', fd: 9, btf: split.build() }];
    };
    const recording = new RecordingKernel();
    const kernel = recording.asKernel({ ...BLIND, vmlinuxBtf: () => vmlinux, moduleBtfs: modules, kallsyms: () => new Map() });
    loadObject(spec, kernel, { programs: new Map([['member_is_missing', { autoload: true }]]) });
    expect(recording.calls.at(-1)?.['insns']).toMatch(/b70\d000008000000/);
    expect(asked).toHaveLength(1);
    // What the user gives is a whole kernel.
    expect(() => loadObject(spec, refusing(linux, modules()), { kernelBtf: vmlinux, programs: new Map([['member_is_missing', { autoload: true }]]) })).toThrow(/failed to resolve CO-RE/);
  });

  it('another helper that no kernel has is what it is', () => {
    const error = fail('map_is_missing', refusing((at) => linux(at, 77_777)));
    expect(error.message).toContain('rejected by the verifier: invalid func unknown#77777');
    expect(error.log).toContain('call unknown#77777\ninvalid func unknown#77777');
  });

  it('a log that only mentions the number is left alone', () => {
    const text = 'R1 invalid mem access: 2001000001\n';
    expect(fail('map_is_missing', refusing(() => text)).log).toContain(text);
  });
});
