// Do the arguments fit the prototype of a function that is not looked into?
import { UnsupportedError } from '@rootlet/bytes';
import type { Btf } from '@rootlet/btf';
import type { Env, Errno } from '../state/env.ts';

/** Judges R1 to R5 by the prototype of FUNC `btfId`. */
export function checkGlobalArgs(env: Env, btf: Btf | undefined, btfId: number): Errno {
  throw new UnsupportedError(`global function ${btf?.name(btfId) ?? ''}`, { insnIdx: env.insnIdx });
}
