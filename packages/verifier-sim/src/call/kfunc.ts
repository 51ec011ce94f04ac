// May this kernel function be called?
import { UnsupportedError } from '@rootlet/bytes';
import type { Insn } from '@rootlet/insn';
import type { Env, Errno } from '../state/env.ts';

/** Judges the call of a kernel function. @throws UNSUPPORTED: rootlet knows none yet */
export function checkKfuncCall(env: Env, insn: Insn, insnIdx: number): Errno {
  const type = insn.off === 0 ? env.input.vmlinux?.type(insn.imm) : undefined;
  const name = type !== undefined && 'name' in type ? type.name : `with BTF id ${insn.imm}`;
  throw new UnsupportedError(`kernel function ${name}`, { insnIdx });
}
