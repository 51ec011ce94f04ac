// Is this pointer null, and which others are the same?
import { scalarConst } from '../domain/index.ts';
import {
  changeReg,
  CONST_PTR_TO_MAP,
  mayBeNull,
  MEM_ALLOC,
  NON_OWN_REF,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  SCALAR,
  scalarReg,
} from './reg.ts';
import type { Reg } from './reg.ts';
import { isSpilled } from './stack.ts';
import { curRegs } from './state.ts';
import type { VerifierState } from './state.ts';
import { hasSpinLock, mapValueReg } from './map-value.ts';
import { objectFieldsOf } from './special-fields.ts';

/** What makes an object trusted, unless more is said of it. */
const TRUST = PTR_TRUSTED | MEM_ALLOC | NON_OWN_REF;

/** Whether a pointer is certainly not null, so that comparing it with 0 is decided. */
export function isNotNull(reg: Reg): boolean {
  if (mayBeNull(reg)) return false;
  switch (reg.type) {
    case PTR_TO_SOCKET:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MAP_KEY:
    case PTR_TO_SOCK_COMMON:
    case CONST_PTR_TO_MAP:
      return true;
    case PTR_TO_BTF_ID:
      return reg.refObjId !== 0 || ((reg.flags & TRUST) !== 0 && (reg.flags & ~TRUST) === 0);
    case PTR_TO_MEM:
      // A sized buffer of no elements may be null.
      return (reg.flags & PTR_UNTRUSTED) === 0 && reg.extra?.sized === undefined;
    default:
      return false;
  }
}

/** The pointer once it is known not to be null. */
export function withoutNull(reg: Reg): Reg {
  const flags = reg.flags & ~PTR_MAYBE_NULL;
  if (reg.type === PTR_TO_MAP_VALUE) return mapValueReg(changeReg(reg, { flags }));
  return changeReg(reg, { flags });
}

/** Every copy of the pointer in `regno` becomes null, or not null. */
export function markNullness(state: VerifierState, regno: number, isNull: boolean): void {
  const pointer = curRegs(state)[regno] as Reg;
  const { id, refObjId } = pointer;
  // The reference of a null pointer was never taken.
  if (refObjId !== 0 && refObjId === id && isNull) state.refs = state.refs.filter((ref) => ref.id !== id);
  for (const frame of state.frames) {
    frame.regs.forEach((reg, i) => {
      if (matches(reg, id)) frame.regs[i] = decided(reg, isNull);
    });
    frame.stack.forEach((slot, spi) => {
      if (isSpilled(slot) && matches(slot.spilled, id)) frame.stack[spi] = { types: slot.types, spilled: decided(slot.spilled, isNull) };
    });
  }
}

function matches(reg: Reg, id: number): boolean {
  return reg.type !== SCALAR && mayBeNull(reg) && reg.id === id;
}

function decided(reg: Reg, isNull: boolean): Reg {
  if (isNull) return scalarReg(scalarConst(0n), { extra: { was: reg } });
  const known = withoutNull(reg);
  // Values with a lock keep their identity: the unlock must name the same value.
  return hasLock(known) ? known : changeReg(known, { id: 0 });
}

/** Whether what it points to may have a lock: the lock is known by the pointer's number. */
export function hasLock(reg: Reg): boolean {
  if (reg.type === PTR_TO_MAP_VALUE) return reg.map !== undefined && hasSpinLock(reg.map);
  if (reg.type !== PTR_TO_BTF_ID || (reg.flags & MEM_ALLOC) === 0 || reg.btf === undefined) return false;
  return objectFieldsOf(reg.btf, reg.btfId).some(({ name }) => name === 'bpf_spin_lock' || name === 'bpf_res_spin_lock');
}
