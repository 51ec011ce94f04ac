// In which order must types be defined so that C accepts them?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_PTR,
  BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { ELEM_WORDS, infoKind, infoVlen, RECORD_WORDS } from './layout.ts';
import { arrayOf } from './resolve.ts';
import { hasRefWord } from './scan.ts';

/** Deepest nesting of types by value, and longest chain of references. */
const MAX_DEPTH = 512;

// States of a type; 0 is not visited yet.
const ACTIVE = 1;
const DONE = 2;

/**
 * Ids of types that need a definition of their own, those they contain before them, otherwise in the order of ids.
 *
 * A pointer to a named struct does not need its definition, nor does one to a typedef of such a struct.
 *
 * @param roots where to begin; all types when absent
 * @throws `BTF_DEPTH` when a type contains itself
 */
export function orderTypes(btf: Btf, roots?: Iterable<number>): number[] {
  const order = new Order(btf);
  if (roots === undefined) for (let id = 1; id < btf.typeCount; id++) order.visit(id, false, MAX_DEPTH);
  else for (const id of roots) order.visit(id, false, MAX_DEPTH);
  return order.ids;
}

class Order {
  readonly ids: number[] = [];
  readonly #btf: Btf;
  readonly #state: Uint8Array;
  /** Types that others refer to: an anonymous one is written there. */
  readonly #isUsed: Uint8Array;

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#state = new Uint8Array(btf.typeCount);
    this.#isUsed = new Uint8Array(btf.typeCount);
    for (let id = 1; id < btf.typeCount; id++) this.#markUsed(btf.recordWords(id), btf.recordIdx(id));
  }

  #markUsed(words: Uint32Array, at: number): void {
    const info = words[at + 1]!;
    const kind = infoKind(info);
    // As in libbpf, a function's result does not count.
    if (hasRefWord(kind) && kind !== BTF_KIND_FUNC_PROTO) this.#isUsed[words[at + 2]!] = 1;
    let i = at + RECORD_WORDS;
    if (kind === BTF_KIND_ARRAY) {
      this.#isUsed[words[i]!] = 1;
      this.#isUsed[words[i + 1]!] = 1;
    } else if (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === BTF_KIND_FUNC_PROTO) {
      const step = ELEM_WORDS[kind]!;
      for (let n = infoVlen(info); n > 0; n--, i += step) this.#isUsed[words[i + 1]!] = 1;
    } else if (kind === BTF_KIND_DATASEC) {
      for (let n = infoVlen(info); n > 0; n--, i += 3) this.#isUsed[words[i]!] = 1;
    }
  }

  /**
   * Orders a type after what it needs.
   *
   * @param behindPointer whether a declaration would do
   * @returns whether its user may come only after a definition; true for what is already ordered, as in libbpf
   */
  visit(id: number, behindPointer: boolean, depth: number): boolean {
    const btf = this.#btf;
    const kind = btf.kind(id);
    if (id === 0 || this.#state[id] === DONE) return true;
    const isComposite = kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION;
    if (isComposite && behindPointer && btf.name(id) !== '') return false;
    if (this.#state[id] === ACTIVE || depth === 0) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'contains itself or is nested too deeply');
    switch (kind) {
      case BTF_KIND_CONST:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_TYPE_TAG:
        return this.visit(btf.refType(id), behindPointer, depth - 1);
      case BTF_KIND_PTR: {
        const strong = this.visit(btf.refType(id), true, depth - 1);
        this.#state[id] = DONE;
        return strong;
      }
      case BTF_KIND_ARRAY: {
        const strong = this.visit(arrayOf(btf, id).type, false, depth - 1);
        this.#state[id] = DONE;
        return strong;
      }
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        this.#state[id] = ACTIVE;
        this.#visitElements(id, 3, false, depth);
        if (btf.name(id) !== '') this.ids.push(id);
        break;
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
      case BTF_KIND_FWD:
        if (btf.name(id) !== '' || this.#isUsed[id] === 0) this.ids.push(id);
        break;
      case BTF_KIND_TYPEDEF: {
        const strong = this.visit(btf.refType(id), behindPointer, depth - 1);
        if (behindPointer && !strong) return false;
        this.ids.push(id);
        break;
      }
      case BTF_KIND_FUNC_PROTO: {
        const returnStrong = this.visit(btf.refType(id), behindPointer, depth - 1);
        const strong = this.#visitElements(id, 2, behindPointer, depth) || returnStrong;
        this.#state[id] = DONE;
        return strong;
      }
      default:
        this.#state[id] = DONE;
        return false;
    }
    this.#state[id] = DONE;
    return true;
  }

  #visitElements(id: number, step: number, behindPointer: boolean, depth: number): boolean {
    const words = this.#btf.recordWords(id);
    const at = this.#btf.recordIdx(id);
    let strong = false;
    let i = at + RECORD_WORDS + 1;
    for (let n = infoVlen(words[at + 1]!); n > 0; n--, i += step) if (this.visit(words[i]!, behindPointer, depth - 1)) strong = true;
    return strong;
  }
}
