// May a helper, a kernel function or another program's function use this memory?
import { constValue, isConst } from '../domain/index.ts';
import { BPF_MAX_VAR_OFF } from '../passes/resolve.ts';
import { formatRegType } from '../log/format-reg.ts';
import { EACCES, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  MEM_RDONLY,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_STACK,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { VerifierMap } from '../types.ts';
import { accessContext } from './context.ts';
import { accessObject } from './btf-object.ts';
import { checkMapAccess, checkMapAccessKind } from './map-value.ts';
import { checkPacketAccess } from './packet.ts';
import { checkRegionAccess, checkTpBufferAccess } from './region.ts';
import { checkSizedAccess } from './sized.ts';
import { checkStackInitialized } from './stack-range.ts';
import { READ, WRITE } from './types.ts';
import type { Access, RawAccess } from './types.ts';

/**
 * Whether the callee may access `size` bytes through register `regno`.
 *
 * @param zeroAllowed a size of 0 (and then a null pointer) is fine
 */
export function checkHelperMemAccess(
  env: Env,
  regno: number,
  size: number,
  access: Access,
  zeroAllowed: boolean,
  raw?: RawAccess,
): Errno {
  const reg = getReg(env, regno);
  const write = access === WRITE;
  switch (reg.type) {
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
      return checkPacketAccess(env, regno, reg.off, size, zeroAllowed);
    case PTR_TO_MAP_KEY:
      if (write) return cannotWrite(env, reg, regno);
      return checkRegionAccess(env, regno, reg.off, size, reg.map?.keySize ?? 0, false);
    case PTR_TO_MAP_VALUE: {
      const err = checkMapAccessKind(env, reg.map as VerifierMap, reg.off, size, write);
      return err !== 0 ? EACCES : checkMapAccess(env, reg, regno, reg.off, size, zeroAllowed);
    }
    case PTR_TO_MEM:
      if (write && (reg.flags & MEM_RDONLY) !== 0) return cannotWrite(env, reg, regno);
      if (reg.extra?.sized !== undefined) return checkSizedAccess(env, reg, regno, reg.off, size);
      return checkRegionAccess(env, regno, reg.off, size, reg.memSize, zeroAllowed);
    case PTR_TO_BUF:
      if (write && (reg.flags & MEM_RDONLY) !== 0) return cannotWrite(env, reg, regno);
      return checkTpBufferAccess(env, reg, regno, reg.off, size, (reg.flags & MEM_RDONLY) !== 0 ? 'rdonly' : 'rdwr');
    case PTR_TO_STACK:
      return checkStackInitialized(env, regno, reg.off, size, zeroAllowed, write, raw);
    case PTR_TO_BTF_ID:
      if (!env.profile.features.objectMemory) return notMemory(env, reg, regno, size, zeroAllowed);
      // Kernels before asked whether it can be read, also where it is written.
      return accessObject(env, reg, { regno, off: reg.off, size, access: env.profile.features.objectWrites ? access : READ, valueRegno: -1 });
    case PTR_TO_CTX:
      // A context that nobody translates is memory.
      if (!env.prog.plainContext) return notMemory(env, reg, regno, size, zeroAllowed);
      if (size === 0) return zeroAllowed ? 0 : EACCES;
      return accessContext(env, reg, { regno, off: reg.off + size - 1, size: 1, access, valueRegno: -1 }, false);
    default:
      return notMemory(env, reg, regno, size, zeroAllowed);
  }
}

function cannotWrite(env: Env, reg: Reg, regno: number): Errno {
  return reject(env, EACCES, `R${regno} cannot write into ${formatRegType(reg.type, reg.flags)}\n`);
}

function notMemory(env: Env, reg: Reg, regno: number, size: number, zeroAllowed: boolean): Errno {
  const isNull = reg.type === SCALAR && isConst(reg.scalar) && constValue(reg.scalar) === 0n;
  if (zeroAllowed && size === 0 && isNull) return 0;
  return reject(env, EACCES, `R${regno} type=${formatRegType(reg.type, reg.flags)} expected=fp\n`);
}

/**
 * A pointer in `regno - 1` whose size is the number in `regno`: the greatest possible size must be accessible.
 *
 * @param zeroAllowed the size may be 0
 */
export function checkMemSizeReg(env: Env, regno: number, access: Access, zeroAllowed: boolean, raw?: RawAccess): Errno {
  const { scalar } = getReg(env, regno);
  if (scalar.smin < 0n) {
    return reject(env, EACCES, `R${regno} min value is negative, either use unsigned or 'var &= const'\n`);
  }
  if (scalar.umin === 0n && !zeroAllowed) {
    if (!env.profile.features.zeroSizeText) return reject(env, EACCES, 'invalid zero-sized read\n');
    return reject(env, EACCES, `R${regno} invalid zero-sized read: u64=[${BigInt.asIntN(64, scalar.umin)},${BigInt.asIntN(64, scalar.umax)}]\n`);
  }
  if (scalar.umax >= BigInt(BPF_MAX_VAR_OFF)) {
    return reject(env, EACCES, `R${regno} unbounded memory access, use 'var &= const' or 'if (var < const)'\n`);
  }
  const known = isConst(scalar);
  const err = checkHelperMemAccess(env, regno - 1, Number(scalar.umax), access, zeroAllowed, known ? raw : undefined);
  return err !== 0 ? err : env.engine.markChainPrecision(env, regno);
}

