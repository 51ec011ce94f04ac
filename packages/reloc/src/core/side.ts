// How does CO-RE read a BTF: names without flavours, sizes on the machine it was made for?
import { BTF_KIND_ARRAY, BTF_KIND_ENUM, BTF_KIND_INT, BTF_KIND_PTR } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

/** Words of a record before its members, values or parameters. */
const RECORD_WORDS = 3;
const UNDERSCORE = 0x5f;
/** Arrays of arrays that are looked through. */
const MAX_ARRAYS = 32;
/** Names are read up to here, which bounds the time that a hostile string section takes. */
const MAX_NAME_BYTES = 2048;

/** Member of a struct or union, read without decoding the type. Overwritten by the next read. */
export interface MemberSlot {
  nameOff: number;
  type: number;
  bitOff: number;
  bitfieldSize: number;
}

const sides = /* @__PURE__ */ new WeakMap<Btf, CoreBtf>();

/** A BTF with what matching needs of it at hand. One for each BTF: {@link CoreBtf.of}. */
export class CoreBtf {
  readonly btf: Btf;
  /** All strings, base's first: an offset is an index. */
  readonly strings: Uint8Array;
  #ptrBytes: number | undefined;

  private constructor(btf: Btf, ptrBytes: number | undefined) {
    this.btf = btf;
    this.#ptrBytes = ptrBytes;
    this.strings = btf.base === undefined ? btf.strings : joinStrings(btf);
  }

  /** The types of an object: whatever they say of `long`, BPF's pointers have 8 bytes. */
  static ofObject(btf: Btf): CoreBtf {
    return new CoreBtf(btf, 8);
  }

  static of(btf: Btf): CoreBtf {
    let side = sides.get(btf);
    if (side === undefined) {
      side = new CoreBtf(btf, undefined);
      sides.set(btf, side);
    }
    return side;
  }

  nameOff(id: number): number {
    return id === 0 ? 0 : this.btf.recordWords(id)[this.btf.recordIdx(id)]!;
  }

  /** Reads one member of a struct or union. `idx` is below the number of members. */
  readMember(id: number, idx: number, into: MemberSlot): void {
    const words = this.btf.recordWords(id);
    const at = this.btf.recordIdx(id);
    const first = at + RECORD_WORDS + 3 * idx;
    const off = words[first + 2]!;
    const kindFlag = words[at + 1]! >>> 31 === 1;
    into.nameOff = words[first]!;
    into.type = words[first + 1]!;
    into.bitOff = kindFlag ? off & 0xff_ffff : off;
    into.bitfieldSize = kindFlag ? off >>> 24 : 0;
  }

  /** Element type of an ARRAY. */
  elemType(id: number): number {
    return this.btf.recordWords(id)[this.btf.recordIdx(id) + RECORD_WORDS]!;
  }

  /** Index type of an ARRAY. */
  indexType(id: number): number {
    return this.btf.recordWords(id)[this.btf.recordIdx(id) + RECORD_WORDS + 1]!;
  }

  /** Number of elements of an ARRAY. */
  elemCount(id: number): number {
    return this.btf.recordWords(id)[this.btf.recordIdx(id) + RECORD_WORDS + 2]!;
  }

  /** Type of a parameter of a FUNC_PROTO. */
  paramType(id: number, idx: number): number {
    return this.btf.recordWords(id)[this.btf.recordIdx(id) + RECORD_WORDS + 2 * idx + 1]!;
  }

  /** Offset of an enumerator's name, of an ENUM or ENUM64. */
  enumeratorName(id: number, idx: number): number {
    const words = this.btf.kind(id) === BTF_KIND_ENUM ? 2 : 3;
    return this.btf.recordWords(id)[this.btf.recordIdx(id) + RECORD_WORDS + words * idx]!;
  }

  /** Value of an enumerator, extended to 64 bits as its type is signed or not. */
  enumeratorValue(id: number, idx: number): bigint {
    const words = this.btf.recordWords(id);
    const at = this.btf.recordIdx(id) + RECORD_WORDS;
    const signed = this.btf.kindFlag(id);
    if (this.btf.kind(id) === BTF_KIND_ENUM) return BigInt(signed ? words[at + 2 * idx + 1]! | 0 : words[at + 2 * idx + 1]!);
    const value = (BigInt(words[at + 3 * idx + 2]!) << 32n) | BigInt(words[at + 3 * idx + 1]!);
    return signed ? BigInt.asIntN(64, value) : value;
  }

  /** The word that says how an INT is encoded. */
  intWord(id: number): number {
    return this.btf.recordWords(id)[this.btf.recordIdx(id) + RECORD_WORDS]!;
  }

  /**
   * Size of a value in bytes; pointers are as large as on the machine that the BTF describes.
   *
   * @throws `BTF_NO_SIZE`, `BTF_SIZE`, `BTF_DEPTH`
   * @source libbpf `btf__resolve_size`
   */
  sizeOf(id: number): number {
    const size = this.btf.resolveSize(id);
    if (this.ptrBytes === 8) return size;
    return this.btf.kind(this.innerElement(id)) === BTF_KIND_PTR ? size / 2 : size;
  }

  /** What an array of arrays is made of in the end, modifiers left out; other types are made of themselves. */
  innerElement(id: number): number {
    let at = this.btf.resolveType(id);
    for (let depth = 0; depth < MAX_ARRAYS && this.btf.kind(at) === BTF_KIND_ARRAY; depth++) at = this.btf.resolveType(this.elemType(at));
    return at;
  }

  /** Size of a pointer: that of `long`, 8 where there is no such type. @source libbpf `btf__pointer_size` */
  get ptrBytes(): number {
    this.#ptrBytes ??= findLongSize(this.btf) === 4 ? 4 : 8;
    return this.#ptrBytes;
  }
}

/** What compilers call the number that is as large as a pointer. */
const LONG_NAMES: readonly string[] = ['long', 'long int', 'int long', 'unsigned long', 'long unsigned', 'unsigned long int', 'unsigned int long', 'long unsigned int', 'long int unsigned', 'int unsigned long', 'int long unsigned'];

function findLongSize(btf: Btf): number | undefined {
  // Numbers stand at the beginning in practice; a scan needs no index of all names.
  const strings = btf.base === undefined ? btf.strings : undefined;
  if (strings === undefined) return btf.base === undefined ? undefined : findLongSize(btf.base);
  for (let id = btf.startId; id < btf.typeCount; id++) {
    if (btf.kind(id) !== BTF_KIND_INT) continue;
    const size = btf.rawSize(id);
    if ((size === 4 || size === 8) && LONG_NAMES.includes(btf.name(id))) return size;
  }
  return undefined;
}

function joinStrings(btf: Btf): Uint8Array {
  const joined = new Uint8Array(btf.strStart + btf.strings.length);
  for (let part: Btf | undefined = btf; part !== undefined; part = part.base) joined.set(part.strings, part.strStart);
  return joined;
}

/**
 * Where a name ends, its flavour left out: `task_struct` of `task_struct___old`. A flavour begins at the last three
 * underscores that have something else on both sides.
 *
 * @param off of the first byte; the name ends at a NUL
 */
export function essentialEnd(strings: Uint8Array, off: number): number {
  let at = off;
  let underscores = 0;
  for (let byte = strings[at]!; byte !== 0 && at - off < MAX_NAME_BYTES; byte = strings[++at]!) {
    underscores = byte === UNDERSCORE ? underscores + 1 : 0;
    // Most names have no three underscores in a row.
    if (underscores === 3) return flavouredEnd(strings, off);
  }
  return at;
}

function flavouredEnd(strings: Uint8Array, off: number): number {
  let end = -1;
  let run = 0;
  let at = off;
  for (let byte = strings[at]!; byte !== 0 && at - off < MAX_NAME_BYTES; byte = strings[++at]!) {
    if (byte === UNDERSCORE) {
      run++;
      continue;
    }
    if (run === 3 && at - 3 > off) end = at - 3;
    run = 0;
  }
  return end < 0 ? at : end;
}

/** Whether the NUL-terminated names at two offsets are the same. */
export function areNamesEqual(a: Uint8Array, aOff: number, b: Uint8Array, bOff: number): boolean {
  for (let i = 0; i < MAX_NAME_BYTES; i++) {
    const byte = a[aOff + i]!;
    if (byte !== b[bOff + i]!) return false;
    if (byte === 0) return true;
  }
  return true;
}

/** Whether two names are the same, flavours aside. */
export function areEssentialsEqual(a: Uint8Array, aOff: number, b: Uint8Array, bOff: number): boolean {
  // Nearly all that differ do so at once.
  if (a[aOff] !== b[bOff] || a[aOff] === 0) return a[aOff] === b[bOff];
  const length = essentialEnd(a, aOff) - aOff;
  for (let i = 0; i < length; i++) if (a[aOff + i] !== b[bOff + i]) return false;
  return essentialEnd(b, bOff) - bOff === length;
}
