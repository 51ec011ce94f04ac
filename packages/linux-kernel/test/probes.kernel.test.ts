// Do the probes say of the running kernel what bpftool says?
import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  BPF_FUNC_map_lookup_elem,
  BPF_FUNC_xdp_adjust_head,
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_SOCKET_FILTER,
  BPF_PROG_TYPE_TRACING,
  BPF_PROG_TYPE_XDP,
  __MAX_BPF_MAP_TYPE,
  helperName,
  mapTypeStr,
  progTypeStr,
} from '@rootlet/uapi';
import { LinuxKernel } from '../src/index.ts';

interface BpftoolAnswer {
  readonly program_types: Readonly<Record<string, boolean>>;
  readonly map_types: Readonly<Record<string, boolean>>;
  readonly helpers: Readonly<Record<string, readonly string[]>>;
}

/** The newest bpftool there is, or the system's; undefined without one. */
function askBpftool(): BpftoolAnswer | undefined {
  const root = join(__dirname, '../../../.cache/peers/root');
  const libs = join(root, 'usr/lib/x86_64-linux-gnu');
  const command = existsSync(libs)
    ? [join(libs, 'ld-linux-x86-64.so.2'), '--library-path', libs, join(root, 'usr/sbin/bpftool')]
    : ['/usr/sbin/bpftool'].filter((path) => existsSync(path));
  const [file, ...args] = command;
  if (file === undefined) return undefined;
  const ask = (): BpftoolAnswer => JSON.parse(execFileSync(file, [...args, '-j', 'feature', 'probe', 'kernel'], { encoding: 'utf8', maxBuffer: 1 << 26 })) as BpftoolAnswer;
  // bpftool takes a load that fails for want of something else for a yes (seen once, on a busy machine): what it says twice counts.
  const [first, second] = [ask(), ask()];
  const helpers = Object.entries(first.helpers).map(([type, names]) => [type, names.filter((name) => second.helpers[type]?.includes(name))]);
  return { ...first, helpers: Object.fromEntries(helpers) as BpftoolAnswer['helpers'] };
}

const kernel = new LinuxKernel();
const bpftool = askBpftool();
if (bpftool === undefined) process.stdout.write('probes: no bpftool here to compare with\n');
const openFds = (): number => readdirSync('/proc/self/fd').length;

(bpftool === undefined ? it.skip : it)(`says of types and helpers what bpftool says${bpftool === undefined ? ' (left out: no bpftool here)' : ''}`, () => {
  const before = openFds();
  const types: Record<string, boolean> = {};
  for (let type = 1; progTypeStr(type) !== undefined; type++) types[`have_${progTypeStr(type)}_prog_type`] = kernel.probes.progType(type);
  const maps: Record<string, boolean> = {};
  for (let type = 1; type < __MAX_BPF_MAP_TYPE; type++) maps[`have_${mapTypeStr(type)}_map_type`] = kernel.probes.mapType(type);
  const known = (answer: Readonly<Record<string, boolean>>, ours: Readonly<Record<string, boolean>>): Record<string, boolean> =>
    Object.fromEntries(Object.entries(answer).filter(([name]) => name in ours));
  expect(types).toMatchObject(known(bpftool?.program_types ?? {}, types));
  expect(maps).toMatchObject(known(bpftool?.map_types ?? {}, maps));
  expect(Object.keys(known(bpftool?.program_types ?? {}, types)).length).toBeGreaterThan(25);
  expect(Object.keys(known(bpftool?.map_types ?? {}, maps)).length).toBeGreaterThan(25);
  for (const type of [BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_KPROBE]) {
    const theirs = bpftool?.helpers[`${progTypeStr(type)}_available_helpers`] ?? [];
    const ours: string[] = [];
    // bpftool leaves out the helpers that write to the log and to memory, so they are not compared.
    for (let id = 1; helperName(id) !== undefined; id++) if (kernel.probes.helper(type, id)) ours.push(`bpf_${helperName(id)?.replace(/^bpf_/, '')}`);
    expect(ours.filter((name) => theirs.includes(name))).toEqual(theirs);
    expect(ours.filter((name) => !theirs.includes(name) && !/trace_v?printk|probe_write_user/.test(name))).toEqual([]);
  }
  expect(openFds()).toBe(before);
}, 60_000);

it('knows the features of a kernel of today, and remembers its answers', () => {
  const [major = 0, minor = 0] = kernel.release.split('.').map(Number);
  const isNew = major > 6 || (major === 6 && minor >= 12);
  const features = kernel.probes.features();
  const { kprobeMulti, ...others } = features;
  // Kernels of today, too, are built without fprobes.
  expect(kprobeMulti).toBe(kernel.kallsyms(new Set(['register_fprobe_ips'])).size > 0);
  const missing = Object.entries(others).filter(([, there]) => !there).map(([name]) => name);
  expect(missing).toEqual(isNew ? [] : expect.not.arrayContaining(['btf', 'globalData', 'progName', 'arrayMmap', 'perfLink']));
  expect(kernel.probes.helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_map_lookup_elem)).toBe(true);
  expect(kernel.probes.helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_xdp_adjust_head)).toBe(false);
  expect(kernel.probes.progType(9999)).toBe(false);
  expect(kernel.probes.mapType(9999)).toBe(false);
  expect(() => kernel.probes.helper(BPF_PROG_TYPE_TRACING, 1)).toThrow(expect.objectContaining({ name: 'UnsupportedError' }));
  expect(kernel.probes.features()).toEqual(features);
});
