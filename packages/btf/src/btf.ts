// What can be asked of a parsed BTF?
import type { BtfType } from './types.ts';

/** A declaration tag as its target sees it. */
export interface BtfTag {
  readonly value: string;
  /** Member or parameter index; -1 for the declaration itself. */
  readonly componentIdx: number;
}

/**
 * A parsed BTF: an index over its bytes; types are decoded on demand.
 * Ids of a split BTF continue those of its base; both are looked up through the same methods.
 */
export interface Btf {
  /** The blob as it was given. @libbpf btf__raw_data, btf__get_raw_data */
  readonly bytes: Uint8Array;
  /** @libbpf btf__endianness */
  readonly littleEndian: boolean;
  /** The BTF this one is split on. @libbpf btf__base_btf */
  readonly base: Btf | undefined;
  /** First id of this BTF itself: 1, or the base's `typeCount`. */
  readonly startId: number;
  /** One more than the last id, base and void included. @libbpf btf__type_cnt */
  readonly typeCount: number;

  /** Kind of a type: `BTF_KIND_*`; 0 for void (id 0) and unknown kinds. @throws `BTF_TYPE_ID` when out of range */
  kind(id: number): number;
  /** Name of a type, empty when anonymous. */
  name(id: number): string;
  /** Number of members, enumerators, parameters or variables. */
  vlen(id: number): number;
  /** `kind_flag` of the record. */
  kindFlag(id: number): boolean;
  /** The `type` word of kinds that refer to one other type (PTR, TYPEDEF, modifiers, FUNC, VAR, DECL_TAG, FUNC_PROTO's return type); 0 otherwise. */
  refType(id: number): number;
  /** The `size` word of kinds that have one (INT, ENUM, STRUCT, UNION, DATASEC, FLOAT, ENUM64); 0 otherwise. */
  rawSize(id: number): number;
  /** The decoded type. @throws `BTF_TYPE_ID` for 0 (void) and ids out of range. @libbpf btf__type_by_id */
  type(id: number): BtfType;
  /** String at an offset of the string section, base strings first. @throws `BTF_STRING_OFF`. @libbpf btf__str_by_offset, btf__name_by_offset */
  string(strOff: number): string;

  /** Id of the first type with this name; undefined when there is none. @libbpf btf__find_by_name */
  findByName(name: string): number | undefined;
  /** Id of the first type with this name and kind. @libbpf btf__find_by_name_kind */
  findByNameKind(name: string, kind: number): number | undefined;

  /** Id after skipping modifiers (CONST, VOLATILE, RESTRICT, TYPE_TAG) but not typedefs. */
  skipModifiers(id: number): number;
  /** Id after skipping modifiers and typedefs. @libbpf btf__resolve_type */
  resolveType(id: number): number;
  /** Size in bytes of a value of this type (pointers: 8). @throws `BTF_NO_SIZE` for FUNC, void and incomplete types. @libbpf btf__resolve_size */
  resolveSize(id: number): number;
  /** Natural alignment in bytes. @libbpf btf__align_of */
  alignOf(id: number): number;
  /** Decl tags on a type: `componentIdx` -1 for the type itself. Built once on first use. */
  declTags(id: number): readonly BtfTag[];

  /** The type section as words in this machine's byte order; own types only. Not to be written. */
  readonly words: Uint32Array;
  /** The string section; own strings only. Not to be written. */
  readonly strings: Uint8Array;
  /** Offset of the first own string: 0, or where the base's strings end. */
  readonly strStart: number;
  /** The words that hold the record of a type, its base's or its own: for hot loops that read fields without decoding. */
  recordWords(id: number): Uint32Array;
  /** Index in {@link Btf.recordWords} of a type's record. @throws `BTF_TYPE_ID` for 0 (void) and ids out of range */
  recordIdx(id: number): number;
}
