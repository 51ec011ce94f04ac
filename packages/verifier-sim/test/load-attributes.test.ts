// What does the kernel refuse before it looks at the program, and what does it say of fds that are none?
import { describe, expect, it } from '@jest/globals';
import { assembleProgram } from '@rootlet/insn';
import { BPF_PROG_TYPE_LIRC_MODE2, BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_XDP, PROG_TYPE_NAMES } from '@rootlet/uapi';
import type { VerifierInput, VerifierResult } from '../src/types.ts';
import { verify } from '../src/verify.ts';

const ENDS = 'r0 = 0\nexit';

function load(asm: string, more: Partial<VerifierInput> = {}, logLevel = 2): VerifierResult {
  const { insns } = assembleProgram(asm);
  return verify({ name: 'test', progType: BPF_PROG_TYPE_XDP, insns, license: 'GPL', mapByFd: () => undefined, ...more }, { logLevel });
}

describe('program types', () => {
  it.each([BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_LIRC_MODE2, PROG_TYPE_NAMES.length, 1000, -1])('%d is none', (progType) => {
    expect(load(ENDS, { progType })).toMatchObject({ verdict: 'reject', errno: 22, log: '' });
    // The number of instructions is looked at first.
    expect(load('', { progType })).toMatchObject({ errno: 7, log: '' });
  });
});

describe('log levels', () => {
  it.each([0, 1, 4, 8, 9, 15])('%d is one', (level) => {
    expect(load(ENDS, {}, level).verdict).toBe('accept');
  });

  it.each([16, 17, 32, -1])('%d is none', (level) => {
    expect(load(ENDS, {}, level)).toMatchObject({ verdict: 'reject', errno: 22, log: '' });
    expect(load('', {}, level).errno).toBe(7);
  });

  it('8 tells the reason and the statistics alone', () => {
    expect(load('exit', {}, 8).log).toMatch(/^R0 !read_ok\nprocessed 1 insns .*\n$/);
  });
});

describe('indexes of the fd array', () => {
  const lookUp = (fdByIdx?: (idx: number) => number): VerifierResult => {
    const insns = assembleProgram(`r1 = 7 ll\n${ENDS}`).insns;
    insns.src[0] = 5;
    return load(ENDS, { insns, mapByIdx: () => undefined, ...(fdByIdx === undefined ? {} : { fdByIdx }) }, 1);
  };

  it('are refused by the fd that is there', () => {
    expect(lookUp((idx) => idx + 992)).toMatchObject({ errno: 9, error: 'fd 999 is not pointing to valid bpf_map' });
    expect(lookUp(() => 0)).toMatchObject({ errno: 22, error: 'fd 0 is not pointing to valid bpf_map' });
  });

  it('stand for it where it is not told', () => {
    expect(lookUp()).toMatchObject({ errno: 9, error: 'fd 7 is not pointing to valid bpf_map' });
  });
});
