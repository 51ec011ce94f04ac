// What do the tests of attaching share?
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { LinuxKernel } from '@rootlet/linux-kernel';
import koffi from 'koffi';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BpfObject } from '../../src/index.ts';
import type { BpfProgram } from '../../src/index.ts';

const OBJECTS = join(__dirname, 'objects');
const ROOT = join(__dirname, '../../../..');
const CLONE_NEWNET = 0x4000_0000;

/** A library of this process that probes are put into. */
export const TARGET: string = join(OBJECTS, 'target.so');

/** Whether the machine is a guest of tools/guest.mjs: only there may a test trace the kernel at large. */
export const inGuest: boolean = existsSync(join(ROOT, '.cache/guest-root'));

// A guest is ten times slower, and shares its machine.
jest.setTimeout(60_000);

const libc = koffi.load('libc.so.6');
export const getpgid: (pid: number) => number = libc.func('int getpgid(int pid)');
export const setpgid: (pid: number, group: number) => number = libc.func('int setpgid(int pid, int group)');
const unshare: (flags: number) => number = libc.func('int unshare(int flags)');
const setns: (fd: number, type: number) => number = libc.func('int setns(int fd, int type)');

/** Whether the running kernel is at least this one. */
export function isSince(major: number, minor: number): boolean {
  const [runMajor = 0, runMinor = 0] = new LinuxKernel().release.split('.').map(Number);
  return runMajor > major || (runMajor === major && runMinor >= minor);
}

/** A kernel for a group of tests; at the end, after `clean`, no fd may be open that was not before. */
export function useKernel(clean: () => Promise<void> | void = () => {}): LinuxKernel {
  const kernel = new LinuxKernel();
  let before = 0;
  beforeAll(() => {
    kernel.vmlinuxBtf();
    kernel.moduleBtfs();
    before = openFds();
  });
  afterAll(async () => {
    await clean();
    // What an earlier file of tests left to be closed, pipes of its processes, may be gone by now.
    expect(openFds()).toBeLessThanOrEqual(before);
  });
  return kernel;
}

export function openFds(): number {
  return readdirSync('/proc/self/fd').length;
}

/** An object of which only the programs named are loaded, counting this process alone. */
export class Loaded {
  readonly object: BpfObject;

  constructor(kernel: LinuxKernel, name: string, programs: readonly string[], change: (object: BpfObject) => void = () => {}) {
    this.object = BpfObject.open({ name, bytes: readFileSync(join(OBJECTS, `${name}.o`)) }, { kernel });
    for (const program of programs) this.program(program).setAutoload(true);
    if (name === 'trace') this.object.setVariable('me', process.pid);
    change(this.object);
    this.object.load();
  }

  program(name: string): BpfProgram {
    const program = this.object.findProgram(name);
    if (program === undefined) throw new Error(`no program ${name}`);
    return program;
  }

  number(variable: string): number {
    return Number(this.object.getVariable(variable));
  }

  get hits(): number {
    return this.number('hits');
  }

  /** Hits that an action brings. */
  hitsOf(action: () => void): number {
    const before = this.hits;
    action();
    return this.hits - before;
  }
}

/** Loads programs of an object, does something with them, and closes everything. */
export function withLoaded(kernel: LinuxKernel, name: string, programs: readonly string[], test: (loaded: Loaded) => void): void {
  const loaded = new Loaded(kernel, name, programs);
  try {
    test(loaded);
  } finally {
    loaded.object.close();
  }
}

/** A bpffs of the test's own. */
export function withBpffs(test: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'rootlet-bpffs-'));
  run(`mount -t bpf bpf ${folder}`);
  try {
    test(folder);
  } finally {
    run(`umount ${folder}`);
    rmdirSync(folder);
  }
}

/** The same for something that takes its time. */
export async function withBpffsAsync(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rootlet-bpffs-'));
  run(`mount -t bpf bpf ${folder}`);
  try {
    await test(folder);
  } finally {
    // A process that was killed a moment ago may be in there.
    run(`umount -l ${folder}`);
    rmdirSync(folder);
  }
}

/** Runs a program of the system. */
export function run(command: string): string {
  const [program = '', ...args] = command.split(' ');
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export async function sleep(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until something holds. */
export async function until(holds: () => boolean, seconds = 20): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !holds(); ) {
    if (Date.now() > end) throw new Error('it did not come to hold');
    await sleep(20);
  }
}

const SERVER = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(4000, '0.0.0.0', () => console.log('ready'));
`;

/**
 * A network namespace that this thread is in, with an interface `here` (10.9.0.1), whose other end `there` (10.9.0.2) is in the
 * namespace of a child that sends datagrams to port 4000 back.
 */
export class Network {
  readonly #home: number;
  readonly #server: ChildProcess;

  private constructor(home: number, server: ChildProcess) {
    this.#home = home;
    this.#server = server;
  }

  static async create(): Promise<Network> {
    const home = openSync('/proc/thread-self/ns/net', 'r');
    if (unshare(CLONE_NEWNET) !== 0) throw new Error('no network namespace');
    const server = spawn('unshare', ['-n', process.execPath, '-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
    const network = new Network(home, server);
    try {
      await new Promise((resolve) => server.stdout?.once('data', resolve));
      run('ip link set lo up');
      run('ip link add here type veth peer name there');
      run(`ip link set there netns ${server.pid ?? 0}`);
      run('ip addr add 10.9.0.1/24 dev here');
      run('ip link set here up');
      network.there('ip link set lo up');
      network.there('ip addr add 10.9.0.2/24 dev there');
      network.there('ip link set there up');
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** Runs a program in the namespace of the child. */
  there(command: string): string {
    return run(`nsenter -t ${this.#server.pid ?? 0} -n ${command}`);
  }

  ifindex(name = 'here'): number {
    return Number(/^(\d+):/.exec(run(`ip -o link show ${name}`))?.[1]);
  }

  async close(): Promise<void> {
    const end = new Promise((resolve) => this.#server.once('close', resolve));
    this.#server.kill('SIGKILL');
    setns(this.#home, CLONE_NEWNET);
    closeSync(this.#home);
    await end;
  }
}

/** The error that an action throws. */
export function errorOf(action: () => unknown): Error & { code?: string; errno?: number; operation?: string } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
