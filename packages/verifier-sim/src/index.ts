// What does @rootlet/verifier-sim offer?
export { verify } from './verify.ts';
export { PROFILE_6_1, PROFILE_6_12, PROFILE_6_18, profileOf } from './profile.ts';
export { findProgType, PROG_TYPES_NOT_YET } from './tables/prog-types.ts';
export type * from './types.ts';
export { explainRejection } from './explain/explain.ts';
export type { Explanation } from './explain/explain.ts';
export type { KnownRange, KnownReg, KnownSlot, KnownState } from './log/known.ts';
export type { HistoryStep } from './explain/history.ts';
export type { PathStep, SourceLine } from './explain/path.ts';
