// Is this type of one BTF the same as that of another?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { DeclTags } from './diff-tags.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_PTR,
  BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import { infoVlen, RECORD_WORDS } from './layout.ts';
import { memberAt, membersStart } from './members.ts';
import { arrayOf, isModifier } from './resolve.ts';

/** Longest chain of references through types without names. */
const MAX_DEPTH = 256;
/** No type is open above. */
const NONE = MAX_DEPTH + 1;

/** Numbers of texts, shared by both sides: equal texts have equal numbers. */
export class Interner {
  readonly #numbers: Map<string, number> = new Map();

  of(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size + 1));
    return number;
  }
}

/**
 * Numbers the types of one side as others refer to them, so that a type of either side has the number of its like.
 *
 * Named types count by kind and name, so a change shows where it happened and not in everything that uses it; what has no name counts by
 * what is in it. Where types without names refer to each other in a circle, a type is known by how far up the chain it stands.
 */
export class Shapes {
  readonly btf: Btf;
  readonly tags: DeclTags;
  readonly #interner: Interner;
  /** By id: 0 not known yet. */
  readonly #known: Int32Array;
  /** By id: 1 + depth at which a type is being looked at; 0 when it is not. */
  readonly #open: Uint16Array;
  /** Lowest depth that what was looked at last refers back to. */
  #lowest = NONE;
  #stepsLeft: number;
  readonly #sizes: Float64Array;

  constructor(btf: Btf, interner: Interner) {
    this.btf = btf;
    this.tags = new DeclTags(btf);
    this.#interner = interner;
    this.#known = new Int32Array(btf.typeCount);
    this.#open = new Uint16Array(btf.typeCount);
    this.#sizes = new Float64Array(btf.typeCount).fill(-1);
    this.#stepsLeft = 1_000_000 + 20 * btf.typeCount;
  }

  /** @throws `BTF_DEPTH` when types without names refer to each other in too long chains or too many ways */
  of(id: number): number {
    const known = this.#known[id]!;
    if (known !== 0) return known;
    this.#lowest = NONE;
    return this.#look(id, 0);
  }

  /** Size in bytes; 0 where there is none. */
  sizeOf(id: number): number {
    let size = this.#sizes[id]!;
    if (size < 0) {
      try {
        size = this.btf.resolveSize(id);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        size = 0;
      }
      this.#sizes[id] = size;
    }
    return size;
  }

  #look(id: number, depth: number): number {
    const known = this.#known[id]!;
    if (known !== 0) return known;
    const { btf } = this;
    const kind = btf.kind(id);
    const name = kind === BTF_KIND_TYPE_TAG ? '' : btf.name(id);
    if (name !== '' || id === 0) return (this.#known[id] = this.#interner.of(`${nameClass(btf, id, kind)} ${name}`));
    const open = this.#open[id]!;
    if (open !== 0) {
      this.#lowest = Math.min(this.#lowest, open - 1);
      return this.#interner.of(`up ${depth - open + 1}`);
    }
    if (depth >= MAX_DEPTH || this.#stepsLeft-- <= 0) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'types without names refer to each other in too many ways to be compared');
    this.#open[id] = depth + 1;
    const before = this.#lowest;
    this.#lowest = NONE;
    try {
      const number = this.#interner.of(this.#describe(id, kind, depth + 1));
      // What refers back to something above is another thing where it is not below that.
      if (this.#lowest >= depth) this.#known[id] = number;
      return number;
    } finally {
      this.#open[id] = 0;
      this.#lowest = Math.min(before, this.#lowest >= depth ? NONE : this.#lowest);
    }
  }

  #describe(id: number, kind: number, depth: number): string {
    const { btf } = this;
    if (kind === BTF_KIND_PTR) return `* ${this.#look(btf.refType(id), depth)}`;
    if (isModifier(kind)) return `${kind} ${btf.kindFlag(id)} ${this.#look(btf.refType(id), depth)} ${btf.name(id)}`;
    if (kind === BTF_KIND_ARRAY) {
      const { type, nelems } = arrayOf(btf, id);
      return `[${nelems}] ${this.#look(type, depth)}`;
    }
    if (kind === BTF_KIND_FUNC_PROTO) return this.#describeProto(id, depth, false);
    if (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION) return this.#describeMembers(id, kind, depth);
    // Enumerators of anonymous enumerations are compared by themselves.
    if (kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) return `enum ${btf.rawSize(id)}`;
    return `${kind} ${btf.rawSize(id)}`;
  }

  #describeMembers(id: number, kind: number, depth: number): string {
    const { btf } = this;
    const words = btf.recordWords(id);
    const start = membersStart(btf, id);
    const kindFlag = btf.kindFlag(id);
    const parts: (string | number)[] = [kind, btf.rawSize(id), this.#tagsOf(id)];
    for (let i = 0, n = btf.vlen(id); i < n; i++) {
      const { bitOff, bitfieldSize } = memberAt(words, start, i, kindFlag);
      const type = words[start + 3 * i + 1]!;
      parts.push(this.#interner.of(btf.string(words[start + 3 * i]!)), bitOff, bitfieldSize, this.#look(type, depth), this.sizeOf(type));
    }
    return parts.join(' ');
  }

  /** A prototype with or without the names of its parameters. */
  #describeProto(id: number, depth: number, withNames: boolean): string {
    const { btf } = this;
    const words = btf.recordWords(id);
    const at = btf.recordIdx(id);
    const parts: (string | number)[] = [withNames ? 'func' : 'proto', this.#look(btf.refType(id), depth)];
    for (let i = 0, param = at + RECORD_WORDS, n = infoVlen(words[at + 1]!); i < n; i++, param += 2) {
      parts.push(this.#look(words[param + 1]!, depth));
      if (withNames) parts.push(this.#interner.of(btf.string(words[param]!)));
    }
    return parts.join(' ');
  }

  /**
   * Number of everything that a definition says: unlike {@link Shapes.of}, what is behind the name, too, and its declaration tags.
   *
   * @param id a type with a name
   */
  ofDefinition(id: number): number {
    const own = this.#ofContent(id);
    return this.tags.has(id) ? this.#interner.of(`${own} ${this.#tagsOf(id)}`) : own;
  }

  #ofContent(id: number): number {
    const { btf } = this;
    const kind = btf.kind(id);
    const type = btf.refType(id);
    this.#lowest = NONE;
    switch (kind) {
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        return this.#interner.of(this.#describeMembers(id, kind, 0));
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return this.#interner.of(this.#describeEnum(id));
      case BTF_KIND_TYPEDEF: {
        const target = btf.skipModifiers(type);
        const targetKind = btf.kind(target);
        const isOwnEnum = (targetKind === BTF_KIND_ENUM || targetKind === BTF_KIND_ENUM64) && btf.name(target) === '';
        return this.#interner.of(`typedef ${this.of(type)} ${isOwnEnum ? this.#describeEnum(target) : ''}`);
      }
      case BTF_KIND_FUNC: {
        const proto = btf.kind(type) === BTF_KIND_FUNC_PROTO ? this.#describeProto(type, 0, true) : String(this.of(type));
        return this.#interner.of(`${linkageOf(btf, id)} ${proto}`);
      }
      case BTF_KIND_VAR:
        return this.#interner.of(`var ${linkageOf(btf, id)} ${this.of(type)} ${this.sizeOf(type)}`);
      case BTF_KIND_DATASEC:
        return this.#interner.of(this.#describeVars(id));
      case BTF_KIND_INT:
        return this.#interner.of(`int ${btf.rawSize(id)} ${btf.recordWords(id)[btf.recordIdx(id) + RECORD_WORDS]!}`);
      default:
        return this.#interner.of(`${kind} ${btf.kindFlag(id)} ${btf.rawSize(id)}`);
    }
  }

  /** Number of what is said of a type and its parts by declaration tags; 0 for nothing. */
  #tagsOf(id: number): number {
    return this.tags.has(id) ? this.#interner.of(this.tags.textOf(id)) : 0;
  }

  #describeEnum(id: number): string {
    const type = this.btf.type(id);
    if (!('values' in type)) return '';
    // Names are text of the blob: a separator would not keep them apart.
    return `enum ${type.size} ${type.signed} ${type.values.map(({ name, value }) => `${this.#interner.of(name)} ${value}`).join(' ')}`;
  }

  #describeVars(id: number): string {
    const type = this.btf.type(id);
    if (!('vars' in type)) return '';
    return `datasec ${type.size} ${type.vars.map((info) => `${this.of(info.type)} ${info.byteOff} ${info.size}`).join(' ')}`;
  }
}

/** Linkage of a FUNC or VAR: `BTF_FUNC_*`, `BTF_VAR_*`. */
export function linkageOf(btf: Btf, id: number): number {
  const words = btf.recordWords(id);
  const at = btf.recordIdx(id);
  return btf.kind(id) === BTF_KIND_FUNC ? infoVlen(words[at + 1]!) : words[at + RECORD_WORDS]!;
}

/** Kinds that are alike where a type is referred to: a declaration and a definition, enumerations of either size. */
export function nameClass(btf: Btf, id: number, kind: number): number {
  if (kind === BTF_KIND_FWD) return btf.kindFlag(id) ? BTF_KIND_UNION : BTF_KIND_STRUCT;
  return kind === BTF_KIND_ENUM64 ? BTF_KIND_ENUM : kind;
}
