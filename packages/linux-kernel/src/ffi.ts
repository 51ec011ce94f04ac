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
  /** Address of the first byte. The caller keeps the buffer alive until the call that uses the address returns. */
  address(bytes: Uint8Array<ArrayBuffer>): bigint;
  /** close(2). @returns 0 or the negative errno */
  close(fd: number): number;
  /** unlink(2). @returns 0 or the negative errno */
  unlink(path: string): number;
  /** dup2(2), closed on exec. @returns `to`, or the negative errno */
  dupTo(from: number, to: number): number;
  /** A second fd for the same thing, closed on exec. @returns it, or the negative errno */
  dup(fd: number): number;
}

/** Number of the bpf system call by Node's name of the architecture. */
const BPF_SYSCALL: Readonly<Record<string, number>> = { x64: 321, arm64: 280, riscv64: 280, loong64: 280, s390x: 351, ppc64: 361 };

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
  const closeFd = libc.func('int close(int fd)');
  const unlinkPath = libc.func('int unlink(const char *path)');
  const dup3 = libc.func('int dup3(int oldfd, int newfd, int flags)');
  const fcntl = libc.func('int fcntl(int fd, int cmd, int arg)');
  // errno must be read in the very next statement: any other call in between may change it.
  return {
    bpf(cmd, attr) {
      const result = Number(syscall(number, cmd, attr, attr.length));
      return result < 0 ? -koffi.errno() : result;
    },
    // The ArrayBuffer, not the view: a small typed array may live inside V8's heap until its buffer is asked for.
    address: (bytes) => BigInt(koffi.address(bytes.buffer)) + BigInt(bytes.byteOffset),
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
    unlink(path) {
      return Number(unlinkPath(path)) < 0 ? -koffi.errno() : 0;
    },
  };
}
