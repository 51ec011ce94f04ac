// How are instructions inserted, removed or replaced without breaking jumps?
import { RootletError } from '@rootlet/bytes';
import { Insns } from './insns.ts';
import { BPF_JA, BPF_JMP32 } from './opcodes.ts';
import { isBranch, isGoto, isPseudoFunc, isSubprogCall } from './predicates.ts';

/** A patch cannot be applied: for the caller, except `PATCH_JUMP_OVERFLOW`, which a large enough program runs into. */
export class PatchError extends RootletError {
  /** @param code `PATCH_RANGE`, `PATCH_OVERLAP`, `PATCH_MIDDLE`, `PATCH_TARGET` or `PATCH_JUMP_OVERFLOW` */
  constructor(code: string, insnIdx: number, problem: string, detail: { readonly need: string; readonly have: number | string }) {
    const { need, have } = detail;
    super('PatchError', code, 'insn: patch', `insn: patch: ${problem}: need ${need}, have ${have} at instruction ${insnIdx}`, { insnIdx, need, have });
  }
}

/** Slots to be taken out of a program at one place, and others to be put there instead. */
export interface Patch {
  /** First slot to remove, or the slot to insert before; the program's length appends. */
  readonly insnIdx: number;
  /** Slots to remove; 0 inserts only. */
  readonly remove?: number | undefined;
  /**
   * Slots to put there. Their jumps and calls are taken as they are: within these slots and right behind them. For others
   * see `targets`.
   */
  readonly insert?: Insns | undefined;
  /** Jumps and calls in `insert` that go to a slot of the unpatched program: slot in `insert` to slot there. */
  readonly targets?: ReadonlyMap<number, number> | undefined;
  /**
   * Whether jumps to `insnIdx` go behind the inserted slots instead of to the first of them. Code put at the end of a
   * subprogram wants that: the next subprogram still begins where it did.
   */
  readonly jumpPast?: boolean | undefined;
}

/** What {@link patchInsns} yields. */
export interface Patched {
  readonly insns: Insns;
  /** New place of each old slot; for removed ones where their replacement begins. One more entry for the end. */
  readonly newIdx: Int32Array;
  /**
   * Where what referred to an old slot refers to now: `newIdx`, or code inserted before it. Jumps and calls went by it;
   * starts of functions and line records (func info, line info) should, too. One more entry for the end.
   */
  readonly newTarget: Int32Array;
}

/**
 * Applies patches and adjusts every jump, `gotol`, `may_goto`, pc-relative call and subprogram address. All indices are those of the
 * unpatched program, which is left as it is. Wild jumps stay wild by the same distance beyond the program.
 *
 * @param patches in ascending order of `insnIdx`, not overlapping; several insertions at one place stand in the order given
 * @throws `PATCH_RANGE` outside the program, `PATCH_OVERLAP` not ascending, `PATCH_MIDDLE` between the slots of a two-slot
 * load, `PATCH_TARGET` when `targets` names what is no jump, `PATCH_JUMP_OVERFLOW` when a jump gets too far for 16 bits
 */
export function patchInsns(insns: Insns, patches: readonly Patch[]): Patched {
  checkPatches(insns, patches);
  const newIdx = new Int32Array(insns.length + 1);
  const newTarget = new Int32Array(insns.length + 1);
  /** Parts of the result, each with its first new slot and, for kept ones, its first old slot. */
  const parts: Part[] = [];
  let length = 0;
  let old = 0;
  /** First new slot of what was inserted at `old` already, for whom jumps to `old` are meant. */
  let target: number | undefined;
  const keep = (end: number): void => {
    if (end > old) parts.push({ insns: insns.slice(old, end), oldIdx: old, newIdx: length, patch: undefined });
    for (; old < end; old++, length++) {
      newIdx[old] = length;
      newTarget[old] = target ?? length;
      target = undefined;
    }
  };
  for (const patch of patches) {
    keep(patch.insnIdx);
    const { insert, remove = 0, jumpPast = false } = patch;
    // Jumps past what is inserted go to what comes then; earlier insertions at this place that took them keep them.
    if (!jumpPast) target ??= length;
    const start = length;
    if (insert !== undefined && insert.length > 0) {
      parts.push({ insns: insert, oldIdx: undefined, newIdx: length, patch });
      length += insert.length;
    }
    for (const end = old + remove; old < end; old++) {
      newIdx[old] = start;
      newTarget[old] = target ?? length;
    }
    // What was removed took the jumps with it; what follows is a place of its own.
    if (remove > 0) target = undefined;
  }
  keep(insns.length);
  newIdx[insns.length] = length;
  newTarget[insns.length] = target ?? length;
  const patched = Insns.concat(parts.map((part) => part.insns));
  const map = (slot: number): number => {
    if (slot < 0) return slot;
    return slot <= insns.length ? (newTarget[slot] as number) : slot - insns.length + length;
  };
  for (const part of parts) {
    if (part.patch === undefined) adjustKept(patched, part, insns, map);
    else adjustInserted(patched, part, part.patch, map);
  }
  return { insns: patched, newIdx, newTarget };
}

interface Part {
  readonly insns: Insns;
  readonly oldIdx: number | undefined;
  readonly newIdx: number;
  readonly patch: Patch | undefined;
}

/** A program with slots inserted before `insnIdx`; jumps to it go to the first of them. @throws as {@link patchInsns} */
export function insertInsns(insns: Insns, insnIdx: number, insert: Insns): Patched {
  return patchInsns(insns, [{ insnIdx, insert }]);
}

/** A program without the slots `start` to `end`, exclusive; jumps to them go to what follows. @throws as {@link patchInsns} */
export function removeInsns(insns: Insns, start: number, end: number): Patched {
  return patchInsns(insns, [{ insnIdx: start, remove: end - start }]);
}

/** A program with the slots `start` to `end`, exclusive, replaced; jumps to them go to the first new one. @throws as {@link patchInsns} */
export function replaceInsns(insns: Insns, start: number, end: number, insert: Insns): Patched {
  return patchInsns(insns, [{ insnIdx: start, remove: end - start, insert }]);
}

function checkPatches(insns: Insns, patches: readonly Patch[]): void {
  const second = new Uint8Array(insns.length + 1);
  for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) {
    if (insns.isWide(idx) && idx + 1 < insns.length) second[idx + 1] = 1;
  }
  let free = 0;
  for (const { insnIdx, remove = 0 } of patches) {
    const end = insnIdx + remove;
    if (!(Number.isInteger(insnIdx) && Number.isInteger(remove) && insnIdx >= 0 && remove >= 0 && end <= insns.length)) {
      throw new PatchError('PATCH_RANGE', insnIdx, 'outside the program', { need: `slot 0 to ${insns.length}`, have: `${insnIdx} to ${end}` });
    }
    if (insnIdx < free) {
      throw new PatchError('PATCH_OVERLAP', insnIdx, 'overlaps the one before or is out of order', { need: `slot ${free} or later`, have: insnIdx });
    }
    for (const edge of [insnIdx, end]) {
      if (second[edge] === 1) {
        throw new PatchError('PATCH_MIDDLE', insnIdx, 'splits a two-slot load', { need: `slot ${edge - 1} or ${edge + 1}`, have: edge });
      }
    }
    free = end;
  }
}

/** Whether a slot holds a distance: in `imm` for calls, subprogram addresses and `gotol`, otherwise in `off`. */
function distanceField(insns: Insns, insnIdx: number): 'off' | 'imm' | undefined {
  if (isSubprogCall(insns, insnIdx) || isPseudoFunc(insns, insnIdx)) return 'imm';
  if (!isGoto(insns, insnIdx) && !isBranch(insns, insnIdx)) return undefined;
  return insns.code[insnIdx] === (BPF_JMP32 | BPF_JA) ? 'imm' : 'off';
}

function adjustKept(patched: Insns, part: Part, insns: Insns, map: (slot: number) => number): void {
  const from = part.oldIdx as number;
  for (let at = 0; at < part.insns.length; at += part.insns.isWide(at) ? 2 : 1) {
    const field = distanceField(insns, from + at);
    if (field === undefined) continue;
    const target = map(from + at + 1 + (insns[field][from + at] as number));
    setDistance(patched, part.newIdx + at, field, target, from + at);
  }
}

function adjustInserted(patched: Insns, part: Part, patch: Patch, map: (slot: number) => number): void {
  for (const [at, oldTarget] of patch.targets ?? []) {
    const field = at >= 0 && at < part.insns.length ? distanceField(part.insns, at) : undefined;
    if (field === undefined) {
      throw new PatchError('PATCH_TARGET', patch.insnIdx, 'target given for what does not jump', { need: 'a jump or call', have: `inserted slot ${at}` });
    }
    setDistance(patched, part.newIdx + at, field, map(oldTarget), patch.insnIdx);
  }
}

function setDistance(patched: Insns, newIdx: number, field: 'off' | 'imm', target: number, insnIdx: number): void {
  const distance = target - newIdx - 1;
  if (field === 'off' && (distance < -0x8000 || distance > 0x7fff)) {
    throw new PatchError('PATCH_JUMP_OVERFLOW', insnIdx, 'jump too far', { need: '-32768 to 32767 slots', have: distance });
  }
  patched[field][newIdx] = distance;
}
