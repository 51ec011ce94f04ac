// What if an instruction in the midst of a function may end it?
import { EFAULT, setReg } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { clearPacketPointers } from '../state/packet-pointers.ts';
import type { Reg } from '../state/reg.ts';
import { returnToCaller } from './exit.ts';
import { STEP_LEFT } from './result.ts';

/**
 * The path goes on in the caller, to which `result` was returned; what follows in the function is kept for later.
 *
 * @param tailCall another program ran in the function's place: on the way out packet data may have changed. That too many paths are kept is
 *   said then, but does not end the verification
 */
export function leaveFunction(env: Env, result: Reg, tailCall: boolean): number {
  const later = env.engine.pushState(env, env.insnIdx + 1, env.insnIdx);
  if (later === undefined && !tailCall) return EFAULT;
  if (tailCall) clearPacketPointers(env.cur);
  setReg(env, 0, result);
  const returned = returnToCaller(env);
  return returned < 0 ? returned : STEP_LEFT;
}
