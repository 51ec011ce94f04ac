// May this load or store happen?
import { accessBytes, BPF_MEM, BPF_MEMSX, insnMode } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { checkMemAccess } from '../mem/access.ts';
import { READ, WRITE } from '../mem/types.ts';
import { EACCES, EINVAL, EOPNOTSUPP, getReg, reject } from '../state/env.ts';
import type { Env, Errno, InsnAux } from '../state/env.ts';
import {
  NOT_INIT,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_CTX,
  PTR_TO_MEM,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
} from '../state/reg.ts';
import { checkDstRegNoMark, checkSrcReg } from '../state/use.ts';

/** `dst = *(src + off)`. */
export function stepLoad(env: Env, insn: Insn): Errno {
  return loadFrom(env, insn, insnMode(insn.code) === BPF_MEMSX, false);
}

/** A load whatever its mode; load-acquire must be aligned. */
export function loadFrom(env: Env, insn: Insn, signExtended: boolean, strict: boolean): Errno {
  let err = checkSrcReg(env, insn.src);
  if (err === 0) err = checkDstRegNoMark(env, insn.dst);
  if (err !== 0) return err;
  const { type, flags } = getReg(env, insn.src);
  if (signExtended && type === PTR_TO_ARENA && !env.profile.features.arenaSignExtension) {
    return reject(env, EOPNOTSUPP, 'sign extending loads from arena are not supported yet\n');
  }
  err = checkMemAccess(env, insn.src, insn.off, accessBytes(insn.code), READ, insn.dst, strict, signExtended);
  return err !== 0 ? err : savePointerKind(env, type, flags, !strict);
}

/** `*(dst + off) = src`. */
export function stepStore(env: Env, insn: Insn): Errno {
  if (insnMode(insn.code) !== BPF_MEM || insn.imm !== 0) return reject(env, EINVAL, 'BPF_STX uses reserved fields\n');
  return storeTo(env, insn, false);
}

/** A store of a register whatever its mode. */
export function storeTo(env: Env, insn: Insn, strict: boolean): Errno {
  let err = checkSrcReg(env, insn.src);
  if (err === 0) err = checkSrcReg(env, insn.dst);
  if (err !== 0) return err;
  const { type, flags } = getReg(env, insn.dst);
  err = checkMemAccess(env, insn.dst, insn.off, accessBytes(insn.code), WRITE, insn.src, strict, false);
  return err !== 0 ? err : savePointerKind(env, type, flags);
}

/** `*(dst + off) = imm`. */
export function stepStoreImm(env: Env, insn: Insn): Errno {
  if (insnMode(insn.code) !== BPF_MEM || insn.src !== 0) return reject(env, EINVAL, 'BPF_ST uses reserved fields\n');
  let err = checkSrcReg(env, insn.dst);
  if (err !== 0) return err;
  const { type, flags } = getReg(env, insn.dst);
  if (type === PTR_TO_CTX && !env.profile.features.storeImmToContext) {
    return reject(env, EACCES, `BPF_ST stores into R${insn.dst} ctx is not allowed\n`);
  }
  err = checkMemAccess(env, insn.dst, insn.off, accessBytes(insn.code), WRITE, -1, false, false);
  return err !== 0 ? err : savePointerKind(env, type, flags);
}

/** Kinds whose accesses are rewritten, so that an instruction must not see them beside another kind. */
function isRewritten(type: number): boolean {
  switch (type) {
    case PTR_TO_CTX:
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
    case PTR_TO_BTF_ID:
    case PTR_TO_ARENA:
      return true;
    default:
      return false;
  }
}

function isProbed(env: Env, type: number): boolean {
  return type === PTR_TO_BTF_ID || (type === PTR_TO_MEM && env.profile.features.probedMemory);
}

/** All paths must come to an instruction with compatible kinds of pointers. */
export function savePointerKind(env: Env, type: number, flags: number, loads = false): Errno {
  const aux = env.aux[env.insnIdx] as InsnAux;
  if (aux.ptrType === NOT_INIT) {
    aux.ptrType = type;
    aux.ptrFlags = flags;
    return 0;
  }
  const same = aux.ptrType === type && aux.ptrFlags === flags;
  // Both are read so that a bad address does no harm.
  if (loads && isProbed(env, type) && isProbed(env, aux.ptrType)) return 0;
  if (same || (!isRewritten(type) && !isRewritten(aux.ptrType))) return 0;
  return reject(env, EINVAL, 'same insn cannot be used with different pointers\n');
}
