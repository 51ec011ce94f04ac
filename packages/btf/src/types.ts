// What does a decoded type look like?

/** Fields every decoded type has. */
interface BtfTypeBase {
  /** Type id; 0 is void and has no record. */
  readonly id: number;
  /** Name; empty when anonymous. */
  readonly name: string;
}

/** An integer. */
export interface BtfInt extends BtfTypeBase {
  readonly kind: 1;
  /** Size in bytes of its storage. */
  readonly size: number;
  /** `BTF_INT_SIGNED | BTF_INT_CHAR | BTF_INT_BOOL`. */
  readonly encoding: number;
  readonly bitOff: number;
  readonly bits: number;
}

/** A type that refers to one other: PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG. */
export interface BtfRef extends BtfTypeBase {
  readonly kind: 2 | 8 | 9 | 10 | 11 | 18;
  /** Referred type id; 0 is void. */
  readonly type: number;
  /** For TYPE_TAG: an attribute other than `btf_type_tag`. */
  readonly kindFlag: boolean;
}

/** An array. */
export interface BtfArray extends BtfTypeBase {
  readonly kind: 3;
  /** Element type id. */
  readonly type: number;
  readonly indexType: number;
  /** Number of elements. */
  readonly nelems: number;
}

/** A member of a struct or union. */
export interface BtfMember {
  readonly name: string;
  readonly type: number;
  /** Offset from the start of the struct, in bits. */
  readonly bitOff: number;
  /** Width in bits of a bitfield; 0 when it is none. */
  readonly bitfieldSize: number;
}

/** A struct or union. */
export interface BtfComposite extends BtfTypeBase {
  readonly kind: 4 | 5;
  /** Size in bytes. */
  readonly size: number;
  readonly kindFlag: boolean;
  readonly members: readonly BtfMember[];
}

/** An enumerator. */
export interface BtfEnumerator {
  readonly name: string;
  /** Number for ENUM (signed or unsigned as the kind flag says), bigint for ENUM64. */
  readonly value: number | bigint;
}

/** An enumeration of up to 32 or of 64 bits. */
export interface BtfEnum extends BtfTypeBase {
  readonly kind: 6 | 19;
  /** Size in bytes. */
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly BtfEnumerator[];
}

/** A forward declaration. */
export interface BtfFwd extends BtfTypeBase {
  readonly kind: 7;
  readonly union: boolean;
}

/** A function. */
export interface BtfFunc extends BtfTypeBase {
  readonly kind: 12;
  /** FUNC_PROTO type id. */
  readonly type: number;
  /** `BTF_FUNC_STATIC`, `BTF_FUNC_GLOBAL`, `BTF_FUNC_EXTERN`. */
  readonly linkage: number;
}

/** A parameter of a function prototype. A last parameter with empty name and type 0 means varargs. */
export interface BtfParam {
  readonly name: string;
  readonly type: number;
}

/** A function prototype. */
export interface BtfFuncProto extends BtfTypeBase {
  readonly kind: 13;
  /** Return type id; 0 is void. */
  readonly returnType: number;
  readonly params: readonly BtfParam[];
}

/** A variable. */
export interface BtfVar extends BtfTypeBase {
  readonly kind: 14;
  readonly type: number;
  /** `BTF_VAR_STATIC`, `BTF_VAR_GLOBAL_ALLOCATED`, `BTF_VAR_GLOBAL_EXTERN`. */
  readonly linkage: number;
}

/** A variable's (or extern function's) place in a data section. */
export interface BtfVarSecinfo {
  /** VAR or FUNC type id. */
  readonly type: number;
  /** Offset in the section, bytes. */
  readonly byteOff: number;
  /** Size in bytes. */
  readonly size: number;
}

/** A data section. */
export interface BtfDatasec extends BtfTypeBase {
  readonly kind: 15;
  /** Size in bytes; 0 as clang writes it. */
  readonly size: number;
  readonly vars: readonly BtfVarSecinfo[];
}

/** A floating-point number. */
export interface BtfFloat extends BtfTypeBase {
  readonly kind: 16;
  readonly size: number;
}

/** A tag on a declaration; the tag's text is `name`. */
export interface BtfDeclTag extends BtfTypeBase {
  readonly kind: 17;
  /** Tagged type id. */
  readonly type: number;
  /** Member or parameter index; -1 for the declaration itself. */
  readonly componentIdx: number;
  readonly kindFlag: boolean;
}

/** A type of a kind that this version does not know, skipped by the blob's own kind layout. */
export interface BtfUnknown extends BtfTypeBase {
  readonly kind: 0;
  /** The kind as it stands in the record. */
  readonly rawKind: number;
}

/** A decoded type: discriminate on `kind`. */
export type BtfType =
  | BtfInt
  | BtfRef
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfFwd
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag
  | BtfUnknown;
