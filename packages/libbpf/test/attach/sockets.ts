// How does a test hold sockets by their fds?
import koffi from 'koffi';

const [AF_INET, SOCK_STREAM, SOCK_DGRAM, SOL_SOCKET, SO_REUSEPORT, MSG_DONTWAIT] = [2, 1, 2, 1, 15, 0x40] as const;
const libc = koffi.load('libc.so.6');
const socket: (domain: number, type: number, protocol: number) => number = libc.func('int socket(int domain, int type, int protocol)');
const bind: (fd: number, address: Uint8Array, size: number) => number = libc.func('int bind(int fd, void *address, unsigned int size)');
const connect: (fd: number, address: Uint8Array, size: number) => number = libc.func('int connect(int fd, void *address, unsigned int size)');
const listen: (fd: number, backlog: number) => number = libc.func('int listen(int fd, int backlog)');
const accept: (fd: number, address: null, size: null) => number = libc.func('int accept(int fd, void *address, void *size)');
const setOption: (fd: number, level: number, name: number, value: Uint8Array, size: number) => number = libc.func('int setsockopt(int fd, int level, int name, void *value, unsigned int size)');
const getName: (fd: number, address: Uint8Array, size: Uint8Array) => number = libc.func('int getsockname(int fd, _Out_ void *address, _Inout_ void *size)');
const recvFrom: (fd: number, bytes: Uint8Array, size: number, flags: number) => number = libc.func('long recv(int fd, void *bytes, size_t size, int flags)');
const sendTo: (fd: number, bytes: Uint8Array, size: number, flags: number, address: Uint8Array | null, addressSize: number) => number = libc.func(
  'long sendto(int fd, void *bytes, size_t size, int flags, void *address, unsigned int addressSize)',
);
const closeFd: (fd: number) => number = libc.func('int close(int fd)');

function need(result: number): number {
  if (result < 0) throw new Error(`errno ${koffi.errno()}`);
  return result;
}

/** `struct sockaddr_in` of 127.0.0.1. */
function loopback(port: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const data = new DataView(bytes.buffer);
  data.setUint16(0, AF_INET, true);
  data.setUint16(2, port);
  data.setUint32(4, 0x7f00_0001);
  return bytes;
}

/** A socket on the loopback interface; nothing of it waits. */
export class TestSocket {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** A socket for datagrams. @param reuse whether others may have the same port */
  static udp(port = 0, reuse = false): TestSocket {
    const made = new TestSocket(need(socket(AF_INET, SOCK_DGRAM, 0)));
    if (reuse) need(setOption(made.fd, SOL_SOCKET, SO_REUSEPORT, new Uint8Array(Uint32Array.of(1).buffer), 4));
    need(bind(made.fd, loopback(port), 16));
    return made;
  }

  /** Two ends of a connection. */
  static pair(): readonly [TestSocket, TestSocket] {
    const listener = new TestSocket(need(socket(AF_INET, SOCK_STREAM, 0)));
    need(bind(listener.fd, loopback(0), 16));
    need(listen(listener.fd, 1));
    const one = new TestSocket(need(socket(AF_INET, SOCK_STREAM, 0)));
    need(connect(one.fd, loopback(listener.port), 16));
    const other = new TestSocket(need(accept(listener.fd, null, null)));
    listener.close();
    return [one, other];
  }

  get port(): number {
    const address = new Uint8Array(16);
    need(getName(this.fd, address, new Uint8Array(Uint32Array.of(16).buffer)));
    return new DataView(address.buffer).getUint16(2);
  }

  /** Sends one byte, to a port or to the other end. @returns the result, or the negative errno */
  send(byte: number, port?: number): number {
    const result = Number(sendTo(this.fd, Uint8Array.of(byte), 1, MSG_DONTWAIT, port === undefined ? null : loopback(port), port === undefined ? 0 : 16));
    return result < 0 ? -koffi.errno() : result;
  }

  /** Bytes that are there; empty when there are none. */
  receive(): readonly number[] {
    const bytes = new Uint8Array(64);
    const size = Number(recvFrom(this.fd, bytes, 64, MSG_DONTWAIT));
    return [...bytes.subarray(0, Math.max(0, size))];
  }

  close(): void {
    closeFd(this.fd);
  }
}
