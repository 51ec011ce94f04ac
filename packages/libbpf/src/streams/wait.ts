// How does a consumer wait for records without blocking anybody?
import type { KernelStreams, PerfReader, RingReader, RingWriter, StreamPoll } from '@rootlet/loader';
import type { AbortSignalLike } from './map-ref.ts';

/** How long consuming may go on before others get their turn. */
export const TURN_MS = 4;
/** Records that are consumed before the clock is looked at. */
export const BURST = 256;
/** Rest after being woken for nothing: the first record is still being written. */
const REST_MS = 1;

/** What an aborted signal rejects with: an Error unless the caller chose otherwise. */
function reasonOf(signal: AbortSignalLike | undefined): Error {
  return signal?.reason as Error;
}

/** Streams that are waited for together. Any number of callers may wait at once. */
export class StreamWait {
  readonly #poll: StreamPoll;
  readonly #waiters = new Set<(ready: boolean) => void>();
  #cancel: (() => void) | undefined;
  #open = true;

  constructor(streams: KernelStreams) {
    this.#poll = streams.createPoll();
  }

  /** -1 where simulated. */
  get fd(): number {
    return this.#poll.fd;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  add(stream: RingReader | RingWriter | PerfReader): void {
    this.#poll.add(stream);
  }

  /**
   * Resolves when a stream may be ready, the time is over, or it was closed.
   *
   * @param timeoutMs -1 for ever
   * @returns whether a stream may be ready
   * @throws the signal's reason when it is aborted
   */
  wait(timeoutMs: number, signal?: AbortSignalLike): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      if (!this.#open) {
        resolve(false);
        return;
      }
      const timer = timeoutMs < 0 ? undefined : setTimeout(() => done(false), timeoutMs);
      const abort = (): void => {
        leave();
        reject(reasonOf(signal));
      };
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiters.delete(done);
        if (this.#waiters.size > 0) return;
        this.#cancel?.();
        this.#cancel = undefined;
      };
      const done = (ready: boolean): void => {
        leave();
        resolve(ready);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(done);
      this.#cancel ??= this.#poll.whenReady(() => {
        this.#cancel = undefined;
        for (const waiter of [...this.#waiters]) waiter(true);
      });
    });
  }

  /** Consumes; when nothing was there, waits once and consumes again. @returns number of records */
  async poll(consume: () => number, timeoutMs: number, signal: AbortSignalLike | undefined): Promise<number> {
    signal?.throwIfAborted();
    const count = consume();
    if (count > 0 || timeoutMs === 0) return count;
    await this.wait(timeoutMs, signal);
    return this.#open ? consume() : 0;
  }

  /**
   * Consumes until it is closed. Others get their turn every few milliseconds, however much comes.
   *
   * @param consumeForATurn consumes for no longer than {@link TURN_MS}
   * @param idle waits for more
   * @returns number of records
   */
  async run(consumeForATurn: () => number, idle: () => Promise<unknown>, signal: AbortSignalLike | undefined): Promise<number> {
    let total = 0;
    while (this.#open) {
      signal?.throwIfAborted();
      const count = consumeForATurn();
      total += count;
      await (count > 0 ? nextTurn() : idle());
    }
    return total;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const waiter of [...this.#waiters]) waiter(false);
    this.#poll.close();
  }
}

/** Resolves after everybody else had a turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** A short rest. */
export function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, REST_MS);
  });
}
