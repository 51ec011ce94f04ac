// What does @rootlet/btf offer?
export * from './kinds.ts';
export type * from './types.ts';
export type { Btf } from './btf.ts';
export type { BtfCoreRelo, BtfExt, BtfExtSection, BtfFuncInfo, BtfLineInfo } from './ext.ts';
