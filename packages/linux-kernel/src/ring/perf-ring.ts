// How are the samples of one CPU read?
import type { PerfOptions, RecordView } from '@rootlet/loader';
import { Mapping } from './mapping.ts';
import { check } from './reactor.ts';
import type { NativeIo } from './native.ts';

/** @source perf_event_open(2): `struct perf_event_attr`, `struct perf_event_mmap_page`, "MMAP layout" */
const PERF_TYPE_SOFTWARE = 1;
const PERF_COUNT_SW_BPF_OUTPUT = 10;
const PERF_SAMPLE_RAW = 1 << 10;
const PERF_FLAG_FD_CLOEXEC = 8;
const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_RECORD_LOST = 2;
const PERF_RECORD_SAMPLE = 9;
const ATTR_BYTES = 112;
const DATA_HEAD_OFF = 1024;
const DATA_TAIL_OFF = 1032;
const HEADER_BYTES = 8;

/**
 * The perf event of one CPU that programs write samples to, and its ring:
 *
 *     page 0   `struct perf_event_mmap_page`: head, which the kernel moves, and tail, which we do
 *     page 1…  the ring, a power of two; a record may run over its end and go on at its begin
 */
export class PerfRing implements RecordView {
  readonly cpu: number;
  readonly fd: number;
  bytes: Uint8Array;
  byteOff = 0;
  byteLength = 0;
  /** Samples lost, when the current record says so. */
  lost = 0;
  readonly #native: NativeIo;
  /** Every record is shown, whole. */
  readonly #raw: boolean;
  readonly #mapping: Mapping;
  readonly #head: BigInt64Array;
  readonly #tail: BigInt64Array;
  readonly #ring: Uint8Array;
  readonly #data: DataView;
  /** Bytes ever read, the current record's not counted. */
  #position: number;
  #published: number;
  /** Bytes ever written, when we last looked. */
  #produced: number;
  /** Bytes of the current record; 0 when there is none. */
  #space = 0;
  /** Where a record that runs over the end is put together. */
  #joined = new Uint8Array(0);

  /** @throws KernelError e.g. `ENODEV` for a CPU that is offline, `EINVAL` when `pages` is no power of two */
  constructor(native: NativeIo, cpu: number, pages: number, { samplePeriod = 1, eventAttr }: PerfOptions) {
    this.#native = native;
    this.#raw = eventAttr !== undefined;
    this.cpu = cpu;
    this.fd = check('perf event open', native.perfEventOpen(eventAttr === undefined ? perfAttr(samplePeriod) : new Uint8Array(eventAttr), -1, cpu, -1, PERF_FLAG_FD_CLOEXEC));
    const size = pages * native.pageSize;
    try {
      this.#mapping = new Mapping(native, this.fd, 0, native.pageSize + size, true);
    } catch (error) {
      native.close(this.fd);
      throw error;
    }
    this.#head = new BigInt64Array(this.#mapping.buffer, DATA_HEAD_OFF, 1);
    this.#tail = new BigInt64Array(this.#mapping.buffer, DATA_TAIL_OFF, 1);
    this.#ring = new Uint8Array(this.#mapping.buffer, native.pageSize, size);
    this.#data = new DataView(this.#mapping.buffer, native.pageSize, size);
    this.bytes = this.#ring;
    this.#position = Number(Atomics.load(this.#tail, 0));
    this.#published = this.#position;
    this.#produced = this.#position;
  }

  /** Whether the kernel wrote more than was read. */
  get isReady(): boolean {
    return this.#position + this.#space < Number(Atomics.load(this.#head, 0));
  }

  /** Header page and ring. */
  get memory(): Uint8Array {
    return new Uint8Array(this.#mapping.buffer);
  }

  enable(): void {
    check('perf event enable', this.#native.ioctl(this.fd, PERF_EVENT_IOC_ENABLE, 0));
  }

  /** Moves to the next sample or loss. @returns false when there is none */
  next(): boolean {
    this.#position += this.#space;
    this.#space = 0;
    if (this.#position - this.#published >= this.#ring.length / 4) this.#publish();
    for (;;) {
      if (this.#position >= this.#produced && !this.#look()) return false;
      const at = this.#position % this.#ring.length;
      // Headers are aligned to 8, so they never run over the end.
      const type = this.#data.getUint32(at, true);
      const space = this.#data.getUint16(at + 6, true);
      if (space < HEADER_BYTES) return false;
      if (this.#raw || type === PERF_RECORD_SAMPLE || type === PERF_RECORD_LOST) {
        this.#space = space;
        this.#show(type, at, space);
        return true;
      }
      this.#position += space;
    }
  }

  release(): void {
    this.#position += this.#space;
    this.#space = 0;
    this.#publish();
  }

  close(): void {
    if (!this.#mapping.isOpen) return;
    this.#mapping.close();
    this.#native.close(this.fd);
    this.#space = 0;
    this.#position = 0;
    this.#published = 0;
    this.#produced = 0;
  }

  #show(type: number, at: number, space: number): void {
    let from = at;
    this.bytes = this.#ring;
    if (at + space > this.#ring.length) {
      if (this.#joined.length < space) this.#joined = new Uint8Array(1 << 16);
      const first = this.#ring.length - at;
      this.#joined.set(this.#ring.subarray(at), 0);
      this.#joined.set(this.#ring.subarray(0, space - first), first);
      this.bytes = this.#joined;
      from = 0;
    }
    if (this.#raw) {
      this.byteOff = from;
      this.byteLength = space;
      return;
    }
    const data = new DataView(this.bytes.buffer, this.bytes.byteOffset + from, space);
    if (type === PERF_RECORD_SAMPLE) {
      // Their length, then the bytes; the kernel pads, and counts the padding in.
      this.lost = 0;
      this.byteOff = from + HEADER_BYTES + 4;
      this.byteLength = Math.min(data.getUint32(HEADER_BYTES, true), space - HEADER_BYTES - 4);
    } else {
      // id, then the count
      this.lost = Number(data.getBigUint64(HEADER_BYTES + 8, true));
      this.byteOff = from;
      this.byteLength = 0;
    }
  }

  #publish(): void {
    if (this.#position === this.#published) return;
    this.#published = this.#position;
    Atomics.store(this.#tail, 0, BigInt(this.#position));
  }

  #look(): boolean {
    this.#publish();
    this.#produced = Number(Atomics.load(this.#head, 0));
    return this.#position < this.#produced;
  }
}

function perfAttr(samplePeriod: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ATTR_BYTES);
  const data = new DataView(bytes.buffer);
  data.setUint32(0, PERF_TYPE_SOFTWARE, true);
  data.setUint32(4, ATTR_BYTES, true);
  data.setBigUint64(8, BigInt(PERF_COUNT_SW_BPF_OUTPUT), true);
  data.setBigUint64(16, BigInt(samplePeriod), true);
  data.setBigUint64(24, BigInt(PERF_SAMPLE_RAW), true);
  // wakeup_events
  data.setUint32(48, samplePeriod, true);
  return bytes;
}
