// Which types are the same for TypeScript, whatever their ids?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import { isModifier } from './resolve.ts';

/** Longest chain of types that contain each other or refer to each other. */
const MAX_DEPTH = 512;
/** Mark of a type whose parts are being looked at. */
const ACTIVE = -1;

/**
 * Numbers types so that equal layouts under equal names have equal numbers: a BTF that was not deduplicated says everything several times.
 * All pointers are alike; so what is by value ends.
 */
export class TsIdentity {
  readonly #btf: Btf;
  /** By id: 0 not known yet. */
  readonly #numbers: Int32Array;
  readonly #interned: Map<string, number> = new Map();
  /** Names by number, so that long ones are not written again and again. */
  readonly #names: Map<string, number> = new Map();

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#numbers = new Int32Array(btf.typeCount);
  }

  /** @throws `BTF_DEPTH` for types that contain themselves */
  of(id: number, depth = 0): number {
    const known = this.#numbers[id]!;
    if (known > 0) return known;
    if (known === ACTIVE || depth > MAX_DEPTH) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'contains itself or is nested too deeply');
    this.#numbers[id] = ACTIVE;
    try {
      return (this.#numbers[id] = this.#compute(id, depth + 1));
    } finally {
      if (this.#numbers[id] === ACTIVE) this.#numbers[id] = 0;
    }
  }

  #compute(id: number, depth: number): number {
    const btf = this.#btf;
    const kind = btf.kind(id);
    if (isModifier(kind)) return this.of(btf.refType(id), depth);
    if (id === 0) return this.#intern('void');
    const type = btf.type(id);
    switch (type.kind) {
      case BTF_KIND_INT:
        return this.#intern([kind, this.#name(type.name), type.size, type.encoding, type.bitOff, type.bits]);
      case BTF_KIND_FLOAT:
        return this.#intern([kind, this.#name(type.name), type.size]);
      case BTF_KIND_PTR:
        return this.#intern([kind]);
      case BTF_KIND_TYPEDEF:
      case BTF_KIND_VAR:
        return this.#intern([kind, this.#name(type.name), this.of(type.type, depth)]);
      case BTF_KIND_ARRAY:
        return this.#intern([kind, type.nelems, this.of(type.type, depth)]);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return this.#intern([kind, this.#name(type.name), type.size, type.signed, type.values.map(({ name, value }) => [this.#name(name), String(value)])]);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        return this.#intern([kind, this.#name(type.name), type.size, type.members.map((member) => [this.#name(member.name), member.bitOff, member.bitfieldSize, this.of(member.type, depth)])]);
      case BTF_KIND_DATASEC:
        return this.#intern([kind, this.#name(type.name), type.size, type.vars.map((info) => [info.byteOff, info.size, this.of(info.type, depth)])]);
      default:
        return this.#intern([kind, this.#name(type.name)]);
    }
  }

  #name(name: string): number {
    let number = this.#names.get(name);
    if (number === undefined) this.#names.set(name, (number = this.#names.size));
    return number;
  }

  #intern(parts: unknown): number {
    const key = JSON.stringify(parts);
    let number = this.#interned.get(key);
    if (number === undefined) this.#interned.set(key, (number = this.#interned.size + 1));
    return number;
  }
}
