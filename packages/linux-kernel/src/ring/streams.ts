// Which ring buffers and perf buffers does Linux have, and how are many of them waited for?
import { KernelError } from '@rootlet/loader';
import type { KernelStreams, PerfOptions, PerfReader, RingReader, RingWriter, StreamPoll } from '@rootlet/loader';
import { BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_RINGBUF, BPF_MAP_TYPE_USER_RINGBUF, EINVAL } from '@rootlet/uapi';
import { EPOLL_CTL_ADD, EPOLLIN, EPOLLOUT, nativeIo } from './native.ts';
import type { NativeIo } from './native.ts';
import { LinuxPerf } from './perf-reader.ts';
import { check, Reactor } from './reactor.ts';
import { LinuxRing } from './ring-reader.ts';
import { LinuxUserRing } from './user-ring-writer.ts';

/** What rings need to know of maps. */
export interface StreamMaps {
  /** @throws KernelError when the fd is no map */
  shape(mapFd: number): { readonly type: number; readonly maxEntries: number };
  update(mapFd: number, key: Uint8Array, value: Uint8Array): void;
  delete(mapFd: number, key: Uint8Array): void;
}

let reactor: Reactor | undefined;

/** Ring buffers of the running kernel. */
export class LinuxStreams implements KernelStreams {
  readonly #maps: StreamMaps;

  constructor(maps: StreamMaps) {
    this.#maps = maps;
  }

  /** @libbpf ring_buffer__new, ring_buffer__add */
  openRing(mapFd: number): LinuxRing {
    return new LinuxRing(nativeIo(), mapFd, this.#size(mapFd, BPF_MAP_TYPE_RINGBUF, 'ring buffer'));
  }

  openUserRing(mapFd: number): RingWriter {
    return new LinuxUserRing(nativeIo(), mapFd, this.#size(mapFd, BPF_MAP_TYPE_USER_RINGBUF, 'user ring buffer'));
  }

  openPerf(mapFd: number, options: PerfOptions): PerfReader {
    const maps = this.#maps;
    const maxEntries = this.#size(mapFd, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 'perf event array');
    return new LinuxPerf(
      nativeIo(),
      {
        fd: mapFd,
        maxEntries,
        set: (cpu, fd) => maps.update(mapFd, word(cpu), word(fd)),
        unset: (cpu) => maps.delete(mapFd, word(cpu)),
      },
      options,
    );
  }

  createPoll(): StreamPoll {
    return new EpollSet(nativeIo());
  }

  #size(mapFd: number, type: number, what: string): number {
    const shape = this.#maps.shape(mapFd);
    if (shape.type !== type) throw new KernelError(what, EINVAL, `fd ${mapFd} is a map of type ${shape.type}, no ${what}`);
    return shape.maxEntries;
  }
}

/** One epoll for many rings, which the process's one waiting thread waits for. */
class EpollSet implements StreamPoll {
  readonly #native: NativeIo;
  readonly #perfs: LinuxPerf[] = [];
  #fd: number;

  constructor(native: NativeIo) {
    this.#native = native;
    this.#fd = check('epoll create', native.epollCreate());
  }

  get fd(): number {
    return this.#fd;
  }

  add(stream: RingReader | RingWriter | PerfReader): void {
    if (stream instanceof LinuxPerf) this.#perfs.push(stream);
    const fds = 'cpus' in stream ? stream.cpus.map((_, idx) => stream.bufferFd(idx)) : [stream.mapFd];
    const events = 'reserve' in stream ? EPOLLOUT : EPOLLIN;
    for (const fd of fds) check('epoll ctl', this.#native.epollCtl(this.#fd, EPOLL_CTL_ADD, fd, events));
  }

  whenReady(callback: () => void): () => void {
    if (this.#fd < 0) throw new KernelError('epoll wait', EINVAL, 'it is closed');
    reactor ??= new Reactor(this.#native);
    const cancel = reactor.whenReadable(this.#fd, callback);
    // A perf event says once that it is ready, to whoever asks first: that may have been the arming just now.
    if (!this.#perfs.some((perf) => perf.isReady)) return cancel;
    cancel();
    const soon = setImmediate(callback);
    return () => clearImmediate(soon);
  }

  close(): void {
    if (this.#fd < 0) return;
    reactor?.forget(this.#fd);
    this.#native.close(this.#fd);
    this.#fd = -1;
  }
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
