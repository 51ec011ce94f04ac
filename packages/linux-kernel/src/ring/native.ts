// Which system calls do ring buffers and mapped maps need besides bpf(2)?
import { UnsupportedError } from '@rootlet/bytes';
import koffi from 'koffi';

/** Where memory must stand. */
export interface MapPlace {
  readonly address: bigint;
  /** Whether it takes the place of what stands there; otherwise that is `EEXIST`. */
  readonly replace: boolean;
}

/** Calls that answer with a negative errno when they fail. */
export interface NativeIo {
  readonly pageSize: number;
  /** @returns the address, or the negative errno */
  mmap(fd: number, byteOff: number, length: number, writable: boolean, place?: MapPlace): bigint;
  /** Puts zeros of this process's own in place of what is mapped there. */
  unshare(address: bigint, length: number): number;
  munmap(address: bigint, length: number): number;
  /** The memory at an address, not a copy. */
  view(address: bigint, length: number): ArrayBuffer;
  epollCreate(): number;
  /** @param events 0 removes the fd; the event gives the fd back */
  epollCtl(epollFd: number, op: number, fd: number, events: number): number;
  /** Waits in a thread of libuv's pool. `done` gets the number of events or the negative errno. */
  epollWait(epollFd: number, events: EpollEvents, timeoutMs: number, done: (count: number) => void): void;
  eventfd(): number;
  /** Makes an eventfd readable. */
  signal(eventFd: number): number;
  /** Makes an eventfd not readable. */
  drain(eventFd: number): number;
  perfEventOpen(attr: Uint8Array<ArrayBuffer>, pid: number, cpu: number, groupFd: number, flags: number): number;
  ioctl(fd: number, request: number, argument: number): number;
  close(fd: number): number;
}

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 1;
export const EPOLLOUT = 4;
export const EPOLLONESHOT = 0x4000_0000;

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
/** Refuses to replace what stands at the address. @source mmap(2), since Linux 4.17 */
const MAP_FIXED_NOREPLACE = 0x100000;
const EPOLL_CLOEXEC = 0o2000000;
const EFD_CLOEXEC_NONBLOCK = 0o2004000;
/** Number of the system call by Node's name of the architecture. */
const PERF_EVENT_OPEN: Readonly<Record<string, number>> = { x64: 298, arm64: 241, riscv64: 241, loong64: 241, s390x: 331, ppc64: 319 };

/** Room for what epoll_wait(2) tells. `struct epoll_event` is packed on x86 alone. */
export class EpollEvents {
  readonly #stride = process.arch === 'x64' ? 12 : 16;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #data: DataView<ArrayBuffer>;

  constructor(count: number) {
    this.bytes = new Uint8Array(new ArrayBuffer(count * this.#stride));
    this.#data = new DataView(this.bytes.buffer);
  }

  get capacity(): number {
    return this.bytes.length / this.#stride;
  }

  /** fd that an event is about. */
  fd(idx: number): number {
    return this.#data.getInt32((idx + 1) * this.#stride - 8, true);
  }

  set(idx: number, events: number, fd: number): void {
    this.#data.setUint32(idx * this.#stride, events, true);
    this.#data.setInt32((idx + 1) * this.#stride - 8, fd, true);
  }
}

let shared: NativeIo | undefined;

/** @throws UnsupportedError on other systems than Linux */
export function nativeIo(): NativeIo {
  shared ??= createNativeIo();
  return shared;
}

function createNativeIo(): NativeIo {
  const perfEventOpenNumber = process.platform === 'linux' ? PERF_EVENT_OPEN[process.arch] : undefined;
  if (perfEventOpenNumber === undefined) throw new UnsupportedError(`memory shared with the kernel on ${process.platform} ${process.arch}`);
  const libc = koffi.load('libc.so.6');
  const mmap = libc.func('intptr_t mmap(intptr_t address, size_t length, int prot, int flags, int fd, int64_t offset)');
  const munmap = libc.func('int munmap(intptr_t address, size_t length)');
  const epollCreate1 = libc.func('int epoll_create1(int flags)');
  const epollCtl = libc.func('int epoll_ctl(int epfd, int op, int fd, void *event)');
  const epollWait = libc.func('int epoll_wait(int epfd, void *events, int maxevents, int timeout)');
  const eventfd = libc.func('int eventfd(unsigned int value, int flags)');
  const write = libc.func('long write(int fd, void *bytes, size_t length)');
  const read = libc.func('long read(int fd, void *bytes, size_t length)');
  const syscall = libc.func('long syscall(long number, void *attr, int pid, int cpu, int group, unsigned long flags)');
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, unsigned long argument)');
  const close = libc.func('int close(int fd)');
  const pageSize = Number(libc.func('int getpagesize()')());
  // errno must be read in the very next statement: any other call in between may change it.
  const answer = (result: unknown): number => (Number(result) < 0 ? -koffi.errno() : Number(result));
  const one = new Uint8Array(new BigUint64Array([1n]).buffer);
  const count = new Uint8Array(new ArrayBuffer(8));
  const event = new EpollEvents(1);
  return {
    pageSize,
    mmap(fd, byteOff, length, writable, place) {
      const fixed = place === undefined ? 0 : place.replace ? MAP_FIXED : MAP_FIXED_NOREPLACE;
      const result = mmap(place?.address ?? 0n, length, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED | fixed, fd, byteOff) as number | bigint;
      return BigInt(result) === -1n ? BigInt(-koffi.errno()) : BigInt(result);
    },
    unshare(address, length) {
      const flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE;
      const result = mmap(address, length, PROT_READ | PROT_WRITE, flags, -1, 0) as number | bigint;
      return BigInt(result) === -1n ? -koffi.errno() : 0;
    },
    munmap: (address, length) => answer(munmap(address, length)),
    view: (address, length) => koffi.view(address, length),
    epollCreate: () => answer(epollCreate1(EPOLL_CLOEXEC)),
    epollCtl(epollFd, op, fd, events) {
      event.set(0, events, fd);
      return answer(epollCtl(epollFd, op, fd, event.bytes));
    },
    epollWait(epollFd, events, timeoutMs, done) {
      epollWait.async(epollFd, events.bytes, events.capacity, timeoutMs, (error: unknown, result: unknown) => {
        const code = answer(result);
        if (error) throw error as Error;
        done(code);
      });
    },
    eventfd: () => answer(eventfd(0, EFD_CLOEXEC_NONBLOCK)),
    signal: (fd) => answer(write(fd, one, 8)),
    drain: (fd) => answer(read(fd, count, 8)),
    perfEventOpen: (attr, pid, cpu, groupFd, flags) => answer(syscall(perfEventOpenNumber, attr, pid, cpu, groupFd, flags)),
    ioctl: (fd, request, argument) => answer(ioctl(fd, request, argument)),
    close: (fd) => answer(close(fd)),
  };
}
