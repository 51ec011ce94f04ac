// What happens at a call of a function in another program?
import type { Insn } from '@rootlet/insn';
import { UnsupportedError } from '@rootlet/bytes';
import type { Env, Errno } from '../state/env.ts';

/** Checked by the prototype only. */
export function callProgram(env: Env, insn: Insn): Errno {
  throw new UnsupportedError('extern call', { insnIdx: env.insnIdx + insn.src * 0 });
}
