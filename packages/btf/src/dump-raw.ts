// What does bpftool print for each type of a BTF?
import type { Btf } from './btf.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG,
  BTF_KIND_UNION, BTF_KIND_UNKN, BTF_KIND_VAR, BTF_KIND_VOLATILE,
} from './kinds.ts';
import type { BtfEnum, BtfEnumerator, BtfType } from './types.ts';

/** Chunks are at least this long, so that a writer is called a few hundred times for a kernel, not a million times. */
const CHUNK_CHARS = 32_768;

const KIND_NAMES: readonly string[] = [
  'UNKNOWN', 'INT', 'PTR', 'ARRAY', 'STRUCT', 'UNION', 'ENUM', 'FWD', 'TYPEDEF', 'VOLATILE', 'CONST', 'RESTRICT', 'FUNC', 'FUNC_PROTO',
  'VAR', 'DATASEC', 'FLOAT', 'DECL_TAG', 'TYPE_TAG', 'ENUM64',
];

type Value = string | number | bigint;
type Fields = readonly (readonly [key: string, value: Value])[];

/** One type as bpftool shows it, in text or JSON: the same fields in the same order. */
interface RawType {
  readonly fields: Fields;
  /** Members, enumerators, parameters or variables. */
  readonly list?: { readonly key: string; readonly items: readonly RawItem[] };
}

interface RawItem {
  /** Absent for variables of a section. */
  readonly name?: string;
  readonly fields: Fields;
  /** Only in text. */
  readonly suffix?: string;
}

/**
 * The own types of a BTF as text, in chunks: together exactly what `bpftool btf dump file FILE format raw` prints.
 *
 * @returns chunks of whole lines with their line ends
 * @source behaviour of bpftool 7.1
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { dumpRaw, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/helpers.el.btf'));
 * for (const chunk of dumpRaw(btf)) console.log(chunk.split('\n')[0]); // [1] PTR '(anon)' type_id=2
 * ```
 */
export function* dumpRaw(btf: Btf): Generator<string, void, undefined> {
  let chunk = '';
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const type = btf.type(id);
    const raw = rawType(btf, type, false);
    chunk += `[${id}] ${KIND_NAMES[type.kind]!} '${shown(type.name)}'`;
    for (const [key, value] of raw.fields) {
      // bpftool puts a comma here and nowhere else.
      chunk += `${type.kind === BTF_KIND_VAR && key === 'linkage' ? ',' : ''} ${key}=${value}`;
    }
    chunk += '\n';
    for (const item of raw.list?.items ?? []) {
      chunk += '\t';
      if (item.name !== undefined) chunk += `'${shown(item.name)}' `;
      chunk += item.fields.map(([key, value]) => `${key}=${value}`).join(' ');
      chunk += `${item.suffix ?? ''}\n`;
    }
    if (chunk.length >= CHUNK_CHARS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

/**
 * The own types of a BTF as JSON, in chunks: together exactly what `bpftool --json btf dump file FILE format raw` prints.
 * As there, values of an unsigned ENUM from 2^31 on are sign-extended to 64 bits.
 *
 * @source behaviour of bpftool 7.1
 */
export function* dumpJson(btf: Btf): Generator<string, void, undefined> {
  let chunk = '{"types":[';
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const type = btf.type(id);
    const raw = rawType(btf, type, true);
    if (id > btf.startId) chunk += ',';
    chunk += `{"id":${id},"kind":"${KIND_NAMES[type.kind]!}","name":${JSON.stringify(shown(type.name))}${jsonFields(raw.fields)}`;
    if (raw.list !== undefined) chunk += `,"${raw.list.key}":[${raw.list.items.map(jsonItem).join(',')}]`;
    chunk += '}';
    if (chunk.length >= CHUNK_CHARS) {
      yield chunk;
      chunk = '';
    }
  }
  yield `${chunk}]}\n`;
}

function jsonItem(item: RawItem): string {
  const fields = jsonFields(item.fields);
  return item.name === undefined ? `{${fields.slice(1)}}` : `{"name":${JSON.stringify(shown(item.name))}${fields}}`;
}

/** `,"key":value` for each field. */
function jsonFields(fields: Fields): string {
  let text = '';
  for (const [key, value] of fields) {
    text += typeof value === 'string' ? `,"${key}":"${value}"` : `,"${key}":${value}`;
  }
  return text;
}

function shown(name: string): string {
  return name === '' ? '(anon)' : name;
}

function rawType(btf: Btf, type: BtfType, json: boolean): RawType {
  switch (type.kind) {
    case BTF_KIND_INT:
      return {
        fields: [['size', type.size], ['bits_offset', type.bitOff], ['nr_bits', type.bits], ['encoding', intEncoding(type.encoding)]],
      };
    case BTF_KIND_PTR:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
      return { fields: [['type_id', type.type]] };
    case BTF_KIND_ARRAY:
      return { fields: [['type_id', type.type], ['index_type_id', type.indexType], ['nr_elems', type.nelems]] };
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return {
        fields: [['size', type.size], ['vlen', type.members.length]],
        list: {
          key: 'members',
          items: type.members.map((member) => ({
            name: member.name,
            fields:
              member.bitfieldSize === 0
                ? [['type_id', member.type], ['bits_offset', member.bitOff]]
                : [['type_id', member.type], ['bits_offset', member.bitOff], ['bitfield_size', member.bitfieldSize]],
          })),
        },
      };
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return {
        fields: [['encoding', type.signed ? 'SIGNED' : 'UNSIGNED'], ['size', type.size], ['vlen', type.values.length]],
        list: { key: 'values', items: type.values.map((value) => ({ name: value.name, fields: [['val', enumValue(type, value, json)]] })) },
      };
    case BTF_KIND_FWD:
      return { fields: [['fwd_kind', type.union ? 'union' : 'struct']] };
    case BTF_KIND_FUNC:
      return { fields: [['type_id', type.type], ['linkage', linkageName(type.linkage)]] };
    case BTF_KIND_FUNC_PROTO:
      return {
        fields: [['ret_type_id', type.returnType], ['vlen', type.params.length]],
        list: { key: 'params', items: type.params.map((param) => ({ name: param.name, fields: [['type_id', param.type]] })) },
      };
    case BTF_KIND_VAR:
      return { fields: [['type_id', type.type], ['linkage', linkageName(type.linkage)]] };
    case BTF_KIND_DATASEC:
      return {
        fields: [['size', type.size], ['vlen', type.vars.length]],
        list: {
          key: 'vars',
          items: type.vars.map((info) => ({
            fields: [['type_id', info.type], ['offset', info.byteOff], ['size', info.size]],
            suffix: ` (${KIND_NAMES[btf.kind(info.type)]!} '${shown(btf.name(info.type))}')`,
          })),
        },
      };
    case BTF_KIND_FLOAT:
      return { fields: [['size', type.size]] };
    case BTF_KIND_DECL_TAG:
      return { fields: [['type_id', type.type], ['component_idx', type.componentIdx]] };
    case BTF_KIND_UNKN:
      return { fields: [['kind', type.rawKind]] };
  }
}

/** Text shows 64-bit values as C constants; JSON shows every unsigned value as 64 bits, sign-extended from its own width. */
function enumValue(type: BtfEnum, enumerator: BtfEnumerator, json: boolean): Value {
  const { value } = enumerator;
  if (json) return type.signed ? value : BigInt.asUintN(64, type.kind === BTF_KIND_ENUM ? BigInt(Number(value) | 0) : BigInt(value));
  return type.kind === BTF_KIND_ENUM ? value : `${value}${type.signed ? 'LL' : 'ULL'}`;
}

function intEncoding(encoding: number): string {
  switch (encoding) {
    case 0:
      return '(none)';
    case 1:
      return 'SIGNED';
    case 2:
      return 'CHAR';
    case 4:
      return 'BOOL';
    default:
      return 'UNKN';
  }
}

function linkageName(linkage: number): string {
  return ['static', 'global', 'extern'][linkage] ?? '(unknown)';
}
