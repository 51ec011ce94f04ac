// What do messages call a kind of BTF, and which kinds have members?
import { BTF_KIND_STRUCT, BTF_KIND_UNION } from '@rootlet/btf';

const KIND_NAMES: readonly string[] = [
  'UNKNOWN', 'INT', 'PTR', 'ARRAY', 'STRUCT', 'UNION', 'ENUM', 'FWD', 'TYPEDEF', 'VOLATILE', 'CONST', 'RESTRICT', 'FUNC', 'FUNC_PROTO',
  'VAR', 'DATASEC', 'FLOAT', 'DECL_TAG', 'TYPE_TAG', 'ENUM64',
];

/** Name of a kind of BTF as messages write it. */
export function kindName(kind: number): string {
  return KIND_NAMES[kind] ?? 'UNKNOWN';
}

export function isStructKind(kind: number): boolean {
  return kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION;
}
