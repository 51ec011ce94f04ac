// How does a user see the records that programs write, on any kernel?

/** Memory that records lie in: valid until the reader moves on. */
export interface RecordView {
  /** Memory of the whole ring. A real kernel's may be read only: writing to it ends the process. */
  readonly bytes: Uint8Array;
  /** Where the current record begins in `bytes`. */
  readonly byteOff: number;
  readonly byteLength: number;
}

/** The consumer's end of one ring buffer: a cursor over its records, in the memory where the program wrote them. */
export interface RingReader extends RecordView {
  readonly mapFd: number;
  /** Bytes that the ring holds. */
  readonly size: number;
  /** Bytes ever given back to the program. */
  readonly consumerPosition: number;
  /** Bytes ever written, or being written. */
  readonly producerPosition: number;
  /** Moves to the next record and lets go of the current one. @returns false when none is ready; then there is no current one */
  next(): boolean;
  /**
   * Hands up to `limit` records that are ready to a callback; the current one is let go of. Absent where `next` is as fast.
   *
   * @param onRecord gets {@link RecordView.bytes} and where the record is in it
   * @returns number of records
   */
  drain?(onRecord: (bytes: Uint8Array, byteOff: number, byteLength: number) => void, limit: number): number;
  /** Lets go of the current record, and gives everything read so far back to the program. */
  release(): void;
  close(): void;
}

/** The producer's end of a user ring buffer. */
export interface RingWriter {
  readonly mapFd: number;
  /** Bytes that the ring holds. */
  readonly size: number;
  /**
   * Room for a sample, zero or more bytes to be filled; undefined while the ring is too full.
   *
   * @throws KernelError `E2BIG` when the ring can never hold that much
   */
  reserve(byteLength: number): Uint8Array | undefined;
  /** Hands a reserved sample over. @throws KernelError `EINVAL` when it is none */
  submit(sample: Uint8Array): void;
  /** Takes a reserved sample back. @throws KernelError `EINVAL` when it is none */
  discard(sample: Uint8Array): void;
  close(): void;
}

/** How a perf buffer is opened. */
export interface PerfOptions {
  /** Pages of each CPU's buffer, a power of two; 8 when absent. */
  readonly pages?: number;
  /** The user is woken after this many samples; 1 when absent. */
  readonly samplePeriod?: number;
  /** CPUs to listen to; all that are online when absent. */
  readonly cpus?: readonly number[];
  /** Where in the map the event of each of `cpus` goes; the CPU's number when absent. */
  readonly mapKeys?: readonly number[];
  /**
   * `struct perf_event_attr` of the events, in place of one for the samples of programs. Then every record is shown, whole: its
   * `struct perf_event_header` and what follows.
   */
  readonly eventAttr?: Uint8Array;
}

/** The consumer's end of a perf event array: a cursor over the samples of all its CPUs, one buffer after the other. */
export interface PerfReader extends RecordView {
  readonly mapFd: number;
  /** CPU of each buffer. */
  readonly cpus: readonly number[];
  /** CPU of the current record. */
  readonly cpu: number;
  /** Samples that were lost before the next one, when the current record says so; then it has no bytes. Else 0. */
  readonly lost: number;
  /** fd of a buffer's perf event; -1 where simulated. */
  bufferFd(bufferIdx: number): number;
  /** Memory of a buffer: its `struct perf_event_mmap_page`, and the ring; absent where simulated. */
  bufferMemory?(bufferIdx: number): Uint8Array;
  /**
   * Moves to the next record.
   *
   * @param bufferIdx of one buffer; of all when absent
   * @returns false when none is ready; then there is no current one
   */
  next(bufferIdx?: number): boolean;
  release(): void;
  close(): void;
}

/** Waits for many readers and writers at once, without blocking. */
export interface StreamPoll {
  /** An epoll fd that is readable when one of them is ready; -1 where simulated. */
  readonly fd: number;
  add(stream: RingReader | RingWriter | PerfReader): void;
  /**
   * Calls back once, later, when a reader may have records or a writer room: also when it had already.
   *
   * @returns takes the request back
   */
  whenReady(callback: () => void): () => void;
  close(): void;
}

/** What a kernel has of ring buffers, user ring buffers and perf buffers. */
export interface KernelStreams {
  /** @throws KernelError `EINVAL` when the map is no ring buffer */
  openRing(mapFd: number): RingReader;
  /** Absent where there are none. @throws KernelError `EINVAL` when the map is no user ring buffer */
  openUserRing?(mapFd: number): RingWriter;
  /** @throws KernelError `EINVAL` when the map is no perf event array */
  openPerf(mapFd: number, options: PerfOptions): PerfReader;
  createPoll(): StreamPoll;
}
