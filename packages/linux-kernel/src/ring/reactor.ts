// How are fds waited for without blocking the event loop or keeping the process alive?
import { KernelError } from '@rootlet/loader';
import { EINTR } from '@rootlet/uapi';
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EpollEvents, EPOLLIN, EPOLLONESHOT } from './native.ts';
import type { NativeIo } from './native.ts';

/** A thread that waits returns at least this often, so that a worker that is terminated meanwhile can end. */
const WAIT_MS = 1000;
const MOST_EVENTS = 64;

/**
 * One epoll_wait(2) in one thread of libuv's pool for everything in this process that waits: the pool has four threads for all
 * of Node. It waits only while someone asks it to; an eventfd wakes it when nobody does any more, because a pending call keeps
 * the process alive. Its own fds are open as long as fds are watched.
 */
export class Reactor {
  readonly #native: NativeIo;
  readonly #events = new EpollEvents(MOST_EVENTS);
  readonly #watched = new Set<number>();
  readonly #callbacks = new Map<number, () => void>();
  #epollFd = -1;
  #wakeFd = -1;
  #pending = false;

  constructor(native: NativeIo) {
    this.#native = native;
  }

  /**
   * Calls back once when an fd is readable, or has been all along.
   *
   * @returns takes the request back
   * @throws KernelError
   */
  whenReadable(fd: number, callback: () => void): () => void {
    this.#open();
    try {
      this.#control(this.#watched.has(fd) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT);
    } catch (error) {
      this.#closeWhenUnused();
      throw error;
    }
    this.#watched.add(fd);
    this.#callbacks.set(fd, callback);
    this.#wait();
    return () => {
      if (this.#callbacks.get(fd) !== callback) return;
      this.#callbacks.delete(fd);
      this.#wakeWhenIdle();
    };
  }

  /** Forgets an fd. To be called before it is closed. */
  forget(fd: number): void {
    if (!this.#watched.delete(fd)) return;
    this.#callbacks.delete(fd);
    this.#control(EPOLL_CTL_DEL, fd, 0);
    this.#wakeWhenIdle();
    this.#closeWhenUnused();
  }

  #open(): void {
    if (this.#epollFd >= 0) return;
    const epollFd = check('epoll create', this.#native.epollCreate());
    const wakeFd = this.#native.eventfd();
    try {
      check('eventfd', wakeFd);
      check('epoll ctl', this.#native.epollCtl(epollFd, EPOLL_CTL_ADD, wakeFd, EPOLLIN));
    } catch (error) {
      this.#native.close(epollFd);
      if (wakeFd >= 0) this.#native.close(wakeFd);
      throw error;
    }
    this.#epollFd = epollFd;
    this.#wakeFd = wakeFd;
    process.on('exit', this.#wake);
  }

  #wait(): void {
    if (this.#pending || this.#callbacks.size === 0) return;
    this.#pending = true;
    this.#native.epollWait(this.#epollFd, this.#events, WAIT_MS, (count) => {
      this.#pending = false;
      if (count < 0 && count !== -EINTR) throw new KernelError('epoll wait', -count, 'refused');
      const ready: (() => void)[] = [];
      for (let idx = 0; idx < count; idx++) {
        const fd = this.#events.fd(idx);
        if (fd === this.#wakeFd) this.#native.drain(fd);
        const callback = this.#callbacks.get(fd);
        this.#callbacks.delete(fd);
        if (callback !== undefined) ready.push(callback);
      }
      for (const callback of ready) callback();
      this.#wait();
      this.#closeWhenUnused();
    });
  }

  readonly #wake = (): void => {
    if (this.#pending) this.#native.signal(this.#wakeFd);
  };

  #wakeWhenIdle(): void {
    if (this.#callbacks.size === 0) this.#wake();
  }

  #closeWhenUnused(): void {
    if (this.#watched.size > 0 || this.#pending || this.#epollFd < 0) return;
    process.off('exit', this.#wake);
    this.#native.close(this.#wakeFd);
    this.#native.close(this.#epollFd);
    this.#epollFd = -1;
    this.#wakeFd = -1;
  }

  #control(op: number, fd: number, events: number): void {
    check('epoll ctl', this.#native.epollCtl(this.#epollFd, op, fd, events));
  }
}

/** @throws KernelError for a negative errno */
export function check(operation: string, result: number): number {
  if (result < 0) throw new KernelError(operation, -result, 'refused');
  return result;
}
