// Which stack slots may still be read, before each instruction of each chain of calls?
import { verbose } from '../state/env.ts';
import type { Env, LiveStack } from '../state/env.ts';
import type { Frame, VerifierState } from '../state/state.ts';

const MAX_SUBPROGS = 1024;

/** What is known of one frame's slots at one instruction. Bit `i` of the low word is slot `i`, of the high word slot `32 + i`. */
interface Masks {
  readLow: number;
  readHigh: number;
  /** Certainly written. */
  writeLow: number;
  writeHigh: number;
  /** Written on every way from here to the function's end. */
  writeAccLow: number;
  writeAccHigh: number;
  /** May be read from here on. */
  liveLow: number;
  liveHigh: number;
}

type FrameMasks = (Masks | undefined)[];

/** A function as called through one chain of calls. */
interface Instance {
  /** Call sites and the function's first instruction, as the log names it. */
  readonly name: string;
  readonly callsites: readonly number[];
  readonly start: number;
  /** By call site and callee. */
  readonly callees: Map<number, Instance>;
  /** By frame, by instruction relative to the function's start. */
  readonly frames: (FrameMasks | undefined)[];
  /** Instructions that were certain to write something or nothing before, relative to the function's start. */
  readonly committed: boolean[];
  updated: boolean;
  writeDropped: boolean;
}

/** The analysis: facts are collected while paths are explored, and spread when a path or a function ends. */
export class LiveStackAnalysis implements LiveStack {
  /** Outermost functions. */
  readonly #roots = new Map<number, Instance>();
  readonly #writesLow: Int32Array = new Int32Array(8);
  readonly #writesHigh: Int32Array = new Int32Array(8);
  #writeIdx = 0;
  #wrote = false;
  /** Frame that an instance was asked for last, and the instance: mostly it is asked for again. */
  #lastFrame: Frame | undefined;
  #last: Instance | undefined;
  #current: Instance | undefined;
  /** Result of {@link findLive}. */
  liveLow = 0;
  liveHigh = 0;

  /** The innermost frame changed: the next fact belongs to another instance. */
  leave(): void {
    this.#current = undefined;
  }

  /** An instruction begins. */
  begin(env: Env, insnIdx: number): void {
    this.#writeIdx = insnIdx;
    this.#current = this.#instance(env, env.cur, env.cur.curframe);
    if (this.#wrote) this.#forgetWrites();
  }

  /** The instruction is done: what it wrote this time and every time before is certain. */
  commit(): void {
    // A call that was entered is committed when its callee returns.
    if (this.#current !== undefined) this.#commitTo(this.#current, this.#writeIdx);
  }

  markRead(env: Env, frameno: number, spi: number): void {
    const instance = this.#current ?? this.#instance(env, env.cur, env.cur.curframe);
    read(instance, frameno, env.insnIdx, lowBit(spi), highBit(spi));
  }

  markWrite(frameno: number, spi: number): void {
    this.#writesLow[frameno] = (this.#writesLow[frameno] as number) | lowBit(spi);
    this.#writesHigh[frameno] = (this.#writesHigh[frameno] as number) | highBit(spi);
    this.#wrote = true;
  }

  #forgetWrites(): void {
    this.#writesLow.fill(0);
    this.#writesHigh.fill(0);
    this.#wrote = false;
  }

  /** Spreads what was learned along the current chain of calls. */
  update(env: Env): void {
    for (let frameno = env.cur.curframe; frameno >= 0; frameno--) {
      const instance = this.#instance(env, env.cur, frameno);
      if (!instance.updated) continue;
      this.#spread(env, instance);
      if (frameno > 0) this.#passOut(instance, this.#instance(env, env.cur, frameno - 1));
    }
  }

  /** Finds the slots of frame `frameno` that may be read after the state's instruction, in {@link liveLow} and {@link liveHigh}. */
  findLive(env: Env, state: VerifierState, frameno: number): void {
    this.liveLow = 0;
    this.liveHigh = 0;
    let instance = this.#roots.get((state.frames[0] as Frame).subprogno);
    for (let inFrame = 0; instance !== undefined; inFrame++) {
      if (inFrame === state.curframe) {
        this.#addLive(instance, frameno, state.insnIdx);
        return;
      }
      const { callsite, subprogno } = state.frames[inFrame + 1] as Frame;
      if (inFrame >= frameno) this.#addLive(instance, frameno, env.aux[callsite]?.callsCallback === true ? callsite : callsite + 1);
      instance = instance.callees.get(calleeKey(callsite, subprogno));
    }
  }

  #addLive(instance: Instance, frameno: number, insnIdx: number): void {
    const masks = instance.frames[frameno]?.[insnIdx - instance.start];
    if (masks === undefined) return;
    this.liveLow |= masks.liveLow;
    this.liveHigh |= masks.liveHigh;
  }

  #instance(env: Env, state: VerifierState, frameno: number): Instance {
    const frame = state.frames[frameno] as Frame;
    if (this.#last !== undefined && this.#lastFrame === frame) return this.#last;
    const outermost = state.frames[0] as Frame;
    let instance = enter(env, this.#roots, outermost.subprogno, [], outermost.subprogno);
    for (let i = 1; i <= frameno; i++) {
      const { callsite, subprogno } = state.frames[i] as Frame;
      const { callees, callsites } = instance;
      instance = enter(env, callees, calleeKey(callsite, subprogno), [...callsites, callsite], subprogno);
    }
    this.#lastFrame = frame;
    return (this.#last = instance);
  }

  #commitTo(instance: Instance, insnIdx: number): void {
    const at = insnIdx - instance.start;
    const again = instance.committed[at] === true;
    if (!again) instance.committed[at] = true;
    if (!again && !this.#wrote) return;
    for (let frameno = 0; frameno <= instance.callsites.length; frameno++) {
      let low = this.#writesLow[frameno] as number;
      let high = this.#writesHigh[frameno] as number;
      const none = (low | high) === 0;
      if (none && (!again || instance.frames[frameno]?.[at] === undefined)) continue;
      const masks = masksOf(instance, frameno, at);
      if (again) {
        // The kernel notices only that one of the first 32 slots was not written this time; those beyond are forgotten with it.
        low &= masks.writeLow;
        high = 0;
        if ((masks.writeLow & ~low) === 0) continue;
        instance.writeDropped = true;
      }
      if (masks.writeLow === low && masks.writeHigh === high) continue;
      masks.writeLow = low;
      masks.writeHigh = high;
      instance.updated = true;
    }
  }

  #spread(env: Env, instance: Instance): void {
    if (instance.writeDropped) {
      for (const frame of instance.frames) {
        for (const masks of frame ?? []) {
          if (masks === undefined) continue;
          masks.writeAccLow = 0;
          masks.writeAccHigh = 0;
        }
      }
    }
    let rounds = 0;
    let changed = true;
    while (changed) {
      changed = false;
      for (let frameno = 0; frameno <= instance.callsites.length; frameno++) {
        const frame = instance.frames[frameno];
        if (frame === undefined) continue;
        for (const insnIdx of env.postorders.get(instance.start) ?? []) if (transfer(env, instance, frame, frameno, insnIdx)) changed = true;
      }
      rounds++;
    }
    if (env.log.level2) verbose(env, `(${instance.name}) live stack update done in ${rounds} iterations\n`);
    instance.updated = false;
    instance.writeDropped = false;
  }

  /** What the function does to its callers' slots happens at the call. */
  #passOut(instance: Instance, outer: Instance): void {
    const callsite = instance.callsites[instance.callsites.length - 1] as number;
    this.#forgetWrites();
    for (let frameno = 0; frameno < instance.callsites.length; frameno++) {
      const masks = instance.frames[frameno]?.[0];
      if (masks === undefined) continue;
      this.#writesLow[frameno] = masks.writeAccLow;
      this.#writesHigh[frameno] = masks.writeAccHigh;
      this.#wrote = true;
      read(outer, frameno, callsite, masks.liveLow, masks.liveHigh);
    }
    this.#commitTo(outer, callsite);
  }
}

/** The function called there, in the table of its caller. */
function enter(env: Env, callees: Map<number, Instance>, key: number, callsites: readonly number[], subprogno: number): Instance {
  let instance = callees.get(key);
  if (instance === undefined) callees.set(key, (instance = createInstance(env, callsites, subprogno)));
  return instance;
}

const calleeKey = (callsite: number, subprogno: number): number => callsite * MAX_SUBPROGS + subprogno;

function createInstance(env: Env, callsites: readonly number[], subprogno: number): Instance {
  const start = env.subprogs[subprogno]?.start ?? 0;
  return { name: [...callsites, start].join(','), callsites, start, callees: new Map(), frames: [], committed: [], updated: false, writeDropped: false };
}

const lowBit = (spi: number): number => (spi >= 0 && spi < 32 ? 1 << spi : 0);
const highBit = (spi: number): number => (spi >= 32 && spi < 64 ? 1 << (spi - 32) : 0);

/** @param at instruction relative to the function's start */
function masksOf(instance: Instance, frameno: number, at: number): Masks {
  const frame = (instance.frames[frameno] ??= []);
  return (frame[at] ??= createMasks());
}

function createMasks(): Masks {
  return { readLow: 0, readHigh: 0, writeLow: 0, writeHigh: 0, writeAccLow: 0, writeAccHigh: 0, liveLow: 0, liveHigh: 0 };
}

function read(instance: Instance, frameno: number, insnIdx: number, low: number, high: number): void {
  if ((low | high) === 0) return;
  const masks = masksOf(instance, frameno, insnIdx - instance.start);
  if (((low & ~masks.readLow) | (high & ~masks.readHigh)) === 0) return;
  masks.readLow |= low;
  masks.readHigh |= high;
  if (((masks.readLow & ~masks.liveLow) | (masks.readHigh & ~masks.liveHigh)) !== 0) instance.updated = true;
}

/** What holds before an instruction, from what holds behind it. @returns whether that is new */
function transfer(env: Env, instance: Instance, frame: FrameMasks, frameno: number, insnIdx: number): boolean {
  const { start } = instance;
  const next = env.successors[2 * insnIdx] as number;
  if (next < 0) return false;
  const target = env.successors[2 * insnIdx + 1] as number;
  const first = frame[next - start];
  let liveLow = 0;
  let liveHigh = 0;
  let accLow = 0;
  let accHigh = 0;
  if (first !== undefined) {
    liveLow = first.liveLow;
    liveHigh = first.liveHigh;
    accLow = first.writeAccLow;
    accHigh = first.writeAccHigh;
  }
  if (target >= 0) {
    const second = frame[target - start];
    if (second === undefined) {
      accLow = 0;
      accHigh = 0;
    } else {
      liveLow |= second.liveLow;
      liveHigh |= second.liveHigh;
      accLow &= second.writeAccLow;
      accHigh &= second.writeAccHigh;
    }
  }
  let masks = frame[insnIdx - start];
  if (masks === undefined) {
    if ((liveLow | liveHigh | accLow | accHigh) === 0) return false;
    frame[insnIdx - start] = masks = createMasks();
  }
  liveLow = (liveLow & ~masks.writeLow) | masks.readLow;
  liveHigh = (liveHigh & ~masks.writeHigh) | masks.readHigh;
  accLow |= masks.writeLow;
  accHigh |= masks.writeHigh;
  if (liveLow === masks.liveLow && liveHigh === masks.liveHigh && accLow === masks.writeAccLow && accHigh === masks.writeAccHigh) return false;
  if (env.log.level2) {
    const shown = (masks.readLow | masks.readHigh | masks.writeLow | masks.writeHigh) !== 0 || insnIdx === start || env.aux[insnIdx]?.prunePoint === true;
    if (shown) {
      const where = `(${instance.name}) frame ${frameno} insn ${insnIdx} `;
      logChange(env, where, 'live', masks.liveLow, masks.liveHigh, liveLow, liveHigh);
      logChange(env, where, 'written', masks.writeAccLow, masks.writeAccHigh, accLow, accHigh);
    }
  }
  masks.liveLow = liveLow;
  masks.liveHigh = liveHigh;
  masks.writeAccLow = accLow;
  masks.writeAccHigh = accHigh;
  return true;
}

function logChange(env: Env, where: string, name: string, oldLow: number, oldHigh: number, low: number, high: number): void {
  const gained = formatSlots(low & ~oldLow, high & ~oldHigh);
  const lost = formatSlots(oldLow & ~low, oldHigh & ~high);
  if (gained === '' && lost === '') return;
  verbose(env, `${where}${gained === '' ? '' : `+${name} ${gained} `}${lost === '' ? '' : `-${name} ${lost}`}\n`);
}

/** Slots as the log names them: `-8,-16`. */
export function formatSlots(low: number, high: number): string {
  if ((low | high) === 0) return '';
  let text = '';
  for (let spi = 0; spi < 64; spi++) if ((((spi < 32 ? low : high) >>> (spi & 31)) & 1) !== 0) text += `,${(spi + 1) * -8}`;
  return text.slice(1);
}
