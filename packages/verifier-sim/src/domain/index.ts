// What does the room of numbers offer to the other rooms?
export {
  constNumber,
  constValue,
  fitsU32,
  isConst,
  isConst32,
  isZero,
  scalarBits,
  scalarConst,
  scalarConst32,
  scalarContains,
  scalarEquals,
  scalarWithin,
  SCALAR_UNKNOWN,
} from './scalar.ts';
export type { Scalar } from './scalar.ts';
export { findViolation } from './invariants.ts';
export type { Violation } from './invariants.ts';
export { scalarFromBounds } from './sync.ts';
export type { ScalarBounds } from './sync.ts';
export { endScalar, scalarOfSize, signExtend, truncate32, zeroExtend } from './cast.ts';
export type { EndKind } from './cast.ts';
export { aluScalar, bitsOnly, moveOffset } from './alu.ts';
export { forkScalar } from './fork.ts';
export type { Fork } from './fork.ts';
export { branchTaken } from './branch.ts';
export type { Taken } from './branch.ts';
export { refineBranch } from './refine.ts';
export type { Refined } from './refine.ts';
export { formatConst, formatScalarBounds, formatSnum, formatUnum } from './format.ts';
export { formatTnum, tnumAdd, tnumConst, tnumIsAligned, tnumRange, TNUM_UNKNOWN } from './tnum.ts';
export type { Tnum } from './tnum.ts';
