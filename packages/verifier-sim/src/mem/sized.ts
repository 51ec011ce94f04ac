// Does an access stay inside a buffer whose number of elements is another argument (LINKING.md S9)?
import { constValue, isConst } from '../domain/index.ts';
import { formatVarOff } from './pointer-off.ts';
import { EACCES, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { PTR_TO_MEM, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { checkHelperMemAccess } from './helper-mem.ts';
import type { MemAccess } from './access.ts';

const READ = 1;
const WRITE = 2;

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

/**
 * A buffer in `regno` and its number of elements in the next register, at a call.
 *
 * @param maxElements what callees are verified for
 */
export function checkSizedArgs(env: Env, regno: number, elemSize: number, readOnly: boolean, maxElements: number): Errno {
  const buffer = getReg(env, regno);
  const count = getReg(env, regno + 1);
  if (count.type !== SCALAR) return reject(env, EINVAL, `R${regno + 1} is not a scalar\n`);
  const { umax } = count.scalar;
  if (umax > BigInt(maxElements)) {
    return reject(
      env,
      EINVAL,
      `R${regno + 1} size may be ${umax}, which is more than ${maxElements} elements, make sure to bounds check it\n`,
    );
  }
  const bytes = Number(umax) * elemSize;
  const sized = buffer.type === PTR_TO_MEM ? buffer.extra?.sized : undefined;
  if (sized !== undefined) {
    const bound = count.extra?.bound;
    const whole = isConst(buffer.scalar) && constValue(buffer.scalar) === 0n && buffer.off === 0;
    const within = bound !== undefined && bound.sizeSym === sized.sizeSym && bound.scale === 1 && elemSize <= sized.elemSize;
    if (whole && within && (readOnly || !isReadOnly(buffer))) return env.engine.markChainPrecision(env, regno + 1);
  }
  let err = checkHelperMemAccess(env, regno, bytes, READ, true);
  if (err === 0 && !readOnly) err = checkHelperMemAccess(env, regno, bytes, WRITE, true);
  return err !== 0 ? EINVAL : env.engine.markChainPrecision(env, regno + 1);
}

const MEM_RDONLY = 2;

function isReadOnly(reg: Reg): boolean {
  return (reg.flags & MEM_RDONLY) !== 0;
}
