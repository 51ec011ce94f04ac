// Do the arguments in R1 to R5 fit a prototype?
import type { Btf } from '@rootlet/btf';
import { constValue, isConst } from '../domain/index.ts';
import { formatRegType } from '../log/format-reg.ts';
import { checkHelperMemAccess, READ, WRITE } from '../mem/index.ts';
import { checkPassedOffset } from '../mem/pointer-off.ts';
import { structName } from '../mem/btf-walk.ts';
import { structsMatch } from '../mem/object-match.ts';
import { checkSizedArgs } from '../mem/sized-args.ts';
import type { Subprogram } from '../passes/subprograms.ts';
import { EACCES, EINVAL, getReg, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  CONST_PTR_TO_DYNPTR,
  mayBeNull,
  MEM_RCU,
  PTR_MAYBE_NULL,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_CTX,
  PTR_TO_STACK,
  PTR_TRUSTED,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { withoutNull } from '../state/nullness.ts';
import { checkDynptr } from './dynptr.ts';
import { MAX_SIZED_ELEMENTS, readPrototype } from './prototype.ts';
import type { ArgContract } from './prototype.ts';

/**
 * Judges R1 to R5 by the prototype of FUNC `btfId`.
 *
 * @param global static functions are compared, too, where that says something
 * @param sized `bpf_size_t` parameters count the elements of the pointer before them
 */
export function checkPrototypeArgs(env: Env, btf: Btf, btfId: number, global: boolean, sized: boolean): Errno {
  const prototype = readPrototype(env, btf, btfId, global, sized);
  if (prototype.args === undefined) return prototype.err;
  for (let i = 0; i < prototype.args.length; i++) {
    const err = checkArg(env, prototype.args[i] as ArgContract, i);
    if (err !== 0) return err;
  }
  return 0;
}

function checkArg(env: Env, arg: ArgContract, i: number): Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  switch (arg.kind) {
    case 'scalar':
    case 'size':
      return reg.type === SCALAR ? 0 : reject(env, EINVAL, `R${regno} is not a scalar\n`);
    case 'ctx': {
      const err = checkPassedOffset(env, reg, regno, false);
      if (err !== 0) return err;
      return reg.type === PTR_TO_CTX ? 0 : reject(env, EINVAL, `arg#${i} expects pointer to ctx\n`);
    }
    case 'dynptr': {
      const err = checkPassedOffset(env, reg, regno, false);
      if (err !== 0) return err;
      if (reg.type !== PTR_TO_STACK && reg.type !== CONST_PTR_TO_DYNPTR) {
        return reject(env, EINVAL, `arg#${i} expected pointer to stack or const struct bpf_dynptr\n`);
      }
      const found = checkDynptr(env, regno, 0);
      return typeof found === 'number' ? found : 0;
    }
    case 'object':
      return checkTrusted(env, reg, regno, arg.btfId, arg.nullable);
    case 'untrusted':
      // Anything may be passed.
      return 0;
    case 'arena':
      if (reg.type === PTR_TO_ARENA || reg.type === SCALAR) return 0;
      return reject(env, EINVAL, `R${regno} is not a pointer to arena or scalar.\n`);
    case 'mem': {
      const err = checkPassedOffset(env, reg, regno, false);
      if (err !== 0) return err;
      if (checkMemReg(env, regno, arg.size) !== 0) return EINVAL;
      if (!arg.nullable && mayBeNull(reg)) return reject(env, EINVAL, `arg#${i} is expected to be non-NULL\n`);
      return 0;
    }
    case 'incomplete':
      if (isNull(reg)) return 0;
      return reject(env, EINVAL, `arg#${i} reference type('FWD ${arg.name}') size cannot be determined: -22\n`);
    case 'sized': {
      const err = checkPassedOffset(env, reg, regno, false);
      return err !== 0 ? err : checkSizedArgs(env, regno, arg.elemSize, arg.readOnly, MAX_SIZED_ELEMENTS);
    }
  }
}

/** An object that is there, or null where that is allowed. */
function checkTrusted(env: Env, reg: Reg, regno: number, btfId: number, nullable: boolean): Errno {
  if (nullable && isNull(reg)) return 0;
  const flags = nullable ? reg.flags & ~PTR_MAYBE_NULL : reg.flags;
  if (reg.type !== PTR_TO_BTF_ID || ![0, PTR_TRUSTED, MEM_RCU].includes(flags)) {
    const expected = [0, PTR_TRUSTED, MEM_RCU].map((wanted) => formatRegType(PTR_TO_BTF_ID, wanted)).join(', ');
    return reject(env, EACCES, `R${regno} type=${formatRegType(reg.type, reg.flags)} expected=${expected}\n`);
  }
  const { vmlinux } = env.input;
  const { btf } = reg;
  if (btf === undefined || vmlinux === undefined || !structsMatch(env, btf, reg.btfId, reg.off, vmlinux, btfId, false)) {
    const [have, want] = [btf === undefined ? '' : structName(btf, reg.btfId), vmlinux === undefined ? '' : structName(vmlinux, btfId)];
    return reject(env, EACCES, `R${regno} is of type ${have} but ${want} is expected\n`);
  }
  return checkPassedOffset(env, reg, regno, false);
}

function isNull(reg: Reg): boolean {
  return reg.type === SCALAR && isConst(reg.scalar) && constValue(reg.scalar) === 0n;
}

/** Memory of known size, or null. */
export function checkMemReg(env: Env, regno: number, size: number): Errno {
  const reg = getReg(env, regno);
  if (isNull(reg)) return 0;
  if (mayBeNull(reg)) setReg(env, regno, withoutNull(reg));
  let err = checkHelperMemAccess(env, regno, size, READ, true);
  if (err === 0) err = checkHelperMemAccess(env, regno, size, WRITE, true);
  if (mayBeNull(reg)) setReg(env, regno, reg);
  return err;
}

/** Compilers drop arguments of static functions, so that a mismatch is only noted, once. */
export function compareWithPrototype(env: Env, subprog: Subprogram): void {
  const { btf } = env.input;
  if (btf === undefined || subprog.btfId === 0 || subprog.unreliable) return;
  if (checkPrototypeArgs(env, btf, subprog.btfId, false, false) !== 0) subprog.unreliable = true;
}
