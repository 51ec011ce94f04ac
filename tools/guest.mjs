// Does it hold on a stock kernel? Boots one in QEMU, with node and this repository inside, and runs a command there.
//
//   node tools/guest.mjs 6.12 [-- jest arguments]       the kernel tests (*.kernel.test.ts) in a guest
//   node tools/guest.mjs 6.1 --run 'bpftool prog'       a shell command in the folder of the repository
//   node tools/guest.mjs all [-- jest arguments]        every stock kernel, side by side; each prints when it has ended
//
// No KVM is needed. What the command leaves in .cache/guest-out comes back to .cache/guest/VERSION/out.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootGuest } from './guest/boot.mjs';
import { guestObstacle } from './guest/needs.mjs';
import { getKernel, KERNEL_VERSIONS } from './kernels.mjs';

const argv = process.argv.slice(2);
const split = argv.indexOf('--');
const own = split < 0 ? argv : argv.slice(0, split);
const jestArgs = split < 0 ? [] : argv.slice(split + 1);
const runAt = own.indexOf('--run');
const command = runAt < 0 ? undefined : own[runAt + 1];
const timeoutAt = own.indexOf('--minutes');
const minutes = timeoutAt < 0 ? 30 : Number(own[timeoutAt + 1]);
const wanted = own[0] === 'all' ? KERNEL_VERSIONS : [own[0]];
if (!wanted.every((version) => KERNEL_VERSIONS.includes(version)) || (runAt >= 0 && command === undefined) || !(minutes > 0)) {
  console.error(`usage: node tools/guest.mjs ${KERNEL_VERSIONS.join('|')}|all [--minutes N] [--run COMMAND] [-- jest arguments]`);
  process.exit(2);
}

const obstacle = guestObstacle();
if (obstacle !== undefined) {
  console.error(`guest: ${obstacle}`);
  process.exit(3);
}

// One file after the other: test runs of XDP programs rewrite the kernel's dispatcher, which emulated CPUs do not bear side by side.
const quoted = jestArgs.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
const script = command ?? `node tools/jest.mjs --kernel --runInBand --json --outputFile=.cache/guest-out/jest.json ${quoted}`;

// Downloads first, and one by one.
const kernels = wanted.map((version) => ({ version, kernel: getKernel(version) }));
const results = await Promise.all(kernels.map(runGuest));
if (results.includes(false)) process.exitCode = 1;

/**
 * Whether the command did well there.
 *
 * A kernel that panics is booted once more: QEMU's emulation, which runs the CPUs side by side, now and then executes an instruction
 * while the kernel rewrites it (`Oops: int3`), which no real machine does. Seen in bpf_dispatcher_xdp_func, rewritten by test runs of
 * XDP programs, and once in __schedule: the kernel patches its scheduler when the first perf event of a task is opened and a second after
 * the last one was closed, which tests of probes for one process do. None does so reliably: whole runs on 6.1 and 6.12 went well.
 */
async function runGuest({ version, kernel }) {
  const first = await runOnce({ version, kernel });
  if (!first.panicked) return first.ok;
  console.log(`guest ${version}: the kernel panicked; once more`);
  return (await runOnce({ version, kernel })).ok;
}

async function runOnce({ version, kernel }) {
  const began = Date.now();
  let text = '';
  const print = (part) => {
    text += part;
    if (wanted.length === 1) process.stdout.write(part);
  };
  const { status, out } = await bootGuest(kernel, script, { minutes, print });
  const seconds = Math.round((Date.now() - began) / 1000);
  const report = join(out, 'jest.json');
  const tests = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  const counts = tests === undefined ? '' : `, ${tests.numPassedTests} passed, ${tests.numFailedTests} failed, ${tests.numPendingTests} skipped`;
  console.log(`${wanted.length === 1 ? '' : text}guest ${version} (${kernel.release}): exit status ${status ?? 'none: no end within the time'}${counts}, ${seconds} s`);
  return { ok: status === 0, panicked: status === undefined && text.includes('Kernel panic') };
}
