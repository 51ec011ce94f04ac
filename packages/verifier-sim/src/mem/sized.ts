// Does an access stay inside a buffer whose number of elements is another argument (LINKING.md S9)?
import { bug } from '@rootlet/bytes';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import type { MemAccess } from './access.ts';

/** Judges a load or store. */
export function accessSizedBuffer(env: Env, reg: Reg, what: MemAccess): Errno {
  return checkSizedAccess(env, reg, what.regno, what.off, what.size);
}

/** Judges an access of `size` bytes at `off`. */
export function checkSizedAccess(env: Env, reg: Reg, regno: number, off: number, size: number): Errno {
  return bug(`sized buffer in R${regno}: ${off}+${size} ${reg.type} ${env.insnIdx}`);
}
