// What does @rootlet/verifier-sim offer?
export { verify } from './verify.ts';
export { PROFILE_6_18 } from './profile.ts';
export { findProgType, PROG_TYPES_NOT_YET } from './tables/prog-types.ts';
export type * from './types.ts';
