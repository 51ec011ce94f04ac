// May this part of the stack be accessed?
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import { checkStackBounds } from './stack-bounds.ts';
import { readStack } from './stack-read.ts';
import { writeStack } from './stack-write.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';

/** Judges a load from or a store to a stack. */
export function accessStack(env: Env, reg: Reg, what: MemAccess): Errno {
  const err = checkStackBounds(env, reg, what.regno, what.off, what.size, what.access === READ ? ' read from' : ' write to');
  if (err !== 0) return err;
  return what.access === READ ? readStack(env, reg, what) : writeStack(env, reg, what);
}
