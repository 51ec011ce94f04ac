// How is a program attached to static probes of programs and libraries?
import { KernelError } from '@rootlet/loader';
import type { FdInfo, UsdtRequest } from '@rootlet/loader';
import { BPF_NOEXIST, E2BIG, EINVAL, EOPNOTSUPP } from '@rootlet/uapi';
import { readFileSync, realpathSync } from 'node:fs';
import { resolvePath } from './elf-path.ts';
import { openElf } from './elf-symbols.ts';
import type { AttachHost } from './host.ts';
import { attachUprobeAt, createUprobeMulti } from './uprobe.ts';
import { encodeUsdtSpec, parseUsdtArgs } from './usdt-args.ts';
import { findUsdtPlaces } from './usdt-notes.ts';
import type { UsdtPlace } from './usdt-notes.ts';

const OPERATION = 'attach usdt';

/** What of the kernel is used. */
export interface MapAccess {
  readonly release: string;
  mapUpdate(mapFd: number, key: Uint8Array, value: Uint8Array, flags?: number): void;
  mapDelete(mapFd: number, key: Uint8Array): boolean;
  info(fd: number): FdInfo;
}

/** An entry of a map. */
interface Entry {
  readonly id: number;
  /** Gives the entry back, unless the map was closed before: its fd may be another one's by then. */
  release(): void;
}

/** Which entries of the maps of usdt.bpf.h are in use. */
export class UsdtMaps {
  readonly #access: MapAccess;
  readonly #byFd = new Map<number, { next: number; readonly free: number[] }>();

  constructor(access: MapAccess) {
    this.#access = access;
  }

  /** Writes how arguments are found. @throws KernelError `E2BIG` when the map is full */
  add(specsMapFd: number, args: string, cookie: bigint): Entry {
    const info = this.#access.info(specsMapFd);
    if (info.kind !== 'map') throw new KernelError(OPERATION, EINVAL, `fd ${specsMapFd} is no map`);
    const value = encodeUsdtSpec(OPERATION, parseUsdtArgs(OPERATION, args), cookie, info.valueSize);
    const used = this.#use(specsMapFd);
    const id = used.free.pop() ?? used.next++;
    const release = (): void => void used.free.push(id);
    if (id >= info.maxEntries) {
      release();
      throw new KernelError(OPERATION, E2BIG, `map __bpf_usdt_specs has ${info.maxEntries} entries, all in use`);
    }
    this.#access.mapUpdate(specsMapFd, new Uint8Array(Uint32Array.of(id).buffer), value);
    return { id, release };
  }

  #use(mapFd: number): { next: number; readonly free: number[] } {
    const used = this.#byFd.get(mapFd) ?? { next: 0, free: [] };
    this.#byFd.set(mapFd, used);
    return used;
  }

  /** Whether programs are told by a cookie which entry is theirs: what usdt.bpf.h has in LINUX_HAS_BPF_COOKIE. */
  get hasCookies(): boolean {
    const [major = 0, minor = 0] = this.#access.release.split('.').map(Number);
    return major > 5 || (major === 5 && minor >= 15);
  }

  /** Without cookies: writes which entry belongs to an address. @throws KernelError `EEXIST` when it has one @returns undoes it */
  addAddress(ipMapFd: number, address: bigint, id: number): () => void {
    const key = new Uint8Array(BigUint64Array.of(address).buffer);
    this.#access.mapUpdate(ipMapFd, key, new Uint8Array(Uint32Array.of(id).buffer), BPF_NOEXIST);
    const used = this.#use(ipMapFd);
    return () => {
      if (this.#byFd.get(ipMapFd) === used) this.#access.mapDelete(ipMapFd, key);
    };
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
  const entries = new Map<string, Entry>();
  const release = (): void => {
    for (const entry of entries.values()) entry.release();
  };
  try {
    for (const { args } of places) if (!entries.has(args)) entries.set(args, maps.add(specsMapFd, args, cookie));
    const idOf = (place: UsdtPlace): number => entries.get(place.args)?.id ?? 0;
    const fd = maps.hasCookies ? attachPlaces(host, progFd, path, pid, places, idOf) : attachByAddress(host, maps, progFd, path, pid, request.ipMapFd, places, idOf);
    host.onClose(fd, release);
    return fd;
  } catch (error) {
    release();
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
  return attachEach(host, progFd, path, pid, places, (place) => BigInt(idOf(place)));
}

/** A probe for each place. @returns fd that stands for them all */
function attachEach(
  host: AttachHost,
  progFd: number,
  path: string,
  pid: number,
  places: readonly UsdtPlace[],
  cookieOf: (place: UsdtPlace) => bigint | undefined,
): number {
  const fds: number[] = [];
  try {
    for (const place of places) {
      const { fileOff, semaphoreOff } = place;
      fds.push(attachUprobeAt(host, progFd, { operation: OPERATION, path, fileOff, retprobe: false, pid, refCtrOff: semaphoreOff, cookie: cookieOf(place) }));
    }
  } catch (error) {
    for (const fd of fds) host.close(fd);
    throw error;
  }
  const [first = -1, ...rest] = fds;
  if (rest.length > 0) host.group(first, rest);
  return first;
}

/** Without cookies (before 5.15) programs find what is theirs by the address where they were hit, so a process must be named. */
function attachByAddress(
  host: AttachHost,
  maps: UsdtMaps,
  progFd: number,
  path: string,
  pid: number,
  ipMapFd: number,
  places: readonly UsdtPlace[],
  idOf: (place: UsdtPlace) => number,
): number {
  if (pid < 0) throw new KernelError(OPERATION, EOPNOTSUPP, `'${path}': without cookies (kernel 5.15) a process must be named`);
  const undo: (() => void)[] = [];
  try {
    for (const place of places) {
      for (const address of findAddresses(pid, path, place.fileOff)) undo.push(maps.addAddress(ipMapFd, address, idOf(place)));
    }
    if (undo.length === 0) throw new KernelError(OPERATION, EINVAL, `process ${pid} has not mapped '${path}'`);
    const fd = attachEach(host, progFd, path, pid, places, () => undefined);
    host.onClose(fd, () => {
      for (const action of undo) action();
    });
    return fd;
  } catch (error) {
    for (const action of undo) action();
    throw error;
  }
}

/** Where a place of a file is in the memory of a process. */
function findAddresses(pid: number, path: string, fileOff: number): readonly bigint[] {
  const file = realpathSync(path);
  const maps = readFileSync(`/proc/${pid === 0 ? 'self' : pid}/maps`, 'utf8');
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) \S+ \d+ +(\S.*)$/gm)].flatMap(([, start, end, offset, name]) => {
    const [from, to, at] = [start, end, offset].map((text) => BigInt(`0x${text as string}`)) as [bigint, bigint, bigint];
    const address = from + BigInt(fileOff) - at;
    return name === file && address >= from && address < to ? [address] : [];
  });
}
