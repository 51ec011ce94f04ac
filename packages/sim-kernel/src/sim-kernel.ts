// How does a kernel look that is only simulated?
import type { Btf } from '@rootlet/btf';
import { parseBtf } from '@rootlet/btf';
import { KernelError, LinkScope } from '@rootlet/loader';
import type {
  BindAttr,
  FdInfo,
  Kernel,
  KernelFeatures,
  LinkAttr,
  MapAttr,
  MapBatch,
  MapBatchOptions,
  MapMemory,
  ProgAttr,
  ProgLoadResult,
  TestRunOptions,
} from '@rootlet/loader';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { createEnvironment, PerfEventArrayMap, RingbufMap, Vm } from '@rootlet/vm';
import type { PerfSample, VmEnvironment } from '@rootlet/vm';
import { bindExtern } from './bind.ts';
import { Bpffs } from './bpffs.ts';
import { checkBtf } from './btf-check.ts';
import { FdTable } from './fd-table.ts';
import { createHookLink, enterHook, listHooks, triggerHook } from './hooks.ts';
import type { AttachedHook, HookPoint, HookRun } from './hooks.ts';
import { infoOf } from './info.ts';
import type { KernelObject, ObjectTable } from './kernel-object.ts';
import { deleteBatch, lookupBatch, updateBatch } from './map-batch.ts';
import { shareMemory } from './map-memory.ts';
import { createSimMap, lookup, lookupAndDelete, next, remove, update } from './maps.ts';
import { SimBtf, SimLink, SimMap, SimProg } from './objects.ts';
import type { KernelCounts, SimKernelOptions } from './options.ts';
import { loadProg } from './prog-load.ts';
import { createReplacement } from './replace.ts';
import { KernelState } from './state.ts';
import { SimStreams } from './streams.ts';
import { testRun } from './test-run.ts';
import type { SimRunResult } from './test-run.ts';

const DEFAULT_VERSION = '6.18';

/**
 * A kernel in memory: BTF, maps, programs and links with fds, ids and reference counts, a bpffs, and hooks to attach to.
 * It verifies with `@rootlet/verifier-sim` and runs with `@rootlet/vm`, and it knows what no Linux kernel does: calls and
 * replacements of functions of other loaded programs.
 */
export class SimKernel implements Kernel {
  readonly name: string;
  readonly release: string;
  readonly features: KernelFeatures = { progCalls: true, nativeCalls: true };
  readonly scope: LinkScope = new LinkScope();
  readonly streams: SimStreams = new SimStreams((fd, operation) => this.#map(fd, operation));
  readonly #state: KernelState;
  readonly #cpus: number;

  constructor(options: SimKernelOptions = {}) {
    this.release = options.profile?.version ?? DEFAULT_VERSION;
    this.name = `sim ${this.release}`;
    const environment: VmEnvironment = createEnvironment(
      {
        ...options.environment,
        print: (line) => {
          this.#state.printed.push(line);
          options.environment?.print?.(line);
        },
      },
      options.seed,
    );
    this.#cpus = environment.cpus;
    const vm = new Vm({
      environment,
      ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
      ...(options.fuel === undefined ? {} : { fuel: options.fuel }),
    });
    this.#state = new KernelState(options, vm, new FdTable(options.fdLimit ?? 65_536), new Bpffs());
  }

  vmlinuxBtf(): Btf | undefined {
    return this.#state.vmlinux();
  }

  possibleCpus(): number {
    return this.#cpus;
  }

  btfLoad(bytes: Uint8Array): number {
    // The caller may write into its bytes afterwards.
    const copy = bytes.slice();
    let btf: Btf;
    try {
      btf = parseBtf(copy);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'DecodeError') throw error;
      throw new KernelError('btf load', EINVAL, error.message, { log: error.message, cause: error });
    }
    const problem = checkBtf(btf);
    if (problem !== undefined) throw new KernelError('btf load', EINVAL, problem, { log: problem });
    return this.#open(new SimBtf(this.#state.btfs, btf));
  }

  mapCreate(attr: MapAttr): number {
    return this.#open(createSimMap(this.#state, attr));
  }

  mapLookup(mapFd: number, key: Uint8Array, flags = 0): Uint8Array | undefined {
    return lookup(this.#state, this.#map(mapFd, 'map lookup'), key, flags);
  }

  mapUpdate(mapFd: number, key: Uint8Array, value: Uint8Array, flags = 0): void {
    update(this.#state, this.#map(mapFd, 'map update'), key, value, flags);
  }

  mapDelete(mapFd: number, key: Uint8Array): boolean {
    return remove(this.#state, this.#map(mapFd, 'map delete'), key);
  }

  mapNextKey(mapFd: number, key: Uint8Array | undefined): Uint8Array | undefined {
    return next(this.#map(mapFd, 'map next key'), key);
  }

  mapLookupAndDelete(mapFd: number, key: Uint8Array): Uint8Array | undefined {
    return lookupAndDelete(this.#state, this.#map(mapFd, 'map lookup and delete'), key);
  }

  mapLookupBatch(mapFd: number, count: number, options: MapBatchOptions = {}): MapBatch {
    return lookupBatch(this.#state, this.#map(mapFd, 'map lookup batch'), count, options);
  }

  mapUpdateBatch(mapFd: number, keys: Uint8Array, values: Uint8Array, flags = 0): number {
    return updateBatch(this.#state, this.#map(mapFd, 'map update batch'), keys, values, flags);
  }

  mapDeleteBatch(mapFd: number, keys: Uint8Array): number {
    return deleteBatch(this.#state, this.#map(mapFd, 'map delete batch'), keys);
  }

  mapFreeze(mapFd: number): void {
    this.#map(mapFd, 'map freeze').freeze();
  }

  /** Shares the memory of an array that was created with `BPF_F_MMAPABLE`. @throws KernelError as mmap(2) */
  mapMemory(mapFd: number, byteLen: number, address: bigint): MapMemory {
    return shareMemory(this.#map(mapFd, 'map memory'), byteLen, address);
  }

  /** Takes the next record of a ring buffer off; undefined when there is none. @throws KernelError */
  ringbufConsume(mapFd: number): Uint8Array | undefined {
    const { map } = this.#map(mapFd, 'ring buffer consume');
    if (!(map instanceof RingbufMap)) throw new KernelError('ring buffer consume', EINVAL, `map '${map.attr.name}' is no ring buffer`);
    return map.consume();
  }

  /** Takes the oldest sample of a perf event array off; undefined when there is none. @throws KernelError */
  perfConsume(mapFd: number): PerfSample | undefined {
    const { map } = this.#map(mapFd, 'perf consume');
    if (!(map instanceof PerfEventArrayMap)) throw new KernelError('perf consume', EINVAL, `map '${map.attr.name}' has no samples`);
    return map.consume();
  }

  progLoad(attr: ProgAttr): ProgLoadResult {
    const { prog, log } = loadProg(this.#state, attr);
    try {
      return { fd: this.#open(prog), log };
    } finally {
      // The fd holds it from here on.
      prog.release();
    }
  }

  progTestRun(progFd: number, options: TestRunOptions): SimRunResult {
    return testRun(this.#state, this.#state.fds.getKind(progFd, SimProg, 'prog test run'), options);
  }

  progBind(attr: BindAttr): void {
    bindExtern(this.#state, attr);
  }

  /** Attaches to a virtual hook, or with a program and a function of it as target replaces that function. */
  linkCreate(attr: LinkAttr): number {
    const prog = this.#state.fds.getKind(attr.progFd, SimProg, 'link create');
    const replaces = attr.targetBtfId !== undefined || prog.attr.attachProgFd !== undefined;
    if (replaces) return this.#open(new SimLink(this.#state.links, createReplacement(this.#state, attr, prog)));
    if (prog.isLibrary) throw new KernelError('link create', EINVAL, `'${prog.name}' is a function for other programs`);
    const link = new SimLink(this.#state.links, createHookLink(this.#state, attr, prog));
    enterHook(this.#state, link);
    return this.#open(link);
  }

  linkUpdate(linkFd: number, progFd: number): void {
    const { fds } = this.#state;
    const link = fds.getKind(linkFd, SimLink, 'link update');
    if (!link.attached) throw new KernelError('link update', ENOENT, `link ${link.id} is detached`);
    link.body.update(fds.getKind(progFd, SimProg, 'link update'));
  }

  linkDetach(linkFd: number): void {
    this.#state.fds.getKind(linkFd, SimLink, 'link detach').detach();
  }

  objPin(fd: number, path: string): void {
    const object = this.#state.fds.get(fd, 'obj pin');
    if (object.kind === 'btf') throw new KernelError('obj pin', EINVAL, 'BTF cannot be pinned');
    this.#state.bpffs.pin(path, object);
  }

  objGet(path: string): number {
    return this.#open(this.#state.bpffs.get(path));
  }

  objUnpin(path: string): void {
    this.#state.bpffs.unpin(path);
  }

  objList(folder: string): readonly string[] {
    const prefix = `${folder.replace(/\/+$/, '')}/`;
    return this.pins().flatMap((path) => (path.startsWith(prefix) && !path.slice(prefix.length).includes('/') ? [path.slice(prefix.length)] : []));
  }

  /** Paths of all pins. */
  pins(): readonly string[] {
    return this.#state.bpffs.paths();
  }

  /** Lets something happen at a hook: runs what is attached there, in order. @throws KernelError `ENOENT` */
  trigger(point: HookPoint, options: TestRunOptions = {}): readonly HookRun[] {
    return triggerHook(this.#state, point, options);
  }

  /** Every hook that has programs, and which. */
  hooks(): readonly AttachedHook[] {
    return listHooks(this.#state);
  }

  info(fd: number): FdInfo {
    return infoOf(this.#state, this.#state.fds.get(fd, 'info'));
  }

  btfData(btfFd: number): Uint8Array {
    return this.#state.fds.getKind(btfFd, SimBtf, 'btf data').btf.bytes.slice();
  }

  ids(kind: FdInfo['kind']): readonly number[] {
    const { progs, maps, btfs, links } = this.#state;
    const table: ObjectTable<KernelObject> = { prog: progs, map: maps, btf: btfs, link: links }[kind];
    return [...table.values()].map((object) => object.id);
  }

  progFdById(id: number): number {
    return this.#openId(this.#state.progs.find(id), 'program', id);
  }

  mapFdById(id: number): number {
    return this.#openId(this.#state.maps.find(id), 'map', id);
  }

  linkFdById(id: number): number {
    return this.#openId(this.#state.links.find(id), 'link', id);
  }

  btfFdById(id: number): number {
    return this.#openId(this.#state.btfs.find(id), 'BTF', id);
  }

  close(fd: number): void {
    this.#state.fds.close(fd);
  }

  /** How much is alive: for tests that prove that nothing leaks. */
  counts(): KernelCounts {
    const { fds, progs, maps, btfs, links, bpffs } = this.#state;
    return {
      fds: fds.size,
      progs: progs.size,
      maps: maps.size,
      btfs: btfs.size,
      links: links.size,
      pins: bpffs.paths().length,
    };
  }

  /** Closes every fd and removes every pin. */
  [Symbol.dispose](): void {
    this.#state.bpffs.clear();
    for (const fd of this.#state.fds.fds()) this.#state.fds.close(fd);
  }

  #map(fd: number, operation: string): SimMap {
    return this.#state.fds.getKind(fd, SimMap, operation);
  }

  /** An fd for an object; one that nothing else holds goes when there is none to give. */
  #open(object: KernelObject): number {
    object.hold();
    try {
      return this.#state.fds.open(object);
    } finally {
      object.release();
    }
  }

  #openId(object: KernelObject | undefined, what: string, id: number): number {
    if (object === undefined) throw new KernelError('fd by id', ENOENT, `there is no ${what} with id ${id}`);
    return this.#open(object);
  }
}
