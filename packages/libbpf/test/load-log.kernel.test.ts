// Does the running kernel's log say what is missing, in the words that libbpf has for it?
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BpfObject } from '../src/index.ts';
import { errorOf } from './support.ts';

const bytes = readFileSync(join(__dirname, '../../../docs/examples/objects/missing.o'));

describe('logs of a real kernel', () => {
  let kernel: LinuxKernel;

  beforeAll(() => {
    kernel = new LinuxKernel();
  });

  it.each([
    ['map_is_missing', /\n\d+: <invalid BPF map reference>\nBPF map 'left_out' is referenced but wasn't created\nprocessed \d+ insns/],
    ['function_is_missing', /\n1: <invalid kfunc call>\nkfunc 'no_such_function' is referenced but wasn't resolved\nprocessed 2 insns/],
    ['member_is_missing', /\n\d+: <invalid CO-RE relocation>\nfailed to resolve CO-RE relocation <byte_off> \[\d+\] struct task_struct\.no_such_member \(0:0 @ offset 0\)\nprocessed \d+ insns/],
  ])('%s', (name, words) => {
    const object = BpfObject.open({ name: 'missing', bytes }, { kernel });
    object.findMap('left_out')?.setAutocreate(false);
    object.findProgram(name)?.setAutoload(true);
    const error = errorOf(() => object.load());
    expect(error).toMatchObject({ code: 'PROG_LOAD', errno: 22 });
    expect(error.log).toMatch(words);
  });
});
