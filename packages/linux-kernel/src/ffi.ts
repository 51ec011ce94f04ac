// How does JavaScript reach bpf(2)?
import { UnsupportedError } from '@rootlet/bytes';
import koffi from 'koffi';

/** Native access, behind an interface so that it can be replaced. */
export interface Ffi {
  /**
   * bpf(2).
   *
   * @returns the result, or the negative errno
   */
  bpf(cmd: number, attr: Uint8Array<ArrayBuffer>): number;
  /** The same, of arguments at an address: for those who call again and again with the same ones. @param address below 2^53 */
  bpfAt(cmd: number, address: number, size: number): number;
  /**
   * Address of the first byte. The bytes stay where they are until a call of `bpf` or `perfEventOpen` that does well has returned, or
   * after one that does not the next address is asked for; who uses it for longer holds them.
   */
  address(bytes: Uint8Array<ArrayBuffer>): bigint;
  /** close(2). @returns 0 or the negative errno */
  close(fd: number): number;
  /** unlink(2). @returns 0 or the negative errno */
  unlink(path: string): number;
  /** dup2(2), closed on exec. @returns `to`, or the negative errno */
  dupTo(from: number, to: number): number;
  /** A second fd for the same thing, closed on exec. @returns it, or the negative errno */
  dup(fd: number): number;
  /** perf_event_open(2) without a group, closed on exec. @returns fd or the negative errno */
  perfEventOpen(attr: Uint8Array<ArrayBuffer>, pid: number, cpu: number): number;
  /** ioctl(2) with a number as argument. @returns the result or the negative errno */
  ioctl(fd: number, request: number, argument: number): number;
  /** socket(2), closed on exec. @returns fd or the negative errno */
  socket(domain: number, type: number, protocol: number): number;
  /** setsockopt(2). @returns 0 or the negative errno */
  setSockOpt(fd: number, level: number, name: number, value: Uint8Array<ArrayBuffer>): number;
  /** send(2). @returns bytes sent or the negative errno */
  send(fd: number, bytes: Uint8Array<ArrayBuffer>): number;
  /** recv(2) of what is there, without waiting. @returns bytes received or the negative errno */
  receive(fd: number, into: Uint8Array<ArrayBuffer>): number;
}

/** Number of the bpf system call by Node's name of the architecture. */
const BPF_SYSCALL: Readonly<Record<string, number>> = { x64: 321, arm64: 280, riscv64: 280, loong64: 280, s390x: 351, ppc64: 361 };

/** The same of perf_event_open. */
const PERF_EVENT_OPEN: Readonly<Record<string, number>> = { x64: 298, arm64: 241, riscv64: 241, loong64: 241, s390x: 331, ppc64: 319 };

const PERF_FLAG_FD_CLOEXEC = 8;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const O_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;

/**
 * Native access through koffi.
 *
 * @throws UnsupportedError on other systems than Linux
 */
export function createKoffiFfi(): Ffi {
  if (process.platform !== 'linux') throw new UnsupportedError(`bpf(2) on ${process.platform}`);
  const number = BPF_SYSCALL[process.arch];
  if (number === undefined) throw new UnsupportedError(`bpf(2) on architecture ${process.arch}`);
  const libc = koffi.load('libc.so.6');
  const syscall = libc.func('long syscall(long number, int cmd, void *attr, unsigned int size)');
  const syscallAt = libc.func('int syscall(int number, int cmd, int64_t attr, int size)');
  const closeFd = libc.func('int close(int fd)');
  const unlinkPath = libc.func('int unlink(const char *path)');
  const dup3 = libc.func('int dup3(int oldfd, int newfd, int flags)');
  const fcntl = libc.func('int fcntl(int fd, int cmd, int arg)');
  const perfOpen = libc.func('long syscall(long number, void *attr, int pid, int cpu, int groupFd, unsigned long flags)');
  const ioctlFd = libc.func('int ioctl(int fd, unsigned long request, unsigned long argument)');
  const openSocket = libc.func('int socket(int domain, int type, int protocol)');
  const setOption = libc.func('int setsockopt(int fd, int level, int name, void *value, unsigned int size)');
  const sendTo = libc.func('long send(int fd, void *bytes, size_t size, int flags)');
  const receiveFrom = libc.func('long recv(int fd, void *bytes, size_t size, int flags)');
  // What addresses were taken of. Code that has been compiled holds nothing that it does not mention again, so that between an address
  // and the call that uses it the memory could be given back.
  const held: Uint8Array[] = [];
  let failed = false;
  const letGo = (result: number): number => {
    // What was refused may be asked again, of the same addresses.
    failed = result < 0;
    if (!failed) held.length = 0;
    return result;
  };
  // errno must be read in the very next statement: any other call in between may change it.
  return {
    bpf(cmd, attr) {
      const result = Number(syscall(number, cmd, attr, attr.length));
      return letGo(result < 0 ? -koffi.errno() : result);
    },
    bpfAt(cmd, address, size) {
      const result = syscallAt(number, cmd, address, size) as number;
      return result < 0 ? -koffi.errno() : result;
    },
    // The ArrayBuffer, not the view: a small typed array may live inside V8's heap until its buffer is asked for.
    address(bytes) {
      if (failed) held.length = 0;
      failed = false;
      held.push(bytes);
      return BigInt(koffi.address(bytes.buffer)) + BigInt(bytes.byteOffset);
    },
    close(fd) {
      return Number(closeFd(fd)) < 0 ? -koffi.errno() : 0;
    },
    dupTo(from, to) {
      const result = Number(dup3(from, to, O_CLOEXEC));
      return result < 0 ? -koffi.errno() : result;
    },
    dup(fd) {
      const result = Number(fcntl(fd, F_DUPFD_CLOEXEC, 0));
      return result < 0 ? -koffi.errno() : result;
    },
    perfEventOpen(attr, pid, cpu) {
      const result = Number(perfOpen(PERF_EVENT_OPEN[process.arch], attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC));
      return letGo(result < 0 ? -koffi.errno() : result);
    },
    ioctl(fd, request, argument) {
      const result = Number(ioctlFd(fd, request, argument));
      return result < 0 ? -koffi.errno() : result;
    },
    socket(domain, type, protocol) {
      const result = Number(openSocket(domain, type | SOCK_CLOEXEC, protocol));
      return result < 0 ? -koffi.errno() : result;
    },
    setSockOpt(fd, level, name, value) {
      return Number(setOption(fd, level, name, value, value.length)) < 0 ? -koffi.errno() : 0;
    },
    send(fd, bytes) {
      const result = Number(sendTo(fd, bytes, bytes.length, 0));
      return result < 0 ? -koffi.errno() : result;
    },
    receive(fd, into) {
      const result = Number(receiveFrom(fd, into, into.length, MSG_DONTWAIT));
      return result < 0 ? -koffi.errno() : result;
    },
    unlink(path) {
      return Number(unlinkPath(path)) < 0 ? -koffi.errno() : 0;
    },
  };
}
