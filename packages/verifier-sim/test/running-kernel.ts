// What does the running kernel say of a case?
import { encodeInsns } from '@rootlet/insn';
import koffi from 'koffi';
import { FIRST_MAP_FD } from './case-file.ts';
import type { Case, CaseMap } from './case-file.ts';

const BPF_MAP_CREATE = 0;
const BPF_MAP_UPDATE_ELEM = 2;
const BPF_PROG_LOAD = 5;
const BPF_BTF_LOAD = 18;
const BPF_MAP_FREEZE = 22;
const FUNC_INFO_BYTES = 8;
const SYS_BPF = process.arch === 'arm64' ? 280 : 321;
const ENOSPC = 28;

/** The kernel's answer. */
export interface KernelAnswer {
  readonly errno: number;
  readonly log: string;
}

/** bpf(2) of this machine, for recording cases. */
export class RunningKernel {
  readonly #libc = koffi.load('libc.so.6');
  readonly #syscall = this.#libc.func('long syscall(long number, long cmd, void *attr, long size)');
  readonly #close = this.#libc.func('int close(int fd)');
  #btfFd = 0;
  #log: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 22);

  #bpf(cmd: number, attr: DataView<ArrayBuffer>): number {
    const result = Number(this.#syscall(SYS_BPF, cmd, new Uint8Array(attr.buffer), attr.byteLength));
    return result < 0 ? -koffi.errno() : result;
  }

  #address(bytes: Uint8Array<ArrayBuffer>): bigint {
    return BigInt(koffi.address(bytes.buffer)) + BigInt(bytes.byteOffset);
  }

  #createMap(given: Case, map: CaseMap, fds: ReadonlyMap<string, number>): number {
    const attr = new DataView(new ArrayBuffer(80));
    [map.type, map.keySize, map.valueSize, map.maxEntries, map.flags].forEach((value, i) => attr.setUint32(i * 4, value, true));
    if (map.inner !== undefined) attr.setUint32(20, fds.get(map.inner) ?? 0, true);
    new Uint8Array(attr.buffer).set(new TextEncoder().encode(map.name), 28);
    const shared = map.btfBytes !== undefined && map.btfBytes === given.btf?.bytes;
    const btfFd = map.btfBytes === undefined ? 0 : shared ? this.#programBtf(given) : this.#loadBtf(map.btfBytes as Uint8Array<ArrayBuffer>);
    [btfFd, map.btfKeyTypeId ?? 0, map.btfValueTypeId ?? 0].forEach((value, i) => attr.setUint32(48 + i * 4, value, true));
    attr.setBigUint64(64, map.extra ?? 0n, true);
    const fd = this.#bpf(BPF_MAP_CREATE, attr);
    if (btfFd > 0 && !shared) this.#close(btfFd);
    if (fd < 0) throw new Error(`map ${map.name}: errno ${-fd}`);
    if (map.frozenValue !== undefined) this.#freeze(fd, map.frozenValue as Uint8Array<ArrayBuffer>);
    return fd;
  }

  #freeze(fd: number, value: Uint8Array<ArrayBuffer>): void {
    const key = new Uint8Array(4);
    const update = new DataView(new ArrayBuffer(32));
    update.setUint32(0, fd, true);
    update.setBigUint64(8, this.#address(key), true);
    update.setBigUint64(16, this.#address(value), true);
    this.#bpf(BPF_MAP_UPDATE_ELEM, update);
    const freeze = new DataView(new ArrayBuffer(4));
    freeze.setUint32(0, fd, true);
    this.#bpf(BPF_MAP_FREEZE, freeze);
  }

  #loadBtf(bytes: Uint8Array<ArrayBuffer>): number {
    const attr = new DataView(new ArrayBuffer(32));
    attr.setBigUint64(0, this.#address(bytes), true);
    attr.setUint32(16, bytes.length, true);
    const fd = this.#bpf(BPF_BTF_LOAD, attr);
    if (fd < 0) throw new Error(`btf: errno ${-fd}`);
    return fd;
  }

  /** BTF of the program, and of those maps that share it. */
  #programBtf(given: Case): number {
    if (this.#btfFd === 0) this.#btfFd = this.#loadBtf(given.btf?.bytes as Uint8Array<ArrayBuffer>);
    return this.#btfFd;
  }

  /** Loads the case's program and closes it again. */
  load(given: Case, logLevel: number): KernelAnswer {
    const fds = new Map<string, number>();
    try {
      for (const map of given.maps) fds.set(map.name, this.#createMap(given, map, fds));
      const insns = given.insns.slice();
      for (let idx = 0; idx < insns.length; idx++) {
        if (!insns.isWide(idx)) continue;
        const map = given.maps[(insns.imm[idx] as number) - FIRST_MAP_FD];
        const src = insns.src[idx] as number;
        if (map !== undefined && (src === 1 || src === 2)) insns.set(idx, { imm: fds.get(map.name) ?? 0 });
        idx++;
      }
      return this.#load(given, encodeInsns(insns, true), logLevel);
    } finally {
      for (const fd of fds.values()) this.#close(fd);
      if (this.#btfFd > 0) this.#close(this.#btfFd);
      this.#btfFd = 0;
    }
  }

  #load(given: Case, insns: Uint8Array<ArrayBuffer>, logLevel: number): KernelAnswer {
    const license = new TextEncoder().encode(`${given.license}\0`);
    const attr = new DataView(new ArrayBuffer(128));
    attr.setUint32(0, given.progType, true);
    attr.setUint32(4, insns.length / 8, true);
    attr.setBigUint64(8, this.#address(insns), true);
    attr.setBigUint64(16, this.#address(license), true);
    attr.setUint32(44, given.flags, true);
    attr.setUint32(68, given.attachType, true);
    attr.setUint32(108, given.attachBtfId, true);
    const funcInfo = new Uint8Array(Uint32Array.from((given.btf?.funcInfo ?? []).flatMap((info) => [info.insnIdx, info.typeId])).buffer);
    const btfFd = given.btf === undefined ? 0 : this.#programBtf(given);
    if (btfFd > 0) {
      attr.setUint32(72, btfFd, true);
      attr.setUint32(76, FUNC_INFO_BYTES, true);
      attr.setBigUint64(80, this.#address(funcInfo), true);
      attr.setUint32(88, funcInfo.length / FUNC_INFO_BYTES, true);
    }
    if (logLevel !== 0) {
      attr.setUint32(24, logLevel, true);
      attr.setUint32(28, this.#log.length, true);
      attr.setBigUint64(32, this.#address(this.#log), true);
    }
    this.#log[0] = 0;
    const fd = this.#bpf(BPF_PROG_LOAD, attr);
    if (fd === -ENOSPC && this.#log.length < 1 << 25) {
      this.#log = new Uint8Array(this.#log.length * 8);
      return this.#load(given, insns, logLevel);
    }
    if (fd >= 0) this.#close(fd);
    const log = Buffer.from(this.#log.buffer, 0, this.#log.indexOf(0)).toString('latin1');
    return { errno: fd < 0 ? -fd : 0, log: logLevel === 0 ? '' : log };
  }
}
