// Which field does an access string name, and which one is it in another type?
import { BTF_KIND_ARRAY, BTF_KIND_STRUCT, BTF_KIND_UNION } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { areFieldsCompatible } from './compat.ts';
import type { Doubt } from './compat.ts';
import { coreError } from './place.ts';
import type { CorePlace } from './place.ts';
import { areNamesEqual } from './side.ts';
import type { MemberSlot , CoreBtf } from './side.ts';

/** One step on the way to a field: an index, or a member by name. */
export interface FieldStep {
  /** Offset of the member's name; 0 for an index. */
  readonly nameOff: number;
  /** The index; of a member, its place in its struct. */
  readonly index: number;
  /** Type of the member or element, as it is declared. */
  readonly typeId: number;
}

/** A field of a type. */
export interface FieldSpec {
  readonly side: CoreBtf;
  readonly rootId: number;
  /** Numbers of the access string, the way through anonymous structs included. */
  readonly access: readonly number[];
  /** The first index, then members and elements; anonymous structs are no steps. */
  readonly steps: readonly FieldStep[];
  /** From the start of the root type, bits. */
  readonly bitOff: number;
  /** Width in bits of a bitfield that the last step names; 0 when it is none. */
  readonly bitfieldSize: number;
}

/** Steps of an access string. */
const MAX_STEPS = 64;
const MAX_INDEX = 0x7fff_ffff;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
/** Structs that a search for one member goes into. */
const MAX_NESTED = 4096;
/** Structs nested in one another without a name. */
const MAX_DEPTH = 64;

/**
 * Numbers of an access string, e.g. `0:1:2`.
 *
 * @param off of the string
 * @throws `CORE_ACCESS` when it is something else
 */
export function parseAccess(side: CoreBtf, off: number, place: CorePlace): number[] {
  const { strings } = side;
  const numbers: number[] = [];
  let number = -1;
  for (let at = off; ; at++) {
    const byte = strings[at] ?? -1;
    if (byte >= ZERO && byte <= NINE) number = 10 * Math.max(0, number) + byte - ZERO;
    else if (number >= 0 && (byte === COLON || byte === 0)) {
      numbers.push(number);
      number = -1;
      if (byte === 0) return numbers;
    } else break;
    if (number > MAX_INDEX || numbers.length === MAX_STEPS) break;
  }
  throw coreError('CORE_ACCESS', place, 'no access string', { have: `'${side.btf.string(off).slice(0, 64)}'` });
}

/**
 * The field that an object's access string names in its own types.
 *
 * @throws `CORE_ACCESS` when the string leads nowhere
 */
export function readFieldSpec(side: CoreBtf, rootId: number, access: readonly number[], place: CorePlace): FieldSpec {
  const { btf } = side;
  const fail = (problem: string): never => {
    throw coreError('CORE_ACCESS', place, problem, { have: `'${access.join(':')}'` });
  };
  const first = access[0] ?? 0;
  const steps: FieldStep[] = [{ nameOff: 0, index: first, typeId: rootId }];
  const member: MemberSlot = { nameOff: 0, type: 0, bitOff: 0, bitfieldSize: 0 };
  let typeId = btf.resolveType(rootId);
  // Only the first index may go past the type, so only there is its size needed.
  let bitOff = 8 * first * side.sizeOf(typeId);
  let bitfieldSize = 0;
  for (let at = 1; at < access.length; at++) {
    const index = access[at]!;
    const kind = btf.kind(typeId);
    if (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION) {
      if (index >= btf.vlen(typeId)) fail('no such member');
      side.readMember(typeId, index, member);
      bitOff += member.bitOff;
      if (side.strings[member.nameOff] !== 0) {
        steps.push({ nameOff: member.nameOff, index, typeId: member.type });
        bitfieldSize = member.bitfieldSize;
      }
      typeId = btf.resolveType(member.type);
    } else if (kind === BTF_KIND_ARRAY) {
      const last = steps[steps.length - 1]!;
      if (index >= side.elemCount(typeId) && !isFlexible(side, typeId, last, parentOf(side, rootId, steps))) fail('index out of range');
      typeId = btf.resolveType(side.elemType(typeId));
      steps.push({ nameOff: 0, index, typeId });
      bitfieldSize = 0;
      bitOff += 8 * index * side.sizeOf(typeId);
    } else {
      fail('neither struct nor array');
    }
  }
  if (bitOff > 0xffff_ffff) fail('offset too large');
  return { side, rootId, access, steps, bitOff, bitfieldSize };
}

/**
 * The same field in another type: members are found by name, wherever they stand.
 *
 * @param doubt is told why there is none
 * @returns undefined when the type has no such field, or one of another sort
 */
export function matchFieldSpec(local: FieldSpec, side: CoreBtf, rootId: number, doubt?: Doubt): FieldSpec | undefined {
  const { btf } = side;
  const access: number[] = [];
  const steps: FieldStep[] = [];
  let typeId = btf.resolveType(rootId);
  let bitOff = 0;
  let bitfieldSize = 0;
  for (const step of local.steps) {
    if (step.nameOff !== 0) {
      const found = new MemberSearch(local.side, step, side, doubt).find(typeId);
      if (found === undefined) {
        if (doubt !== undefined) doubt.problem ??= `has no member '${local.side.btf.string(step.nameOff)}'`;
        return undefined;
      }
      for (const index of found.way) access.push(index);
      bitOff += found.bitOff;
      bitfieldSize = found.bitfieldSize;
      steps.push({ nameOff: found.nameOff, index: found.way[found.way.length - 1]!, typeId: found.typeId });
      typeId = btf.resolveType(found.typeId);
      continue;
    }
    if (steps.length > 0) {
      if (btf.kind(typeId) !== BTF_KIND_ARRAY) {
        if (doubt !== undefined) doubt.problem = `'${formatSteps(side, steps)}' is no array`;
        return undefined;
      }
      if (step.index >= side.elemCount(typeId) && !isFlexible(side, typeId, steps[steps.length - 1]!, parentOf(side, rootId, steps))) {
        if (doubt !== undefined) doubt.problem = `'${formatSteps(side, steps)}' has ${side.elemCount(typeId)} elements only`;
        return undefined;
      }
      typeId = btf.resolveType(side.elemType(typeId));
    }
    access.push(step.index);
    steps.push({ nameOff: 0, index: step.index, typeId: steps.length === 0 ? rootId : typeId });
    bitfieldSize = 0;
    bitOff += 8 * step.index * side.sizeOf(typeId);
  }
  if (bitOff > 0xffff_ffff) return undefined;
  return { side, rootId, access, steps, bitOff, bitfieldSize };
}

/** An array without a length at the end of its struct: any index is in it. */
function isFlexible(side: CoreBtf, arrayId: number, step: FieldStep, parentId: number): boolean {
  if (step.nameOff === 0 || side.elemCount(arrayId) > 0) return false;
  return step.index === side.btf.vlen(parentId) - 1;
}

/** The struct or union in which the last step stands. */
function parentOf(side: CoreBtf, rootId: number, steps: readonly FieldStep[]): number {
  // Anonymous structs are no steps: the struct that really holds the member is found from the one that is named.
  const named = side.btf.resolveType(steps.length < 2 ? rootId : steps[steps.length - 2]!.typeId);
  const last = steps[steps.length - 1]!;
  return findHolder(side, named, last, new Set()) ?? named;
}

function findHolder(side: CoreBtf, id: number, step: FieldStep, seen: Set<number>): number | undefined {
  const { btf } = side;
  if (seen.has(id) || seen.size > MAX_NESTED || !isComposite(btf, id)) return undefined;
  seen.add(id);
  const member: MemberSlot = { nameOff: 0, type: 0, bitOff: 0, bitfieldSize: 0 };
  for (let idx = 0; idx < btf.vlen(id); idx++) {
    side.readMember(id, idx, member);
    if (idx === step.index && member.nameOff === step.nameOff && member.type === step.typeId) return id;
    if (side.strings[member.nameOff] !== 0) continue;
    const holder = findHolder(side, btf.resolveType(member.type), step, seen);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

function isComposite(btf: Btf, id: number): boolean {
  const kind = btf.kind(id);
  return kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION;
}

/** A member that was found. */
interface FoundMember {
  /** Indices of members, from the struct that was searched to the one found. */
  readonly way: number[];
  nameOff: number;
  typeId: number;
  bitOff: number;
  bitfieldSize: number;
}

/** Looks for one member by name, in anonymous structs and unions too. Flavours of members do not exist, but of their types. */
class MemberSearch {
  readonly #local: CoreBtf;
  readonly #step: FieldStep;
  readonly #side: CoreBtf;
  readonly #doubt: Doubt | undefined;
  // What was searched in vain is not searched again, so that nesting costs no more than its size.
  #seen: Set<number> | undefined;

  constructor(local: CoreBtf, step: FieldStep, side: CoreBtf, doubt: Doubt | undefined) {
    this.#local = local;
    this.#step = step;
    this.#side = side;
    this.#doubt = doubt;
  }

  find(id: number, depth = 0): FoundMember | undefined {
    const side = this.#side;
    const { btf, strings } = side;
    if (!isComposite(btf, id) || depth > MAX_DEPTH) return undefined;
    const words = btf.recordWords(id);
    const first = btf.recordIdx(id) + 3;
    const vlen = btf.vlen(id);
    const localStrings = this.#local.strings;
    const { nameOff } = this.#step;
    const firstByte = localStrings[nameOff]!;
    for (let idx = 0, word = first; idx < vlen; idx++, word += 3) {
      const off = words[word]!;
      const byte = strings[off]!;
      if (byte === firstByte && areNamesEqual(localStrings, nameOff, strings, off)) {
        const member: MemberSlot = { nameOff: 0, type: 0, bitOff: 0, bitfieldSize: 0 };
        side.readMember(id, idx, member);
        if (!areFieldsCompatible(this.#local, this.#step.typeId, side, member.type)) {
          if (this.#doubt !== undefined) this.#doubt.problem ??= `has a member '${btf.string(off)}' of another sort`;
          // The first of a name counts, as for a compiler.
          return undefined;
        }
        return { way: [idx], nameOff: off, typeId: member.type, bitOff: member.bitOff, bitfieldSize: member.bitfieldSize };
      }
      if (byte !== 0) continue;
      const inner = this.#findInner(btf.resolveType(words[word + 1]!), depth);
      if (inner === undefined) continue;
      const member: MemberSlot = { nameOff: 0, type: 0, bitOff: 0, bitfieldSize: 0 };
      side.readMember(id, idx, member);
      inner.bitOff += member.bitOff;
      inner.way.unshift(idx);
      return inner;
    }
    return undefined;
  }

  #findInner(id: number, depth: number): FoundMember | undefined {
    this.#seen ??= new Set();
    if (this.#seen.has(id) || this.#seen.size > MAX_NESTED) return undefined;
    this.#seen.add(id);
    return this.find(id, depth + 1);
  }
}

/** Steps as C text: `.se.vruntime`, `[2].bar`. */
export function formatSteps(side: CoreBtf, steps: readonly FieldStep[]): string {
  const parts = steps.map(({ nameOff, index }, at) => {
    if (nameOff !== 0) return `.${side.btf.string(nameOff)}`;
    return at === 0 && index === 0 ? '' : `[${index}]`;
  });
  return parts.join('');
}
