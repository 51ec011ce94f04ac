// Does an access stay inside what is known of the packet?
import { EINVAL, getReg, reject, verbose } from '../state/env.ts';
import { EACCES } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { checkFixedAccess } from './region.ts';

/** The range comes after the variable part, so only the fixed offset is compared with it. */
export function checkPacketAccess(env: Env, regno: number, off: number, size: number, zeroAllowed: boolean): Errno {
  const reg = getReg(env, regno);
  if (reg.scalar.sminHi < 0) {
    return reject(
      env,
      EACCES,
      `R${regno} min value is negative, either use unsigned index or do a if (index >=0) check.\n`,
    );
  }
  if (off >= 0 && size > 0 && off + size <= reg.range) return 0;
  const err = reg.range < 0 ? EINVAL : checkFixedAccess(env, regno, BigInt(off), size, reg.range, zeroAllowed);
  if (err !== 0) verbose(env, `R${regno} offset is outside of the packet\n`);
  return err;
}
