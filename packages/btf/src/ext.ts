// What does .BTF.ext say about instructions?

/** What every record has. */
export interface BtfExtRecord {
  /** Instruction index (slots) within the section. */
  readonly insnIdx: number;
  /** 32-bit words behind those that are known, of records that are larger; absent when there are none. */
  readonly rest?: readonly number[];
}

/** A function starts here. */
export interface BtfFuncInfo extends BtfExtRecord {
  /** FUNC type id. */
  readonly typeId: number;
}

/** A source line starts here. */
export interface BtfLineInfo extends BtfExtRecord {
  /** Offsets in BTF's string section. */
  readonly fileNameOff: number;
  readonly lineOff: number;
  readonly line: number;
  readonly column: number;
}

/** A CO-RE relocation. */
export interface BtfCoreRelo extends BtfExtRecord {
  /** Root type id. */
  readonly typeId: number;
  /** Offset of the access string, e.g. `0:1:2`, in BTF's string section. */
  readonly accessStrOff: number;
  /** `enum bpf_core_relo_kind`. */
  readonly kind: number;
}

/** Records of one ELF section. */
export interface BtfExtSection<T> {
  readonly sectionName: string;
  /** In file order; ascending `insnIdx` is not assumed. */
  readonly records: readonly T[];
}

/** What `.BTF.ext` says. */
export interface BtfExt {
  readonly funcInfo: readonly BtfExtSection<BtfFuncInfo>[];
  readonly lineInfo: readonly BtfExtSection<BtfLineInfo>[];
  readonly coreRelos: readonly BtfExtSection<BtfCoreRelo>[];
}

/** A parsed `.BTF.ext`. @libbpf btf_ext__new, btf_ext__free */
export interface ParsedBtfExt extends BtfExt {
  /** The blob as it was given. @libbpf btf_ext__raw_data, btf_ext__get_raw_data */
  readonly bytes: Uint8Array;
  /** @libbpf btf_ext__endianness */
  readonly littleEndian: boolean;
}
