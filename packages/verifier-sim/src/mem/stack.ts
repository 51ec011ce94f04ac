// May this part of the stack be accessed?
import { isConst } from '../domain/index.ts';
import { noteStackAccess } from '../passes/fastcall.ts';
import { NO_FASTCALLS } from '../passes/subprograms.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import { curFrame, regFrame } from '../state/state.ts';
import { checkStackBounds, stackVarOff } from './stack-bounds.ts';
import { readStack } from './stack-read.ts';
import { writeStack } from './stack-write.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';

/** Judges a load from or a store to a stack. */
export function accessStack(env: Env, reg: Reg, what: MemAccess): Errno {
  const err = checkStackBounds(env, reg, what.regno, what.off, what.size, what.access === READ ? ' read from' : ' write to');
  if (err !== 0) return err;
  noteAccess(env, reg, what);
  return what.access === READ ? readStack(env, reg, what) : writeStack(env, reg, what);
}

/** A load counts where it stands, a store where it goes. */
function noteAccess(env: Env, reg: Reg, what: MemAccess): void {
  const frame = what.access === READ ? curFrame(env.cur) : regFrame(env.cur, reg);
  const subprog = env.subprogs[frame.subprogno];
  if (subprog === undefined || subprog.fastcallOff === NO_FASTCALLS) return;
  noteStackAccess(env, subprog, what.off + (isConst(reg.scalar) ? stackVarOff(reg) : Number(reg.scalar.smin)));
}
