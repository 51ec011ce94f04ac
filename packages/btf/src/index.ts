// What does @rootlet/btf offer?
export * from './kinds.ts';
export type * from './types.ts';
export type { Btf, BtfTag } from './btf.ts';
export type { BtfCoreRelo, BtfExt, BtfExtSection, BtfFuncInfo, BtfLineInfo } from './ext.ts';
export { parseBtf } from './parse.ts';
export type { ParseBtfOptions } from './parse.ts';
export { parseBtfExt } from './parse-ext.ts';
export type { ParseBtfExtOptions } from './parse-ext.ts';
export { encodeBtfExt } from './encode-ext.ts';
export type { EncodeBtfExtOptions } from './encode-ext.ts';
export { formatDeclaration, formatFuncProto, formatType } from './format.ts';
export { BtfBuilder } from './builder.ts';
export type { BtfBuilderOptions } from './builder.ts';
export { dumpJson, dumpRaw } from './dump-raw.ts';
export { dedupBtf, remapExt } from './dedup.ts';
export type { DedupedBtf } from './dedup.ts';
export { dumpC } from './dump-c.ts';
export type { DumpCOptions } from './dump-c.ts';
export { findMember, findPath } from './path.ts';
export type { BtfFoundMember, BtfPath, BtfPathHop } from './path.ts';
export { iterateMembers, iterateTypes } from './members.ts';
export { decodeValue } from './decode-value.ts';
export type { BtfValue, DecodeValueOptions } from './decode-value.ts';
export { encodeValue } from './encode-value.ts';
export type { EncodeValueOptions } from './encode-value.ts';
export { formatValue } from './format-value.ts';
export type { FormatValueOptions } from './format-value.ts';
export { generateTypeScript } from './generate-ts.ts';
export type { GenerateTypeScriptOptions } from './generate-ts.ts';
export type { TsByteOrder } from './ts-scalar.ts';
export { diffBtf } from './diff.ts';
export type { DiffBtfOptions } from './diff.ts';
export type {
  BtfBeforeAfter, BtfDiff, BtfDiffKind, BtfDiffMember, BtfDiffType, BtfEnumeratorChange, BtfMemberChange, BtfTypeChange,
} from './diff-types.ts';
export { formatDiff } from './format-diff.ts';
