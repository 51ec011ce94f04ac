// What does @rootlet/reloc offer?
export type * from './types.ts';
