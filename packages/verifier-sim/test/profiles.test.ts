// Does a profile say what its kernel said, case by case?
//
// `node tools/kernel-profile.mjs 6.12` asks the kernel anew. Cases that name what is in a kernel's BTF are compared there only, with
// that kernel's BTF.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { profileOf, verify } from '../src/index.ts';
import { caseInput, parseCase } from './case-file.ts';
import type { Case } from './case-file.ts';

/** What a kernel without BTF says. */
const ENOTSUPP = 524;

/** `[errno, last line]` by case; a text where the kernel could not be asked. */
type Answers = Readonly<Record<string, readonly [errno: number, line?: string] | string>>;

/** Where a profile is known to be wrong; docs/known-differences.md says why. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '6.1': [
    'async-callbacks/timer-beside-number-pointer',
    'branch/far-jump-back',
    'cfg/recursive-call',
    'dynptrs/drain-helper-over',
    'dynptrs/read-over',
    'dynptrs/reserve-half-place',
    'global-args/context-kernel-struct',
    'global-args/recursion',
    'helpers/callbacks/caller-number',
    'helpers/callbacks/loop-count-pointer',
    'helpers/callbacks/release-outer',
    'helpers/sk-lookup-tcp/zero-size',
    'helpers/timers/nested-two',
    'helpers/timers/nested-two-last',
    'ldabs/ld-loop-callback',
    'ldabs/precision-lost',
    'references/moved-then-released',
    'spin-locks/array-of-one',
    'translated/nothing',
    'value-fields/section-both-locks',
  ],
  '6.12': [
    'helpers/callbacks/loop-count-pointer',
    'helpers/callbacks/release-outer',
    'helpers/timers/nested-two',
    'helpers/timers/nested-two-last',
    'ldabs/ld-loop-callback',
    'ldabs/precision-lost',
    'spin-locks/both-kinds',
    'spin-locks/nested-two-last',
    'value-fields/section-both-locks',
  ],
};

function readCase(name: string): Case | undefined {
  try {
    return parseCase(readFileSync(join(__dirname, 'cases', `${name}.case`), 'utf8'));
  } catch {
    return undefined;
  }
}

describe.each(['6.1', '6.12'])('Linux %s', (version) => {
  const { answers } = JSON.parse(readFileSync(join(__dirname, 'profiles', `${version}.json`), 'utf8')) as { answers: Answers };
  const profile = profileOf(version);
  const known = new Set(KNOWN[version]);

  it('gives the same verdict and errno', () => {
    if (profile === undefined) throw new Error(`no profile ${version}`);
    const wrong: string[] = [];
    let asked = 0;
    for (const [name, answer] of Object.entries(answers)) {
      if (typeof answer === 'string') continue;
      const given = readCase(name);
      if (given === undefined) continue;
      let errno: number;
      try {
        ({ errno } = verify(caseInput(given, undefined, profile), { profile }));
      } catch (error) {
        // What cannot be judged without the kernel's BTF is not asked.
        if ((error as { code?: string }).code === 'UNSUPPORTED') continue;
        throw error;
      }
      // Maps are objects of the kernel where it has BTF, which is not at hand here.
      if (errno === ENOTSUPP && answer[0] !== ENOTSUPP) continue;
      asked++;
      if (errno !== answer[0] && !known.has(name)) wrong.push(`${name}: ${answer.join(' ')} | ${errno}`);
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(650);
  });
});

it('knows no other kernels', () => {
  expect(profileOf('5.15')).toBeUndefined();
});
