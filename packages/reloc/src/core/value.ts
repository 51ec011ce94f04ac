// Which number answers a question about a field, a type or an enumerator that was found?
import { BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT, BTF_KIND_PTR } from '@rootlet/btf';
import { areTypesCompatible, isSignedInt } from './compat.ts';
import type { Doubt } from './compat.ts';
import {
  BPF_CORE_ENUMVAL_EXISTS,
  BPF_CORE_FIELD_BYTE_OFFSET,
  BPF_CORE_FIELD_BYTE_SIZE,
  BPF_CORE_FIELD_EXISTS,
  BPF_CORE_FIELD_LSHIFT_U64,
  BPF_CORE_FIELD_RSHIFT_U64,
  BPF_CORE_FIELD_SIGNED,
  BPF_CORE_TYPE_ID_LOCAL,
  BPF_CORE_TYPE_ID_TARGET,
  BPF_CORE_TYPE_MATCHES,
  BPF_CORE_TYPE_SIZE,
  coreKindName,
  isEnumvalKind,
  isFieldKind,
} from './kinds.ts';
import { coreError } from './place.ts';
import type { CorePlace } from './place.ts';
import { areEssentialsEqual } from './side.ts';
import type { CoreBtf } from './side.ts';
import { matchFieldSpec, parseAccess, readFieldSpec } from './spec.ts';
import type { FieldSpec } from './spec.ts';
import { isEnumKind } from './target.ts';
import { doTypesMatch } from './type-match.ts';

/** What a relocation is about, on one side: the object's or a candidate's. */
export type CoreSpec =
  | { readonly about: 'field'; readonly side: CoreBtf; readonly rootId: number; readonly field: FieldSpec }
  | { readonly about: 'type'; readonly side: CoreBtf; readonly rootId: number }
  | EnumeratorSpec;

interface EnumeratorSpec {
  readonly about: 'enumerator';
  readonly side: CoreBtf;
  readonly rootId: number;
  readonly enumId: number;
  readonly index: number;
}

/** The number that a spec answers with. */
export interface CoreValue {
  readonly value: bigint;
  /** Whether the compiler must have written this number: bitfields and type ids it may see otherwise. */
  readonly checked: boolean;
  /** Of a byte offset: type and size of what the load takes. */
  readonly load?: { readonly typeId: number; readonly bytes: number };
}

/**
 * What a relocation asks, in the object's own types.
 *
 * @throws `CORE_ACCESS` for an access string that leads nowhere
 */
export function readSpec(side: CoreBtf, kind: number, rootId: number, accessOff: number, place: CorePlace): CoreSpec {
  const access = parseAccess(side, accessOff, place);
  if (isFieldKind(kind)) return { about: 'field', side, rootId, field: readFieldSpec(side, rootId, access, place) };
  const fail = (problem: string): never => {
    throw coreError('CORE_ACCESS', place, problem, { have: `'${access.join(':')}'` });
  };
  const [index = 0] = access;
  if (!isEnumvalKind(kind)) {
    if (access.length !== 1 || index !== 0) fail('a question about a type has access 0');
    return { about: 'type', side, rootId };
  }
  const enumId = side.btf.resolveType(rootId);
  if (!isEnumKind(side.btf.kind(enumId)) || access.length !== 1 || index >= side.btf.vlen(enumId)) fail('no such enumerator');
  return { about: 'enumerator', side, rootId, enumId, index };
}

/**
 * The same in a candidate.
 *
 * @param doubt is told why there is nothing
 * @returns undefined when the candidate has nothing like it
 * @throws `CORE_TYPES` when the comparison does not end
 */
export function matchSpec(local: CoreSpec, kind: number, side: CoreBtf, rootId: number, place: CorePlace, doubt?: Doubt): CoreSpec | undefined {
  switch (local.about) {
    case 'field': {
      const field = matchFieldSpec(local.field, side, rootId, doubt);
      return field && { about: 'field', side, rootId, field };
    }
    case 'type': {
      const compare = kind === BPF_CORE_TYPE_MATCHES ? doTypesMatch : areTypesCompatible;
      const alike = compare(local.side, local.rootId, side, rootId);
      if (alike === undefined) {
        throw coreError('CORE_TYPES', place, 'types are nested too deeply to be compared', { have: `type ${rootId} of the target` });
      }
      if (alike) return { about: 'type', side, rootId };
      if (doubt !== undefined) doubt.problem = kind === BPF_CORE_TYPE_MATCHES ? 'does not match' : 'is of another sort';
      return undefined;
    }
    case 'enumerator': {
      const enumId = side.btf.resolveType(rootId);
      if (!isEnumKind(side.btf.kind(enumId))) {
        if (doubt !== undefined) doubt.problem = 'is no enumeration';
        return undefined;
      }
      const name = local.side.enumeratorName(local.enumId, local.index);
      const count = side.btf.vlen(enumId);
      for (let index = 0; index < count; index++) {
        if (areEssentialsEqual(local.side.strings, name, side.strings, side.enumeratorName(enumId, index))) {
          return { about: 'enumerator', side, rootId, enumId, index };
        }
      }
      if (doubt !== undefined) doubt.problem = `has no enumerator '${local.side.btf.string(name)}'`;
      return undefined;
    }
  }
}

/**
 * The number that answers.
 *
 * @throws `CORE_FIELD` for questions that an element of an array, or a bitfield over more than 8 bytes, has no answer to
 */
export function valueOf(spec: CoreSpec, kind: number, place: CorePlace): CoreValue {
  switch (spec.about) {
    case 'field':
      return fieldValue(spec.field, kind, place);
    case 'enumerator':
      return { value: kind === BPF_CORE_ENUMVAL_EXISTS ? 1n : extendedValue(spec), checked: true };
    case 'type':
      switch (kind) {
        case BPF_CORE_TYPE_ID_LOCAL:
        case BPF_CORE_TYPE_ID_TARGET:
          // Linkers renumber types and leave the instructions.
          return { value: BigInt(spec.rootId), checked: false };
        case BPF_CORE_TYPE_SIZE:
          return { value: BigInt(spec.side.sizeOf(spec.rootId)), checked: true };
        default:
          return { value: 1n, checked: true };
      }
  }
}

/** Enumerators of 32 bits are extended with their sign, whether their type has one or not, as libbpf and the kernel do. */
function extendedValue(spec: EnumeratorSpec): bigint {
  const value = spec.side.enumeratorValue(spec.enumId, spec.index);
  return isEnum32(spec) ? BigInt.asIntN(32, value) : value;
}

/** An enumerator of 32 bits. */
export function isEnum32(spec: CoreSpec): spec is EnumeratorSpec {
  return spec.about === 'enumerator' && spec.side.btf.kind(spec.enumId) === BTF_KIND_ENUM;
}

/** An enumerator without sign that needs all of its 32 bits: compilers do not extend it, so that libbpf refuses what they wrote. */
export function isLargeUnsigned(spec: CoreSpec): boolean {
  return isEnum32(spec) && spec.side.enumeratorValue(spec.enumId, spec.index) > 0x7fff_ffffn;
}

function fieldValue(spec: FieldSpec, kind: number, place: CorePlace): CoreValue {
  if (kind === BPF_CORE_FIELD_EXISTS) return { value: 1n, checked: true };
  const { side, bitOff, bitfieldSize } = spec;
  const last = spec.steps[spec.steps.length - 1]!;
  if (last.nameOff === 0) return elementValue(spec, kind, last.typeId, place);
  const typeId = side.btf.resolveType(last.typeId);
  const isBitfield = bitfieldSize !== 0;
  let bytes = isBitfield ? side.btf.rawSize(typeId) : side.sizeOf(typeId);
  if (kind === BPF_CORE_FIELD_SIGNED) return { value: isSigned(side, typeId) ? 1n : 0n, checked: true };
  const bits = isBitfield ? bitfieldSize : 8 * bytes;
  let byteOff = Math.floor(bitOff / 8);
  if (isBitfield) {
    // The naturally aligned word that holds the bitfield, larger than its type where it must be.
    byteOff = bytes === 0 ? 0 : Math.floor(bitOff / 8 / bytes) * bytes;
    while (bitOff + bits - 8 * byteOff > 8 * bytes) {
      if (bytes >= 8 || bytes === 0) throw coreError('CORE_FIELD', place, 'no load of 8 bytes holds the bitfield', { have: `${bits} bits at bit ${bitOff}` });
      bytes *= 2;
      byteOff = Math.floor(bitOff / 8 / bytes) * bytes;
    }
  }
  // Compilers may take a bitfield from another word.
  const checked = !isBitfield;
  switch (kind) {
    case BPF_CORE_FIELD_BYTE_OFFSET:
      // A bitfield is no whole load: one that expects the other finds nothing to resize.
      return { value: BigInt(byteOff), checked, load: isBitfield ? { typeId: 0, bytes: 0 } : loadOf(side, typeId) };
    case BPF_CORE_FIELD_BYTE_SIZE:
      return { value: BigInt(bytes), checked };
    case BPF_CORE_FIELD_LSHIFT_U64: {
      const shift = side.btf.littleEndian ? 64 - (bitOff + bits - 8 * byteOff) : 8 * (8 - bytes) + (bitOff - 8 * byteOff);
      return { value: BigInt.asUintN(32, BigInt(shift)), checked };
    }
    case BPF_CORE_FIELD_RSHIFT_U64:
      return { value: BigInt(64 - bits), checked: true };
    default:
      throw coreError('CORE_KIND', place, 'unknown kind', { have: kind });
  }
}

/** An element of an array, or of a pointer to the root type, is not a member: it has an offset and a size. */
function elementValue(spec: FieldSpec, kind: number, typeId: number, place: CorePlace): CoreValue {
  const { side, bitOff } = spec;
  switch (kind) {
    case BPF_CORE_FIELD_BYTE_OFFSET:
      return { value: BigInt(Math.floor(bitOff / 8)), checked: true, load: loadOf(side, side.btf.resolveType(typeId)) };
    case BPF_CORE_FIELD_BYTE_SIZE:
      return { value: BigInt(side.sizeOf(typeId)), checked: true };
    default:
      throw coreError('CORE_FIELD', place, `elements of arrays have no ${coreKindName(kind)}`);
  }
}

/** What a load takes: of an array its elements, however many there are. */
function loadOf(side: CoreBtf, typeId: number): NonNullable<CoreValue['load']> {
  return { typeId, bytes: side.sizeOf(side.innerElement(typeId)) };
}

function isSigned(side: CoreBtf, typeId: number): boolean {
  const kind = side.btf.kind(typeId);
  if (kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) return side.btf.kindFlag(typeId);
  return kind === BTF_KIND_INT && isSignedInt(side, typeId);
}

/** Whether a load of it may change its size: pointers and unsigned numbers keep their value. */
export function canResize(a: CoreBtf, idA: number, b: CoreBtf, idB: number): boolean {
  const kind = a.btf.kind(idA);
  if (kind !== b.btf.kind(idB)) return false;
  if (kind === BTF_KIND_INT) return !isSignedInt(a, idA) && !isSignedInt(b, idB);
  return kind === BTF_KIND_PTR;
}
