// Which instructions did older kernels not know, and what did they say to them?
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_DIV,
  BPF_END,
  BPF_JMP32,
  BPF_LDX,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_X,
  insnClass,
  insnMode,
  insnOp,
  insnSrc,
} from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';

const BPF_JA_CODE = 0x05;
const BPF_JCOND_CODE = 0xe5;

/** Instructions that an older kernel refuses before it follows the program. */
export function checkOpcodeKnown(env: Env, code: number): Errno {
  const { cpuV4, mayGoto } = env.profile.features;
  if (!mayGoto && code === BPF_JCOND_CODE) return reject(env, EINVAL, 'unknown opcode e5\n');
  if (cpuV4) return 0;
  const kind = insnClass(code);
  if (kind === BPF_LDX && insnMode(code) === BPF_MEMSX) return reject(env, EINVAL, 'BPF_LDX uses reserved fields\n');
  const isSwap = kind === BPF_ALU64 && insnOp(code) === BPF_END;
  const isLongJump = kind === BPF_JMP32 && (code & 0xf0) === (BPF_JA_CODE & 0xf0);
  return isSwap || isLongJump ? reject(env, EINVAL, `unknown opcode ${code.toString(16).padStart(2, '0')}\n`) : 0;
}

/** Instructions that were refused where the program reached them: their offset field had no meaning yet. */
export function checkOffsetKnown(env: Env, { code, off }: Insn): Errno {
  const kind = insnClass(code);
  if (env.profile.features.cpuV4 || off === 0 || (kind !== BPF_ALU && kind !== BPF_ALU64)) return 0;
  const op = insnOp(code);
  if (op === BPF_MOV && insnSrc(code) === BPF_X) return reject(env, EINVAL, 'BPF_MOV uses reserved fields\n');
  return op === BPF_DIV || op === BPF_MOD ? reject(env, EINVAL, 'BPF_ALU uses reserved fields\n') : 0;
}
