// Which words of a record change when types and strings get other numbers?
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC_PROTO, BTF_KIND_STRUCT, BTF_KIND_UNION,
} from './kinds.ts';
import type { BtfLayout } from './layout.ts';
import { ELEM_WORDS, INFO_WORDS, infoKind, infoVlen, RECORD_WORDS } from './layout.ts';
import { hasRefWord } from './scan.ts';

/**
 * Number of words of the record at word `at`; 0 for kinds that are not known.
 *
 * @param layout knows more kinds, those of the blob that the record is from
 */
export function recordLength(words: Uint32Array, at: number, layout?: BtfLayout): number {
  const info = words[at + 1]!;
  const kind = infoKind(info);
  const infoWords = INFO_WORDS[kind] ?? layout?.infoWords[kind];
  const elemWords = ELEM_WORDS[kind] ?? layout?.elemWords[kind];
  return infoWords === undefined || elemWords === undefined || kind === 0 ? 0 : RECORD_WORDS + infoWords + infoVlen(info) * elemWords;
}

/** Replaces every string offset in the record at word `at`. */
export function remapStrings(words: Uint32Array, at: number, mapString: (strOff: number) => number): void {
  words[at] = mapString(words[at]!);
  const info = words[at + 1]!;
  const kind = infoKind(info);
  if (kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_UNION && kind !== BTF_KIND_ENUM && kind !== BTF_KIND_ENUM64 && kind !== BTF_KIND_FUNC_PROTO) return;
  const step = ELEM_WORDS[kind]!;
  let i = at + RECORD_WORDS;
  for (let n = infoVlen(info); n > 0; n--, i += step) words[i] = mapString(words[i]!);
}

/** Shows every type id in the record at word `at`, in wire order, and changes nothing. */
export function visitTypes(words: Uint32Array, at: number, visit: (id: number) => unknown): void {
  remapTypes(words, at, (id) => {
    visit(id);
    return id;
  });
}

/** Replaces every type id in the record at word `at`. */
export function remapTypes(words: Uint32Array, at: number, mapType: (id: number) => number): void {
  const info = words[at + 1]!;
  const kind = infoKind(info);
  if (hasRefWord(kind)) words[at + 2] = mapType(words[at + 2]!);
  let i = at + RECORD_WORDS;
  switch (kind) {
    case BTF_KIND_ARRAY:
      words[i] = mapType(words[i]!);
      words[i + 1] = mapType(words[i + 1]!);
      break;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      for (let n = infoVlen(info); n > 0; n--, i += 3) words[i + 1] = mapType(words[i + 1]!);
      break;
    case BTF_KIND_FUNC_PROTO:
      for (let n = infoVlen(info); n > 0; n--, i += 2) words[i + 1] = mapType(words[i + 1]!);
      break;
    case BTF_KIND_DATASEC:
      for (let n = infoVlen(info); n > 0; n--, i += 3) words[i] = mapType(words[i]!);
      break;
  }
}
