// What happens at a call of a function in another program?
import { BTF_KIND_FUNC } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { Insn } from '@rootlet/insn';
import { mayChangePacket } from '../passes/context-type.ts';
import { EINVAL, reject, setReg, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { clearPacketPointers } from '../state/packet-pointers.ts';
import { REG_UNKNOWN } from '../state/reg.ts';
import { clearCallerSaved } from '../state/use.ts';
import { checkPrototypeArgs } from '../call/prototype-args.ts';

/** `off` of a call that is not bound yet: the prototype is that of the extern in the caller's own BTF. */
const PENDING = -1;

/**
 * `call prog[fd]#id` (rootlet's own): checked by the prototype alone, like a call of a global function, whether or not the
 * provider is loaded. Nothing is known of the result.
 */
export function callProgram(env: Env, insn: Insn): Errno {
  const { off, imm } = insn;
  const provider = off === PENDING ? undefined : env.input.providerByIdx?.(off);
  const btf: Btf | undefined = off === PENDING ? env.input.btf : provider?.btf;
  if (btf === undefined) return reject(env, EINVAL, `fd index ${off} is not pointing to a loaded program\n`);
  if (imm <= 0 || imm >= btf.typeCount || btf.kind(imm) !== BTF_KIND_FUNC) {
    return reject(env, EINVAL, `BTF id ${imm} is not a function of ${provider?.name ?? 'this program'}\n`);
  }
  const name = btf.name(imm);
  if (env.cur.activeLocks > 0) return reject(env, EINVAL, 'extern function calls are not allowed while holding a lock\n');
  const err = checkPrototypeArgs(env, btf, imm, true, true);
  if (err !== 0) return reject(env, err, `Caller passes invalid args into extern func ('${name}')\n`);
  verbose(env, `Func ('${name}') is extern and assumed valid.\n`);
  if (mayChangePacket(env, off, imm)) clearPacketPointers(env.cur);
  clearCallerSaved(env);
  setReg(env, 0, REG_UNKNOWN);
  return 0;
}
