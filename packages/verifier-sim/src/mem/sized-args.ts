// Does a buffer hold the elements that the next argument promises (LINKING.md S9)?
import { constValue, isConst } from '../domain/index.ts';
import { EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MEM_RDONLY, PTR_TO_MEM, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { checkHelperMemAccess } from './helper-mem.ts';
import { READ, WRITE } from './types.ts';

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

function isReadOnly(reg: Reg): boolean {
  return (reg.flags & MEM_RDONLY) !== 0;
}
