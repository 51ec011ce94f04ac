// Which statements make, change and compare numbers?
import { block } from './blocks.mjs';

const CONDITIONS = [0x10, 0x50, 0x20, 0x30, 0xa0, 0xb0, 0x60, 0x70, 0xc0, 0xd0, 0x40];

/** A new number from somewhere. */
export function source(g) {
  const { random } = g;
  switch (random.below(6)) {
    case 0: {
      const reg = g.fresh();
      g.emit(0x18, reg, 0, 0, random.imm(), { imm2: random.chance(50) ? random.imm() | 0 : 0 });
      return g.set(reg, { is: 'num' });
    }
    case 1:
    case 2: {
      g.emit(0x85, 0, 0, 0, random.pick([5, 7, 7, 8, 14, 125]));
      g.clobberArgs();
      return g.set(0, { is: 'num' });
    }
    case 3: {
      const from = g.num();
      const reg = g.fresh([from]);
      const wide = random.chance(60);
      g.emit(wide ? 0xbf : 0xbc, reg, from, random.chance(20) ? random.pick(wide ? [8, 16, 32] : [8, 16]) : 0);
      return g.set(reg, { is: 'num' });
    }
    default:
      return g.constant(g.fresh());
  }
}

/** Arithmetic on a number. */
export function arithmetic(g) {
  const { random } = g;
  const reg = g.num();
  const op = random.pick([0x00, 0x00, 0x10, 0x10, 0x20, 0x40, 0x50, 0x50, 0xa0, 0x60, 0x70, 0xc0, 0x60, 0x70, 0xc0, 0x80, 0xb0, 0x30, 0x90, 0xd0]);
  const kind = random.pick([4, 7]);
  const bits = kind === 7 ? 64 : 32;
  const other = () => g.num(random.chance(90) ? [reg] : []);
  if (op === 0xd0) g.emit(kind === 7 ? 0xd7 : random.pick([0xd4, 0xdc]), reg, 0, 0, random.pick([16, 32, 64]));
  else if (op === 0x80) g.emit(op | kind, reg);
  else if (op === 0x60 || op === 0x70 || op === 0xc0) {
    if (random.chance(85)) g.emit(op | kind, reg, 0, 0, g.slip ? bits + random.below(3) : random.pick([random.below(bits), random.below(8), bits / 2, bits - 1]));
    else g.emit(op | kind | 8, reg, other());
  } else if (op === 0x30 || op === 0x90) {
    const signed = random.chance(40) ? 1 : 0;
    if (random.chance(50)) g.emit(op | kind, reg, 0, signed, g.slip ? 0 : random.imm() || 3);
    else g.emit(op | kind | 8, reg, other(), signed);
  } else if (op === 0xb0) {
    if (random.chance(50)) g.emit(op | kind, reg, 0, 0, random.imm());
    else g.emit(op | kind | 8, reg, other(), random.chance(30) ? random.pick(kind === 7 ? [8, 16, 32] : [8, 16]) : 0);
  } else if (random.chance(55)) g.emit(op | kind, reg, 0, 0, random.imm());
  else g.emit(op | kind | 8, reg, other());
  g.set(reg, { is: 'num' });
}

/** Adds to a number, linked to another one, so that a comparison of one tells of the other. */
export function linked(g) {
  const { random } = g;
  const from = g.num();
  const reg = g.fresh([from]);
  g.emit(random.chance(70) ? 0xbf : 0xbc, reg, from);
  g.set(reg, { is: 'num' });
  if (random.chance(60)) g.emit(random.pick([0x07, 0x04, 0x17]), random.pick([reg, from]), 0, 0, random.between(-8, 24));
  g.set(from, { is: 'num' });
}

/** Emits a comparison that jumps to a place; the registers are numbers. */
export function compare(g, to) {
  const { random } = g;
  const op = random.pick(CONDITIONS);
  const kind = random.pick([5, 5, 6]);
  const reg = g.num();
  if (random.chance(65)) g.emit(op | kind, reg, 0, 0, random.imm(), { to });
  else {
    const other = g.num(random.chance(95) ? [reg] : []);
    g.emit(op | kind | 8, reg, other, 0, 0, { to });
  }
}

/** `if (…) { … }`, `if (…) { … } else { … }`, or leaving the program. */
export function branch(g) {
  const { random } = g;
  const reg = g.num();
  if (g.mayExit && random.chance(35)) {
    const out = (g.exitPlace ??= g.newPlace());
    compare(g, out);
    return;
  }
  if (g.depth > 3 || g.budget < 6) {
    const to = g.newPlace();
    compare(g, to);
    const before = g.facts.clone();
    if (random.chance(70)) g.constant(g.locked.has(reg) || !g.is(reg, 'num') ? g.fresh() : reg);
    g.place(to);
    g.facts.meet(before);
    return;
  }
  const to = g.newPlace();
  compare(g, to);
  const before = g.facts.clone();
  block(g, random.between(1, 4));
  if (random.chance(45)) {
    const end = g.newPlace();
    g.emit(0x05, 0, 0, 0, 0, { to: end });
    const after = g.facts;
    g.facts = before;
    g.place(to);
    block(g, random.between(1, 4));
    g.place(end);
    g.facts.meet(after);
  } else {
    g.place(to);
    g.facts.meet(before);
  }
}
