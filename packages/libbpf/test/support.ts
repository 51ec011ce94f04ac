// What do the tests of the linking rows share?
import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { createKoffiFfi, LinuxKernel } from '@rootlet/linux-kernel';
import type { Kernel } from '@rootlet/loader';
import { BPF_BTF_LOAD, BPF_LINK_CREATE, BPF_MAP_CREATE, BPF_PROG_LOAD } from '@rootlet/uapi';
import { BpfObject, SimKernel } from '../src/index.ts';
import type { NamedBytes, OpenOptions } from '../src/index.ts';

const LINKING = join(__dirname, '../../../docs/examples/linking');

/** Whether the rows are asked of the running kernel: `rows.kernel.test.ts` does. */
export const onLinux: boolean = process.env['ROOTLET_KERNEL_TESTS'] === '1';

/** Whether the kernel at hand knows `arg:` tags: Linux 6.8 and later. */
export const knowsArgTags: boolean = !onLinux || Number(/^(\d+\.\d+)/.exec(release())?.[1]?.replace(/\.(\d)$/, '.0$1')) >= 6.08;

const KINDS = ['prog', 'map', 'btf', 'link'] as const;
type Kind = (typeof KINDS)[number];

/** What a command of bpf(2) that does well returns an fd of. */
const CREATED_BY: ReadonlyMap<number, Kind> = new Map([
  [BPF_PROG_LOAD, 'prog'],
  [BPF_MAP_CREATE, 'map'],
  [BPF_BTF_LOAD, 'btf'],
  [BPF_LINK_CREATE, 'link'],
]);

const fdCount = (): number => readdirSync('/proc/self/fd').length;

/** Ids of what was made through a real kernel, where others load things too, and fds that were open before. */
const made = new WeakMap<Kernel, { readonly ids: Readonly<Record<Kind, Set<number>>>; readonly fds: number }>();

/** A kernel for one test: a simulated one, or the one that runs here. */
export function newKernel(): Kernel {
  if (!onLinux) return new SimKernel();
  const ids: Record<Kind, Set<number>> = { prog: new Set(), map: new Set(), btf: new Set(), link: new Set() };
  const ffi = createKoffiFfi();
  const kernel = new LinuxKernel({
    ...ffi,
    bpf(cmd, attr) {
      const result = ffi.bpf(cmd, attr);
      const kind = result < 0 ? undefined : CREATED_BY.get(cmd);
      if (kind !== undefined) ids[kind].add(Number(new RegExp(`^${kind}_id:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/self/fdinfo/${result}`, 'utf8'))?.[1]));
      return result;
    },
  });
  made.set(kernel, { ids, fds: fdCount() });
  return kernel;
}

/** What a test has loaded and not let go yet. */
export function countsOf(kernel: Kernel): { progs: number; maps: number; btfs: number; links: number; fds: number } {
  if (kernel instanceof SimKernel) return kernel.counts();
  const [progs = 0, maps = 0, btfs = 0, links = 0] = settled(kernel);
  return { progs, maps, btfs, links, fds: fdCount() - (made.get(kernel)?.fds ?? 0) };
}

/** How long nothing may go before things count, and how long that is waited for. */
const [QUIET_MS, PATIENCE_MS] = [250, 3000] as const;

/** How many of each kind are there, once none goes any more: what an EXT program was judged against goes some time after it, when RCU lets it. */
function settled(kernel: Kernel): readonly number[] {
  const count = (): number[] => {
    const ids = made.get(kernel)?.ids;
    return KINDS.map((kind) => kernel.ids(kind).filter((id) => ids?.[kind].has(id) === true).length);
  };
  let counts = count();
  for (let waited = 0; waited < PATIENCE_MS && counts.some((each) => each > 0); waited += QUIET_MS) {
    const last = counts.join();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, QUIET_MS);
    counts = count();
    if (counts.join() === last) break;
  }
  return counts;
}

/**
 * Whether programs can replace functions here: everywhere but on a machine that loads no EXT programs (EPERM, whatever they
 * are). Tests that replace are not registered there; they run in the guests.
 */
export const mayReplace: boolean = !onLinux || probeExt();

function probeExt(): boolean {
  const objects = loadAll(new LinuxKernel(), ['rootlet', 'fw1']);
  const target = objects.get('rootlet')?.findProgram('rootlet');
  try {
    if (target !== undefined) objects.get('fw1')?.findProgram('fw1')?.replace(target, 'slot0').destroy();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EPERM') return true;
  } finally {
    for (const object of objects.values()) object.close();
  }
  process.stdout.write('rows: this machine loads no EXT programs (EPERM): what replaces a function is tested in the guests only\n');
  return false;
}

/** A clang-built example object, with its name. */
export function example(name: string): NamedBytes {
  return { name, bytes: readFileSync(join(LINKING, `${name}.o`)) };
}

/** A packet of 64 bytes that begins with `first`. */
export function packet(first = 7): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes[0] = first;
  return bytes;
}

/** Opens and loads examples one by one into one kernel, in the order given. */
export function loadAll(kernel: Kernel, names: readonly string[], options: OpenOptions = {}): Map<string, BpfObject> {
  const objects = new Map<string, BpfObject>();
  for (const name of names) objects.set(name, BpfObject.open(example(name), { ...options, kernel }).load());
  return objects;
}

/** Opens examples linked statically into one and loads it. */
export function loadLinked(kernel: Kernel, names: readonly string[]): BpfObject {
  return BpfObject.open(names.map(example), { kernel }).load();
}

/** Return value of a program on a packet. */
export function runProgram(objects: Iterable<BpfObject>, name: string, dataIn: Uint8Array = packet()): number {
  for (const object of objects) {
    const program = object.findProgram(name);
    if (program !== undefined) return program.testRun({ dataIn }).retval;
  }
  throw new Error(`no program ${name}`);
}

/** Every order of a list. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, idx) => permutations(items.filter((_, other) => other !== idx)).map((rest) => [item, ...rest]));
}

/**
 * Runs a scenario in every possible load order, dynamically, and statically, and gives all return values: features of
 * both are equal, so they must be the same.
 */
export function runEverywhere(names: readonly string[], program: string, dataIn: Uint8Array = packet()): number[] {
  const results = permutations(names).map((order) => {
    const kernel = newKernel();
    return runProgram(loadAll(kernel, order).values(), program, dataIn);
  });
  for (const order of permutations(names)) {
    const kernel = newKernel();
    results.push(runProgram([loadLinked(kernel, order)], program, dataIn));
  }
  return results;
}

/** An fd that nobody has, however many are open. */
export const NO_FD = 0x7fff_0000;

/** The error that an action throws. */
export function errorOf(action: () => unknown): Error & { code?: string; errno?: number; log?: string } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
