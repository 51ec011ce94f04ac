// What does .BTF.ext say about instructions?

/** A function starts here. */
export interface BtfFuncInfo {
  /** Instruction index (slots) within the section. */
  readonly insnIdx: number;
  /** FUNC type id. */
  readonly typeId: number;
}

/** A source line starts here. */
export interface BtfLineInfo {
  /** Instruction index (slots) within the section. */
  readonly insnIdx: number;
  /** Offsets in BTF's string section. */
  readonly fileNameOff: number;
  readonly lineOff: number;
  readonly line: number;
  readonly column: number;
}

/** A CO-RE relocation. */
export interface BtfCoreRelo {
  /** Instruction index (slots) within the section. */
  readonly insnIdx: number;
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

/** A parsed `.BTF.ext`. */
export interface BtfExt {
  readonly funcInfo: readonly BtfExtSection<BtfFuncInfo>[];
  readonly lineInfo: readonly BtfExtSection<BtfLineInfo>[];
  readonly coreRelos: readonly BtfExtSection<BtfCoreRelo>[];
}
