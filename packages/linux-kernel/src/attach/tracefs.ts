// What does tracefs tell, and how are probes made through it?
import { KernelError } from '@rootlet/loader';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Where tracefs may be mounted, in the order in which it is looked for. */
const MOUNTS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/** The folder of tracefs. @param what wants it @throws KernelError `ENOENT` naming what to mount */
function findTracefs(operation: string, what: string): string {
  const folder = MOUNTS.find((path) => existsSync(`${path}/trace`));
  if (folder !== undefined) return folder;
  throw new KernelError(operation, ENOENT, `'${what}': tracefs is not mounted: mount -t tracefs tracefs ${MOUNTS[0] as string}`);
}

/** Whether tracefs can be read. */
export function hasTracefs(): boolean {
  return MOUNTS.some((path) => existsSync(`${path}/trace`));
}

/** Number by which perf events name a tracepoint. @throws KernelError `ENOENT` when there is none of that name */
export function readTracepointId(operation: string, category: string, name: string): number {
  // A name that leaves the folder names no tracepoint.
  if (/[/\0]|^\.{0,2}$/.test(name) || /[/\0]|^\.{0,2}$/.test(category)) {
    throw new KernelError(operation, EINVAL, `'${category}/${name}' is no name of a tracepoint`);
  }
  const path = `${findTracefs(operation, `${category}/${name}`)}/events/${category}/${name}/id`;
  const id = Number(readOr(operation, path, `there is no tracepoint '${category}/${name}'`).trim());
  if (!Number.isInteger(id)) throw new KernelError(operation, EINVAL, `${path} holds no number`);
  return id;
}

/** Functions of the kernel that can be traced, with their address where the kernel tells it; undefined without tracefs. */
export function readTraceableFunctions(operation: string): readonly { readonly name: string; readonly address?: bigint }[] | undefined {
  if (!hasTracefs()) return undefined;
  const folder = findTracefs(operation, 'available_filter_functions');
  if (existsSync(`${folder}/available_filter_functions_addrs`)) {
    const text = readOr(operation, `${folder}/available_filter_functions_addrs`, 'cannot be read');
    return [...text.matchAll(/^([0-9a-f]+) (\S+)/gm)].map(([, address, name]) => ({ name: name as string, address: BigInt(`0x${address as string}`) }));
  }
  if (!existsSync(`${folder}/available_filter_functions`)) return undefined;
  const text = readOr(operation, `${folder}/available_filter_functions`, 'cannot be read');
  return [...text.matchAll(/^(\S+)/gm)].map(([, name]) => ({ name: name as string }));
}

/** A probe of tracefs. */
export interface LegacyProbe {
  readonly id: number;
  /** Takes the probe out again; everything that used it must be closed. */
  remove(): void;
}

let probeSeq = 0;

/**
 * Makes a kprobe or uprobe through tracefs: what kernels without the perf PMUs offer.
 *
 * @param definition what follows the probe's name, such as `do_nanosleep+0x10`
 */
export function addLegacyProbe(operation: string, kind: 'kprobe' | 'uprobe', retprobe: boolean, definition: string): LegacyProbe {
  const folder = findTracefs(operation, definition);
  const category = `rootlet_${process.pid}`;
  const name = `probe_${probeSeq++}`;
  const file = `${folder}/${kind}_events`;
  append(operation, file, `${retprobe ? 'r' : 'p'}:${category}/${name} ${definition}`);
  const remove = (): void => append(operation, file, `-:${category}/${name}`);
  try {
    return { id: readTracepointId(operation, category, name), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function append(operation: string, path: string, line: string): void {
  try {
    appendFileSync(path, `${line}\n`);
  } catch (error) {
    throw new KernelError(operation, errnoOf(error), `${path} refuses '${line}'`, { cause: error });
  }
}

function readOr(operation: string, path: string, problem: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new KernelError(operation, errnoOf(error), problem, { cause: error });
  }
}

function errnoOf(error: unknown): number {
  const { errno } = error as { errno?: number };
  return errno === undefined ? EINVAL : -errno;
}
