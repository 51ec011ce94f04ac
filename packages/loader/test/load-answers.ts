// Does rootlet ask of a kernel what libbpf asks of it?
import { BPF_PSEUDO_BTF_ID, BPF_PSEUDO_KFUNC_CALL, CALL, encodeInsns } from '@rootlet/insn';
import { BPF_F_LINK, BPF_PROG_TYPE_EXT, BPF_STRUCT_OPS } from '@rootlet/uapi';
import { KernelError, LinkScope, loadObject, parseObject } from '../src/index.ts';
import type { Kernel, MapAttr, MapMemory, ProgAttr } from '../src/index.ts';
import { compareKsymBtf } from './ksym-btf.ts';
import { digest } from './open-answers.ts';

/** A call, its fields as tools/open-diff/probe.c names them, those that are 0 left out. */
export type Call = Readonly<Record<string, string | number>>;

/** What was asked while one object was loaded. */
export interface LoadAnswer {
  readonly object: string;
  /** Whether it was not loaded. */
  readonly refused: boolean;
  /** Why not. */
  readonly problem?: string;
  readonly calls: readonly Call[];
  /** Of rootlet: whether it holds functions for others only, of which libbpf loads none, or replacements, which wait for their targets. */
  readonly library?: boolean;
}

/** What a load may find out about the kernel. */
export type KernelFacts = Pick<Kernel, 'vmlinuxBtf' | 'moduleBtfs' | 'kallsyms' | 'possibleCpus' | 'release'>;

function unknown(): never {
  throw new KernelError('ask', 1, 'nothing is known of this kernel');
}

/** A kernel that tells nothing: what loads in it loads so everywhere. */
export const BLIND: KernelFacts = { release: '6.18.0', vmlinuxBtf: unknown, moduleBtfs: unknown, kallsyms: unknown, possibleCpus: unknown };

const LD_IMM64 = 0x18;
/** Map types whose values are fds: arrays of programs, arrays and hashes of maps. */
const FD_TYPES: ReadonlySet<number> = new Set([3, 12, 13]);
/** Maps of instructions: jump tables. They are named by their entries, for all have one name. */
const INSN_ARRAY = 34;
const PSEUDO_MAPS: ReadonlySet<number> = new Set([1, 2]);

/** A kernel that says yes to everything, and what it was asked. */
export class RecordingKernel implements Pick<Kernel, 'mapCreate' | 'progLoad'> {
  readonly calls: Call[] = [];
  /** By name of the map. */
  readonly memories: Map<string, Uint8Array> = new Map();
  readonly #names = new Map<number, string>();
  /** Maps whose values are fds. */
  readonly #holders = new Set<number>();
  readonly #tables = new Map<number, string[]>();
  #nextFd = 700;
  #moduleNames: () => ReadonlyMap<number, string> = () => new Map();

  /** This as a kernel for one object. */
  asKernel(facts: KernelFacts): Kernel {
    this.#moduleNames = () => new Map(facts.moduleBtfs?.().map(({ fd, name }) => [fd, name]));
    const kernel: Partial<Kernel> = {
      name: 'recording',
      features: { progCalls: false, nativeCalls: false },
      scope: new LinkScope(),
      ...facts,
      btfLoad: (bytes) => this.#loadBtf(bytes),
      mapCreate: (attr) => this.mapCreate(attr),
      progLoad: (attr) => this.progLoad(attr),
      mapUpdate: (mapFd, key, value) => this.#update(mapFd, key, value),
      linkCreate: ({ attachType }) => this.calls.push({ call: 'linkCreate', attachType }),
      mapFreeze: (mapFd) => void this.calls.push({ call: 'mapFreeze', map: this.#name(mapFd) }),
      mapMemory: (mapFd, byteLen, address) => this.#share(mapFd, byteLen, address),
      objGet: (path) => {
        throw new KernelError('obj get', 2, `'${path}'`);
      },
      objPin: (fd, path) => void this.calls.push({ call: 'objPin', path }),
      objUnpin: () => {},
      close: () => {},
    };
    return kernel as Kernel;
  }

  mapCreate(attr: MapAttr): number {
    this.calls.push(
      withoutZeros({
        call: 'mapCreate',
        name: attr.name,
        type: attr.type,
        keySize: attr.keySize,
        valueSize: attr.valueSize,
        maxEntries: attr.maxEntries,
        flags: attr.flags,
        numaNode: attr.numaNode ?? 0,
        extra: Number(attr.extra ?? 0n),
        hasInner: Number(attr.innerMapFd !== undefined),
        keyTypeId: attr.btfKeyTypeId ?? 0,
        valueTypeId: attr.btfValueTypeId ?? 0,
        vmlinuxValueTypeId: attr.btfVmlinuxValueTypeId ?? 0,
      }),
    );
    const fd = this.#open(`map ${attr.name}`);
    if (FD_TYPES.has(attr.type)) this.#holders.add(fd);
    if (attr.type === INSN_ARRAY) this.#tables.set(fd, []);
    return fd;
  }

  progLoad(attr: ProgAttr): { fd: number; log: string } {
    const name = attr.name.slice(0, 15);
    this.calls.push(
      withoutZeros({
        call: 'progLoad',
        name,
        type: attr.type,
        attachType: attr.expectedAttachType,
        flags: attr.flags,
        insnCount: attr.insns.length,
        attachBtfId: attr.attachBtfId ?? 0,
        hasAttachFd: Number((attr.attachProgFd ?? attr.attachBtfObjFd ?? 0) !== 0),
        attachModule: attr.attachBtfObjFd === undefined ? 0 : (this.#moduleNames().get(attr.attachBtfObjFd) ?? 0),
        fdArray: this.#nameFds(attr),
        funcInfoBytes: wordsHex(attr.funcInfo?.flatMap((info) => [info.insnIdx, info.typeId])),
        lineInfoBytes: wordsHex(attr.lineInfo?.flatMap((info) => [info.insnIdx, info.fileNameOff, info.lineOff, ((info.line << 10) | info.column) >>> 0])),
        funcInfo: attr.funcInfo?.length ?? 0,
        lineInfo: attr.lineInfo?.length ?? 0,
        license: attr.license,
        insns: nameFds(encodeInsns(attr.insns, true), (fd) => nameTable(this.#tables.get(fd)) ?? this.#names.get(fd) ?? this.#moduleNames().get(fd) ?? `fd ${fd}`),
      }),
    );
    return { fd: this.#open(`prog ${name}`), log: '' };
  }

  #loadBtf(bytes: Uint8Array): number {
    this.calls.push({ call: 'btfLoad', bytes: hex(bytes) });
    return this.#open('btf');
  }

  /** Modules whose BTF kernel functions are called by. */
  #nameFds({ insns, fdArray = [] }: ProgAttr): string | number {
    let last = 0;
    for (let idx = 0; idx < insns.length; idx++) if (insns.code[idx] === CALL && insns.src[idx] === BPF_PSEUDO_KFUNC_CALL) last = Math.max(last, insns.off[idx] ?? 0);
    return last === 0 ? 0 : fdArray.slice(1, last + 1).map((fd) => `${this.#moduleNames().get(fd)} `).join('');
  }

  #update(mapFd: number, key: Uint8Array, value: Uint8Array): void {
    this.#tables.get(mapFd)?.push(hex(value.subarray(0, 4)));
    // New maps hold zeros: libbpf writes those of .bss again.
    if (value.every((byte) => byte === 0)) return;
    const held = this.#holders.has(mapFd) ? this.#name(new DataView(value.buffer, value.byteOffset).getUint32(0, true)) : undefined;
    this.calls.push({ call: 'mapUpdate', map: this.#name(mapFd), key: hex(key), value: held ?? nameProgs(value, (fd) => this.#names.get(fd)) });
  }

  #share(mapFd: number, byteLen: number, address: bigint): MapMemory {
    this.memories.set(this.#name(mapFd), new Uint8Array(byteLen));
    return { bytes: this.memories.get(this.#name(mapFd)) ?? new Uint8Array(0), address, unmap: () => {} };
  }

  #open(name: string): number {
    this.#names.set(this.#nextFd, name);
    return this.#nextFd++;
  }

  #name(fd: number): string {
    return this.#names.get(fd) ?? `fd ${fd}`;
  }
}

/** Loads an object into a kernel that records. @param only the one program to load; those that the object says when absent */
export function recordLoad(object: string, bytes: Uint8Array, facts: KernelFacts, kconfig: string, only?: string): LoadAnswer {
  const kernel = new RecordingKernel();
  let library = false;
  try {
    const spec = parseObject(bytes, { name: object });
    library = spec.isLibrary || spec.programs.some(({ type }) => type === BPF_PROG_TYPE_EXT);
    const asKernel = kernel.asKernel(facts);
    const programs = new Map(spec.programs.map(({ name }) => [name, { autoload: name === only }]));
    const loaded = loadObject(spec, asKernel, only === undefined ? { kconfig } : { kconfig, programs });
    // As map.attachStructOps() of @rootlet/libbpf does.
    for (const map of loaded.maps) {
      const value = loaded.structOpsValue(map.spec);
      if (value === undefined) continue;
      asKernel.mapUpdate(map.fd, new Uint8Array(4), value);
      if ((map.spec.flags & BPF_F_LINK) !== 0) asKernel.linkCreate({ progFd: map.fd, attachType: BPF_STRUCT_OPS });
    }
    return { object, refused: false, calls: kernel.calls, library };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { object, refused: true, problem: error.message, calls: [], library };
    throw error;
  }
}

/** What the probe prints, in the same words. */
export function tidyLoad(object: string, answer: { error?: number; prepared?: number; calls?: readonly Call[]; maps?: readonly Call[] }): LoadAnswer {
  if (answer.error !== undefined || answer.prepared !== 0) return { object, refused: true, calls: [] };
  const names = new Map<number, string>();
  const holders = new Set<number>();
  const tables = new Map<number, string[]>();
  for (const map of answer.maps ?? []) {
    if (map['fd'] === undefined) continue;
    names.set(Number(map['fd']), `map ${String(map['name']).slice(0, 15)}`);
    if (FD_TYPES.has(Number(map['type']))) holders.add(Number(map['fd']));
  }
  for (const call of answer.calls ?? []) {
    if (call['type'] === INSN_ARRAY && call['call'] === 'mapCreate') {
      tables.set(Number(call['fd']), []);
      names.set(Number(call['fd']), 'map .jumptables');
    }
    if (call['call'] === 'mapUpdate') tables.get(Number(call['map']))?.push(String(call['value']).slice(0, 8));
  }
  for (const call of answer.calls ?? []) if (call['call'] === 'progLoad') names.set(Number(call['fd']), `prog ${call['name']}`);
  const calls = (answer.calls ?? []).flatMap((call): Call[] => {
    const { fd: _, hasBtf: __, kernVersion: ___, ...rest } = call;
    switch (call['call']) {
      // libbpf tries nameless programs to find out what the kernel can.
      case 'progLoad':
        return call['name'] === '' ? [] : [{ ...rest, insns: nameFds(bytesOf(String(call['insns'])), (fd) => nameTable(tables.get(fd)) ?? names.get(fd) ?? `fd ${fd}`) }];
      case 'mapUpdate': {
        const value = String(call['value']);
        if (/^0*$/.test(value)) return [];
        const named = holders.has(Number(call['map'])) ? names.get(new DataView(bytesOf(value).buffer).getUint32(0, true)) : undefined;
        return [{ call: 'mapUpdate', map: names.get(Number(call['map'])) ?? '', key: String(call['key']), value: named ?? nameProgs(bytesOf(value), (fd) => names.get(fd)) }];
      }
      case 'mapFreeze':
        return [{ call: 'mapFreeze', map: names.get(Number(call['map'])) ?? '' }];
      default:
        return [rest];
    }
  });
  return { object, refused: false, calls };
}

/** Fields that are shortened. */
const LONG: ReadonlySet<string> = new Set(['insns', 'bytes', 'funcInfoBytes', 'lineInfoBytes']);

/** The answer with hashes for whatever is long. */
export function shorten({ object, refused, calls }: LoadAnswer): LoadAnswer {
  return { object, refused, calls: calls.map((call) => Object.fromEntries(Object.entries(call).map(([key, value]) => [key, LONG.has(key) ? digest(String(value)) : value]))) };
}

/** Differences in words. Creation and loading go in libbpf's order; when slots are filled, maps pinned and frozen does not matter. */
export function compareLoad(ours: LoadAnswer, theirs: LoadAnswer): string[] {
  if (ours.refused || theirs.refused) {
    const [left, right] = [ours, theirs].map(({ refused }) => (refused ? 'does not load it' : 'loads it'));
    return left === right ? [] : [`rootlet ${left}, libbpf ${right}`];
  }
  const [btf, peerBtf] = [ours, theirs].map(({ calls }) => calls.flatMap((call) => (call['call'] === 'btfLoad' ? [String(call['bytes'])] : [])));
  const differs = compareBtfs(btf ?? [], peerBtf ?? []);
  if (differs !== undefined) return [differs];
  const [own, peer] = [ours, theirs].map(({ calls }) => {
    const lines = calls.filter((call) => call['call'] !== 'btfLoad').map((call) => JSON.stringify(call, Object.keys(call).sort()));
    // libbpf makes jump tables of all programs before anything else, rootlet each program's before that is loaded.
    const isOrdered = (line: string): boolean => !line.includes('"name":".jumptables"') && line.includes('"call":"mapCreate"') || line.includes('"call":"progLoad"');
    return [...lines.filter(isOrdered), ...lines.filter((line) => !isOrdered(line)).sort()];
  });
  const count = Math.max(own?.length ?? 0, peer?.length ?? 0);
  for (let idx = 0; idx < count; idx++) {
    if (own?.[idx] !== peer?.[idx]) return [`call ${idx}:\n    rootlet ${own?.[idx] ?? '-'}\n    libbpf  ${peer?.[idx] ?? '-'}`];
  }
  return [];
}

/** The BTF that an object brings, byte by byte, but for `.ksyms`. */
function compareBtfs(own: readonly string[], peer: readonly string[]): string | undefined {
  if (own.length !== peer.length) return `loads ${own.length} BTF, libbpf ${peer.length}`;
  for (const [idx, digits] of own.entries()) {
    const other = peer[idx] ?? '';
    if (digits === other) continue;
    // What was shortened to digests cannot be looked into.
    const problem = digits.length === other.length && digits.length < 48 ? `${digits}, libbpf ${other}` : compareKsymBtf(bytesOf(digits), bytesOf(other));
    if (problem !== undefined) return `BTF: ${problem}`;
  }
  return undefined;
}

/** Undefined for what is none. */
function nameTable(entries: readonly string[] | undefined): string | undefined {
  return entries && `table ${entries.join(' ')}`;
}

/** Instructions as hexadecimal digits, fds of maps and modules left out, and their names. */
function nameFds(bytes: Uint8Array, nameOf: (fd: number) => string): string {
  const copy = bytes.slice();
  const data = new DataView(copy.buffer);
  const names: string[] = [];
  for (let at = 0; at + 16 <= copy.length; at += 8) {
    if (copy[at] !== LD_IMM64) continue;
    if (PSEUDO_MAPS.has((copy[at + 1] ?? 0) >> 4)) {
      names.push(`${at / 8}: ${nameOf(data.getUint32(at + 4, true))}`);
      data.setUint32(at + 4, 0);
    } else if ((copy[at + 1] ?? 0) >> 4 === BPF_PSEUDO_BTF_ID && data.getUint32(at + 12, true) !== 0) {
      names.push(`${at / 8}: ${nameOf(data.getUint32(at + 12, true))}`);
      data.setUint32(at + 12, 0);
    }
    at += 8;
  }
  return [hex(copy), ...names].join(' ');
}

/** The digest of a value, fds of programs left out, and their places. */
function nameProgs(bytes: Uint8Array, nameOf: (fd: number) => string | undefined): string {
  const copy = bytes.slice();
  const data = new DataView(copy.buffer);
  const names: string[] = [];
  for (let at = 0; at + 8 <= copy.length; at += 8) {
    const name = data.getBigUint64(at, true) < 1024n ? nameOf(data.getUint32(at, true)) : undefined;
    if (name?.startsWith('prog ') !== true) continue;
    names.push(`${at}: ${name}`);
    data.setUint32(at, 0);
  }
  return [digest(hex(copy)), ...names].join(' ');
}

/** Words as a little-endian machine writes them. */
function wordsHex(words: readonly number[] | undefined): string | number {
  return words === undefined || words.length === 0 ? 0 : hex(new Uint8Array(Uint32Array.from(words).buffer));
}

function withoutZeros(fields: Call): Call {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 0));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesOf(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
