// May this atomic operation happen?
import {
  accessBytes,
  BPF_ADD,
  BPF_AND,
  BPF_CMPXCHG,
  BPF_FETCH,
  BPF_LOAD_ACQ,
  BPF_OR,
  BPF_STORE_REL,
  BPF_XCHG,
  BPF_XOR,
} from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { formatRegType } from '../log/format-reg.ts';
import { checkMemAccess } from '../mem/access.ts';
import { READ, WRITE } from '../mem/types.ts';
import { EACCES, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  isPacketPointer,
  mayBeNull,
  PTR_TO_ARENA,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { curFrame } from '../state/state.ts';
import { checkDstReg, checkSrcReg } from '../state/use.ts';
import { loadFrom, storeTo } from './load-store.ts';

/** Operations that x86 has no instruction for, but a loop, which cannot be in an arena. */
const LOOPED: readonly number[] = [BPF_AND | BPF_FETCH, BPF_OR | BPF_FETCH, BPF_XOR | BPF_FETCH];

function allowsAtomics(reg: Reg): boolean {
  // What may be null is refused for that.
  if (mayBeNull(reg)) return true;
  if (isPacketPointer(reg)) return false;
  switch (reg.type) {
    case PTR_TO_CTX:
    case PTR_TO_FLOW_KEYS:
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
      return false;
    default:
      return true;
  }
}

function kindOf(reg: Reg): string {
  return formatRegType(reg.type, reg.flags);
}

/** Simulates an atomic operation. */
export function stepAtomic(env: Env, insn: Insn): Errno {
  switch (insn.imm) {
    case BPF_ADD:
    case BPF_ADD | BPF_FETCH:
    case BPF_AND:
    case BPF_AND | BPF_FETCH:
    case BPF_OR:
    case BPF_OR | BPF_FETCH:
    case BPF_XOR:
    case BPF_XOR | BPF_FETCH:
    case BPF_XCHG:
    case BPF_CMPXCHG:
      return readModifyWrite(env, insn);
    case BPF_LOAD_ACQ: {
      if (!env.profile.features.loadAcquire) return invalidAtomic(env, insn);
      const err = checkSrcReg(env, insn.src);
      if (err !== 0) return err;
      const loaded = loadFrom(env, insn, false, true);
      if (loaded !== 0) return loaded;
      // Asked only now, when what was loaded may stand in the pointer's place.
      const reg = getReg(env, insn.src);
      if (allowsAtomics(reg)) return 0;
      return reject(env, EACCES, `BPF_ATOMIC loads from R${insn.src} ${kindOf(reg)} is not allowed\n`);
    }
    case BPF_STORE_REL: {
      if (!env.profile.features.loadAcquire) return invalidAtomic(env, insn);
      let err = checkSrcReg(env, insn.src);
      if (err === 0) err = checkSrcReg(env, insn.dst);
      if (err !== 0) return err;
      const reg = getReg(env, insn.dst);
      const stored = storeTo(env, insn, true);
      if (stored !== 0 || allowsAtomics(reg)) return stored;
      return reject(env, EACCES, `BPF_ATOMIC stores into R${insn.dst} ${kindOf(reg)} is not allowed\n`);
    }
    default:
      return invalidAtomic(env, insn);
  }
}

function invalidAtomic(env: Env, insn: Insn): Errno {
  return reject(env, EINVAL, `BPF_ATOMIC uses invalid atomic opcode ${(insn.imm >>> 0).toString(16).padStart(2, '0')}\n`);
}

function readModifyWrite(env: Env, insn: Insn): Errno {
  const size = accessBytes(insn.code);
  if (size < 4) return reject(env, EINVAL, 'invalid atomic operand size\n');
  let err = checkSrcReg(env, insn.src);
  if (err === 0) err = checkSrcReg(env, insn.dst);
  if (err === 0 && insn.imm === BPF_CMPXCHG) err = checkSrcReg(env, 0);
  if (err !== 0) return err;
  const reg = getReg(env, insn.dst);
  const isLoop = reg.type === PTR_TO_ARENA && LOOPED.includes(insn.imm);
  if (isLoop || !allowsAtomics(reg)) return reject(env, EACCES, `BPF_ATOMIC stores into R${insn.dst} ${kindOf(reg)} is not allowed\n`);
  let loaded = -1;
  if ((insn.imm & BPF_FETCH) !== 0) {
    loaded = insn.imm === BPF_CMPXCHG ? 0 : insn.src;
    err = checkDstReg(env, loaded);
    if (err !== 0) return err;
  }
  err = checkMemAccess(env, insn.dst, insn.off, size, READ, -1, true, false);
  if (err === 0 && loaded >= 0) err = checkMemAccess(env, insn.dst, insn.off, size, READ, loaded, true, false);
  if (err === 0) err = checkMemAccess(env, insn.dst, insn.off, size, WRITE, -1, true, false);
  if (err === 0 && insn.imm === BPF_CMPXCHG && size === 4) curFrame(env.cur).exchangedAt = env.insnIdx;
  return err;
}
