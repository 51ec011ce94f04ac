// How are the samples of all CPUs read?
import { KernelError } from '@rootlet/loader';
import type { PerfOptions, PerfReader } from '@rootlet/loader';
import { EINVAL, ENODEV } from '@rootlet/uapi';
import { readFileSync } from 'node:fs';
import type { NativeIo } from './native.ts';
import { PerfRing } from './perf-ring.ts';

const DEFAULT_PAGES = 8;

/** What the reader needs of the map. */
export interface PerfMap {
  readonly fd: number;
  readonly maxEntries: number;
  /** Puts a perf event's fd at a CPU's place. */
  set(cpu: number, fd: number): void;
  /** Empties a CPU's place. */
  unset(cpu: number): void;
}

/** A perf event array with an event of ours at each CPU's place. */
export class LinuxPerf implements PerfReader {
  readonly mapFd: number;
  readonly #map: PerfMap;
  readonly #rings: readonly PerfRing[];
  /** Place in the map of each ring. */
  readonly #keys: readonly number[];
  #current: PerfRing | undefined;
  #turn = 0;

  /** @throws KernelError; then nothing is left open */
  constructor(native: NativeIo, map: PerfMap, options: PerfOptions) {
    this.mapFd = map.fd;
    this.#map = map;
    const pages = options.pages ?? DEFAULT_PAGES;
    if (!Number.isInteger(pages) || pages <= 0 || (pages & (pages - 1)) !== 0) {
      throw new KernelError('perf buffer', EINVAL, `${pages} pages: need a power of two`);
    }
    const cpus = options.cpus ?? onlineCpus().filter((cpu) => cpu < map.maxEntries);
    const { mapKeys = cpus } = options;
    if (mapKeys.length !== cpus.length) throw new KernelError('perf buffer', EINVAL, `${mapKeys.length} keys for ${cpus.length} CPUs`);
    const rings: PerfRing[] = [];
    const keys: number[] = [];
    this.#rings = rings;
    this.#keys = keys;
    try {
      for (const [idx, cpu] of cpus.entries()) {
        const key = mapKeys[idx] ?? cpu;
        const ring = openRing(native, cpu, pages, options);
        if (ring === undefined) continue;
        rings.push(ring);
        keys.push(key);
        map.set(key, ring.fd);
        ring.enable();
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get cpus(): readonly number[] {
    return this.#rings.map(({ cpu }) => cpu);
  }

  get bytes(): Uint8Array {
    return this.#current?.bytes ?? new Uint8Array(0);
  }

  get byteOff(): number {
    return this.#current?.byteOff ?? 0;
  }

  get byteLength(): number {
    return this.#current?.byteLength ?? 0;
  }

  get cpu(): number {
    return this.#current?.cpu ?? -1;
  }

  get lost(): number {
    return this.#current?.lost ?? 0;
  }

  /** Whether a buffer has something to read. */
  get isReady(): boolean {
    return this.#rings.some((ring) => ring.isReady);
  }

  bufferFd(bufferIdx: number): number {
    return this.#ring(bufferIdx).fd;
  }

  bufferMemory(bufferIdx: number): Uint8Array {
    return this.#ring(bufferIdx).memory;
  }

  next(bufferIdx?: number): boolean {
    if (bufferIdx !== undefined) {
      const ring = this.#ring(bufferIdx);
      if (this.#current !== ring) this.#current?.release();
      this.#current = ring.next() ? ring : undefined;
      return this.#current !== undefined;
    }
    // One buffer until it is empty, then the one after it: a CPU that never rests does not shut out the others for longer than
    // its buffer lasts, because it is looked at anew only when it was emptied.
    for (let tried = 0; tried < this.#rings.length; tried++) {
      const ring = this.#ring(this.#turn);
      if (ring.next()) {
        this.#current = ring;
        return true;
      }
      this.#turn = (this.#turn + 1) % this.#rings.length;
    }
    this.#current = undefined;
    return false;
  }

  release(): void {
    this.#current?.release();
    this.#current = undefined;
  }

  close(): void {
    this.#current = undefined;
    for (const [idx, ring] of this.#rings.entries()) {
      try {
        this.#map.unset(this.#keys[idx] ?? ring.cpu);
      } catch (error) {
        // The map may be gone before its reader; the events go with their fds.
        if (!(error instanceof Error) || error.name !== 'KernelError') throw error;
      }
      ring.close();
    }
  }

  #ring(idx: number): PerfRing {
    const ring = this.#rings[idx];
    if (ring === undefined) throw new KernelError('perf buffer', EINVAL, `there is no buffer ${idx} of ${this.#rings.length}`);
    return ring;
  }
}

/** Undefined for a CPU that went offline, unless it was asked for. */
function openRing(native: NativeIo, cpu: number, pages: number, options: PerfOptions): PerfRing | undefined {
  try {
    return new PerfRing(native, cpu, pages, options);
  } catch (error) {
    const offline = error instanceof Error && error.name === 'KernelError' && (error as KernelError).errno === ENODEV;
    if (offline && options.cpus === undefined) return undefined;
    throw error;
  }
}

/** CPUs that are online, from a list such as `0-3,8`. */
function onlineCpus(): number[] {
  const text = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
  return text.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, idx) => first + idx);
  });
}
