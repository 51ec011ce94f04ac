// How do statements write instructions, and remember what registers and stack hold?

/** Sizes in bytes and their opcode bits. */
export const SIZE_BITS = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };
const STACK_BYTES = 512;

/** What the generator believes: kind of each register, bytes of the stack that are written, pointers spilled there. */
export class Facts {
  constructor() {
    this.regs = Array.from({ length: 11 }, () => undefined);
    this.written = new Uint8Array(STACK_BYTES);
    this.spilled = new Map();
  }

  clone() {
    const copy = new Facts();
    copy.regs = [...this.regs];
    copy.written = this.written.slice();
    copy.spilled = new Map(this.spilled);
    return copy;
  }

  /** Keeps what holds on both ways. */
  meet(other) {
    this.regs = this.regs.map((kind, reg) => meetKinds(kind, other.regs[reg]));
    this.written = this.written.map((value, at) => value & other.written[at]);
    for (const [at, kind] of this.spilled) if (meetKinds(kind, other.spilled.get(at)) !== kind) this.spilled.delete(at);
  }
}

function meetKinds(a, b) {
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return a;
  if (a.is === 'num' && b.is === 'num') return { is: 'num', ...(a.max !== undefined && b.max !== undefined && { max: Math.max(a.max, b.max) }) };
  return JSON.stringify(a) === JSON.stringify(b) ? a : undefined;
}

/** Items of one function under construction. */
export class Emitter {
  /** @param {import('../../lib/random.mjs').Random} random @param {object} program shared by all functions of the program */
  constructor(random, program) {
    this.random = random;
    this.program = program;
    this.items = [];
    this.facts = new Facts();
    this.facts.regs[10] = { is: 'fp' };
    /** Registers that must keep their kind (loops, held references). */
    this.locked = new Set();
    /** Depth of blocks. */
    this.depth = 0;
    /** Instructions still allowed. */
    this.budget = 40;
    /** Whether a branch may leave the program here. */
    this.mayExit = true;
    /** Calls below the entry function. */
    this.callDepth = 0;
    this.stackLow = 0;
    this.exitCode = undefined;
  }

  /** Whether to do it wrong, now and then, in programs that are careless. */
  get slip() {
    return this.program.careless && this.random.chance(this.program.careless);
  }

  emit(code, dst = 0, src = 0, off = 0, imm = 0, more = undefined) {
    this.items.push({ code, dst, src, off, imm: imm | 0, ...more });
    this.budget--;
  }

  place(name = this.newPlace()) {
    this.items.push({ place: name });
    return name;
  }

  newPlace() {
    return `L${this.program.places++}`;
  }

  // Registers ------------------------------------------------------------------------------------------------------------------

  set(reg, kind) {
    this.facts.regs[reg] = kind;
  }

  is(reg, ...kinds) {
    return kinds.includes(this.facts.regs[reg]?.is);
  }

  find(...kinds) {
    const regs = this.facts.regs.flatMap((kind, reg) => (kind !== undefined && kinds.includes(kind.is) ? [reg] : []));
    return regs.length === 0 ? undefined : this.random.pick(regs);
  }

  /** A register to write to; empty ones first. */
  fresh(not = [], saved = this.random.chance(35)) {
    const may = (saved ? [6, 7, 8, 9] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).filter((reg) => !this.locked.has(reg) && !not.includes(reg));
    const empty = may.filter((reg) => this.facts.regs[reg] === undefined);
    const plain = may.filter((reg) => this.is(reg, 'num'));
    if (empty.length > 0 && this.random.chance(70)) return this.random.pick(empty);
    if (plain.length > 0) return this.random.pick(plain);
    if (may.length > 0) return this.random.pick(may);
    return [0, 1, 2, 3, 4, 5].find((reg) => !this.locked.has(reg) && !not.includes(reg)) ?? 0;
  }

  /** A register with a number in it. */
  num(not = []) {
    const have = this.facts.regs.flatMap((kind, reg) => (kind?.is === 'num' && !not.includes(reg) ? [reg] : []));
    if (have.length > 0 && this.random.chance(92)) return this.random.pick(have);
    const reg = this.fresh([...not, ...this.argsInUse]);
    this.constant(reg);
    return reg;
  }

  constant(reg, value = this.random.imm()) {
    this.emit(this.random.chance(80) ? 0xb7 : 0xb4, reg, 0, 0, value);
    this.set(reg, { is: 'num', max: value >= 0 ? value : undefined });
  }

  /** A number not below 0 and not above `max`. */
  bounded(max, not = []) {
    const have = this.facts.regs.flatMap((kind, reg) => (kind?.is === 'num' && kind.max !== undefined && kind.max <= max && !not.includes(reg) ? [reg] : []));
    if (have.length > 0 && this.random.chance(60)) return this.random.pick(have);
    let reg = this.num(not);
    if (this.locked.has(reg)) {
      const copy = this.fresh([...not, reg, ...this.argsInUse]);
      this.emit(this.random.pick([0xbf, 0xbc]), copy, reg);
      reg = copy;
    }
    let limit = max;
    switch (this.random.below(4)) {
      case 0:
        limit = 2 ** Math.floor(Math.log2(max + 1)) - 1;
        this.emit(this.random.pick([0x57, 0x54]), reg, 0, 0, limit);
        break;
      case 1:
        limit = Math.max(0, max - this.random.below(3));
        this.emit(0x97, reg, 0, 0, limit + 1);
        break;
      case 2:
        if (this.mayExit) {
          this.leaveIf({ code: this.random.pick([0x25, 0x26]), dst: reg, imm: limit });
          if (this.items.at(-1)?.wide !== undefined) break;
          break;
        }
        this.emit(0x57, reg, 0, 0, (limit = 2 ** Math.floor(Math.log2(max + 1)) - 1));
        break;
      default: {
        const bits = Math.floor(Math.log2(max + 1));
        limit = 2 ** bits - 1;
        if (this.random.chance(50)) this.emit(0x77, reg, 0, 0, bits === 0 ? 63 : 64 - bits);
        else this.emit(0x57, reg, 0, 0, limit);
        if (bits === 0) limit = 1;
      }
    }
    this.set(reg, { is: 'num', max: limit });
    return reg;
  }

  get argsInUse() {
    return this.pinned ?? [];
  }

  /** Leaves the program when a comparison holds. */
  leaveIf({ code, dst, src = 0, imm = 0 }) {
    const out = (this.exitPlace ??= this.newPlace());
    this.emit(code, dst, src, 0, imm, { to: out });
  }

  clobberArgs() {
    for (let reg = 0; reg <= 5; reg++) this.set(reg, undefined);
  }

  dropPackets() {
    this.facts.regs = this.facts.regs.map((kind) => (kind !== undefined && (kind.is === 'pkt' || kind.is === 'end') ? undefined : kind));
    for (const [at, kind] of this.facts.spilled) if (kind.is === 'pkt' || kind.is === 'end') this.facts.spilled.delete(at);
  }

  // Stack ----------------------------------------------------------------------------------------------------------------------

  /** Writes eight bytes at a time, so that `size` bytes at the returned offset are readable. */
  buffer(size) {
    const rounded = (size + 7) & ~7;
    const off = -8 * this.random.between(rounded / 8, rounded / 8 + 4);
    for (let at = off; at < off + rounded; at += 8) {
      this.facts.spilled.delete(at);
      if (this.facts.written.subarray(512 + at, 512 + at + 8).every((byte) => byte === 1) && this.random.chance(70)) continue;
      this.emit(0x7a, 10, 0, at, this.random.chance(70) ? 0 : this.random.imm());
      this.facts.written.fill(1, 512 + at, 512 + at + 8);
    }
    return off;
  }

  address(reg, off) {
    this.emit(0xbf, reg, 10);
    this.emit(0x07, reg, 0, 0, off);
    this.set(reg, { is: 'stack', off });
  }
}
