// What do the registers hold when a function is entered from outside?
import { UnsupportedError } from '@rootlet/bytes';
import { setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pointerReg, PTR_TO_CTX, PTR_TO_STACK } from '../state/reg.ts';

/** Sets R1 to R5 and R10 of the current state. */
export function initEntry(env: Env, subprogno: number): Errno {
  setReg(env, 10, pointerReg(PTR_TO_STACK));
  if (subprogno !== 0 || env.input.library === true) throw new UnsupportedError('global function');
  setReg(env, 1, pointerReg(PTR_TO_CTX));
  return 0;
}
