// Does a process without any privilege load with a token? It runs in a user namespace, where this one delegates all of BPF to it.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, rmdirSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import koffi from 'koffi';
import { SimKernel } from '@rootlet/sim-kernel';
import { EINVAL, ENOENT, EPERM } from '@rootlet/uapi';
import { BpfObject } from '../../src/index.ts';
import { errorOf, example } from '../support.ts';
import type { Outcome, Said } from './delegated.ts';

const ROOT = join(__dirname, '../../../..');
const [FSCONFIG, PIDFD_OPEN, PIDFD_GETFD] = [431, 434, 438];
const [FSCONFIG_SET_STRING, FSCONFIG_CMD_CREATE] = [1, 6];

const libc = koffi.load('libc.so.6');
const syscallInts = libc.func('long syscall(long number, int a, int b, int c)');
const fsconfig = libc.func('long syscall(long number, int fs, unsigned int command, const char *key, const char *value, int aux)');

/** Linux 6.9 and later have tokens. */
const [major = 0, minor = 0] = release().split('.').map(Number);
const hasTokens = major > 6 || (major === 6 && minor >= 9);

if (!hasTokens) process.stdout.write(`tokens: Linux ${release()} has none; 6.9 brought them\n`);

/** Delegates all there is through a bpffs that another process began to make. */
function delegate(pid: number, itsFd: number): void {
  const pidfd = Number(syscallInts(PIDFD_OPEN, pid, 0, 0));
  const fs = Number(syscallInts(PIDFD_GETFD, pidfd, itsFd, 0));
  closeSync(pidfd);
  for (const what of ['cmds', 'maps', 'progs', 'attachs']) {
    if (Number(fsconfig(FSCONFIG, fs, FSCONFIG_SET_STRING, `delegate_${what}`, 'any', 0)) !== 0) throw new Error(`delegate_${what}: errno ${koffi.errno()}`);
  }
  if (Number(fsconfig(FSCONFIG, fs, FSCONFIG_CMD_CREATE, null, null, 0)) !== 0) throw new Error(`bpffs: errno ${koffi.errno()}`);
  closeSync(fs);
}

async function runDelegated(): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'rootlet-token-'));
  const child = spawn('unshare', ['-U', '-r', '-m', process.execPath, join(ROOT, 'tools/run-ts.mjs'), 'packages/libbpf/test/token/delegated.ts', folder], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const fs = await lines.next();
  delegate(child.pid ?? 0, Number(fs.value));
  child.stdin.end('\n');
  const said = await lines.next();
  if (child.exitCode === null) await once(child, 'exit');
  rmdirSync(folder);
  return JSON.parse(said.value as string) as Said;
}

describe('kernels without tokens', () => {
  it('the simulated one says so, unless none is wanted', () => {
    expect(errorOf(() => BpfObject.open(example('main_prog'), { kernel: new SimKernel(), tokenPath: '/sys/fs/bpf' }).load())).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('BPF tokens'),
    });
    BpfObject.open(example('main_prog'), { kernel: new SimKernel(), tokenPath: '' }).load().close();
  });
});

if (hasTokens) describe('tokens', () => {
  let said: Said | undefined;
  const attempt = (name: string): Outcome => said?.attempts[name] ?? {};

  beforeAll(async () => {
    said = await runDelegated();
  }, 120_000);

  it('let an object be loaded with BTF, maps and programs; without one nothing is', () => {
    expect(attempt('nothing')).toMatchObject({ errno: EPERM });
    expect(attempt('token')).toMatchObject({ retval: 2, maps: 2 });
    expect(attempt('token').tokenFd).toBeGreaterThanOrEqual(0);
    expect(attempt('globals')).toMatchObject({ retval: 2, maps: 1 });
    expect(attempt('kfuncs')).toMatchObject({ retval: 45 });
  });

  it('serve what is loaded to bind calls between objects, too', () => {
    expect(attempt('linked')).toMatchObject({ retval: 23 });
  });

  it('are where the environment says, unless the object has a place, or wants none', () => {
    expect(attempt('environment')).toMatchObject({ retval: 2 });
    expect(attempt('prevented')).toMatchObject({ errno: EPERM });
  });

  it('that cannot be had are named', () => {
    expect(attempt('noSuchFolder')).toMatchObject({ code: 'TOKEN', errno: ENOENT, message: expect.stringContaining('nonesuch') });
    expect(attempt('noBpffs')).toMatchObject({ code: 'TOKEN', errno: EINVAL, message: expect.stringContaining("object 'xdp_hash': token create: no BPF token from '/proc'") });
  });

  it('answer questions about the kernel', () => {
    expect(said?.probes).toEqual(['EPERM', true, true, true]);
  });

  it('leave no fd behind', () => {
    expect(said?.left).toBe(0);
  });
});
