// What stands in for the room of calls until it is there?
import { UnsupportedError } from '@rootlet/bytes';
import type { Insn } from '@rootlet/insn';
import type { Env, Errno } from '../state/env.ts';
export function checkHelperCall(_env: Env, insn: Insn, insnIdx: number): Errno { throw new UnsupportedError(`helper ${insn.imm}`, { insnIdx }); }
export function checkKfuncCall(_env: Env, insn: Insn, insnIdx: number): Errno { throw new UnsupportedError(`kfunc ${insn.imm}`, { insnIdx }); }
