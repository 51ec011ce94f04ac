// What does @rootlet/verifier-sim offer?
export type * from './types.ts';
