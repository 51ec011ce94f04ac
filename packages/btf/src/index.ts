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
