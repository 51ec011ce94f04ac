// Does the verifier give up where the kernel gave up, with the same words?
//
// The programs stand in `limits`; their logs are too long to be kept. `node tools/kernel-diff.mjs packages/verifier-sim/test/limits` asks
// the running kernel.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { verify } from '../src/index.ts';
import { caseInput, parseCase } from './case-file.ts';
import { caseVmlinux } from './case-vmlinux.ts';

const vmlinux = caseVmlinux();
const TOO_COMPLEX = 'The sequence of 8193 jumps is too complex.';

it.each([
  ['jumps', 14, TOO_COMPLEX, 32_772],
  ['iterator', 12, TOO_COMPLEX, 114_698],
  ['timer', 14, 'The sequence of 8193 jumps is too complex for async cb.', 49_165],
  ['res-lock', 12, 'failed to push state for failed lock acquisition', 73_740],
  ['may-goto', 12, TOO_COMPLEX, 24_579],
])('%s: errno %d', (name, errno, error, insns) => {
  const given = parseCase(readFileSync(join(__dirname, 'limits', `${name}.case`), 'utf8'), vmlinux);
  const result = verify(caseInput(given, vmlinux));
  expect([result.errno, result.error, result.stats.insns]).toEqual([errno, error, insns]);
});
