// Which field does an access string name?
import { BTF_KIND_ARRAY, BTF_KIND_STRUCT, BTF_KIND_UNION } from '@rootlet/btf';
import type { Btf, BtfArray, BtfComposite, BtfMember } from '@rootlet/btf';
import { RelocError } from '../errors.ts';
import { areFieldsCompatible } from './compat.ts';
import { essentialName } from './target.ts';

/** One step on the way to a field: an index, or a member by name. */
export type FieldStep = { readonly index: number } | { readonly name: string };

/** A field of a type. */
export interface FieldSpec {
  readonly btf: Btf;
  readonly rootId: number;
  /** Steps after the first index; members of anonymous structs stand without the way through them. */
  readonly steps: readonly FieldStep[];
  /** First index: elements of the root type. */
  readonly index: number;
  /** Type of the field. */
  readonly typeId: number;
  /** From the start of the root type, bits. */
  readonly bitOff: number;
  /** Width in bits of a bitfield; 0 when it is none. */
  readonly bitfieldSize: number;
}

/** Steps of an access string. */
const MAX_STEPS = 64;
/** Anonymous structs that a search goes through. */
const MAX_NESTED = 1024;

/**
 * Numbers of an access string, e.g. `0:1:2`.
 *
 * @throws `CORE_ACCESS` when it is something else
 */
export function parseAccess(text: string, what: string): number[] {
  const parts = text.length <= 16 * MAX_STEPS ? text.split(':') : [];
  if (parts.length === 0 || parts.length > MAX_STEPS || !parts.every((part) => /^\d{1,9}$/.test(part))) {
    throw new RelocError('CORE_ACCESS', what, 'no access string', { have: `'${text.slice(0, 64)}'` });
  }
  return parts.map(Number);
}

/**
 * The field that an object's access string names in its own types.
 *
 * @throws `CORE_ACCESS` when the string leads nowhere
 */
export function readFieldSpec(btf: Btf, rootId: number, access: readonly number[], what: string): FieldSpec {
  const fail = (problem: string): never => {
    throw new RelocError('CORE_ACCESS', what, problem, { have: `'${access.join(':')}'` });
  };
  const [index = 0, ...rest] = access;
  let typeId = btf.resolveType(rootId);
  let bitOff = index === 0 ? 0 : index * 8 * btf.resolveSize(typeId);
  let bitfieldSize = 0;
  const steps: FieldStep[] = [];
  for (const at of rest) {
    const kind = btf.kind(typeId);
    bitfieldSize = 0;
    if (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION) {
      const member = (btf.type(typeId) as BtfComposite).members[at] ?? fail('no such member');
      if (member.name !== '') steps.push({ name: member.name });
      bitOff += member.bitOff;
      bitfieldSize = member.bitfieldSize;
      typeId = btf.resolveType(member.type);
    } else if (kind === BTF_KIND_ARRAY) {
      const array = btf.type(typeId) as BtfArray;
      if (at >= array.nelems && array.nelems !== 0) fail('index out of range');
      steps.push({ index: at });
      typeId = btf.resolveType(array.type);
      bitOff += at * 8 * btf.resolveSize(typeId);
    } else {
      fail('neither struct nor array');
    }
  }
  return { btf, rootId, steps, index, typeId, bitOff, bitfieldSize };
}

/**
 * The same field in another type: members are found by name, wherever they stand.
 *
 * @returns undefined when the type has no such field, or one of another sort
 */
export function matchFieldSpec(local: FieldSpec, btf: Btf, rootId: number): FieldSpec | undefined {
  let typeId = btf.resolveType(rootId);
  let bitOff = local.index === 0 ? 0 : local.index * 8 * btf.resolveSize(typeId);
  let bitfieldSize = 0;
  for (const step of local.steps) {
    bitfieldSize = 0;
    if ('name' in step) {
      const found = findMember(btf, typeId, step.name, new Set());
      if (found === undefined) return undefined;
      bitOff += found.bitOff;
      bitfieldSize = found.member.bitfieldSize;
      typeId = btf.resolveType(found.member.type);
    } else {
      if (btf.kind(typeId) !== BTF_KIND_ARRAY) return undefined;
      const array = btf.type(typeId) as BtfArray;
      if (step.index >= array.nelems && array.nelems !== 0) return undefined;
      typeId = btf.resolveType(array.type);
      bitOff += step.index * 8 * btf.resolveSize(typeId);
    }
  }
  if (!areFieldsCompatible(local.btf, local.typeId, btf, typeId)) return undefined;
  return { btf, rootId, steps: local.steps, index: local.index, typeId, bitOff, bitfieldSize };
}

/** A member by name, in anonymous structs and unions too. Flavours of members do not exist, but of their types. */
function findMember(btf: Btf, typeId: number, name: string, seen: Set<number>): { readonly member: BtfMember; readonly bitOff: number } | undefined {
  const kind = btf.kind(typeId);
  // A type that was searched in vain is not searched again, so that nesting costs no more than its size.
  if ((kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_UNION) || seen.has(typeId) || seen.size > MAX_NESTED) return undefined;
  seen.add(typeId);
  for (const member of (btf.type(typeId) as BtfComposite).members) {
    if (member.name === name) return { member, bitOff: member.bitOff };
    if (member.name !== '') continue;
    const inner = findMember(btf, btf.resolveType(member.type), name, seen);
    if (inner !== undefined) return { member: inner.member, bitOff: member.bitOff + inner.bitOff };
  }
  return undefined;
}

/** `struct task_struct.se.vruntime` for messages. */
export function formatFieldSpec(spec: FieldSpec): string {
  const root = essentialName(spec.btf.name(spec.rootId));
  const steps = spec.steps.map((step) => ('name' in step ? `.${step.name}` : `[${step.index}]`)).join('');
  return `${root}${spec.index === 0 ? '' : `[${spec.index}]`}${steps}`;
}
