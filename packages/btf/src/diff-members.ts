// Which members of a struct are not what they were?
import { DecodeError } from '@rootlet/bytes';
import type { BtfDiffMember, BtfMemberChange } from './diff-types.ts';
import type { Interner, Shapes } from './diff-shape.ts';
import { differingTags } from './diff-tags.ts';
import { formatDeclaration } from './format.ts';
import { BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_STRUCT, BTF_KIND_UNION } from './kinds.ts';
import { arrayOf, MAX_RESOLVE_DEPTH } from './resolve.ts';
import { compareTexts } from './type-order.ts';

/** Deepest nesting of anonymous structs. */
const MAX_NESTING = 64;

/** Members still to be looked at: anonymous types may contain each other in exponentially many ways. */
export interface DiffBudget {
  members: number;
}

/** A member by its path. */
interface FlatMember {
  readonly name: string;
  readonly type: number;
  readonly bitOff: number;
  /** 0 when it is no bitfield. */
  readonly bitfieldSize: number;
  /** Width in bits. */
  readonly bits: number;
  /** Number of its type among both sides; of an anonymous struct only that it is one, since its members follow. */
  readonly shape: number;
  /** Values of its declaration tags. */
  readonly tags: readonly string[];
}

/** An anonymous struct or union that a member consists of, behind arrays. */
function findAnonymous(shapes: Shapes, type: number): { readonly id: number; readonly dims: string } | undefined {
  const { btf } = shapes;
  let dims = '';
  let at = btf.skipModifiers(type);
  for (let depth = 0; btf.kind(at) === BTF_KIND_ARRAY && depth < MAX_RESOLVE_DEPTH; depth++) {
    const array = arrayOf(btf, at);
    dims += `[${array.nelems}]`;
    at = btf.skipModifiers(array.type);
  }
  const kind = btf.kind(at);
  return (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION) && btf.name(at) === '' ? { id: at, dims } : undefined;
}

/** All members of a struct, union or section by path, in order. */
function flatten(shapes: Shapes, interner: Interner, id: number, budget: DiffBudget): Map<string, FlatMember> {
  const members = new Map<string, FlatMember>();
  const put = (path: string, member: FlatMember): void => {
    let unique = path;
    // C has no equal names; a hostile blob may.
    for (let n = 2; members.has(unique); n++) {
      unique = `${path}#${n}`;
      spend(budget, id);
    }
    members.set(unique, member);
  };
  const walk = (at: number, prefix: string, bitOff: number, depth: number): void => {
    if (depth > MAX_NESTING) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'anonymous types nested too deeply');
    const type = shapes.btf.type(at);
    if (!('members' in type)) return;
    type.members.forEach((member, idx) => {
      spend(budget, id);
      const inner = member.bitfieldSize === 0 ? findAnonymous(shapes, member.type) : undefined;
      const off = bitOff + member.bitOff;
      if (member.name === '' && inner?.dims === '') {
        walk(inner.id, prefix, off, depth + 1);
        return;
      }
      const path = `${prefix}${member.name}`;
      const shape = inner === undefined ? shapes.of(member.type) : interner.of(`members ${shapes.btf.kind(inner.id)} ${inner.dims}`);
      // Padding without a name is no member.
      if (member.name !== '') {
        const bits = member.bitfieldSize || 8 * shapes.sizeOf(member.type);
        put(path, { name: member.name, type: member.type, bitOff: off, bitfieldSize: member.bitfieldSize, bits, shape, tags: shapes.tags.of(at, idx) });
      }
      if (inner !== undefined) walk(inner.id, `${path}${inner.dims.replace(/\d+/g, '')}.`, off, depth + 1);
    });
  };
  const type = shapes.btf.type(id);
  if (type.kind !== BTF_KIND_DATASEC) {
    walk(id, '', 0, 0);
    return members;
  }
  for (const info of type.vars) {
    spend(budget, id);
    const name = shapes.btf.name(info.type);
    put(name, { name, type: info.type, bitOff: 8 * info.byteOff, bitfieldSize: 0, bits: 8 * info.size, shape: shapes.of(info.type), tags: [] });
  }
  return members;
}

const UNCHANGED = { moved: false, retyped: false, resized: false, tags: undefined };

function spend(budget: DiffBudget, id: number): void {
  if (budget.members-- <= 0) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'too many members: anonymous types without end');
}

function toPlace(shapes: Shapes, member: FlatMember): BtfDiffMember {
  const text = formatDeclaration(shapes.btf, member.type, member.name);
  return { text: member.bitfieldSize === 0 ? text : `${text}: ${member.bitfieldSize}`, bitOff: member.bitOff, bits: member.bits };
}

/**
 * Members of two structs, unions or sections that differ, by offset and path.
 *
 * @throws `BTF_DEPTH` for anonymous types that are nested without end
 */
export function diffMembers(a: Shapes, aId: number, b: Shapes, bId: number, interner: Interner, budget: DiffBudget): BtfMemberChange[] {
  const before = flatten(a, interner, aId, budget);
  const after = flatten(b, interner, bId, budget);
  const changes: BtfMemberChange[] = [];
  for (const [path, old] of before) {
    const now = after.get(path);
    if (now === undefined) {
      changes.push({ path, before: toPlace(a, old), after: undefined, ...UNCHANGED });
      continue;
    }
    const [moved, retyped, resized] = [old.bitOff !== now.bitOff, old.shape !== now.shape, old.bits !== now.bits];
    const tags = differingTags(old.tags, now.tags);
    if (moved || retyped || resized || tags !== undefined) changes.push({ path, before: toPlace(a, old), after: toPlace(b, now), moved, retyped, resized, tags });
  }
  for (const [path, now] of after) {
    if (!before.has(path)) changes.push({ path, before: undefined, after: toPlace(b, now), ...UNCHANGED });
  }
  const first = ({ before: old, after: now }: BtfMemberChange): number => Math.min(old?.bitOff ?? Infinity, now?.bitOff ?? Infinity);
  return changes.sort((x, y) => first(x) - first(y) || compareTexts(x.path, y.path));
}
