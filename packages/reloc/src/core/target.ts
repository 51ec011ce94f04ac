// Which types of the target may an object's type be?
import {
  BTF_KIND_ENUM,
  BTF_KIND_ENUM64,
  BTF_KIND_FLOAT,
  BTF_KIND_INT,
  BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF,
  BTF_KIND_UNION,
} from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

const CANDIDATE_KINDS: ReadonlySet<number> = /* @__PURE__ */ new Set([
  BTF_KIND_INT,
  BTF_KIND_STRUCT,
  BTF_KIND_UNION,
  BTF_KIND_ENUM,
  BTF_KIND_TYPEDEF,
  BTF_KIND_FLOAT,
  BTF_KIND_ENUM64,
]);

/** A name without its flavour: `task_struct` of `task_struct___old`. */
export function essentialName(name: string): string {
  const at = name.lastIndexOf('___');
  return at > 0 && at + 3 < name.length ? name.slice(0, at) : name;
}

/** Whether two kinds may stand for each other: enumerations may have grown to 64 bits. */
export function areKindsAlike(a: number, b: number): boolean {
  const isEnum = (kind: number): boolean => kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64;
  return a === b || (isEnum(a) && isEnum(b));
}

/** The BTF that programs are fitted to, a kernel's, with its types by name. Built once, for many objects. */
export class CoreTarget {
  /** The kernel's BTF; a module's, split on it, covers both. */
  readonly btf: Btf;
  #byName: Map<string, number[]> | undefined;

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** Ids of types with the name, flavours aside, and a kind like that one. */
  candidates(name: string, kind: number): readonly number[] {
    const ids = this.#names().get(essentialName(name)) ?? [];
    return ids.filter((id) => areKindsAlike(this.btf.kind(id), kind));
  }

  #names(): Map<string, number[]> {
    if (this.#byName !== undefined) return this.#byName;
    const byName = new Map<string, number[]>();
    for (let id = 1; id < this.btf.typeCount; id++) {
      if (!CANDIDATE_KINDS.has(this.btf.kind(id))) continue;
      const name = essentialName(this.btf.name(id));
      if (name === '') continue;
      const ids = byName.get(name);
      if (ids === undefined) byName.set(name, [id]);
      else ids.push(id);
    }
    this.#byName = byName;
    return byName;
  }
}
