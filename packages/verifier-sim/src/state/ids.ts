// Which registers hold the same value?
import { isConst, scalarBits } from '../domain/index.ts';
import { getReg, newId, setReg } from './env.ts';
import type { Env } from './env.ts';
import { baseId, SCALAR, withIdOff } from './reg.ts';
import type { Reg } from './reg.ts';

/** A number that is about to be copied, with an id that original and copy share. */
export function withScalarId(env: Env, reg: Reg): Reg {
  if (reg.type !== SCALAR) return reg;
  let { id, off } = reg;
  if (id !== baseId(id)) {
    id = 0;
    off = 0;
  }
  if (id === 0 && !isConst(reg.scalar)) id = newId(env);
  return id === reg.id && off === reg.off ? reg : withIdOff(reg, id, off);
}

/** The same for a register of the innermost frame, which keeps the id. */
export function assignScalarId(env: Env, regno: number): Reg {
  const before = getReg(env, regno);
  const reg = withScalarId(env, before);
  if (reg !== before) setReg(env, regno, reg);
  return reg;
}

/** The register without its id. */
export function withoutId(reg: Reg): Reg {
  return reg.id === 0 && (reg.type !== SCALAR || reg.off === 0) ? reg : withIdOff(reg, 0, reg.type === SCALAR ? 0 : reg.off);
}

/** Bits the number needs at most. */
export function scalarWidth(reg: Reg): number {
  return scalarBits(reg.scalar);
}
