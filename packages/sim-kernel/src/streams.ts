// How are the records of simulated programs read, and samples written?
import { UnsupportedError } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import type { KernelStreams, PerfOptions, PerfReader, RingReader, RingWriter, StreamPoll } from '@rootlet/loader';
import { EINVAL } from '@rootlet/uapi';
import { PerfEventArrayMap, RingbufMap, UserRingbufMap } from '@rootlet/vm';
import type { PerfSample } from '@rootlet/vm';
import type { SimMap } from './objects.ts';
import { SimUserRing } from './user-ring.ts';

/** Ring buffers of a simulated kernel: the same cursors over the machine's memory. A reader keeps its map alive. */
export class SimStreams implements KernelStreams {
  readonly #find: (mapFd: number, operation: string) => SimMap;

  /** @param find the map behind an fd; throws KernelError */
  constructor(find: (mapFd: number, operation: string) => SimMap) {
    this.#find = find;
  }

  openRing(mapFd: number): RingReader {
    const found = this.#find(mapFd, 'ring buffer');
    const { map } = found;
    if (!(map instanceof RingbufMap)) throw new KernelError('ring buffer', EINVAL, `map '${map.attr.name}' is no ring buffer`);
    return new SimRing(mapFd, found, map);
  }

  openUserRing(mapFd: number): RingWriter {
    const found = this.#find(mapFd, 'user ring buffer');
    const { map } = found;
    if (!(map instanceof UserRingbufMap)) throw new KernelError('user ring buffer', EINVAL, `map '${map.attr.name}' is no user ring buffer`);
    return new SimUserRing(mapFd, found, map);
  }

  openPerf(mapFd: number, options: PerfOptions): PerfReader {
    if (options.eventAttr !== undefined) throw new UnsupportedError('perf events on a simulated kernel');
    const found = this.#find(mapFd, 'perf event array');
    const { map } = found;
    if (!(map instanceof PerfEventArrayMap)) throw new KernelError('perf event array', EINVAL, `map '${map.attr.name}' has no samples`);
    return new SimPerf(mapFd, found, map, options);
  }

  createPoll(): StreamPoll {
    return new SimPoll();
  }
}

class SimRing implements RingReader {
  readonly mapFd: number;
  byteOff = 0;
  byteLength = 0;
  readonly #owner: SimMap;
  readonly map: RingbufMap;
  #current = false;
  #open = true;

  constructor(mapFd: number, owner: SimMap, map: RingbufMap) {
    this.mapFd = mapFd;
    this.#owner = owner;
    this.map = map;
    owner.hold();
  }

  get size(): number {
    return this.map.attr.maxEntries;
  }

  get bytes(): Uint8Array {
    return this.map.memory.bytes;
  }

  get consumerPosition(): number {
    return this.map.consumerPosition;
  }

  get producerPosition(): number {
    return this.map.producerPosition;
  }

  get isReady(): boolean {
    return this.#open && this.map.peek() !== undefined;
  }

  next(): boolean {
    this.release();
    const record = this.#open ? this.map.peek() : undefined;
    if (record === undefined) return false;
    this.#current = true;
    this.byteOff = record.address;
    this.byteLength = record.size;
    return true;
  }

  release(): void {
    if (this.#current) this.map.drop();
    this.#current = false;
  }

  close(): void {
    if (!this.#open) return;
    this.release();
    this.#open = false;
    this.#owner.release();
  }
}

class SimPerf implements PerfReader {
  readonly mapFd: number;
  readonly cpus: readonly number[];
  readonly map: PerfEventArrayMap;
  readonly byteOff = 0;
  readonly #owner: SimMap;
  #current: PerfSample | undefined;
  #lost = 0;
  #lostBefore: number;
  #open = true;

  constructor(mapFd: number, owner: SimMap, map: PerfEventArrayMap, options: PerfOptions) {
    this.mapFd = mapFd;
    this.map = map;
    this.cpus = options.cpus ?? [0];
    this.#owner = owner;
    this.#lostBefore = map.lost;
    owner.hold();
  }

  get bytes(): Uint8Array {
    return this.#current?.data ?? new Uint8Array(0);
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  get cpu(): number {
    return this.#current?.cpu ?? this.cpus[0] ?? 0;
  }

  get lost(): number {
    return this.#lost;
  }

  get isReady(): boolean {
    return this.#open && (this.map.pending > 0 || this.map.lost > this.#lostBefore);
  }

  bufferFd(): number {
    return -1;
  }

  next(): boolean {
    this.release();
    if (!this.#open) return false;
    this.#current = this.map.consume();
    if (this.#current === undefined) {
      // Losses come after the samples that filled the buffer.
      this.#lost = this.map.lost - this.#lostBefore;
      this.#lostBefore = this.map.lost;
    }
    return this.#current !== undefined || this.#lost > 0;
  }

  release(): void {
    this.#current = undefined;
    this.#lost = 0;
  }

  close(): void {
    if (!this.#open) return;
    this.release();
    this.#open = false;
    this.#owner.release();
  }
}

class SimPoll implements StreamPoll {
  readonly fd = -1;
  readonly #streams: (SimRing | SimUserRing | SimPerf)[] = [];
  #callback: (() => void) | undefined;
  readonly #onChange = (): void => {
    if (this.#callback !== undefined && this.#streams.some((stream) => stream.isReady)) this.#fire();
  };

  add(stream: RingReader | RingWriter | PerfReader): void {
    if (!(stream instanceof SimRing || stream instanceof SimUserRing || stream instanceof SimPerf)) throw new KernelError('poll', EINVAL, 'the stream is of another kernel');
    this.#streams.push(stream);
    stream.map.listeners.add(this.#onChange);
    this.#onChange();
  }

  whenReady(callback: () => void): () => void {
    this.#callback = callback;
    this.#onChange();
    return () => {
      if (this.#callback === callback) this.#callback = undefined;
    };
  }

  close(): void {
    this.#callback = undefined;
    for (const { map } of this.#streams) map.listeners.delete(this.#onChange);
    this.#streams.length = 0;
  }

  /** Later, so that whoever is called never runs in the middle of a program. */
  #fire(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    if (callback !== undefined) queueMicrotask(callback);
  }
}
