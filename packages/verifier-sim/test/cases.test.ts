// Does the verifier say what the kernel said, case by case?
//
// `BLESS=1 npx jest packages/verifier-sim/test/cases` records the cases anew from the running kernel.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { profileOf, verify } from '../src/index.ts';
import { caseVmlinux } from './case-vmlinux.ts';
import { caseInput, formatCase, normalizeLog, parseCase } from './case-file.ts';
import { RunningKernel } from './running-kernel.ts';

const ROOT = join(__dirname, 'cases');

function listCases(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? listCases(path) : name.endsWith('.case') ? [path] : [];
    });
}

const files = listCases(ROOT);
const vmlinux = caseVmlinux();
const bless = process.env['BLESS'] === '1';

if (bless) {
  if (process.env['CI'] !== undefined) throw new Error('BLESS=1 is not for CI: expectations come from a kernel someone looked at');
  const kernel = new RunningKernel();
  for (const file of files) {
    const given = parseCase(readFileSync(file, 'utf8'), vmlinux);
    if (given.kernel !== undefined) continue;
    const level2 = kernel.load(given, 2);
    const level1 = kernel.load(given, 1);
    const verdict = level2.errno === 0 ? 'accept' : `reject ${level2.errno}`;
    writeFileSync(file, formatCase(given, verdict, normalizeLog(level2.log), normalizeLog(level1.log)));
  }
}

describe('cases recorded from the kernel', () => {
  it('are there', () => {
    expect(files.length).toBeGreaterThan(90);
  });

  it.each(files.map((file) => [relative(ROOT, file), file]))('%s', (_name, file) => {
    const given = parseCase(readFileSync(file, 'utf8'), vmlinux);
    expect(given.verdict).toBeDefined();
    if (given.kernel !== undefined) {
      const { verdict, errno, error = '' } = verify(caseInput(given, vmlinux, profileOf(given.kernel)), { logLevel: 1, profile: profileOf(given.kernel) });
      expect([verdict === 'accept' ? verdict : `reject ${errno}`, normalizeLog(error)]).toEqual([given.verdict, normalizeLog(given.log1.trim())]);
      return;
    }
    const level2 = verify(caseInput(given, vmlinux), { logLevel: 2 });
    const level1 = verify(caseInput(given, vmlinux), { logLevel: 1 });
    expect(level2.verdict === 'accept' ? 'accept' : `reject ${level2.errno}`).toBe(given.verdict);
    if (given.known !== undefined) return;
    expect(normalizeLog(level2.log)).toBe(normalizeLog(given.log2));
    expect(normalizeLog(level1.log)).toBe(normalizeLog(given.log1));
    const silent = verify(caseInput(given, vmlinux));
    expect([silent.verdict, silent.errno, silent.error, silent.stats, silent.log]).toEqual([level2.verdict, level2.errno, level2.error, level2.stats, '']);
  });
});
