// Is what was proven for an older state also true for this one?
import { isZero, scalarEquals, scalarWithin } from '../domain/index.ts';
import type { Env } from '../state/env.ts';
import {
  addConstMarks,
  NOT_INIT,
  PTR_TO_ARENA,
  PTR_TO_BUF,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_STACK,
  PTR_TO_TP_BUFFER,
  REG_UNKNOWN,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { areSizeMinsSafe, isSizeSafe } from '../state/size-bound.ts';
import {
  allSlotTypes,
  isSpilled,
  SLOT_INVALID,
  slotType,
  STACK_DYNPTR,
  STACK_INVALID,
  STACK_IRQ_FLAG,
  STACK_ITER,
  STACK_MISC,
  STACK_SPILL,
  STACK_ZERO,
} from '../state/stack.ts';
import type { StackSlot } from '../state/stack.ts';
import type { Frame, VerifierState } from '../state/state.ts';
import type { Checkpoint } from './checkpoint.ts';
import { REF_IRQ, REF_LOCK, REF_PTR } from '../state/state.ts';

/** How states are compared. */
export type Exactness = 'notExact' | 'rangeWithin' | 'exact';

/** Which ids of the older state stand for which ids of the newer one. */
class IdMap {
  /** Older and newer id, in turn. */
  readonly #pairs: number[] = [];
  #next = 0;

  /** Forgets all, and takes ids after `next` for those of numbers without one. */
  begin(next: number): this {
    this.#pairs.length = 0;
    this.#next = next;
    return this;
  }

  /** Whether the ids may stand for each other, here and everywhere else. */
  check(old: number, cur: number): boolean {
    if ((old !== 0) !== (cur !== 0)) return false;
    if (old === 0) return true;
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] === old) return pairs[i + 1] === cur;
      if (pairs[i + 1] === cur) return false;
    }
    pairs.push(old, cur);
    return true;
  }

  /** The same for numbers, where no id is like an id of its own. */
  checkScalar(old: number, cur: number): boolean {
    return this.check(old === 0 ? ++this.#next : old, cur === 0 ? ++this.#next : cur);
  }
}

/** One for all: no comparison begins inside another. */
const idMap: IdMap = /* @__PURE__ */ new IdMap();

/** Fields that must be the same whatever the kind, numbers and ids aside. */
function sameKind(a: Reg, b: Reg): boolean {
  return (
    a.type === b.type &&
    a.flags === b.flags &&
    a.off === b.off &&
    a.range === b.range &&
    a.map === b.map &&
    a.mapUid === b.mapUid &&
    a.memSize === b.memSize &&
    a.btf === b.btf &&
    a.btfId === b.btfId &&
    a.subprogno === b.subprogno &&
    a.extra?.dynptrId === b.extra?.dynptrId &&
    a.extra?.dynptrType === b.extra?.dynptrType &&
    isSizeSafe(a, b)
  );
}

/** Whether two registers are the same but for precision, ids included: used to notice loops quickly. */
function isIdentical(a: Reg, b: Reg): boolean {
  return a === b || (sameKind(a, b) && a.id === b.id && a.refObjId === b.refObjId && scalarEquals(a.scalar, b.scalar));
}

function regsExact(old: Reg, cur: Reg, ids: IdMap): boolean {
  return sameKind(old, cur) && scalarEquals(old.scalar, cur.scalar) && ids.check(old.id, cur.id) && ids.check(old.refObjId, cur.refObjId);
}

function isRegSafe(old: Reg, cur: Reg, ids: IdMap, exact: Exactness): boolean {
  if (old === cur && old.id === 0 && old.refObjId === 0) return true;
  if (exact === 'exact') return regsExact(old, cur, ids);
  // In a loop, a register that was not set then must not be set now.
  if (old.type === NOT_INIT) return exact === 'notExact' || cur.type === NOT_INIT;
  if (old.type !== cur.type || old.flags !== cur.flags || !isSizeSafe(old, cur)) return false;
  switch (old.type) {
    case SCALAR: {
      if (!old.precise && exact === 'notExact') return true;
      // A number on its own says nothing of others, so that its new links do not matter.
      if (old.id === 0) return scalarWithin(old.scalar, cur.scalar);
      const marks = addConstMarks(old.id);
      if (marks !== addConstMarks(cur.id) || (marks !== 0 && old.off !== cur.off)) return false;
      return scalarWithin(old.scalar, cur.scalar) && ids.checkScalar(old.id - marks, cur.id - marks);
    }
    case PTR_TO_MAP_KEY:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MEM:
    case PTR_TO_BUF:
    case PTR_TO_TP_BUFFER:
      return sameKind(old, cur) && scalarWithin(old.scalar, cur.scalar) && ids.check(old.id, cur.id) && ids.check(old.refObjId, cur.refObjId);
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET:
      // What is known of a pointer past the end decided branches.
      if (old.range < 0 || cur.range < 0 ? old.range !== cur.range : old.range > cur.range) return false;
      if (old.off !== cur.off) return false;
      return ids.check(old.id, cur.id) && scalarWithin(old.scalar, cur.scalar);
    case PTR_TO_STACK:
      return regsExact(old, cur, ids) && old.frameno === cur.frameno;
    case PTR_TO_ARENA:
      return true;
    default:
      return regsExact(old, cur, ids);
  }
}

/** The number that a load of the whole slot yields, when it is one register: a spilled number, or any. */
function slotScalar(slot: StackSlot): Reg | undefined {
  if (slotType(slot, 0) === STACK_SPILL && slot.spilled.type === SCALAR) return slot.spilled;
  for (let i = 0; i < 8; i++) {
    const type = slotType(slot, i);
    if (type !== STACK_MISC && type !== STACK_INVALID) return undefined;
  }
  return REG_UNKNOWN;
}

function isStackSafe(old: Frame, cur: Frame, ids: IdMap, exact: Exactness): boolean {
  for (let spi = 0; spi < old.stack.length; spi++) {
    const curSlot = cur.stack[spi];
    if (!isSlotSafe(old.stack[spi] as StackSlot, curSlot, ids, exact)) return false;
  }
  return true;
}

const ALL_MISC = /* @__PURE__ */ allSlotTypes(STACK_MISC);

function isSlotSafe(old: StackSlot, curSlot: StackSlot | undefined, ids: IdMap, exact: Exactness): boolean {
  if (old === curSlot && old.spilled.id === 0 && old.spilled.refObjId === 0) return true;
  if (exact === 'notExact' && (old.types === 0 || old.types === ALL_MISC)) return true;
  const cur = curSlot ?? SLOT_INVALID;
  for (let i = 0; i < 8; i++) {
    const oldType = slotType(old, i);
    const curType = slotType(cur, i);
    if (exact !== 'notExact' && (curSlot === undefined || oldType !== curType)) return false;
    if (oldType === STACK_INVALID || oldType === STACK_MISC) continue;
    if (curSlot === undefined) return false;
    const oldScalar = slotScalar(old);
    const curScalar = slotScalar(cur);
    if (oldScalar !== undefined && curScalar !== undefined) return isRegSafe(oldScalar, curScalar, ids, exact);
    if (oldType !== curType) return false;
    if (i !== 7) continue;
    switch (oldType) {
      case STACK_SPILL:
        return isRegSafe(old.spilled, cur.spilled, ids, exact);
      case STACK_DYNPTR:
      case STACK_ITER:
      case STACK_IRQ_FLAG:
        return isSpecialSafe(old.spilled, cur.spilled, ids);
      default:
        return oldType === STACK_ZERO;
    }
  }
  return true;
}

function isSpecialSafe(old: Reg, cur: Reg, ids: IdMap): boolean {
  const a = old.extra;
  const b = cur.extra;
  return (
    a?.dynptrType === b?.dynptrType &&
    a?.firstSlot === b?.firstSlot &&
    a?.irq === b?.irq &&
    a?.iter?.btfId === b?.iter?.btfId &&
    a?.iter?.state === b?.iter?.state &&
    ids.check(old.refObjId, cur.refObjId)
  );
}

function areRefsSafe(old: VerifierState, cur: VerifierState, ids: IdMap): boolean {
  if (
    old.refs.length !== cur.refs.length ||
    old.activeLocks !== cur.activeLocks ||
    old.activePreemptLocks !== cur.activePreemptLocks ||
    old.activeRcuLocks !== cur.activeRcuLocks ||
    !ids.check(old.activeIrqId, cur.activeIrqId) ||
    !ids.check(old.activeLockId, cur.activeLockId) ||
    old.activeLockPtr !== cur.activeLockPtr
  ) {
    return false;
  }
  return old.refs.every((ref, i) => {
    const other = cur.refs[i];
    if (other === undefined || ref.type !== other.type) return false;
    if ((ref.type === REF_PTR || ref.type === REF_IRQ || ref.type >= REF_LOCK) && !ids.check(ref.id, other.id)) return false;
    return ref.type < REF_LOCK || ref.ptr === other.ptr;
  });
}

/** Instruction a frame of a state stands at. */
export function frameInsnIdx(state: VerifierState, frameno: number): number {
  return frameno === state.curframe ? state.insnIdx : (state.frames[frameno + 1] as Frame).callsite;
}

/**
 * Whether everything proven from `old` on holds from `cur` on, too.
 *
 * @param exact `notExact`: numbers that no proof needed may be anything; `rangeWithin`: every number must lie within the older;
 * `exact`: nothing may have changed
 * @param checkpoint that of `old`, is told where a difference was found
 */
export function areStatesEqual(env: Env, old: VerifierState, cur: VerifierState, exact: Exactness, checkpoint: Checkpoint): boolean {
  if (old.curframe !== cur.curframe || (old.speculative && !cur.speculative) || old.inSleepable !== cur.inSleepable) return false;
  const ids = idMap.begin(env.idGen);
  if (!areSizeMinsSafe(old.sizeMins, cur.sizeMins)) return false;
  if (!areRefsSafe(old, cur, ids)) return false;
  for (let frameno = 0; frameno <= old.curframe; frameno++) {
    const a = old.frames[frameno] as Frame;
    const b = cur.frames[frameno] as Frame;
    if (a.callsite !== b.callsite || a.callbackDepth > b.callbackDepth) return false;
    const live = env.aux[frameInsnIdx(old, frameno)]?.liveRegs ?? 0;
    for (let regno = 0; regno < 10; regno++) {
      if (((live >> regno) & 1) === 0 || isRegSafe(a.regs[regno] as Reg, b.regs[regno] as Reg, ids, exact)) continue;
      if (frameno === old.curframe) checkpoint.note(regno, a.regs[regno] as Reg);
      return false;
    }
    if (!isStackSafe(a, b, ids, exact)) return false;
  }
  return true;
}

/** Whether all registers of the innermost frame are the same as in the older state. */
export function maybeLooping(old: VerifierState, cur: VerifierState): boolean {
  if (old.curframe !== cur.curframe) return false;
  const a = old.frames[old.curframe] as Frame;
  const b = cur.frames[cur.curframe] as Frame;
  for (let regno = 0; regno < a.regs.length; regno++) if (!isIdentical(a.regs[regno] as Reg, b.regs[regno] as Reg)) return false;
  return true;
}

/** Whether a spilled register is a number. */
export function isSpilledScalar(slot: StackSlot): boolean {
  return isSpilled(slot) && slot.spilled.type === SCALAR;
}

/** Whether a register is a number known to be zero. */
export function isNullScalar(reg: Reg): boolean {
  return reg.type === SCALAR && isZero(reg.scalar);
}
