// How is a program attached to static probes of programs and libraries?
import { KernelError } from '@rootlet/loader';
import type { FdInfo, UsdtRequest } from '@rootlet/loader';
import { E2BIG, EINVAL } from '@rootlet/uapi';
import { resolvePath } from './elf-path.ts';
import { openElf } from './elf-symbols.ts';
import type { AttachHost } from './host.ts';
import { attachUprobeAt, createUprobeMulti } from './uprobe.ts';
import { encodeUsdtSpec, parseUsdtArgs } from './usdt-args.ts';
import { findUsdtPlaces } from './usdt-notes.ts';
import type { UsdtPlace } from './usdt-notes.ts';

const OPERATION = 'attach usdt';

/** What of maps is used. */
export interface MapAccess {
  mapUpdate(mapFd: number, key: Uint8Array, value: Uint8Array): void;
  info(fd: number): FdInfo;
}

/** Which entries of the maps `__bpf_usdt_specs` are in use. */
export class UsdtMaps {
  readonly #access: MapAccess;
  readonly #byFd = new Map<number, { next: number; readonly free: number[] }>();

  constructor(access: MapAccess) {
    this.#access = access;
  }

  /** Writes how arguments are found. @returns number of the entry. @throws KernelError `E2BIG` when the map is full */
  add(specsMapFd: number, args: string, cookie: bigint): number {
    const info = this.#access.info(specsMapFd);
    if (info.kind !== 'map') throw new KernelError(OPERATION, EINVAL, `fd ${specsMapFd} is no map`);
    const value = encodeUsdtSpec(OPERATION, parseUsdtArgs(OPERATION, args), cookie, info.valueSize);
    const ids = this.#byFd.get(specsMapFd) ?? { next: 0, free: [] };
    this.#byFd.set(specsMapFd, ids);
    const id = ids.free.pop() ?? ids.next++;
    if (id >= info.maxEntries) {
      ids.free.push(id);
      throw new KernelError(OPERATION, E2BIG, `map __bpf_usdt_specs has ${info.maxEntries} entries, all in use`);
    }
    this.#access.mapUpdate(specsMapFd, new Uint8Array(Uint32Array.of(id).buffer), value);
    return id;
  }

  /** Gives entries back. */
  release(specsMapFd: number, ids: Iterable<number>): void {
    this.#byFd.get(specsMapFd)?.free.push(...ids);
  }

  /** A map's fd was closed: another map may get its number. */
  closed(fd: number): void {
    this.#byFd.delete(fd);
  }
}

/**
 * Attaches to every place of a probe. Programs find their arguments by a number that comes with the place as its cookie.
 * One link does where kernel and program can (attach type `BPF_TRACE_UPROBE_MULTI`), else there is one for each place.
 */
export function attachUsdt(host: AttachHost, maps: UsdtMaps, progFd: number, request: UsdtRequest): number {
  const { provider, name, specsMapFd, cookie = 0n, pid = -1 } = request;
  const path = resolvePath(OPERATION, request.path);
  const places = findUsdtPlaces(OPERATION, openElf(OPERATION, path), path, provider, name);
  const ids = new Map<string, number>();
  try {
    for (const { args } of places) if (!ids.has(args)) ids.set(args, maps.add(specsMapFd, args, cookie));
    const fd = attachPlaces(host, progFd, path, pid, places, (place) => ids.get(place.args) ?? 0);
    host.onClose(fd, () => maps.release(specsMapFd, ids.values()));
    return fd;
  } catch (error) {
    maps.release(specsMapFd, ids.values());
    throw error;
  }
}

function attachPlaces(host: AttachHost, progFd: number, path: string, pid: number, places: readonly UsdtPlace[], idOf: (place: UsdtPlace) => number): number {
  const offsets = places.map(({ fileOff }) => fileOff);
  const cookies = places.map((place) => BigInt(idOf(place)));
  const refCtrOffs = places.map(({ semaphoreOff }) => semaphoreOff);
  const multi = createUprobeMulti(host, progFd, { path, offsets, cookies, refCtrOffs, retprobe: false, session: false, pid });
  // EINVAL: the kernel is older than 6.6, or the program was loaded for single probes.
  if (multi !== -EINVAL) return host.need(OPERATION, `'${path}', ${places.length} places`, multi);
  const fds: number[] = [];
  try {
    places.forEach(({ fileOff, semaphoreOff }, idx) => {
      fds.push(attachUprobeAt(host, progFd, { operation: OPERATION, path, fileOff, retprobe: false, pid, refCtrOff: semaphoreOff, cookie: cookies[idx] }));
    });
  } catch (error) {
    for (const fd of fds) host.close(fd);
    throw error;
  }
  const [first = -1, ...rest] = fds;
  if (rest.length > 0) host.group(first, rest);
  return first;
}
