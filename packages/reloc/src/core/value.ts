// Which number answers a CO-RE relocation?
import { BTF_INT_SIGNED, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT, BTF_KIND_PTR } from '@rootlet/btf';
import type { Btf, BtfCoreRelo, BtfEnum, BtfInt } from '@rootlet/btf';
import { RelocError } from '../errors.ts';
import { areTypesCompatible, doTypesMatch } from './compat.ts';
import {
  BPF_CORE_ENUMVAL_EXISTS,
  BPF_CORE_FIELD_BYTE_OFFSET,
  BPF_CORE_FIELD_BYTE_SIZE,
  BPF_CORE_FIELD_EXISTS,
  BPF_CORE_FIELD_LSHIFT_U64,
  BPF_CORE_FIELD_RSHIFT_U64,
  BPF_CORE_FIELD_SIGNED,
  BPF_CORE_TYPE_EXISTS,
  BPF_CORE_TYPE_ID_LOCAL,
  BPF_CORE_TYPE_ID_TARGET,
  BPF_CORE_TYPE_MATCHES,
  BPF_CORE_TYPE_SIZE,
  isEnumvalKind,
  isExistsKind,
  isFieldKind,
} from './kinds.ts';
import { matchFieldSpec, parseAccess, readFieldSpec } from './spec.ts';
import type { FieldSpec } from './spec.ts';
import { essentialName } from './target.ts';
import type { CoreTarget } from './target.ts';

/** What a relocation comes to. */
export interface CoreAnswer {
  /** What the compiler wrote; undefined where it may be anything. */
  readonly original: bigint | undefined;
  /** The answer; undefined when the target has no such type, field or enumerator. */
  readonly value: bigint | undefined;
  /** For offsets of fields that one load takes: its size in the object and in the target, bytes. */
  readonly loadBytes?: { readonly local: number; readonly target: number };
  /** Whether the load may change its size: pointers and unsigned numbers. */
  readonly canResize: boolean;
}

/**
 * Answers a relocation.
 *
 * @param what names the relocation, for errors
 * @throws `CORE_ACCESS`; `CORE_KIND` for a kind that is not known; `CORE_AMBIGUOUS` when candidates give different answers
 */
export function answerCoreRelo(local: Btf, target: CoreTarget, relo: BtfCoreRelo, what: string): CoreAnswer {
  const { kind, typeId } = relo;
  if (kind > BPF_CORE_TYPE_MATCHES) throw new RelocError('CORE_KIND', what, 'unknown kind', { have: kind });
  if (kind === BPF_CORE_TYPE_ID_LOCAL) return { original: BigInt(typeId), value: BigInt(typeId), canResize: false };
  const access = parseAccess(local.string(relo.accessStrOff), what);
  const ask = isFieldKind(kind) ? fieldQuestion : isEnumvalKind(kind) ? enumvalQuestion : typeQuestion;
  const question = ask(local, kind, typeId, access, what);

  const root = rootOf(local, typeId);
  let found: Omit<CoreAnswer, 'original'> | undefined;
  for (const id of local.name(root) === '' ? [] : target.candidates(local.name(root), local.kind(root))) {
    const answer = question.answer(target.btf, id);
    if (answer === undefined) continue;
    if (found !== undefined && (found.value !== answer.value || found.loadBytes?.target !== answer.loadBytes?.target)) {
      throw new RelocError('CORE_AMBIGUOUS', what, 'several types of this name give different answers', {
        have: `${found.value} and ${answer.value}`,
      });
    }
    found ??= answer;
  }
  const missing = isExistsKind(kind) ? 0n : undefined;
  return { original: question.original, ...(found ?? { value: missing, canResize: false }) };
}

/** A relocation in terms of the object, to be asked of each candidate. */
interface CoreQuestion {
  readonly original: bigint | undefined;
  answer(btf: Btf, id: number): Omit<CoreAnswer, 'original'> | undefined;
}

/** Candidates go by the name of the type itself: a typedef's own, a struct's without modifiers. */
function rootOf(btf: Btf, typeId: number): number {
  return btf.skipModifiers(typeId);
}

function fieldQuestion(local: Btf, kind: number, typeId: number, access: readonly number[], what: string): CoreQuestion {
  const spec = readFieldSpec(local, typeId, access, what);
  const own = fieldValue(spec, kind);
  return {
    // Compilers may have folded shifts and sizes into something else; a plain offset they have not.
    original: kind === BPF_CORE_FIELD_BYTE_OFFSET && spec.bitfieldSize === 0 ? own.value : undefined,
    answer: (btf, id) => {
      const match = matchFieldSpec(spec, btf, id);
      if (match === undefined) return undefined;
      const answer = fieldValue(match, kind);
      const canResize = isResizable(local, spec.typeId) && isResizable(btf, match.typeId);
      if (own.loadBytes === undefined || answer.loadBytes === undefined) return { value: answer.value, canResize };
      return { value: answer.value, canResize, loadBytes: { local: own.loadBytes, target: answer.loadBytes } };
    },
  };
}

/** What a field answers. `loadBytes` is the size of the load that takes it whole, for byte offsets of numbers and pointers. */
function fieldValue(spec: FieldSpec, kind: number): { readonly value: bigint | undefined; readonly loadBytes?: number } {
  const { btf, typeId, bitOff } = spec;
  if (kind === BPF_CORE_FIELD_EXISTS) return { value: 1n };
  if (kind === BPF_CORE_FIELD_SIGNED) return { value: isSigned(btf, typeId) ? 1n : 0n };
  const isBitfield = spec.bitfieldSize !== 0;
  let byteSize = btf.resolveSize(typeId);
  const bits = isBitfield ? spec.bitfieldSize : 8 * byteSize;
  let byteOff = Math.floor(bitOff / 8);
  if (isBitfield) {
    if (![1, 2, 4, 8].includes(byteSize)) return { value: undefined };
    // The naturally aligned word that holds the bitfield, larger than its type where it must be.
    byteOff = Math.floor(bitOff / 8 / byteSize) * byteSize;
    while (bitOff + bits - 8 * byteOff > 8 * byteSize) {
      if (byteSize >= 8) return { value: undefined };
      byteSize *= 2;
      byteOff = Math.floor(bitOff / 8 / byteSize) * byteSize;
    }
  }
  switch (kind) {
    case BPF_CORE_FIELD_BYTE_OFFSET:
      return isBitfield ? { value: BigInt(byteOff) } : { value: BigInt(byteOff), loadBytes: byteSize };
    case BPF_CORE_FIELD_BYTE_SIZE:
      return { value: BigInt(byteSize) };
    case BPF_CORE_FIELD_LSHIFT_U64: {
      const above = 64 - (bitOff + bits - 8 * byteOff);
      return { value: BigInt(btf.littleEndian ? above : 8 * (8 - byteSize) + (bitOff - 8 * byteOff)) };
    }
    case BPF_CORE_FIELD_RSHIFT_U64:
      return { value: BigInt(64 - bits) };
    default:
      return { value: undefined };
  }
}

function isSigned(btf: Btf, typeId: number): boolean {
  const kind = btf.kind(typeId);
  if (kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) return (btf.type(typeId) as BtfEnum).signed;
  return kind === BTF_KIND_INT && ((btf.type(typeId) as BtfInt).encoding & BTF_INT_SIGNED) !== 0;
}

function isResizable(btf: Btf, typeId: number): boolean {
  const kind = btf.kind(typeId);
  return kind === BTF_KIND_PTR || (kind === BTF_KIND_INT && !isSigned(btf, typeId));
}

function typeQuestion(local: Btf, kind: number, typeId: number): CoreQuestion {
  return {
    original: undefined,
    answer: (btf, id) => {
      const fits = kind === BPF_CORE_TYPE_MATCHES ? doTypesMatch(local, typeId, btf, id) : areTypesCompatible(local, typeId, btf, id);
      if (!fits) return undefined;
      switch (kind) {
        case BPF_CORE_TYPE_ID_TARGET:
          return { value: BigInt(id), canResize: false };
        case BPF_CORE_TYPE_SIZE:
          return { value: BigInt(btf.resolveSize(id)), canResize: false };
        default:
          return kind === BPF_CORE_TYPE_EXISTS || kind === BPF_CORE_TYPE_MATCHES ? { value: 1n, canResize: false } : undefined;
      }
    },
  };
}

function enumvalQuestion(local: Btf, kind: number, typeId: number, access: readonly number[], what: string): CoreQuestion {
  const id = local.resolveType(typeId);
  const isEnum = local.kind(id) === BTF_KIND_ENUM || local.kind(id) === BTF_KIND_ENUM64;
  const entry = isEnum && access.length === 1 ? (local.type(id) as BtfEnum).values[access[0] as number] : undefined;
  if (entry === undefined) throw new RelocError('CORE_ACCESS', what, 'no such enumerator', { have: `'${access.join(':')}'` });
  const wanted = essentialName(entry.name);
  return {
    original: undefined,
    answer: (btf, candidate) => {
      const targetId = btf.resolveType(candidate);
      if (btf.kind(targetId) !== BTF_KIND_ENUM && btf.kind(targetId) !== BTF_KIND_ENUM64) return undefined;
      const match = (btf.type(targetId) as BtfEnum).values.find((value) => essentialName(value.name) === wanted);
      if (match === undefined) return undefined;
      return { value: kind === BPF_CORE_ENUMVAL_EXISTS ? 1n : BigInt(match.value), canResize: false };
    },
  };
}
