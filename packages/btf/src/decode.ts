// What does one record say?
import { infoKind, infoVlen, RECORD_WORDS } from './layout.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG,
  BTF_KIND_UNION, BTF_KIND_UNKN, BTF_KIND_VAR, BTF_KIND_VOLATILE,
} from './kinds.ts';
import type { BtfEnumerator, BtfMember, BtfParam, BtfType, BtfVarSecinfo } from './types.ts';

/**
 * Decodes the record at word `at` of a scanned type section.
 *
 * @param id its type id
 * @param string reads a string by offset
 */
export function decodeType(words: Uint32Array, at: number, id: number, string: (strOff: number) => string): BtfType {
  const info = words[at + 1]!;
  const word = words[at + 2]!;
  const kind = infoKind(info);
  const vlen = infoVlen(info);
  const kindFlag = info >>> 31 === 1;
  const name = string(words[at]!);
  const extra = at + RECORD_WORDS;
  switch (kind) {
    case BTF_KIND_INT: {
      const bits = words[extra]!;
      return { id, name, kind, size: word, encoding: (bits >>> 24) & 0xf, bitOff: (bits >>> 16) & 0xff, bits: bits & 0xff };
    }
    case BTF_KIND_PTR:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
      return { id, name, kind, type: word, kindFlag };
    case BTF_KIND_ARRAY:
      return { id, name, kind, type: words[extra]!, indexType: words[extra + 1]!, nelems: words[extra + 2]! };
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: {
      const members: BtfMember[] = [];
      for (let i = 0, m = extra; i < vlen; i++, m += 3) {
        const off = words[m + 2]!;
        members.push({
          name: string(words[m]!),
          type: words[m + 1]!,
          bitOff: kindFlag ? off & 0xff_ffff : off,
          bitfieldSize: kindFlag ? off >>> 24 : 0,
        });
      }
      return { id, name, kind, size: word, kindFlag, members };
    }
    case BTF_KIND_ENUM: {
      const values: BtfEnumerator[] = [];
      for (let i = 0, e = extra; i < vlen; i++, e += 2) {
        const value = words[e + 1]!;
        values.push({ name: string(words[e]!), value: kindFlag ? value | 0 : value });
      }
      return { id, name, kind, size: word, signed: kindFlag, values };
    }
    case BTF_KIND_ENUM64: {
      const values: BtfEnumerator[] = [];
      for (let i = 0, e = extra; i < vlen; i++, e += 3) {
        const value = (BigInt(words[e + 2]!) << 32n) | BigInt(words[e + 1]!);
        values.push({ name: string(words[e]!), value: kindFlag ? BigInt.asIntN(64, value) : value });
      }
      return { id, name, kind, size: word, signed: kindFlag, values };
    }
    case BTF_KIND_FWD:
      return { id, name, kind, union: kindFlag };
    case BTF_KIND_FUNC:
      return { id, name, kind, type: word, linkage: vlen };
    case BTF_KIND_FUNC_PROTO: {
      const params: BtfParam[] = [];
      for (let i = 0, p = extra; i < vlen; i++, p += 2) params.push({ name: string(words[p]!), type: words[p + 1]! });
      return { id, name, kind, returnType: word, params };
    }
    case BTF_KIND_VAR:
      return { id, name, kind, type: word, linkage: words[extra]! };
    case BTF_KIND_DATASEC: {
      const vars: BtfVarSecinfo[] = [];
      for (let i = 0, v = extra; i < vlen; i++, v += 3) vars.push({ type: words[v]!, byteOff: words[v + 1]!, size: words[v + 2]! });
      return { id, name, kind, size: word, vars };
    }
    case BTF_KIND_FLOAT:
      return { id, name, kind, size: word };
    case BTF_KIND_DECL_TAG:
      return { id, name, kind, type: word, componentIdx: words[extra]! | 0, kindFlag };
    default:
      return { id, name, kind: BTF_KIND_UNKN, rawKind: kind };
  }
}
