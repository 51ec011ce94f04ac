// What does @rootlet/insn offer?
export * from './opcodes.ts';
export { decodeInsns, encodeInsns, INSN_BYTES, Insns } from './insns.ts';
export type { Insn } from './insns.ts';
