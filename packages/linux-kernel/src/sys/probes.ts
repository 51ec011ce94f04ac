// What can the running kernel do?
import { UnsupportedError } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import type { ProgAttr } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { encodeAttr } from '../attr.ts';
import type { AttrFields } from '../attr.ts';
import type { Ffi } from '../ffi.ts';
import { readKallsyms } from '../kallsyms.ts';
import { progLoad } from '../prog-load.ts';
import type { ProgLoadAnswer } from '../prog-load.ts';
import { withToken } from '../token.ts';
import { FEATURES, assembleProbe } from './probe-features.ts';
import type { FeatureName, ProbeTools } from './probe-features.ts';
import { LOAD_NEEDS, RETURN_0, callHelper } from './probe-insns.ts';
import { STORAGE_KEY_TYPE, STORAGE_VALUE_TYPE, smallestMap, storageBtf } from './probe-maps.ts';

/** Types that are loaded for a function of the kernel or of another program: what is said about that tells that the type is known. */
const FOR_FUNCTIONS: readonly number[] = [
  uapi.BPF_PROG_TYPE_TRACING,
  uapi.BPF_PROG_TYPE_EXT,
  uapi.BPF_PROG_TYPE_LSM,
  uapi.BPF_PROG_TYPE_STRUCT_OPS,
];
const NO_HELPER = ['invalid func ', 'unknown func ', 'program of this type cannot use helper '];

/** Questions to the kernel, each asked once. */
export class KernelProbes {
  readonly #ffi: Ffi;
  readonly #token: () => number | undefined;
  readonly #answers = new Map<string, boolean>();

  /** @param token fd of a token, which what is forbidden is asked with again */
  constructor(ffi: Ffi, token: () => number | undefined = () => undefined) {
    this.#token = token;
    this.#ffi = { ...ffi, bpf: (cmd, attr) => this.#ask(ffi, cmd, attr) };
  }

  /** Asks anew from now on: somebody was given rights. */
  forget(): void {
    this.#answers.clear();
  }

  #ask(ffi: Ffi, cmd: number, attr: Uint8Array<ArrayBuffer>): number {
    const result = ffi.bpf(cmd, attr);
    const tokenFd = result === -uapi.EPERM ? this.#token() : undefined;
    return tokenFd === undefined ? result : withToken(ffi, tokenFd).bpf(cmd, attr);
  }

  /**
   * Whether programs of a type can be loaded. A type that the machine forbids (`EPERM`) cannot.
   *
   * @param type `BPF_PROG_TYPE_*`
   * @throws KernelError `EPERM` when no program can be loaded
   * @libbpf libbpf_probe_bpf_prog_type
   */
  progType(type: number): boolean {
    return this.#once(`prog type ${type}`, () => {
      const forFunction = FOR_FUNCTIONS.includes(type);
      const { result, log } = this.#load(type, {}, forFunction ? 1 : undefined);
      if (result >= 0) return true;
      if (result === -uapi.EPERM) this.#requirePrivilege();
      return result !== -uapi.EPERM && log !== '';
    });
  }

  /**
   * Whether maps of a type can be created.
   *
   * @param type `BPF_MAP_TYPE_*`
   * @throws KernelError `EPERM` when no map can be created
   * @libbpf libbpf_probe_bpf_map_type
   */
  mapType(type: number): boolean {
    return this.#once(`map type ${type}`, () => {
      const result = this.#createMap(type);
      if (result === -uapi.EPERM && type !== uapi.BPF_MAP_TYPE_ARRAY && !this.mapType(uapi.BPF_MAP_TYPE_ARRAY)) return false;
      if (result === -uapi.EPERM && type === uapi.BPF_MAP_TYPE_ARRAY) throw new KernelError('map create', uapi.EPERM, 'no map may be created here');
      // A type that stands for no operations of the kernel's.
      return type === uapi.BPF_MAP_TYPE_STRUCT_OPS ? result === -uapi.ENOTSUPP : result >= 0;
    });
  }

  /**
   * Whether programs of a type may call a helper.
   *
   * @param helperId `BPF_FUNC_*`
   * @throws UnsupportedError for types that are loaded for one function, which nobody can say in general
   * @libbpf libbpf_probe_bpf_helper
   */
  helper(progType: number, helperId: number): boolean {
    if (FOR_FUNCTIONS.includes(progType)) throw new UnsupportedError(`asking for helpers of ${uapi.progTypeName(progType) ?? progType}`);
    return this.#once(`helper ${progType} ${helperId}`, () => {
      if (!this.progType(progType)) return false;
      const { result, log } = this.#load(progType, { insns: callHelper(helperId) });
      if (result >= 0) return true;
      return log !== '' && !NO_HELPER.some((words) => log.includes(words));
    });
  }

  /** Whether the kernel has what libbpf asks for before it loads an object. */
  feature(name: FeatureName): boolean {
    return this.#once(name, () => FEATURES[name](this.#tools));
  }

  /** All that was ever asked for by name. */
  features(): Record<FeatureName, boolean> {
    const names = Object.keys(FEATURES) as FeatureName[];
    return Object.fromEntries(names.map((name) => [name, this.feature(name)])) as Record<FeatureName, boolean>;
  }

  #once(question: string, ask: () => boolean): boolean {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(question, answer);
    return answer;
  }

  #requirePrivilege(): void {
    const { result } = this.#load(uapi.BPF_PROG_TYPE_SOCKET_FILTER, {});
    if (result === -uapi.EPERM) throw new KernelError('prog load', uapi.EPERM, 'no program may be loaded here: need root, or CAP_BPF with what the type asks for');
  }

  #load(type: number, attr: Partial<ProgAttr>, attachBtfId?: number): ProgLoadAnswer {
    const { expectedAttachType = 0, insns = RETURN_0, sleepable = false } = LOAD_NEEDS.get(type) ?? {};
    const answer = progLoad(this.#ffi, {
      name: '',
      type,
      expectedAttachType,
      license: 'GPL',
      flags: sleepable ? uapi.BPF_F_SLEEPABLE : 0,
      insns,
      logLevel: 1,
      ...(attachBtfId === undefined ? {} : { attachBtfId }),
      ...attr,
    });
    if (answer.result >= 0) this.#ffi.close(answer.result);
    return answer;
  }

  #createMap(type: number): number {
    const { keySize, valueSize, maxEntries, flags, nested, described } = smallestMap(type);
    const held: number[] = [];
    const hold = (fd: number): number => {
      if (fd >= 0) held.push(fd);
      return fd;
    };
    const fields = { map_type: type, key_size: keySize, value_size: valueSize, max_entries: maxEntries, map_flags: flags };
    const create = (more: Readonly<Record<string, number>>): number =>
      hold(this.#ffi.bpf(uapi.BPF_MAP_CREATE, encodeAttr(uapi.BPF_ATTR_MAP_CREATE_LAYOUT, { ...fields, ...more })));
    try {
      if (type === uapi.BPF_MAP_TYPE_STRUCT_OPS) return create({ btf_vmlinux_value_type_id: 1 });
      if (nested) return create({ inner_map_fd: hold(this.#createArray(0)) });
      if (!described) return create({});
      const btfFd = hold(this.#loadBtf(storageBtf()));
      return create({ btf_fd: btfFd, btf_key_type_id: STORAGE_KEY_TYPE, btf_value_type_id: STORAGE_VALUE_TYPE });
    } finally {
      for (const fd of held) this.#ffi.close(fd);
    }
  }

  #createArray(flags: number): number {
    const fields = { map_type: uapi.BPF_MAP_TYPE_ARRAY, key_size: 4, value_size: 32, max_entries: 1, map_flags: flags };
    return this.#ffi.bpf(uapi.BPF_MAP_CREATE, encodeAttr(uapi.BPF_ATTR_MAP_CREATE_LAYOUT, fields));
  }

  #loadBtf(bytes: Uint8Array<ArrayBuffer>): number {
    const result = this.#ffi.bpf(uapi.BPF_BTF_LOAD, encodeAttr(uapi.BPF_ATTR_BTF_LOAD_LAYOUT, { btf: this.#ffi.address(bytes), btf_size: bytes.length }));
    return bytes.length === 0 ? -uapi.EINVAL : result;
  }

  #link(fields: AttrFields): number {
    return this.#closed(this.#ffi.bpf(uapi.BPF_LINK_CREATE, encodeAttr(uapi.BPF_ATTR_LINK_CREATE_LAYOUT, fields)));
  }

  #closed(fd: number): number {
    return fd < 0 ? fd : this.#ffi.close(fd);
  }

  #with(fd: number, use: (fd: number) => number): number {
    if (fd < 0) return fd;
    try {
      return use(fd);
    } finally {
      this.#ffi.close(fd);
    }
  }

  readonly #tools: ProbeTools = {
    load: (type, source, more = {}) => {
      const { result } = this.#load(type, { insns: assembleProbe(source), ...more });
      return Math.min(result, 0);
    },
    loadBtf: (bytes) => this.#closed(this.#loadBtf(bytes)),
    createArray: (flags) => this.#closed(this.#createArray(flags)),
    withArray: (use) => this.#with(this.#createArray(0), use),
    withProg: (type, expectedAttachType, use) => {
      const attr = { name: '', type, expectedAttachType, license: 'GPL', flags: 0, insns: RETURN_0 };
      return this.#with(progLoad(this.#ffi, attr).result, use);
    },
    bindMap: (progFd, mapFd) =>
      this.#ffi.bpf(uapi.BPF_PROG_BIND_MAP, encodeAttr(uapi.BPF_ATTR_PROG_BIND_MAP_LAYOUT, { prog_fd: progFd, map_fd: mapFd })),
    linkToNothing: (progFd, attachType) => this.#link({ prog_fd: progFd, target_fd: -1, attach_type: attachType }),
    linkToBadName: (progFd, attachType) => this.#link({ prog_fd: progFd, attach_type: attachType, 'kprobe_multi.cnt': 1, 'kprobe_multi.syms': 1n }),
    linkToFolder: (progFd, attachType) => {
      const path = Uint8Array.of(0x2f, 0);
      const offsets = new Uint8Array(8);
      return this.#link({
        prog_fd: progFd,
        attach_type: attachType,
        'uprobe_multi.path': this.#ffi.address(path),
        'uprobe_multi.offsets': this.#ffi.address(offsets),
        'uprobe_multi.cnt': 1,
      });
    },
    btfInfo: (bytes) =>
      this.#with(this.#loadBtf(bytes), (fd) => {
        const name = new Uint8Array(new ArrayBuffer(32));
        const info = new Uint8Array(new ArrayBuffer(uapi.BPF_BTF_INFO_LAYOUT.size));
        info.set(encodeAttr(uapi.BPF_BTF_INFO_LAYOUT, { name: this.#ffi.address(name), name_len: name.length }));
        const attr = encodeAttr(uapi.BPF_ATTR_INFO_LAYOUT, { bpf_fd: fd, info_len: info.length, info: this.#ffi.address(info) });
        const result = this.#ffi.bpf(uapi.BPF_OBJ_GET_INFO_BY_FD, attr);
        return name[0] === 0 ? result : -uapi.EINVAL;
      }),
    hasSymbol: (name) => readKallsyms(new Set([name])).size > 0,
  };
}
