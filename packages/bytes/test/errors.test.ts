import { describe, expect, it } from '@jest/globals';
import { bug, DecodeError, RootletError, UnsupportedError } from '../src/index.ts';

describe('DecodeError', () => {
  it('reads from the outside in, values with their place', () => {
    const error = new DecodeError('ELF_X', 'elf: section header 4', 'truncated', { need: '64 bytes', have: 12, byteOff: 0x1f40 });
    expect(error.message).toBe('elf: section header 4: truncated: need 64 bytes, have 12 at 0x1f40');
    expect(error).toMatchObject({ name: 'DecodeError', code: 'ELF_X', what: 'elf: section header 4', need: '64 bytes', have: 12, byteOff: 0x1f40 });
    expect(error).toBeInstanceOf(RootletError);
    expect(error).toBeInstanceOf(Error);
  });

  it('leaves out what is not known', () => {
    expect(new DecodeError('X', 'here', 'wrong').message).toBe('here: wrong');
    expect(new DecodeError('X', 'here', 'wrong', { have: 0n }).message).toBe('here: wrong: have 0');
    expect(new DecodeError('X', 'here', 'wrong', { insnIdx: 3 }).message).toBe('here: wrong at instruction 3');
  });

  it('keeps its cause, and has none when there is none', () => {
    const cause = new Error('first');
    expect(new DecodeError('X', 'here', 'wrong', { cause }).cause).toBe(cause);
    expect('cause' in new DecodeError('X', 'here', 'wrong')).toBe(false);
  });
});

it('UnsupportedError names the feature', () => {
  const error = new UnsupportedError('helper bpf_sk_storage_get', { insnIdx: 7 });
  expect(error).toMatchObject({ name: 'UnsupportedError', code: 'UNSUPPORTED', feature: 'helper bpf_sk_storage_get' });
  expect(error.message).toBe('not supported: helper bpf_sk_storage_get at instruction 7');
});

it('bug() asks to be reported', () => {
  expect(() => bug('two heads')).toThrow('bug in rootlet: two heads; please report it');
});
