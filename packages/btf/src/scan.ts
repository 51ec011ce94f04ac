// Where does each record begin, and does everything in it point somewhere?
import { DecodeError } from '@rootlet/bytes';
import type { BtfLayout } from './layout.ts';
import { ELEM_WORDS, INFO_WORDS, infoKind, infoVlen, RECORD_WORDS } from './layout.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG,
  BTF_KIND_UNION, BTF_KIND_UNKN, BTF_KIND_VAR, BTF_KIND_VOLATILE,
} from './kinds.ts';

/** What a scan needs to know besides the words. */
export interface ScanContext {
  /** Id of the first record. */
  readonly startId: number;
  /** String offsets are below this. */
  readonly strEnd: number;
  readonly layout: BtfLayout | undefined;
  /** File offset of the first word, for errors. */
  readonly byteOff: number;
}

/**
 * Finds the beginning of every record and checks the whole section: known lengths, type ids and string offsets in range.
 *
 * One pass without a branch per field: it takes the maximum of all ids and of all string offsets, and only when a maximum is too
 * large a second, slow pass finds whom to blame.
 *
 * @returns word index of each record in order, and at the end the number of words
 * @throws `BTF_TRUNCATED`, `BTF_KIND`, `BTF_LAYOUT`, `BTF_TYPE_ID`, `BTF_STRING_OFF`
 */
export function scanTypes(words: Uint32Array, context: ScanContext): Uint32Array {
  const end = words.length;
  // Every record has at least 3 words, so this bound is a third of the section.
  const offs = new Uint32Array(Math.floor(end / RECORD_WORDS) + 1);
  let count = 0;
  let maxStr = 0;
  let maxType = 0;
  let at = 0;
  while (at < end) {
    if (at + RECORD_WORDS > end) throw truncated(context, count, at, RECORD_WORDS, end);
    offs[count++] = at;
    const name = words[at]!;
    const info = words[at + 1]!;
    const word = words[at + 2]!;
    let next = at + RECORD_WORDS;
    if (name > maxStr) maxStr = name;
    switch ((info >>> 24) & 0x7f) {
      case BTF_KIND_PTR:
      case BTF_KIND_TYPEDEF:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_CONST:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_FUNC:
      case BTF_KIND_TYPE_TAG:
        if (word > maxType) maxType = word;
        break;
      case BTF_KIND_FWD:
      case BTF_KIND_FLOAT:
        break;
      case BTF_KIND_INT:
        next += 1;
        break;
      case BTF_KIND_VAR:
      case BTF_KIND_DECL_TAG:
        if (word > maxType) maxType = word;
        next += 1;
        break;
      case BTF_KIND_ARRAY:
        next += 3;
        if (next <= end) {
          const elem = words[at + 3]!;
          const index = words[at + 4]!;
          if (elem > maxType) maxType = elem;
          if (index > maxType) maxType = index;
        }
        break;
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION: {
        let i = next;
        next += 3 * (info & 0xff_ffff);
        if (next > end) break;
        for (; i < next; i += 3) {
          const str = words[i]!;
          const type = words[i + 1]!;
          if (str > maxStr) maxStr = str;
          if (type > maxType) maxType = type;
        }
        break;
      }
      case BTF_KIND_FUNC_PROTO: {
        let i = next;
        next += 2 * (info & 0xff_ffff);
        if (word > maxType) maxType = word;
        if (next > end) break;
        for (; i < next; i += 2) {
          const str = words[i]!;
          const type = words[i + 1]!;
          if (str > maxStr) maxStr = str;
          if (type > maxType) maxType = type;
        }
        break;
      }
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64: {
        const step = ((info >>> 24) & 0x7f) === BTF_KIND_ENUM ? 2 : 3;
        let i = next;
        next += step * (info & 0xff_ffff);
        if (next > end) break;
        for (; i < next; i += step) if (words[i]! > maxStr) maxStr = words[i]!;
        break;
      }
      case BTF_KIND_DATASEC: {
        let i = next;
        next += 3 * (info & 0xff_ffff);
        if (next > end) break;
        for (; i < next; i += 3) if (words[i]! > maxType) maxType = words[i]!;
        break;
      }
      default:
        next += unknownKindWords(info, context, count - 1, at);
    }
    if (next > end) throw truncated(context, count - 1, at, next - at, end);
    at = next;
  }
  if (maxType >= context.startId + count || (maxStr >= context.strEnd && maxStr !== 0)) throw findBadField(words, offs, count, context);
  offs[count] = end;
  // Keep the oversized buffer only when little of it is unused.
  return count + 1 > offs.length / 2 ? offs.subarray(0, count + 1) : offs.slice(0, count + 1);
}

/** Words after the first three of a record whose kind only the blob's own layout knows. */
function unknownKindWords(info: number, context: ScanContext, idx: number, at: number): number {
  const kind = infoKind(info);
  const infoWords = kind === BTF_KIND_UNKN ? undefined : context.layout?.infoWords[kind];
  const elemWords = context.layout?.elemWords[kind];
  const byteOff = context.byteOff + 4 * at + 4;
  const what = `btf: type ${context.startId + idx}`;
  if (infoWords === undefined || elemWords === undefined) {
    throw new DecodeError('BTF_KIND', what, 'unknown kind, and no kind layout to skip it by', { byteOff, have: kind });
  }
  if (infoWords < 0 || elemWords < 0) throw new DecodeError('BTF_LAYOUT', what, `layout of kind ${kind} is no multiple of 4 bytes`, { byteOff });
  return infoWords + infoVlen(info) * elemWords;
}

function truncated(context: ScanContext, idx: number, at: number, need: number, end: number): DecodeError {
  return new DecodeError('BTF_TRUNCATED', `btf: type ${context.startId + idx}`, 'truncated', {
    byteOff: context.byteOff + 4 * at,
    need: `${4 * need} bytes`,
    have: 4 * (end - at),
  });
}

/** The first field that points nowhere, as the error to throw. */
function findBadField(words: Uint32Array, offs: Uint32Array, count: number, context: ScanContext): DecodeError {
  const typeCount = context.startId + count;
  for (let idx = 0; idx < count; idx++) {
    const at = offs[idx]!;
    for (const { word, role, part } of recordFields(words, at)) {
      const value = words[word]!;
      const what = `btf: type ${context.startId + idx}${part}`;
      const byteOff = context.byteOff + 4 * word;
      if (role === 'string' && value >= context.strEnd && value !== 0) {
        return new DecodeError('BTF_STRING_OFF', what, 'string offset out of range', { byteOff, need: `below ${context.strEnd}`, have: value });
      }
      if (role === 'type' && value >= typeCount) {
        return new DecodeError('BTF_TYPE_ID', what, 'type id out of range', { byteOff, need: `below ${typeCount}`, have: value });
      }
    }
  }
  return new DecodeError('BTF_TYPE_ID', 'btf', 'type id or string offset out of range');
}

/** A field of a record that refers to a string or a type. */
export interface RecordField {
  /** Index of its word. */
  readonly word: number;
  readonly role: 'string' | 'type';
  /** Where in the record, for errors, e.g. `: member 3`; empty for the record's own. */
  readonly part: string;
}

const PART_NAMES: Readonly<Record<number, string>> = {
  [BTF_KIND_STRUCT]: 'member', [BTF_KIND_UNION]: 'member', [BTF_KIND_ENUM]: 'enumerator', [BTF_KIND_ENUM64]: 'enumerator',
  [BTF_KIND_FUNC_PROTO]: 'parameter', [BTF_KIND_DATASEC]: 'variable',
};

/** All fields of the record at word `at` that refer to strings or types, in wire order. For errors and tools, not for hot loops. */
export function* recordFields(words: Uint32Array, at: number): Generator<RecordField> {
  const info = words[at + 1]!;
  const kind = infoKind(info);
  yield { word: at, role: 'string', part: '' };
  if (hasRefWord(kind)) yield { word: at + 2, role: 'type', part: '' };
  if (kind === BTF_KIND_ARRAY) {
    yield { word: at + 3, role: 'type', part: ': element' };
    yield { word: at + 4, role: 'type', part: ': index' };
  }
  const name = PART_NAMES[kind];
  if (name === undefined) return;
  const step = ELEM_WORDS[kind]!;
  const first = at + RECORD_WORDS + INFO_WORDS[kind]!;
  for (let i = 0; i < infoVlen(info); i++) {
    const word = first + i * step;
    const part = `: ${name} ${i}`;
    if (kind === BTF_KIND_DATASEC) {
      yield { word, role: 'type', part };
      continue;
    }
    yield { word, role: 'string', part };
    if (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === BTF_KIND_FUNC_PROTO) yield { word: word + 1, role: 'type', part };
  }
}

// Bit per kind whose third word is a type id: PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DECL_TAG, TYPE_TAG.
const REF_KINDS = (1 << 2) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 17) | (1 << 18);
// Bit per kind whose third word is a size: INT, STRUCT, UNION, ENUM, DATASEC, FLOAT, ENUM64.
const SIZE_KINDS = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 15) | (1 << 16) | (1 << 19);

/** Whether the third word of a record of this kind is a type id. */
export function hasRefWord(kind: number): boolean {
  return kind < 32 && (REF_KINDS & (1 << kind)) !== 0;
}

/** Whether the third word of a record of this kind is a size in bytes. */
export function hasSizeWord(kind: number): boolean {
  return kind < 32 && (SIZE_KINDS & (1 << kind)) !== 0;
}
