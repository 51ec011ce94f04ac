import { readdirSync, readFileSync, writeFileSync, mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { loadObject, parseObject } from '@rootlet/loader';
import type { LoadedObject, LoadOptions } from '@rootlet/loader';
import { BPF_MAP_TYPE_ARRAY } from '@rootlet/uapi';
import { LinuxKernel } from '../src/index.ts';
import { readKallsyms } from '../src/kallsyms.ts';
import { readKernelConfig } from '../src/kernel-config.ts';

const CONFIG = 'CONFIG_A_BOOL=y\nCONFIG_A_TRISTATE=m\nCONFIG_A_CHAR=y\nCONFIG_A_BYTE=200\nCONFIG_A_SHORT=-3\nCONFIG_AN_INT=1\nCONFIG_A_LONG=2\nCONFIG_A_STRING="x"\n';

/** Why these tests cannot run here; undefined when they can. */
function reasonToSkip(): string | undefined {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    const kernel = new LinuxKernel();
    kernel.close(kernel.mapCreate({ name: 'probe', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 }));
    return kernel.vmlinuxBtf() === undefined ? 'the kernel has no BTF' : undefined;
  } catch (error) {
    return `bpf(2) does not work: ${String(error)}`;
  }
}

const reason = reasonToSkip();
if (reason !== undefined) console.warn(`tests of objects on Linux skipped: ${reason}`);
const describeOnKernel = reason === undefined ? describe : describe.skip;

function load(name: string, kernel: LinuxKernel, options: LoadOptions = {}): LoadedObject {
  const bytes = new Uint8Array(readFileSync(join(__dirname, `../../../docs/examples/objects/${name}.o`)));
  return loadObject(parseObject(bytes, { name }), kernel, { logLevel: 2, ...options });
}

describeOnKernel('objects on the running kernel', () => {
  const kernel = new LinuxKernel();
  const openFds = (): number => readdirSync('/proc/self/fd').length;

  it.each([
    ['kconfig', 'kconfig', 'out = sum + CONFIG_A_SHORT'],
    ['ksyms', 'ksyms', 'seen[0] = (__u64)&jiffies_64;'],
    ['data_sections', 'data_sections', 'zeros[1]++;'],
    ['program_kinds', 'second_in_section', 'return weak_part(ctx->ingress_ifindex);'],
  ])('%s: the kernel takes its BTF, and its log shows the lines of C', (name, program, line) => {
    kernel.moduleBtfs();
    const before = openFds();
    // Others are not loaded everywhere: tracing programs and variables of the kernel need more than this.
    const programs = new Map(['sleeps', 'without_type', 'typed_variable'].map((other) => [other, { autoload: false }]));
    const object = load(name, kernel, { kconfig: CONFIG, programs });
    expect(object.context.btfFd).toBeDefined();
    expect(object.programs.get(program)?.log).toContain(`; ${line}`);
    for (const { fd, spec } of object.maps) {
      expect(kernel.info(fd)).toMatchObject({ kind: 'map', name: spec.kernelName, type: spec.type, valueSize: spec.valueSize, flags: spec.flags });
    }
    object.close();
    expect(openFds()).toBe(before);
  });

  it('kconfig variables hold what they should', () => {
    const object = load('kconfig', kernel, { kconfig: CONFIG });
    const fd = object.programs.get('kconfig')?.fd ?? -1;
    const [major = 0, minor = 0, patch = 0] = kernel.release.split(/[.-]/).map(Number);
    const version = major * 65536 + minor * 256 + Math.min(patch, 255);
    const { retval } = kernel.progTestRun(fd, { dataIn: new Uint8Array(64) });
    // Version, cookie, wrapper, y, m, 'y', 200; -3, 1, 2, the string's end.
    expect(retval).toBe(version + 1 + 1 + 1 + 2 + 121 + 200 - 3 + 1 + 2);
    object.close();
  });

  it('an array that was made longer is described to its end', () => {
    const object = load('settings', kernel, {
      maps: new Map([['.data.table', { valueSize: 64 }], ['shared', { pinPath: null }]]),
    });
    const map = object.maps.find(({ spec }) => spec.name === '.data.table');
    const info = kernel.info(map?.fd ?? -1);
    expect(info).toMatchObject({ kind: 'map', valueSize: 64, btfValueTypeId: map?.spec.btfValueTypeId });
    expect(map?.spec.btfValueTypeId).toBeGreaterThan(0);
    object.close();
  });
});

describe('readKernelConfig', () => {
  it('reads what the system has', () => {
    const root = mkdtempSync(join(tmpdir(), 'config-'));
    try {
      expect(readKernelConfig('6.1', root)).toBeUndefined();
      mkdirSync(join(root, 'proc'));
      writeFileSync(join(root, 'proc/config.gz'), gzipSync('CONFIG_FROM=proc\n'));
      expect(readKernelConfig('6.1', root)).toBe('CONFIG_FROM=proc\n');
      mkdirSync(join(root, 'boot'));
      writeFileSync(join(root, 'boot/config-6.1'), 'CONFIG_FROM=boot\n');
      expect(readKernelConfig('6.1', root)).toBe('CONFIG_FROM=boot\n');
      writeFileSync(join(root, 'proc/config.gz'), 'no archive');
      expect(readKernelConfig('6.2', root)).toBeUndefined();
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('readKallsyms', () => {
  it('takes addresses that are known and unique', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kallsyms-'));
    const path = join(folder, 'kallsyms');
    try {
      writeFileSync(path, 'ffffffff81000000 T start\nffffffff81000010 t twice\nffffffff81000020 t twice\n0000000000000000 D secret\nffffffffc0000000 d there\t[module]\n');
      const found = readKallsyms(new Set(['start', 'twice', 'secret', 'there', 'star', 'missing']), path);
      expect(found).toEqual(new Map([['start', 0xffffffff81000000n], ['there', 0xffffffffc0000000n]]));
      expect(readKallsyms(new Set(['start']), join(folder, 'nothing')).size).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
