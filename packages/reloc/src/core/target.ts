// Which types of the target may an object's type be?
import { BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { areEssentialsEqual, CoreBtf, essentialEnd } from './side.ts';

/** Kinds that a question about a type can find; of others there is nothing to ask. */
const CANDIDATE_KINDS =
  (1 << BTF_KIND_INT) | (1 << BTF_KIND_STRUCT) | (1 << BTF_KIND_UNION) | (1 << BTF_KIND_ENUM) | (1 << BTF_KIND_TYPEDEF) |
  (1 << BTF_KIND_FLOAT) | (1 << BTF_KIND_ENUM64) | (1 << BTF_KIND_FWD);
/** Names that are looked for from type to type before an index pays. */
const SCANS = 1;

/** Whether two kinds may stand for each other: enumerations may have grown to 64 bits. */
export function areKindsAlike(a: number, b: number): boolean {
  return a === b || (isEnumKind(a) && isEnumKind(b));
}

export function isEnumKind(kind: number): boolean {
  return kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64;
}

/** A type of the target that has the wanted name. */
export interface CoreCandidate {
  readonly side: CoreBtf;
  readonly id: number;
  /** `vmlinux`, or the module that has the type. */
  readonly source: string;
}

/** A BTF that is searched beside the main one. */
export interface CoreModule {
  /** Name for messages, e.g. `nf_conntrack`. */
  readonly name: string;
  /** The module's BTF, split on the main one. */
  readonly btf: Btf;
}

/**
 * The BTF that programs are fitted to, a kernel's, with its types by name. Built once, for many objects.
 * Modules are asked for names that the main BTF does not have, as libbpf does.
 */
export class CoreTarget {
  /** The kernel's BTF; a module's, split on it, covers both. */
  readonly btf: Btf;
  #modules: readonly CoreModule[] | (() => readonly CoreModule[]);

  /** @param modules a function is called once, when the main BTF does not have a type */
  constructor(btf: Btf, modules: readonly CoreModule[] | (() => readonly CoreModule[]) = []) {
    this.btf = btf;
    this.#modules = modules;
  }

  get modules(): readonly CoreModule[] {
    if (typeof this.#modules === 'function') this.#modules = this.#modules();
    return this.#modules;
  }

  /**
   * Types with the name of a type of the object, flavours aside, and a kind like its.
   *
   * @param local the object's BTF
   */
  candidates(local: CoreBtf, localId: number): CoreCandidate[] {
    const found: CoreCandidate[] = [];
    const nameOff = local.nameOff(localId);
    if (local.strings[nameOff] === 0) return found;
    const want = { strings: local.strings, nameOff, kind: local.btf.kind(localId) };
    const layers: Btf[] = [];
    for (let layer: Btf | undefined = this.btf; layer !== undefined; layer = layer.base) layers.unshift(layer);
    const side = CoreBtf.of(this.btf);
    for (const layer of layers) collect(layer, want, (id) => found.push({ side, id, source: 'vmlinux' }));
    if (found.length > 0) return found;
    for (const { name, btf } of this.modules) collect(btf, want, (id) => found.push({ side: CoreBtf.of(btf), id, source: name }));
    return found;
  }
}

interface Wanted {
  readonly strings: Uint8Array;
  readonly nameOff: number;
  readonly kind: number;
}

function collect(layer: Btf, { strings, nameOff, kind }: Wanted, add: (id: number) => void): void {
  let names = layers.get(layer);
  if (names === undefined) {
    names = new LayerNames(layer);
    layers.set(layer, names);
  }
  names.each(strings, nameOff, (id) => {
    if (areKindsAlike(layer.kind(id), kind)) add(id);
  });
}

const layers = /* @__PURE__ */ new WeakMap<Btf, LayerNames>();

/** Names without flavours of the types of one BTF, its base's left out. */
class LayerNames {
  readonly #btf: Btf;
  #scans = SCANS;
  #index: EssentialIndex | undefined;

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  /** Visits types by name, in ascending order of their ids. */
  each(strings: Uint8Array, off: number, visit: (id: number) => void): void {
    if (this.#index === undefined && this.#scans-- > 0) {
      this.#scan(strings, off, visit);
      return;
    }
    this.#index ??= new EssentialIndex(this.#btf);
    this.#index.each(strings, off, visit);
  }

  #scan(strings: Uint8Array, off: number, visit: (id: number) => void): void {
    const btf = this.#btf;
    const { words } = btf;
    const own = CoreBtf.of(btf).strings;
    const first = strings[off];
    for (let id = btf.startId; id < btf.typeCount; id++) {
      const at = btf.recordIdx(id);
      if (((CANDIDATE_KINDS >>> ((words[at + 1]! >>> 24) & 0x1f)) & 1) === 0) continue;
      const nameOff = words[at]!;
      if (own[nameOff] === first && areEssentialsEqual(own, nameOff, strings, off)) visit(id);
    }
  }
}

/** An open-addressing hash from names without flavours to types. No string is created. */
class EssentialIndex {
  readonly #strings: Uint8Array;
  /** Per slot: 1 + index of the first entry of a name; 0 when free. */
  readonly #slots: Int32Array;
  /** Per entry: type id, name offset, length of the name without flavour, its hash, 1 + next entry of the name. */
  readonly #ids: Int32Array;
  readonly #offs: Uint32Array;
  readonly #lengths: Uint16Array;
  readonly #hashes: Int32Array;
  readonly #next: Int32Array;

  constructor(btf: Btf) {
    const { strings } = CoreBtf.of(btf);
    const { words } = btf;
    const ids = new Int32Array(btf.typeCount - btf.startId);
    let count = 0;
    for (let id = btf.startId; id < btf.typeCount; id++) {
      const at = btf.recordIdx(id);
      if (((CANDIDATE_KINDS >>> ((words[at + 1]! >>> 24) & 0x1f)) & 1) !== 0 && strings[words[at]!] !== 0) ids[count++] = id;
    }
    let size = 16;
    while (size < 2 * count) size *= 2;
    this.#strings = strings;
    this.#ids = ids;
    this.#slots = new Int32Array(size);
    this.#offs = new Uint32Array(count);
    this.#lengths = new Uint16Array(count);
    this.#hashes = new Int32Array(count);
    this.#next = new Int32Array(count);
    // Backwards, so that each new entry goes in front of its chain.
    for (let entry = count - 1; entry >= 0; entry--) {
      const off = words[btf.recordIdx(ids[entry]!)]!;
      const length = essentialEnd(strings, off) - off;
      const hash = hashBytes(strings, off, length);
      const slot = this.#findSlot(strings, off, length, hash);
      this.#offs[entry] = off;
      this.#lengths[entry] = length;
      this.#hashes[entry] = hash;
      this.#next[entry] = this.#slots[slot]!;
      this.#slots[slot] = entry + 1;
    }
  }

  each(strings: Uint8Array, off: number, visit: (id: number) => void): void {
    const length = essentialEnd(strings, off) - off;
    const slot = this.#findSlot(strings, off, length, hashBytes(strings, off, length));
    for (let entry = this.#slots[slot]! - 1; entry >= 0; entry = this.#next[entry]! - 1) visit(this.#ids[entry]!);
  }

  #findSlot(strings: Uint8Array, off: number, length: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0 || (this.#hashes[entry] === hash && this.#isSame(entry, strings, off, length))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isSame(entry: number, strings: Uint8Array, off: number, length: number): boolean {
    if (this.#lengths[entry] !== length) return false;
    const own = this.#offs[entry]!;
    for (let i = 0; i < length; i++) if (this.#strings[own + i] !== strings[off + i]) return false;
    return true;
  }
}

function hashBytes(strings: Uint8Array, off: number, length: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = off; at < off + length; at++) hash = Math.imul(hash ^ strings[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
