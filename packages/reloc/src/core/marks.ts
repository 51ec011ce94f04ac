// Which types and members of a target does an answer rest on?
import {
  BTF_KIND_ARRAY,
  BTF_KIND_CONST,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_PTR,
  BTF_KIND_RESTRICT,
  BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF,
  BTF_KIND_TYPE_TAG,
  BTF_KIND_UNION,
  BTF_KIND_VOLATILE,
} from '@rootlet/btf';
import { BPF_CORE_TYPE_MATCHES } from './kinds.ts';
import type { CoreBtf, MemberSlot } from './side.ts';
import type { CoreSpec } from './value.ts';

const REFERENCES: ReadonlySet<number> = /* @__PURE__ */ new Set([
  BTF_KIND_TYPEDEF,
  BTF_KIND_CONST,
  BTF_KIND_VOLATILE,
  BTF_KIND_RESTRICT,
  BTF_KIND_TYPE_TAG,
]);

/** How far marking goes from a type: not behind pointers; behind them, without members; the same, and with all members of what is not. */
const BY_VALUE = 0;
const BEHIND_POINTERS = 1;
const WITH_MEMBERS = 2;
type Reach = typeof BY_VALUE | typeof BEHIND_POINTERS | typeof WITH_MEMBERS;

/**
 * Types of one BTF that are needed, and the members of structs that are. What a pointer points to is not, unless a question was about a
 * type as a whole.
 *
 * @source observed results of `bpftool gen min_core_btf`
 */
export class CoreMarks {
  readonly side: CoreBtf;
  readonly types: Set<number> = new Set();
  /** Indices of needed members, by struct. */
  readonly members: Map<number, Set<number>> = new Map();
  /** Per reach, types that were followed already. */
  readonly #done: readonly Set<number>[] = [new Set(), new Set(), new Set()];

  constructor(side: CoreBtf) {
    this.side = side;
  }

  /** Marks what an answer rests on. @param spec of this BTF */
  mark(spec: CoreSpec, kind: number): void {
    switch (spec.about) {
      case 'type':
        this.#follow(spec.rootId, kind === BPF_CORE_TYPE_MATCHES ? WITH_MEMBERS : BEHIND_POINTERS);
        break;
      case 'enumerator':
        this.#follow(spec.rootId, BY_VALUE);
        break;
      case 'field':
        this.#markField(spec.rootId, spec.field.access);
        break;
    }
  }

  #markField(rootId: number, access: readonly number[]): void {
    const { btf } = this.side;
    this.#follow(rootId, BY_VALUE);
    let id = btf.resolveType(rootId);
    const member = newSlot();
    for (const index of access.slice(1)) {
      if (btf.kind(id) === BTF_KIND_ARRAY) {
        id = btf.resolveType(this.side.elemType(id));
        continue;
      }
      this.#markMember(id, index);
      this.side.readMember(id, index, member);
      this.#follow(member.type, BY_VALUE);
      id = btf.resolveType(member.type);
    }
  }

  #markMember(id: number, idx: number): void {
    const known = this.members.get(id);
    if (known === undefined) this.members.set(id, new Set([idx]));
    else known.add(idx);
  }

  #follow(from: number, reach: Reach): void {
    const { side } = this;
    const { btf } = side;
    const pending: { id: number; reach: Reach }[] = [{ id: from, reach }];
    const push = (id: number, next: Reach): void => void pending.push({ id, reach: next });
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const { id } = at;
      if (id === 0 || this.#done[at.reach]!.has(id)) continue;
      this.#done[at.reach]!.add(id);
      this.types.add(id);
      const kind = btf.kind(id);
      if (REFERENCES.has(kind)) push(btf.refType(id), at.reach);
      else if (kind === BTF_KIND_PTR && at.reach !== BY_VALUE) push(btf.refType(id), BEHIND_POINTERS);
      else if (kind === BTF_KIND_ARRAY) {
        push(side.elemType(id), at.reach);
        push(side.indexType(id), at.reach);
      } else if (kind === BTF_KIND_FUNC_PROTO) {
        push(btf.refType(id), at.reach);
        for (let idx = 0; idx < btf.vlen(id); idx++) push(side.paramType(id, idx), at.reach);
      } else if (at.reach === WITH_MEMBERS && (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION)) {
        const member = newSlot();
        for (let idx = 0; idx < btf.vlen(id); idx++) {
          this.#markMember(id, idx);
          side.readMember(id, idx, member);
          push(member.type, WITH_MEMBERS);
        }
      }
    }
  }
}

function newSlot(): MemberSlot {
  return { nameOff: 0, type: 0, bitOff: 0, bitfieldSize: 0 };
}
