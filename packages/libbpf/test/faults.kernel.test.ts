// Is nothing left open, whichever system call fails?
//
// Each scenario runs again and again, each time with the next of its calls refused, until it gets to its end without meeting one.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKoffiFfi, LinuxKernel } from '@rootlet/linux-kernel';
import type { Ffi } from '@rootlet/linux-kernel';
import { EINVAL, EPERM } from '@rootlet/uapi';
import { BpfLink, BpfObject } from '../src/index.ts';
import { Loaded, openFds, run, TARGET } from './attach/support.ts';
import { example, packet } from './support.ts';

jest.setTimeout(300_000);

const EXAMPLES = join(__dirname, '../../../docs/examples');
/** Calls that take something away do not fail in practice: what was to be taken away would stay. */
const FALLIBLE = ['bpf', 'bpfAt', 'dup', 'dupTo', 'perfEventOpen', 'ioctl', 'socket', 'setSockOpt', 'send', 'receive'] as const satisfies readonly (keyof Ffi)[];
/** A folder for the pins of an object. */
const PINS = 'pins';
/** No scenario makes more calls. */
const MOST_CALLS = 2000;

class Fault {
  met = false;
  #left: number;
  readonly #errno: number;

  constructor(callIdx: number, errno: number) {
    this.#left = callIdx;
    this.#errno = errno;
  }

  /** System calls of which one fails. */
  ffi(): Ffi {
    const ffi: Ffi = createKoffiFfi();
    const failing = Object.fromEntries(
      FALLIBLE.map((name) => {
        const call = ffi[name].bind(ffi) as (...args: unknown[]) => number;
        return [name, (...args: unknown[]) => (this.#isNow() ? -this.#errno : call(...args))];
      }),
    );
    return { ...ffi, ...failing };
  }

  #isNow(): boolean {
    if (this.#left-- !== 0) return false;
    this.met = true;
    return true;
  }
}

describe('after any call that fails', () => {
  const vmlinux = new LinuxKernel().vmlinuxBtf();
  let folder: string;
  let cgroup: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rootlet-faults-'));
    run(`mount -t bpf bpf ${folder}`);
    const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => readdirSync(path).includes('cgroup.procs')) ?? '/sys/fs/cgroup';
    cgroup = mkdtempSync(join(root, 'rootlet-faults-'));
  });

  afterAll(() => {
    run(`umount ${folder}`);
    rmdirSync(folder);
    rmdirSync(cgroup);
  });

  /** What is pinned; names with dots are bpffs's own. */
  const pins = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name !== PINS && !name.includes('.'));

  /** Objects that are closed whatever happens after they were opened. */
  const withObjects = (kernel: LinuxKernel, work: (open: (name: string) => BpfObject) => void): void => {
    const objects: BpfObject[] = [];
    try {
      work((name) => {
        const bytes = name.includes('/') ? readFileSync(join(EXAMPLES, `${name}.o`)) : example(name).bytes;
        const object = BpfObject.open({ name: name.replace(/.*\//, ''), bytes }, { kernel, pinRootPath: folder });
        objects.push(object);
        return object;
      });
    } finally {
      for (const object of objects.reverse()) object.close();
    }
  };

  const withProgram = (kernel: LinuxKernel, objectName: string, program: string, attach: (loaded: Loaded) => BpfLink): void => {
    const loaded = new Loaded(kernel, objectName, [program]);
    try {
      attach(loaded).destroy();
    } finally {
      loaded.object.close();
    }
  };

  const SCENARIOS: Readonly<Record<string, (kernel: LinuxKernel) => void>> = {
    'maps of all kinds, variables and constants': (kernel) =>
      withObjects(kernel, (open) => {
        const object = open('objects/settings');
        object.load();
        object.setVariable('small', [1, 2, 3]);
        object.unpinMaps();
      }),
    'a program that is refused': (kernel) => withObjects(kernel, (open) => open('programs/bad_map_null').load()),
    'tables of functions': (kernel) =>
      withObjects(kernel, (open) => {
        const object = open('objects/struct_ops_tcp');
        for (const name of ['first', 'second']) object.findMap(name)?.setAutocreate(false);
        object.load();
      }),
    'main, then what it calls': (kernel) =>
      withObjects(kernel, (open) => {
        const main = open('main_prog').load();
        open('helpers').load();
        main.findProgram('main_prog')?.testRun({ dataIn: packet(7) });
      }),
    'what main calls, then main': (kernel) =>
      withObjects(kernel, (open) => {
        open('helpers').load();
        open('main_prog').load().findProgram('main_prog')?.testRun({ dataIn: packet(7) });
      }),
    'pins of a program that calls others': (kernel) =>
      withObjects(kernel, (open) => {
        open('helpers').load();
        const main = open('main_prog').load();
        mkdirSync(`${folder}/${PINS}`, { recursive: true });
        main.pin(`${folder}/${PINS}`);
        try {
          kernel.close(kernel.objGet(`${folder}/${PINS}/main_prog`));
        } finally {
          main.unpin(`${folder}/${PINS}`);
        }
      }),
    'a probe in a library': (kernel) => withProgram(kernel, 'trace', 'uprobe', (loaded) => loaded.program('uprobe').attachUprobe(TARGET, { func: 'target_add', pid: 0 })),
    'a static probe': (kernel) => withProgram(kernel, 'usdt', 'usdt', (loaded) => loaded.program('usdt').attachUsdt(TARGET, 'rootlet', 'twice', { pid: 0 })),
    'a cgroup': (kernel) => {
      const fd = openSync(cgroup, 'r');
      try {
        withProgram(kernel, 'net', 'bind4', (loaded) => {
          const link = loaded.program('bind4').attachCgroup(fd);
          try {
            link.info();
            link.update(loaded.program('bind4'));
            link.pin(`${folder}/link`);
            BpfLink.open(`${folder}/link`, kernel).destroy();
          } catch (error) {
            link.destroy();
            throw error;
          } finally {
            if (link.pinPath !== undefined) link.unpin();
          }
          return link;
        });
      } finally {
        closeSync(fd);
      }
    },
  };

  it.each(Object.entries(SCENARIOS))('nothing is open: %s', (_name, scenario) => {
    for (const errno of [EPERM, EINVAL]) {
      let callIdx = 0;
      for (let met = true; met; callIdx++) {
        expect(callIdx).toBeLessThan(MOST_CALLS);
        const fault = new Fault(callIdx, errno);
        const kernel = new LinuxKernel(fault.ffi());
        // Parsed once for all.
        Object.assign(kernel, { vmlinuxBtf: () => vmlinux });
        const before = openFds();
        try {
          scenario(kernel);
        } catch (error) {
          const name = (error as Error).name;
          if (!['KernelError', 'LoadError', 'UnsupportedError'].includes(name)) throw error;
        }
        ({ met } = fault);
        expect({ callIdx, errno, fds: openFds() - before, pins: pins() }).toEqual({ callIdx, errno, fds: 0, pins: [] });
      }
      expect(callIdx).toBeGreaterThan(2);
    }
  });
});
