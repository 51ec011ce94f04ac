// How does the running Linux kernel stand behind loader's Kernel interface?
import { parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { KernelError, LinkScope } from '@rootlet/loader';
import type {
  AttachRequest,
  BindAttr,
  FdInfo,
  Kernel,
  KernelFeatures,
  LinkAttr,
  LinkInfo,
  ProgAttr,
  ProgLoadResult,
  TestRunOptions,
  TestRunResult,
} from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { attachProgram } from './attach/attach.ts';
import { DirectAttach } from './attach/direct.ts';
import { AttachHost } from './attach/host.ts';
import { readIter } from './attach/iter-read.ts';
import { UsdtMaps } from './attach/usdt.ts';
import { encodeAttr, encodeFull, encodeText } from './attr.ts';
import type { AttrFields } from './attr.ts';
import { loadBtf } from './btf-load.ts';
import { DynamicLinker } from './dynamic/linker.ts';
import { Pins } from './dynamic/pins.ts';
import { slotLinkInfo } from './dynamic/slot-link.ts';
import { missingOf } from './dynamic/unit.ts';
import { createKoffiFfi } from './ffi.ts';
import type { Ffi } from './ffi.ts';
import { featuresOf } from './features.ts';
import { hintOf } from './hints.ts';
import { readBtfData, readInfo } from './info.ts';
import { LinuxMaps } from './linux-maps.ts';
import { createMap } from './map-create.ts';
import { createFrozen, readFrozen } from './maps/frozen.ts';
import { forgetMap } from './maps/map-calls.ts';
import { progLoad } from './prog-load.ts';
import { makeFolders, requireBpffs } from './pin-path.ts';
import { LinuxStreams } from './ring/streams.ts';
import { BpfCalls } from './sys/low-level.ts';
import { KernelProbes } from './sys/probes.ts';
import { testRun } from './test-run.ts';
import { Tokens } from './token.ts';

/** The kernel this process runs on. Needs root, or CAP_BPF and what the program types ask for. */
export class LinuxKernel extends LinuxMaps implements Kernel {
  readonly features: KernelFeatures;
  readonly scope: LinkScope = new LinkScope();
  readonly streams: LinuxStreams = new LinuxStreams({
    shape: (fd) => this.mapShape(fd),
    update: (fd, key, value) => this.mapUpdate(fd, key, value),
    delete: (fd, key) => this.mapDelete(fd, key),
  });
  /** What the kernel can do. */
  readonly probes: KernelProbes;
  /** Commands of bpf(2) that `Kernel` has no place for. */
  readonly sys: BpfCalls;
  readonly #ffi: Ffi;
  readonly #tokens: Tokens;
  /** The BTF behind each fd that was loaded here, as it was given. */
  readonly #btfs = new Map<number, Btf>();
  readonly #dynamic: DynamicLinker;
  readonly #pins: Pins;
  readonly #host: AttachHost;
  readonly #usdt: UsdtMaps;
  /** What is attached without a link: tc and XDP through netlink, cgroups and socket maps by flags, sockets. */
  readonly direct: DirectAttach;

  /** @throws UnsupportedError on other systems than Linux */
  constructor(ffi: Ffi = createKoffiFfi()) {
    const tokens = new Tokens(ffi);
    super(ffi, tokens);
    this.#ffi = ffi;
    this.#tokens = tokens;
    this.probes = new KernelProbes(ffi, () => this.#tokens.any);
    this.sys = new BpfCalls(ffi);
    this.#host = new AttachHost(ffi);
    this.#usdt = new UsdtMaps(this);
    this.features = featuresOf(this.probes, this.#usdt);
    this.direct = new DirectAttach(ffi, {
      mayAttach: (progFd, operation) => this.#requireAttachable(progFd, operation),
      nameOf: (progFd) => {
        const info = this.info(progFd);
        return info.kind === 'prog' ? `${info.name}:[${info.id}]` : '';
      },
    });
    this.#dynamic = new DynamicLinker({
      btfLoad: (bytes, tokenFd) => loadBtf(this.#tokens.ffi(tokenFd), this.probes, bytes),
      progLoad: (attr) => this.#progLoad(attr),
      linkCreate: (progFd, targetFd, targetBtfId) => this.#linkCreate({ progFd, attachType: 0, targetFd, targetBtfId }),
      linkUpdate: (linkFd, progFd) => this.#linkUpdate(linkFd, progFd),
      moveFd: (from, to) => {
        forgetMap(to);
        this.#answer('dup', this.#ffi.dupTo(from, to));
        this.#close(from);
      },
      dup: (fd) => this.#answer('dup', this.#ffi.dup(fd)),
      bindMap: (progFd, mapFd) => this.sys.progBindMap(progFd, mapFd),
      close: (fd) => this.#close(fd),
      createSlots: (count, tokenFd) => createMap(this.#tokens.ffi(tokenFd), { name: 'rootlet_slots', type: uapi.BPF_MAP_TYPE_PROG_ARRAY, keySize: 4, valueSize: 4, maxEntries: count, flags: 0 }),
      setSlot: (arrayFd, slotIdx, progFd) => {
        const key = new Uint8Array(Uint32Array.of(slotIdx).buffer);
        if (progFd === undefined) this.mapDelete(arrayFd, key);
        else this.mapUpdate(arrayFd, key, new Uint8Array(Uint32Array.of(progFd).buffer));
      },
      rebound: (unit) => this.#pins.follow(unit),
    });
    this.#pins = new Pins(
      {
        pin: (fd, path) => {
          encodeText('obj pin', path);
          makeFolders(path);
          this.sys.objPin(fd, path);
        },
        get: (path) => this.sys.objGet(path),
        unlink: (path) => this.#unlink(path),
        idOf: (fd) => this.info(fd).id,
        fdOf: (kind, id) => (kind === 'map' ? this.mapFdById(id) : this.btfFdById(id)),
        close: (fd) => this.#close(fd),
        createFrozen: (name, value) => createFrozen(this, name, value),
        readFrozen: (fd) => readFrozen(this, fd),
      },
      this.#dynamic,
    );
  }

  /** @param path of a bpffs that delegates; see `OpenOptions.tokenPath` of @rootlet/libbpf */
  tokenCreate(path?: string): number | undefined {
    const fd = this.#tokens.create(path);
    if (fd !== undefined) this.probes.forget();
    return fd;
  }

  /** @libbpf bpf_btf_load, btf__load_into_kernel */
  btfLoad(bytes: Uint8Array, tokenFd?: number): number {
    const fd = loadBtf(this.#tokens.ffi(tokenFd), this.probes, bytes);
    this.#btfs.set(fd, parseBtf(bytes));
    return fd;
  }

  /** @libbpf bpf_prog_load */
  progLoad(attr: ProgAttr): ProgLoadResult {
    const btf = attr.btfFd === undefined ? undefined : this.#btfs.get(attr.btfFd);
    return btf === undefined ? this.#progLoad(attr) : this.#dynamic.load(attr, btf);
  }

  #progLoad(attr: ProgAttr): ProgLoadResult {
    const { result, log } = progLoad(this.#tokens.ffi(attr.tokenFd), attr);
    if (result < 0) throw new KernelError('prog load', -result, `program '${attr.name}' refused${log === '' ? hintOf(-result) : ''}`, { log });
    return { fd: result, log };
  }

  progBindMap(progFd: number, mapFd: number): void {
    this.#dynamic.bindMap(progFd, mapFd);
  }

  progTestRun(progFd: number, options: TestRunOptions): TestRunResult {
    const unit = this.#dynamic.find(progFd);
    if (unit !== undefined) {
      this.#dynamic.requireProgram(unit, 'prog test run');
      this.#dynamic.requireBound(unit, 'prog test run');
    }
    return testRun(this.#ffi, progFd, options);
  }

  progBind(attr: BindAttr): void {
    this.#dynamic.bind(attr);
  }

  extObstacle(): string | undefined {
    return this.#dynamic.extObstacle();
  }

  /** @libbpf bpf_link_create */
  linkCreate(attr: LinkAttr): number {
    const unit = this.#dynamic.find(attr.progFd);
    if (unit !== undefined && attr.targetBtfId !== undefined && attr.targetFd !== undefined) {
      // EBADF where nothing is; loading for it would say EINVAL.
      this.info(attr.targetFd);
      return this.#dynamic.replace(unit, attr.targetFd, attr.targetBtfId);
    }
    if (unit !== undefined) this.#dynamic.requireBound(unit, 'link create');
    return this.#dynamic.attached(this.#linkCreate(attr), attr.progFd);
  }

  #linkCreate(attr: LinkAttr): number {
    return this.#call('link create', uapi.BPF_LINK_CREATE, uapi.BPF_ATTR_LINK_CREATE_LAYOUT, {
      prog_fd: attr.progFd,
      target_fd: attr.targetFd ?? attr.targetIfindex,
      attach_type: attr.attachType,
      flags: attr.flags,
      target_btf_id: attr.targetBtfId,
    });
  }

  attach(request: AttachRequest): number {
    this.#requireAttachable(request.progFd, `attach ${request.kind.replaceAll('_', ' ')}`);
    return this.#dynamic.attached(attachProgram(this.#host, this.#usdt, request), request.progFd);
  }

  #requireAttachable(progFd: number, operation: string): void {
    const unit = this.#dynamic.find(progFd);
    if (unit === undefined) return;
    this.#dynamic.requireProgram(unit, operation);
    this.#dynamic.requireBound(unit, operation);
  }

  /** @libbpf bpf_link_update */
  linkUpdate(linkFd: number, progFd: number, oldProgFd?: number): void {
    this.#requireAttachable(progFd, 'link update');
    if (this.#dynamic.slotLink(linkFd) !== undefined) {
      this.#dynamic.updateSlotLink(linkFd, progFd);
      return;
    }
    this.#linkUpdate(linkFd, progFd, oldProgFd);
    this.#dynamic.reattached(linkFd, progFd);
    this.#pins.reattached(linkFd);
  }

  #linkUpdate(linkFd: number, progFd: number, oldProgFd?: number): void {
    this.#call('link update', uapi.BPF_LINK_UPDATE, uapi.BPF_ATTR_LINK_UPDATE_LAYOUT, {
      link_fd: linkFd,
      new_prog_fd: progFd,
      flags: oldProgFd === undefined ? 0 : uapi.BPF_F_REPLACE,
      old_prog_fd: oldProgFd,
    });
  }

  /** @libbpf bpf_iter_create */
  iterCreate(linkFd: number): number {
    return this.#call('iter create', uapi.BPF_ITER_CREATE, uapi.BPF_ATTR_ITER_CREATE_LAYOUT, { link_fd: linkFd });
  }

  iterRead(iterFd: number): Uint8Array {
    return readIter(iterFd);
  }

  /** @libbpf bpf_link_detach */
  linkDetach(linkFd: number): void {
    this.#call('link detach', uapi.BPF_LINK_DETACH, uapi.BPF_ATTR_LINK_DETACH_LAYOUT, { link_fd: linkFd });
  }

  /** Folders that are missing on the way are made. What others need to use it is pinned beside it (`PATH-code`, `PATH-links`). */
  objPin(fd: number, path: string): void {
    if (this.#dynamic.slotLink(fd) !== undefined) {
      throw new KernelError('obj pin', uapi.EOPNOTSUPP, 'what stands in a slot has no link: pin the program that has the slot, or its link, and the slot stays as it is');
    }
    if (this.#host.isGroup(fd)) throw new KernelError('obj pin', uapi.EOPNOTSUPP, `fd ${fd} stands for several links`);
    this.#pins.pin(fd, path);
  }

  objGet(path: string): number {
    return this.#pins.get(path);
  }

  objUnpin(path: string): void {
    this.#pins.unpin(path);
  }

  objList(folder: string): readonly string[] {
    return this.#pins.list(folder);
  }

  progBtf(progFd: number): Btf | undefined {
    return this.#dynamic.find(progFd)?.btf;
  }

  #unlink(path: string): void {
    encodeText('obj unpin', path);
    requireBpffs('obj unpin', path);
    const result = this.#ffi.unlink(path);
    if (result < 0) throw new KernelError('obj unpin', -result, `'${path}'`);
  }

  /**
   * Has the kernel count runs and time of all programs, which costs each run some nanoseconds, until the fd is closed.
   *
   * @returns the fd
   * @libbpf bpf_enable_stats
   */
  enableStats(): number {
    return this.#call('enable stats', uapi.BPF_ENABLE_STATS, uapi.BPF_ATTR_ENABLE_STATS_LAYOUT, { type: uapi.BPF_STATS_RUN_TIME });
  }

  /**
   * @libbpf bpf_obj_get_info_by_fd, bpf_prog_get_info_by_fd, bpf_map_get_info_by_fd, bpf_btf_get_info_by_fd, bpf_link_get_info_by_fd
   */
  info(fd: number): FdInfo {
    if (this.#dynamic.slotLink(fd) !== undefined) return { kind: 'link', ...slotLinkInfo(this.#ffi, this.#dynamic, fd) };
    const unit = this.#dynamic.find(fd);
    const info = readInfo(this.#ffi, unit?.replacementFd ?? fd);
    return unit === undefined || info.kind !== 'prog' ? info : { ...info, unbound: [...new Set(missingOf(unit).map(({ extern }) => extern.name))] };
  }

  slotLinks(): readonly LinkInfo[] {
    return [...this.#dynamic.slotLinkFds].map((fd) => slotLinkInfo(this.#ffi, this.#dynamic, fd));
  }

  btfData(btfFd: number): Uint8Array {
    return readBtfData(this.#ffi, btfFd);
  }

  ids(kind: FdInfo['kind']): readonly number[] {
    const cmd = {
      prog: uapi.BPF_PROG_GET_NEXT_ID,
      map: uapi.BPF_MAP_GET_NEXT_ID,
      link: uapi.BPF_LINK_GET_NEXT_ID,
      btf: uapi.BPF_BTF_GET_NEXT_ID,
    }[kind];
    const ids: number[] = [];
    for (let id = 0; ; ) {
      const attr = encodeFull(uapi.BPF_ATTR_GET_ID_LAYOUT, { start_id: id });
      const result = this.#ffi.bpf(cmd, attr);
      if (result === -uapi.ENOENT) return ids;
      if (result < 0) throw new KernelError(`${kind} next id`, -result, 'refused');
      id = new DataView(attr.buffer).getUint32(4, true);
      ids.push(id);
    }
  }

  progFdById(id: number): number {
    return this.sys.fdById('prog', id);
  }

  mapFdById(id: number): number {
    return this.sys.fdById('map', id);
  }

  linkFdById(id: number): number {
    return this.sys.fdById('link', id);
  }

  btfFdById(id: number): number {
    return this.sys.fdById('btf', id);
  }

  close(fd: number): void {
    this.#pins.closed(fd);
    this.#dynamic.closed(fd);
    this.#btfs.delete(fd);
    this.#tokens.closed(fd);
    this.#usdt.closed(fd);
    this.#close(fd);
    this.#host.closed(fd);
  }

  #close(fd: number): void {
    forgetMap(fd);
    const result = this.#ffi.close(fd);
    if (result < 0) throw new KernelError('close', -result, `fd ${fd}`);
  }

  #answer(operation: string, result: number): number {
    if (result < 0) throw new KernelError(operation, -result, 'refused');
    return result;
  }

  #call(operation: string, cmd: number, layout: uapi.StructLayout, fields: AttrFields): number {
    const result = this.#ffi.bpf(cmd, encodeAttr(layout, fields));
    if (result < 0) throw new KernelError(operation, -result, 'refused');
    return result;
  }

}
