// Which stack slots may still be read, before each instruction of each chain of calls?
import { postorder, insnSuccessors } from '../passes/successors.ts';
import { verbose } from '../state/env.ts';
import type { Env, LiveStack } from '../state/env.ts';
import type { Frame, VerifierState } from '../state/state.ts';

const ALL_SLOTS = (1n << 64n) - 1n;
const FIRST_SLOTS = 0xffff_ffffn;

/** What is known of one frame's slots at one instruction; bit `i` is slot `i`. */
interface Masks {
  mayRead: bigint;
  mustWrite: bigint;
  /** Written on every way from here to the function's end. */
  mustWriteAcc: bigint;
  liveBefore: bigint;
}

/** A function as called through one chain of calls. */
interface Instance {
  readonly key: string;
  readonly callsites: readonly number[];
  readonly subprogno: number;
  /** By frame, by instruction relative to the function's start. */
  readonly frames: (Masks | undefined)[][];
  /** Instructions whose `mustWrite` was set before. */
  readonly written: Set<number>;
  updated: boolean;
  writeDropped: boolean;
}

/** The analysis: facts are collected while paths are explored, and spread when a path or a function ends. */
export class LiveStackAnalysis implements LiveStack {
  readonly #instances = new Map<string, Instance>();
  readonly #orders = new Map<number, readonly number[]>();
  readonly #writes: bigint[] = new Array<bigint>(8).fill(0n);
  #writeIdx = 0;
  #wrote = false;
  /** Asked for last: mostly it is asked for again. */
  #last: Instance | undefined;
  #current: Instance | undefined;

  /** The innermost frame changed: the next fact belongs to another instance. */
  leave(): void {
    this.#current = undefined;
  }

  /** An instruction begins. */
  begin(env: Env, insnIdx: number): void {
    this.#writeIdx = insnIdx;
    this.#current = this.#instance(env, env.cur, env.cur.curframe);
    this.#forgetWrites();
  }

  /** The instruction is done: what it wrote this time and every time before is certain. */
  commit(env: Env): void {
    // A call that was entered is committed when its callee returns.
    if (this.#current !== undefined) this.#commitTo(env, this.#current, this.#writeIdx);
  }

  markRead(env: Env, frameno: number, slots: bigint): void {
    const instance = this.#current ?? this.#instance(env, env.cur, env.cur.curframe);
    this.#read(env, instance, frameno, env.insnIdx, slots);
  }

  markWrite(frameno: number, slots: bigint): void {
    this.#writes[frameno] = (this.#writes[frameno] as bigint) | slots;
    this.#wrote = true;
  }

  #forgetWrites(): void {
    if (this.#wrote) this.#writes.fill(0n);
    this.#wrote = false;
  }

  /** Spreads what was learned along the current chain of calls. */
  update(env: Env): void {
    for (let frameno = env.cur.curframe; frameno >= 0; frameno--) {
      const instance = this.#instance(env, env.cur, frameno);
      if (!instance.updated) continue;
      this.#spread(env, instance);
      if (frameno > 0) this.#passOut(env, instance, this.#instance(env, env.cur, frameno - 1));
    }
  }

  /** Whether slot `spi` of frame `frameno` may be read after the state's instruction. */
  isAlive(env: Env, state: VerifierState, frameno: number, spi: number): boolean {
    const bit = 1n << BigInt(spi);
    const live = (inFrame: number, insnIdx: number): boolean => {
      const instance = this.#instances.get(this.#key(env, state, inFrame));
      if (instance === undefined) return false;
      const start = env.subprogs[instance.subprogno]?.start ?? 0;
      return ((instance.frames[frameno]?.[insnIdx - start]?.liveBefore ?? 0n) & bit) !== 0n;
    };
    if (live(state.curframe, state.insnIdx)) return true;
    for (let outer = frameno; outer < state.curframe; outer++) {
      const callsite = (state.frames[outer + 1] as Frame).callsite;
      const after = env.aux[callsite]?.callsCallback === true ? callsite : callsite + 1;
      if (live(outer, after)) return true;
    }
    return false;
  }

  #key(env: Env, state: VerifierState, frameno: number): string {
    let key = '';
    for (let i = 1; i <= frameno; i++) key += `${(state.frames[i] as Frame).callsite},`;
    return `${key}${env.subprogs[(state.frames[frameno] as Frame).subprogno]?.start ?? 0}`;
  }

  #instance(env: Env, state: VerifierState, frameno: number): Instance {
    const last = this.#last;
    if (last !== undefined && isOf(last, state, frameno)) return last;
    const key = this.#key(env, state, frameno);
    const found = this.#instances.get(key);
    if (found !== undefined) return (this.#last = found);
    const callsites: number[] = [];
    for (let i = 1; i <= frameno; i++) callsites.push((state.frames[i] as Frame).callsite);
    const instance: Instance = {
      key,
      callsites,
      subprogno: (state.frames[frameno] as Frame).subprogno,
      frames: [],
      written: new Set(),
      updated: false,
      writeDropped: false,
    };
    this.#instances.set(key, instance);
    this.#last = instance;
    return instance;
  }

  #masks(env: Env, instance: Instance, frameno: number, insnIdx: number): Masks {
    const frame = (instance.frames[frameno] ??= []);
    const at = insnIdx - (env.subprogs[instance.subprogno]?.start ?? 0);
    return (frame[at] ??= { mayRead: 0n, mustWrite: 0n, mustWriteAcc: 0n, liveBefore: 0n });
  }

  #read(env: Env, instance: Instance, frameno: number, insnIdx: number, slots: bigint): void {
    if (slots === 0n) return;
    const masks = this.#masks(env, instance, frameno, insnIdx);
    const mayRead = masks.mayRead | slots;
    if (mayRead === masks.mayRead) return;
    masks.mayRead = mayRead;
    if ((mayRead | masks.liveBefore) !== masks.liveBefore) instance.updated = true;
  }

  #commitTo(env: Env, instance: Instance, insnIdx: number): void {
    const again = instance.written.has(insnIdx);
    if (!again) instance.written.add(insnIdx);
    for (let frameno = 0; frameno <= instance.callsites.length; frameno++) {
      let slots = this.#writes[frameno] as bigint;
      if (slots === 0n && !again) continue;
      if (slots === 0n && instance.frames[frameno]?.[insnIdx - (env.subprogs[instance.subprogno]?.start ?? 0)] === undefined) continue;
      const masks = this.#masks(env, instance, frameno, insnIdx);
      const old = masks.mustWrite;
      if (again) {
        // The kernel notices only that one of the first 32 slots was not written this time; those beyond are forgotten with it.
        slots &= old & FIRST_SLOTS;
        if ((old & ~slots & FIRST_SLOTS) === 0n) continue;
        instance.writeDropped = true;
      }
      if (old === slots) continue;
      masks.mustWrite = slots;
      instance.updated = true;
    }
  }

  #spread(env: Env, instance: Instance): void {
    const start = env.subprogs[instance.subprogno]?.start ?? 0;
    let order = this.#orders.get(start);
    if (order === undefined) {
      order = postorder(env, start);
      this.#orders.set(start, order);
    }
    if (instance.writeDropped) {
      for (const frame of instance.frames) for (const masks of frame ?? []) if (masks !== undefined) masks.mustWriteAcc = 0n;
    }
    let rounds = 0;
    let changed = true;
    while (changed) {
      changed = false;
      for (let frameno = 0; frameno <= instance.callsites.length; frameno++) {
        if (instance.frames[frameno] === undefined) continue;
        for (const insnIdx of order) if (this.#transfer(env, instance, frameno, insnIdx, start)) changed = true;
      }
      rounds++;
    }
    if (env.log.level2) verbose(env, `(${instance.key}) live stack update done in ${rounds} iterations\n`);
    instance.updated = false;
    instance.writeDropped = false;
  }

  #transfer(env: Env, instance: Instance, frameno: number, insnIdx: number, start: number): boolean {
    const successors = insnSuccessors(env, insnIdx);
    if (successors.length === 0) return false;
    const frame = instance.frames[frameno] as (Masks | undefined)[];
    let after = 0n;
    let written = ALL_SLOTS;
    for (const next of successors) {
      const masks = frame[next - start];
      after |= masks?.liveBefore ?? 0n;
      written &= masks?.mustWriteAcc ?? 0n;
    }
    const own = frame[insnIdx - start];
    if (own === undefined && after === 0n && written === 0n) return false;
    const masks = own ?? this.#masks(env, instance, frameno, insnIdx);
    written |= masks.mustWrite;
    const before = (after & ~masks.mustWrite) | masks.mayRead;
    const changed = before !== masks.liveBefore || written !== masks.mustWriteAcc;
    if (env.log.level2 && changed) {
      const shown = masks.mayRead !== 0n || masks.mustWrite !== 0n || insnIdx === start || env.aux[insnIdx]?.prunePoint === true;
      if (shown) {
        const where = `(${instance.key}) frame ${frameno} insn ${insnIdx} `;
        logChange(env, where, 'live', masks.liveBefore, before);
        logChange(env, where, 'written', masks.mustWriteAcc, written);
      }
    }
    masks.liveBefore = before;
    masks.mustWriteAcc = written;
    return changed;
  }

  /** What the function does to its callers' slots happens at the call. */
  #passOut(env: Env, instance: Instance, outer: Instance): void {
    const callsite = instance.callsites[instance.callsites.length - 1] as number;
    this.#forgetWrites();
    for (let frameno = 0; frameno < instance.callsites.length; frameno++) {
      const masks = instance.frames[frameno]?.[0];
      if (masks === undefined) continue;
      this.markWrite(frameno, masks.mustWriteAcc);
      this.#read(env, outer, frameno, callsite, masks.liveBefore);
    }
    this.#commitTo(env, outer, callsite);
  }
}

/** Whether an instance is of the chain of calls up to a frame. */
function isOf({ callsites, subprogno }: Instance, state: VerifierState, frameno: number): boolean {
  if (callsites.length !== frameno || subprogno !== (state.frames[frameno] as Frame).subprogno) return false;
  for (let i = 1; i <= frameno; i++) if (callsites[i - 1] !== (state.frames[i] as Frame).callsite) return false;
  return true;
}

function logChange(env: Env, where: string, name: string, before: bigint, after: bigint): void {
  const changed = before ^ after;
  if (changed === 0n) return;
  const gained = after & changed;
  const lost = before & changed;
  let text = where;
  if (gained !== 0n) text += `+${name} ${formatSlots(gained)} `;
  if (lost !== 0n) text += `-${name} ${formatSlots(lost)}`;
  verbose(env, `${text}\n`);
}

/** Slots as the log names them: `-8,-16`. */
export function formatSlots(slots: bigint): string {
  if (slots === 0n) return '';
  const low = Number(BigInt.asUintN(32, slots));
  const high = Number(slots >> 32n);
  let text = '';
  for (let spi = 0; spi < 64; spi++) if ((((spi < 32 ? low : high) >>> (spi & 31)) & 1) !== 0) text += `,${(spi + 1) * -8}`;
  return text.slice(1);
}
