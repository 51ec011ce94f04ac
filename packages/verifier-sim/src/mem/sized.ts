// Does an access stay inside a buffer whose number of elements is another argument (LINKING.md S9)?
import { constValue, isConst } from '../domain/index.ts';
import { formatVarOff } from './pointer-off.ts';
import { EACCES, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import type { MemAccess } from './types.ts';


/** Judges a load or store. */
export function accessSizedBuffer(env: Env, reg: Reg, what: MemAccess): Errno {
  return checkSizedAccess(env, reg, what.regno, what.off, what.size);
}

/**
 * Judges an access of `size` bytes at `off` beyond the variable offset: it must lie within the elements that are there at least,
 * or its index must have been compared with the size.
 */
export function checkSizedAccess(env: Env, reg: Reg, regno: number, off: number, size: number): Errno {
  const sized = reg.extra?.sized;
  if (sized === undefined) return reject(env, EACCES, `R${regno} invalid mem access\n`);
  const low = reg.scalar.smin + BigInt(off);
  if (low < 0n) {
    return reject(
      env,
      EACCES,
      `R${regno} min value is negative, either use unsigned index or do a if (index >=0) check.\n`,
    );
  }
  const least = (env.cur.sizeMins[sized.sizeSym] ?? 0) * sized.elemSize;
  if (isConst(reg.scalar)) {
    const end = BigInt.asIntN(64, constValue(reg.scalar)) + BigInt(off + size);
    if (end <= BigInt(least)) return 0;
  } else {
    if (reg.scalar.umax + BigInt(off + size) <= BigInt(least)) return 0;
    const bound = sized.offBound;
    // offset + off + size <= elements * scale - slack + off + size <= elements * elemSize
    if (bound !== undefined && bound.scale <= sized.elemSize && off + size <= bound.slack) return 0;
  }
  return reject(
    env,
    EACCES,
    `invalid access to sized memory, at least ${least} bytes are there, var_off=${formatVarOff(reg.scalar)} off=${off} size=${size}\n` +
      `R${regno} index is not proven to be less than the size in arg#${sized.sizeSym - 1}\n`,
  );
}
