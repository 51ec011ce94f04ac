// Which tests run now, and with what rules?
//
//   node tools/jest.mjs [jest arguments]            everything that needs no privilege
//   node tools/jest.mjs --kernel [jest arguments]   only *.kernel.test.ts: these ask the running kernel
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './lib/workspace.mjs';

const args = process.argv.slice(2);
const kernel = args.includes('--kernel');
const inCi = Boolean(process.env.CI);
if (inCi && process.env.BLESS) {
  console.error('jest: BLESS rewrites expectations; that is for a person who then reads the diff, never for CI');
  process.exit(1);
}

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const jestArgs = args.filter((arg) => arg !== '--kernel');
// One worker per core, the default leaves a core idle; tests that ask one kernel take turns.
if (kernel) jestArgs.push('--runInBand');
else if (!jestArgs.some((arg) => /^(-w|--maxWorkers|-i|--runInBand)/.test(arg))) jestArgs.push('--maxWorkers=100%');
if (inCi) jestArgs.push('--ci');

const { status } = spawnSync(process.execPath, [jest, '--config', join(ROOT, 'jest.config.mjs'), ...jestArgs], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, ROOTLET_KERNEL_TESTS: kernel ? '1' : '' },
});
process.exit(status ?? 1);
