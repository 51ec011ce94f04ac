// Do all checks pass, and what is the sum?
//
//   node tools/ci.mjs --checks             every check but the tests
//   node tools/ci.mjs --only lint,types    some of them
//   node tools/ci.mjs --tests-status N     what .ci/run calls after `npm test`: adds the tests up, checks, and asks the kernel
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { guestObstacle } from './guest/needs.mjs';
import { KERNEL_VERSIONS } from './kernels.mjs';
import { probeBpf } from './lib/bpf-probe.mjs';
import { hasApt } from './lib/debian.mjs';
import { CACHE, ROOT } from './lib/workspace.mjs';

const args = process.argv.slice(2);
const only = args.includes('--only') ? args[args.indexOf('--only') + 1].split(',') : undefined;
const full = args.includes('--tests-status');
const folder = join(CACHE, 'ci');
mkdirSync(folder, { recursive: true });

const sum = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];
const times = [];

/** `counts`: the step reports its own checks, one by one; otherwise it is one check. */
const STEPS = [
  { name: 'lint', run: ['node_modules/eslint/bin/eslint.js', '.'] },
  { name: 'types', run: ['node_modules/typescript/bin/tsc', '--noEmit'] },
  { name: 'snippets', run: ['tools/snippets.mjs'] },
  { name: 'floors', run: ['tools/floors.mjs'] },
  { name: 'errors', run: ['tools/errors.mjs'] },
  { name: 'libbpf-coverage', run: ['tools/libbpf-coverage.mjs'] },
  { name: 'uapi', run: ['tools/uapi.mjs', '--check'] },
  { name: 'fixtures', run: ['tools/fixtures.mjs', '--check'] },
  { name: 'fixtures-rebuild', run: ['tools/fixtures.mjs', '--rebuild'], needs: { command: 'clang-19', why: 'the objects are compared with what the pinned clang makes' } },
  { name: 'soundness', run: ['tools/soundness.mjs', '--seed', 'any', '--count', '100000', '--seconds', '20'] },
  { name: 'btf-peers', run: ['tools/btf-peers.mjs'], counts: true },
  { name: 'build', run: ['tools/setup.mjs', '--build'] },
  { name: 'embed', run: ['tools/embed-check.mjs'], counts: true },
  { name: 'sizes', run: ['node_modules/size-limit/bin.js'] },
  { name: 'pack', run: ['tools/pack-check.mjs'], counts: true },
  { name: 'browser', run: ['tools/browser-check.mjs'], counts: true },
  { name: 'docs', run: ['node_modules/typedoc/bin/typedoc'] },
];

/** What needs downloads and a few minutes: only in a full run. Status 2 says that a tool is missing. */
const FULL_STEPS = [{ name: 'btf-judge', run: ['tools/btf-judge.mjs'], skipStatus: 2 }];

/** What asks the running kernel, beside tests: each where its tool is there. */
const KERNEL_STEPS = [
  { name: 'kernel: numbers', run: ['tools/domain-diff.mjs', '--count', '50'] },
  { name: 'kernel: verdicts', run: ['tools/kernel-diff.mjs'] },
  { name: 'kernel: random programs', run: ['tools/kernel-diff.mjs', '--generate', '--seed', 'any', '--count', '100000', '--seconds', '60', '--most', '3'] },
  { name: 'kernel: linking', run: ['tools/link-diff.mjs'], counts: true },
  { name: 'kernel: objects', run: ['tools/info-diff.mjs'], counts: true },
  { name: 'kernel: loading', run: ['tools/load-diff.mjs'], counts: true },
  { name: 'kernel: random objects', run: ['tools/object-diff.mjs', '--seed', 'any', '--count', '60'], counts: true },
  { name: 'kernel: random CO-RE', run: ['tools/core-diff.mjs', '--seed', 'any', '--count', '2000'] },
];

/** What guests are asked where everything before went so slowly that the rest would not end within half an hour. */
const OF_LOADING = ['packages/libbpf/test/stock', 'packages/libbpf/test/rows', 'packages/libbpf/test/modules'];
/** Seconds that the steps before take on a machine which is fast enough for more. */
const FAST = 420;

const bpf = probeBpf();
if (full) addTests('tests', join(folder, 'jest.json'), Number(args[args.indexOf('--tests-status') + 1]));
for (const step of STEPS) if (only === undefined || only.includes(step.name)) runStep(step);
for (const step of FULL_STEPS) if (full || only?.includes(step.name)) runStep(step);
if (full || only?.includes('kernel')) askKernel();
if (full || only?.includes('guests')) askGuests();

console.log(`\ntimes: ${times.map(([name, seconds]) => `${name} ${seconds} s`).join(', ')}`);
for (const skip of skips) console.log(`skipped: ${skip}`);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;

function runStep({ name, run, counts, needs, skipStatus }) {
  console.log(`\n== ${name}`);
  if (needs !== undefined && spawnSync(needs.command, ['--version'], { stdio: 'ignore' }).status !== 0) {
    count('skipped', name, `no ${needs.command} here; ${needs.why}`);
    return;
  }
  const report = join(folder, `${name}.jsonl`);
  rmSync(report, { force: true });
  const status = spawn(name, run, counts ? { ROOTLET_CHECKS: report } : {});
  if (status === skipStatus) {
    count('skipped', name, 'a tool is missing; its output says which');
    return;
  }
  if (!counts) {
    count(status === 0 ? 'passed' : 'failed', name, `exit status ${status}`);
    return;
  }
  const checks = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : [];
  for (const check of checks) count(check.status, `${name}: ${check.name}`, check.remark);
  // A tool that ends badly without a failed check has crashed.
  if (checks.length === 0 || (status !== 0 && !checks.some((check) => check.status === 'failed'))) count('failed', name, `exit status ${status}, ${checks.length} checks reported`);
}

function askKernel() {
  console.log('\n== kernel');
  if (!bpf.works) {
    count('skipped', 'kernel checks', bpf.reason);
    return;
  }
  const report = join(folder, 'jest-kernel.json');
  rmSync(report, { force: true });
  const status = spawn('kernel tests', ['tools/jest.mjs', '--kernel', '--passWithNoTests', '--json', `--outputFile=${report}`]);
  addTests('kernel', report, status, { mayBeNone: true });
  for (const step of KERNEL_STEPS) if (existsSync(join(ROOT, step.run[0]))) runStep(step);
}

/**
 * The kernel tests of @rootlet/libbpf on stock kernels in QEMU, as `npm run test:kernel` has them: eight minutes for both, side by side, but 18
 * on a machine that is half as fast. There the guests are asked about loading and linking, not about attaching and rings.
 */
function askGuests() {
  console.log('\n== guests');
  const obstacle = guestObstacle();
  if (obstacle !== undefined) {
    // Where packages can be installed, .ci/run has installed them.
    count(process.getuid?.() === 0 && hasApt() ? 'failed' : 'skipped', 'guests', obstacle);
    return;
  }
  const report = (version) => join(CACHE, 'guest', version, 'out', 'jest.json');
  for (const version of KERNEL_VERSIONS) rmSync(report(version), { force: true });
  const isSlow = process.uptime() > FAST;
  if (isSlow) console.log(`the steps before took ${Math.round(process.uptime())} s: asked about loading and linking only; npm run test:kernel asks everything`);
  const status = spawn('guests', ['tools/guest.mjs', 'all', '--', ...(isSlow ? OF_LOADING : ['packages/libbpf/test'])]);
  const failedBefore = sum.failed;
  for (const version of KERNEL_VERSIONS) addTests(`guest ${version}`, report(version), 0);
  if (status !== 0 && sum.failed === failedBefore) count('failed', 'guests', `exit status ${status}`);
}

/** Adds what jest wrote; where the kernel answers, a skipped test is a failed one: nothing else is a reason to skip. */
function addTests(name, path, status, { mayBeNone = false } = {}) {
  if (!existsSync(path)) {
    count('failed', name, `jest ended with status ${status} and no report`);
    return;
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  sum.passed += report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  for (const file of report.testResults) {
    for (const test of file.assertionResults) if (test.status === 'failed') count('failed', `${name}: ${test.fullName}`, file.name);
    // A file that does not even load has no tests to fail.
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) count('failed', `${name}: ${file.name}`, 'the file does not run');
  }
  if (report.numTotalTests === 0 && !mayBeNone) count('failed', name, 'jest ran no test');
  if (skipped > 0 && !bpf.works) {
    sum.skipped += skipped;
    skips.push(`${skipped} ${name}: their output says why`);
  } else if (skipped > 0) count('failed', name, `${skipped} tests were skipped although bpf(2) works here`);
  if (status !== 0 && report.success) count('failed', name, `exit status ${status}`);
}

function count(status, name, remark) {
  sum[status]++;
  if (status === 'failed') failures.push(`${name}: ${String(remark).split('\n')[0].slice(0, 300)}`);
  if (status === 'skipped') skips.push(`${name}: ${remark}`);
}

function spawn(name, [script, ...rest], env = {}) {
  const began = Date.now();
  const { status } = spawnSync(process.execPath, [join(ROOT, script), ...rest], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
  times.push([name, Math.round((Date.now() - began) / 1000)]);
  return status ?? -1;
}
