// stub
import { UnsupportedError } from '@rootlet/bytes';
import type { Insn } from '@rootlet/insn';
import type { Env, Errno } from '../state/env.ts';
export function checkHelperCall(env: Env, insn: Insn, insnIdx: number): Errno { throw new UnsupportedError(`helper ${insn.imm}`, { insnIdx }); void env; }
export function checkKfuncCall(env: Env, insn: Insn, insnIdx: number): Errno { throw new UnsupportedError(`kfunc ${insn.imm}`, { insnIdx }); void env; }
