// What may a CO-RE relocation ask?
// Names and values: UAPI linux/bpf.h, enum bpf_core_relo_kind.

/** Byte offset of a field. */
export const BPF_CORE_FIELD_BYTE_OFFSET = 0;
/** Size of a field in bytes. */
export const BPF_CORE_FIELD_BYTE_SIZE = 1;
/** Whether a field is there. */
export const BPF_CORE_FIELD_EXISTS = 2;
/** Whether a field is signed. */
export const BPF_CORE_FIELD_SIGNED = 3;
/** Left shift that brings a bitfield's top bit to bit 63. */
export const BPF_CORE_FIELD_LSHIFT_U64 = 4;
/** Right shift that then brings it down. */
export const BPF_CORE_FIELD_RSHIFT_U64 = 5;
/** Type id in the object's BTF. */
export const BPF_CORE_TYPE_ID_LOCAL = 6;
/** Type id in the target's BTF. */
export const BPF_CORE_TYPE_ID_TARGET = 7;
/** Whether a type is there. */
export const BPF_CORE_TYPE_EXISTS = 8;
/** Size of a type in bytes. */
export const BPF_CORE_TYPE_SIZE = 9;
/** Whether an enumerator is there. */
export const BPF_CORE_ENUMVAL_EXISTS = 10;
/** Value of an enumerator. */
export const BPF_CORE_ENUMVAL_VALUE = 11;
/** Whether a type matches, members included. */
export const BPF_CORE_TYPE_MATCHES = 12;

const NAMES: readonly string[] = [
  'byte_off',
  'byte_sz',
  'field_exists',
  'signed',
  'lshift_u64',
  'rshift_u64',
  'local_type_id',
  'target_type_id',
  'type_exists',
  'type_size',
  'enumval_exists',
  'enumval_value',
  'type_matches',
];

/** Name of a kind as libbpf and llvm-objdump print it, e.g. `byte_off`. */
export function coreKindName(kind: number): string {
  return NAMES[kind] ?? `unknown kind ${kind}`;
}

/** Whether the question is about a field. */
export function isFieldKind(kind: number): boolean {
  return kind <= BPF_CORE_FIELD_RSHIFT_U64;
}

/** Whether the question is about an enumerator. */
export function isEnumvalKind(kind: number): boolean {
  return kind === BPF_CORE_ENUMVAL_EXISTS || kind === BPF_CORE_ENUMVAL_VALUE;
}

/** Whether the answer to the question is 0, not poison, when nothing is found: questions of existence, and all about types. */
export function isZeroWhenMissing(kind: number): boolean {
  return kind === BPF_CORE_FIELD_EXISTS || kind === BPF_CORE_ENUMVAL_EXISTS || (kind >= BPF_CORE_TYPE_ID_TARGET && kind <= BPF_CORE_TYPE_SIZE) || kind === BPF_CORE_TYPE_MATCHES;
}
