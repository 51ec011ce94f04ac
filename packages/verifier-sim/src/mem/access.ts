// May memory be accessed through this register, and what does a load yield?
import { signExtend, zeroExtend } from '../domain/index.ts';
import { formatRegType } from '../log/format-reg.ts';
import { EACCES, getReg, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  CONST_PTR_TO_MAP,
  isPacketPointer,
  mayBeNull,
  MEM_RDONLY,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TO_TCP_SOCK,
  PTR_TO_TP_BUFFER,
  PTR_TO_XDP_SOCK,
  PTR_UNTRUSTED,
  REG_UNKNOWN,
  SCALAR,
  withScalar,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { checkAlignment } from './align.ts';
import { accessContext } from './context.ts';
import { accessObject } from './btf-object.ts';
import { accessMapPointer } from './map-pointer.ts';
import { accessMapValue } from './map-value.ts';
import { checkPacketAccess } from './packet.ts';
import { checkRegionAccess, checkTpBufferAccess } from './region.ts';
import { accessSizedBuffer } from './sized.ts';
import { accessSocket } from './socket.ts';
import { accessStack } from './stack.ts';
import { READ, WRITE } from './types.ts';
import type { Access, MemAccess } from './types.ts';

/** `struct bpf_flow_keys`. */
const FLOW_KEYS_BYTES = 56;

/**
 * Judges an access of `size` bytes at `off` beyond what register `regno` points to. A load sets `valueRegno`.
 *
 * @param valueRegno register that is loaded or stored; -1 for a constant, or when only the access is asked about
 * @param strict the access must be aligned, whatever the program's flags
 */
export function checkMemAccess(
  env: Env,
  regno: number,
  off: number,
  size: number,
  access: Access,
  valueRegno: number,
  strict: boolean,
  signExtended: boolean,
): Errno {
  const reg = getReg(env, regno);
  let err = checkAlignment(env, reg, off, size, strict);
  if (err !== 0) return err;
  const what: MemAccess = { regno, off: off + reg.off, size, access, valueRegno };
  err = byKind(env, reg, what, signExtended);
  if (err !== 0) return err;
  if (access === READ && valueRegno >= 0 && size < 8) {
    const value = getReg(env, valueRegno);
    if (value.type === SCALAR) {
      const scalar = signExtended ? signExtend(value.scalar, size, true) : zeroExtend(value.scalar, size);
      setReg(env, valueRegno, withScalar(value, scalar));
    }
  }
  return 0;
}

function markLoaded(env: Env, what: MemAccess): Errno {
  if (what.access === READ && what.valueRegno >= 0) setReg(env, what.valueRegno, REG_UNKNOWN);
  return 0;
}

function byKind(env: Env, reg: Reg, what: MemAccess, signExtended: boolean): Errno {
  const { regno, off, size, access } = what;
  const write = access === WRITE;
  const nullable = mayBeNull(reg);
  if (isPacketPointer(reg)) {
    if (write && !env.prog.packetWrite) return reject(env, EACCES, 'cannot write into packet\n');
    if (write) env.seenDirectWrite = true;
    const err = checkPacketAccess(env, regno, off, size, false);
    return err !== 0 ? err : markLoaded(env, what);
  }
  switch (reg.type) {
    case PTR_TO_STACK:
      return accessStack(env, reg, what);
    case PTR_TO_MAP_VALUE:
      return nullable ? invalid(env, reg, regno) : accessMapValue(env, reg, what, signExtended);
    case PTR_TO_CTX:
      return accessContext(env, reg, what, signExtended);
    case PTR_TO_MAP_KEY: {
      if (write) return reject(env, EACCES, `write to change key R${regno} not allowed\n`);
      const err = checkRegionAccess(env, regno, off, size, reg.map?.keySize ?? 0, false);
      return err !== 0 ? err : markLoaded(env, what);
    }
    case PTR_TO_MEM:
      return accessMem(env, reg, what);
    case PTR_TO_TP_BUFFER: {
      const err = checkTpBufferAccess(env, reg, regno, off, size, 'tracepoint');
      return err !== 0 ? err : markLoaded(env, what);
    }
    case PTR_TO_BUF: {
      if (nullable) return invalid(env, reg, regno);
      if (write && (reg.flags & MEM_RDONLY) !== 0) return cannotWrite(env, reg, regno);
      const err = checkTpBufferAccess(env, reg, regno, off, size, (reg.flags & MEM_RDONLY) !== 0 ? 'rdonly' : 'rdwr');
      return err !== 0 ? err : markLoaded(env, what);
    }
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
      return nullable ? invalid(env, reg, regno) : accessSocket(env, reg, what, signExtended);
    case PTR_TO_FLOW_KEYS:
      if (nullable) return invalid(env, reg, regno);
      if (off < 0 || off + size > FLOW_KEYS_BYTES) {
        return reject(env, EACCES, `invalid access to flow keys off=${off} size=${size}\n`);
      }
      return markLoaded(env, what);
    case PTR_TO_ARENA:
      return markLoaded(env, what);
    case PTR_TO_BTF_ID:
      return nullable ? invalid(env, reg, regno) : accessObject(env, reg, what);
    case CONST_PTR_TO_MAP:
      return nullable ? invalid(env, reg, regno) : accessMapPointer(env, reg, what);
    default:
      return invalid(env, reg, regno);
  }
}

function invalid(env: Env, reg: Reg, regno: number): Errno {
  return reject(env, EACCES, `R${regno} invalid mem access '${formatRegType(reg.type, reg.flags)}'\n`);
}

function cannotWrite(env: Env, reg: Reg, regno: number): Errno {
  return reject(env, EACCES, `R${regno} cannot write into ${formatRegType(reg.type, reg.flags)}\n`);
}

function accessMem(env: Env, reg: Reg, what: MemAccess): Errno {
  const { regno, off, size, access } = what;
  const readOnly = (reg.flags & MEM_RDONLY) !== 0;
  if (mayBeNull(reg)) return invalid(env, reg, regno);
  if (access === WRITE && readOnly) return cannotWrite(env, reg, regno);
  if (reg.extra?.sized !== undefined) {
    const err = accessSizedBuffer(env, reg, what);
    return err !== 0 ? err : markLoaded(env, what);
  }
  if (!readOnly || (reg.flags & PTR_UNTRUSTED) === 0) {
    const err = checkRegionAccess(env, regno, off, size, reg.memSize, false);
    if (err !== 0) return err;
  }
  return markLoaded(env, what);
}
