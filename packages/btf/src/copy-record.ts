// How does a record of one BTF get into another, all numbers changed on the way?
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC_PROTO, BTF_KIND_STRUCT, BTF_KIND_UNION,
} from './kinds.ts';
import { ELEM_WORDS, INFO_WORDS, infoKind, infoVlen, RECORD_WORDS } from './layout.ts';
import type { RecordList } from './records.ts';
import { hasRefWord } from './scan.ts';
import type { StringMap } from './string-map.ts';

/**
 * Appends the record at word `from`, whose kind is known, in one pass: linking copies tens of thousands.
 *
 * @param ids new id for each old one
 */
export function copyRecord(words: Uint32Array, from: number, to: RecordList, strings: StringMap, ids: Uint32Array): void {
  const info = words[from + 1]!;
  const word = words[from + 2]!;
  const kind = infoKind(info);
  const infoWords = INFO_WORDS[kind]!;
  const elemWords = ELEM_WORDS[kind]!;
  const count = elemWords === 0 ? 0 : infoVlen(info);
  const at = to.append(RECORD_WORDS + infoWords + count * elemWords);
  const own = to.words;
  own[at] = strings.map(words[from]!);
  own[at + 1] = info;
  own[at + 2] = hasRefWord(kind) ? ids[word]! : word;
  let i = from + RECORD_WORDS;
  let o = at + RECORD_WORDS;
  switch (kind) {
    case BTF_KIND_ARRAY:
      own[o] = ids[words[i]!]!;
      own[o + 1] = ids[words[i + 1]!]!;
      own[o + 2] = words[i + 2]!;
      break;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      for (let n = count; n > 0; n--, i += 3, o += 3) {
        own[o] = strings.map(words[i]!);
        own[o + 1] = ids[words[i + 1]!]!;
        own[o + 2] = words[i + 2]!;
      }
      break;
    case BTF_KIND_FUNC_PROTO:
      for (let n = count; n > 0; n--, i += 2, o += 2) {
        own[o] = strings.map(words[i]!);
        own[o + 1] = ids[words[i + 1]!]!;
      }
      break;
    case BTF_KIND_DATASEC:
      for (let n = count; n > 0; n--, i += 3, o += 3) {
        own[o] = ids[words[i]!]!;
        own[o + 1] = words[i + 1]!;
        own[o + 2] = words[i + 2]!;
      }
      break;
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      for (let n = count; n > 0; n--, i += elemWords, o += elemWords) {
        own[o] = strings.map(words[i]!);
        for (let w = 1; w < elemWords; w++) own[o + w] = words[i + w]!;
      }
      break;
    default:
      for (let n = infoWords; n > 0; n--) own[o++] = words[i++]!;
  }
}
