// How does a command run in a guest, and how does its result come back?
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../lib/workspace.mjs';
import { makeInitrd, makeRepoDisk, makeSystemDisk } from './images.mjs';

const MEMORY_MB = 3072;
const OUT_MB = 64;
/** Process 1 prints it before the script: what firmware and kernel print until then is of no interest unless nothing follows. */
const BEGIN = 'guest: begin\n';

/**
 * Boots a kernel, runs a shell script in the folder of the repository, and powers off.
 *
 * @param {import('../kernels.mjs').Kernel} kernel
 * @param {string} script
 * @param {{ minutes: number, print: (text: string) => void }} options after so many minutes the guest is stopped
 * @returns {Promise<{ status: number | undefined, out: string, console: string }>} the script's exit status, unless it did not end, and the folder with what it left
 */
export async function bootGuest(kernel, script, { minutes, print }) {
  const folder = join(CACHE, 'guest', kernel.version);
  mkdirSync(folder, { recursive: true });
  const system = makeSystemDisk();
  const initrd = makeInitrd(kernel);
  const repo = makeRepoDisk(kernel.version, script);
  const archive = join(folder, 'out.tar');
  writeFileSync(archive, '');
  truncateSync(archive, OUT_MB << 20);

  const disk = (path, mode) => ['-drive', `file=${path},if=none,format=raw,id=${mode}${mode === 'system' ? ',readonly=on' : ''},cache=unsafe`, '-device', `virtio-blk-pci,drive=${mode}`];
  // One thread for both CPUs: side by side, one runs code while the other rewrites it, and kernels panic ("int3" in __schedule). It is no slower.
  const args = [
    '-accel', 'tcg,thread=single', '-cpu', 'max', '-smp', '2', '-m', String(MEMORY_MB), '-nographic', '-no-reboot', '-net', 'none',
    '-kernel', kernel.vmlinuz, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1 mitigations=off lsm=capability,bpf',
    ...disk(system, 'system'), ...disk(repo, 'repo'), ...disk(archive, 'out'),
  ];
  const guest = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const take = (chunk) => {
    const before = printed.indexOf(BEGIN);
    printed += chunk.toString('utf8').replaceAll('\r\n', '\n');
    const begin = printed.indexOf(BEGIN);
    if (begin >= 0) print(before < 0 ? printed.slice(begin + BEGIN.length) : chunk.toString('utf8').replaceAll('\r\n', '\n'));
  };
  guest.stdout.on('data', take);
  guest.stderr.on('data', take);
  const timer = setTimeout(() => guest.kill('SIGKILL'), minutes * 60_000);
  await new Promise((resolve, reject) => {
    guest.on('error', reject);
    guest.on('exit', resolve);
  }).finally(() => clearTimeout(timer));

  if (!printed.includes(BEGIN)) print(printed);

  const out = join(folder, 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  // Without an archive the guest did not come to its end: tar finds zeros and unpacks nothing.
  execFileSync('tar', ['xf', archive, '-C', out], { stdio: 'ignore' });
  rmSync(repo);
  rmSync(archive);
  const statusFile = join(out, 'exit-status');
  return { status: existsSync(statusFile) ? Number(readFileSync(statusFile, 'utf8')) : undefined, out, console: printed };
}
