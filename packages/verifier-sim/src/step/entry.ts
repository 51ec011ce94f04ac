// What do the registers hold when a function is entered from outside?
import { BPF_PROG_TYPE_EXT } from '@rootlet/uapi';
import { scalarFromBounds } from '../domain/index.ts';
import { EINVAL, newId, reject, setReg, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MEM_RDONLY, pointerReg, PTR_MAYBE_NULL, PTR_TO_BTF_ID, PTR_TO_CTX, PTR_TO_MEM, PTR_TO_STACK, PTR_TRUSTED, PTR_UNTRUSTED, REG_UNKNOWN, scalarReg } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { curFrame } from '../state/state.ts';
import { borrowedDynptr } from '../call/callbacks.ts';
import { MAX_SIZED_ELEMENTS, readPrototype } from '../call/prototype.ts';
import type { ArgContract } from '../call/prototype.ts';

/** Sets R1 to R5 and R10 of the current state: the context, or what the prototype promises. */
export function initEntry(env: Env, subprogno: number): Errno {
  setReg(env, 10, pointerReg(PTR_TO_STACK));
  const { btf, library } = env.input;
  const subprog = env.subprogs[subprogno];
  if (btf === undefined || subprog === undefined || subprog.btfId === 0) {
    setReg(env, 1, pointerReg(PTR_TO_CTX));
    return 0;
  }
  const byPrototype = subprogno !== 0 || library === true || env.input.progType === BPF_PROG_TYPE_EXT;
  if (byPrototype) verbose(env, `Validating ${subprog.name}() func#${subprogno}...\n`);
  const prototype = readPrototype(env, btf, subprog.btfId, byPrototype || subprog.global, byPrototype);
  if (!byPrototype) {
    // Who calls the main function by a prototype that is not that of a program is told nothing but no.
    if (prototype.args?.length !== 1 || prototype.args[0]?.kind !== 'ctx') subprog.unreliable = true;
    setReg(env, 1, pointerReg(PTR_TO_CTX));
    return 0;
  }
  if (prototype.args === undefined) return prototype.err;
  if (subprog.isException) {
    curFrame(env.cur).inExceptionCallback = true;
    if (prototype.args.length !== 1 || prototype.args[0]?.kind !== 'scalar') {
      return reject(env, EINVAL, 'exception cb only supports single integer argument\n');
    }
  }
  prototype.args.forEach((arg, i) => setReg(env, i + 1, entryReg(env, arg, i)));
  return 0;
}

/** What an argument may be, seen from inside. */
function entryReg(env: Env, arg: ArgContract, i: number): Reg {
  switch (arg.kind) {
    case 'scalar':
      return REG_UNKNOWN;
    case 'ctx':
      return pointerReg(PTR_TO_CTX);
    case 'dynptr':
      return borrowedDynptr(env);
    case 'object': {
      const flags = PTR_TRUSTED | (arg.nullable ? PTR_MAYBE_NULL : 0);
      return pointerReg(PTR_TO_BTF_ID, { flags, btf: env.input.vmlinux, btfId: arg.btfId, id: newId(env) });
    }
    case 'untrusted':
      if (arg.btfId === 0) return pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY | PTR_UNTRUSTED });
      return pointerReg(PTR_TO_BTF_ID, { flags: PTR_UNTRUSTED, btf: env.input.vmlinux, btfId: arg.btfId, id: newId(env) });
    case 'arena':
      return REG_UNKNOWN;
    case 'mem':
      if (!arg.nullable) return pointerReg(PTR_TO_MEM, { memSize: arg.size });
      return pointerReg(PTR_TO_MEM, { memSize: arg.size, flags: PTR_MAYBE_NULL, id: newId(env) });
    case 'incomplete':
      // Callers may pass null only.
      return pointerReg(PTR_TO_MEM, { memSize: 0, flags: PTR_MAYBE_NULL, id: newId(env) });
    case 'sized':
      // The size argument's register number names the size.
      return pointerReg(PTR_TO_MEM, {
        flags: arg.readOnly ? MEM_RDONLY : 0,
        extra: { sized: { sizeSym: i + 2, elemSize: arg.elemSize } },
      });
    case 'size':
      return scalarReg(scalarFromBounds({ umin: 0n, umax: BigInt(MAX_SIZED_ELEMENTS) }), {
        extra: { bound: { sizeSym: i + 1, scale: 1, slack: 0, exact: true } },
      });
  }
}
