// What can a process do that has nothing but a token? Runs in a user namespace of its own; the folder is where its bpffs goes.
//
// Says the fd of a bpffs that is not made yet, waits for a line, mounts it, tries, and says what came of it.
import { readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { BpfObject } from '../../src/index.ts';
import type { OpenOptions } from '../../src/index.ts';

/** What an attempt came to. */
export interface Outcome {
  readonly retval?: number;
  readonly tokenFd?: number;
  readonly maps?: number;
  readonly code?: string;
  readonly errno?: number;
  readonly message?: string;
}

/** What the process says at its end, by the name of the attempt. */
export interface Said {
  readonly attempts: Readonly<Record<string, Outcome>>;
  /** Whether XDP programs can be loaded, as far as can be told before and with a token. */
  readonly probes: readonly unknown[];
  /** Of fds that are open. */
  readonly left: number;
}

const [FSOPEN, FSMOUNT, MOVE_MOUNT] = [430, 432, 429];
const AT_FDCWD = -100;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const EXAMPLES = 'docs/examples';

const [folder = ''] = process.argv.slice(2);
const libc = koffi.load('libc.so.6');
const fsopen = libc.func('long syscall(long number, const char *type, int flags)');
const fsmount = libc.func('long syscall(long number, int fs, int flags, int attributes)');
const moveMount = libc.func('long syscall(long number, int from, const char *fromPath, int to, const char *toPath, int flags)');

const fs = Number(fsopen(FSOPEN, 'bpf', 0));
console.log(fs);
readSync(0, new Uint8Array(1));
const mount = Number(fsmount(FSMOUNT, fs, 0, 0));
if (mount < 0 || Number(moveMount(MOVE_MOUNT, mount, '', AT_FDCWD, folder, MOVE_MOUNT_F_EMPTY_PATH)) !== 0) throw new Error(`no bpffs: errno ${koffi.errno()}`);

const packet = new Uint8Array(64).fill(7, 0, 1);

function attempt(names: readonly string[], options: OpenOptions, kernel = new LinuxKernel()): Outcome {
  const objects: BpfObject[] = [];
  try {
    for (const name of names) {
      const object = BpfObject.open({ name: name.replace(/.*\//, ''), bytes: readFileSync(join(EXAMPLES, `${name}.o`)) }, { kernel, ...options });
      objects.push(object.load());
      object.findMap('senders')?.update(Uint8Array.of(10, 0, 0, 1), new Uint8Array(16));
    }
    const object = objects.at(-1);
    const run = object?.findProgram(object.name)?.testRun({ dataIn: packet });
    return { retval: run?.retval ?? -1, tokenFd: object?.tokenFd ?? -1, maps: object?.maps.filter(({ fd }) => fd >= 0).length ?? 0 };
  } catch (error) {
    const { code, errno, message } = error as Outcome & Error;
    return { message, ...(code === undefined ? {} : { code }), ...(errno === undefined ? {} : { errno }) };
  } finally {
    for (const object of objects.reverse()) object.close();
  }
}

function probe(kernel: LinuxKernel): unknown {
  try {
    return kernel.probes.progType(BPF_PROG_TYPE_XDP);
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const attempts: Record<string, Outcome> = {};
attempts['nothing'] = attempt(['programs/xdp_hash'], {});
const before = readdirSync('/proc/self/fd').length;
attempts['token'] = attempt(['programs/xdp_hash'], { tokenPath: folder });
attempts['globals'] = attempt(['programs/tail_calls'], { tokenPath: folder });
// Looks for a function in the modules, too.
attempts['kfuncs'] = attempt(['programs/kfuncs'], { tokenPath: folder });
attempts['linked'] = attempt(['linking/helpers', 'linking/main_prog'], { tokenPath: folder });
attempts['noSuchFolder'] = attempt(['programs/xdp_hash'], { tokenPath: join(folder, 'nonesuch') });
attempts['noBpffs'] = attempt(['programs/xdp_hash'], { tokenPath: '/proc' });
process.env['LIBBPF_BPF_TOKEN_PATH'] = folder;
attempts['environment'] = attempt(['programs/xdp_hash'], {});
attempts['prevented'] = attempt(['programs/xdp_hash'], { tokenPath: '' });
const kernel = new LinuxKernel();
const probes = [probe(kernel)];
const tokenFd = kernel.tokenCreate();
probes.push(probe(kernel), kernel.probes.feature('btf'), kernel.probes.feature('globalData'));
if (tokenFd !== undefined) kernel.close(tokenFd);
const said: Said = { attempts, probes, left: readdirSync('/proc/self/fd').length - before };
console.log(JSON.stringify(said));
