// Which statements take something that must be given back?
import { block } from './blocks.mjs';
import { contextReg } from './context.mjs';
import { SIZE_BITS } from './emitter.mjs';
import { mapNumber } from './maps.mjs';

/** Reserves ring buffer memory, uses it, submits or discards it. */
export function ringbuf(g) {
  const { random } = g;
  if (g.held > 1) return;
  const size = random.pick([8, 16, 24]);
  g.emit(0x18, 1, 1, 0, g.slip ? mapNumber('arr') : mapNumber('rb'));
  g.emit(0xb7, 2, 0, 0, size);
  g.emit(0xb7, 3, 0, 0, g.slip ? 1 : 0);
  g.emit(0x85, 0, 0, 0, 131);
  g.clobberArgs();
  hold(g, { is: 'mem', size, off: 0, room: 0 }, (reg) => {
    for (let i = random.below(3); i > 0; i--) {
      const bytes = random.pick([1, 2, 4, 8]);
      const off = g.slip ? size : bytes * random.below(size / bytes);
      if (random.chance(60)) g.emit(0x62 | SIZE_BITS[bytes], reg, 0, off, random.imm());
      else g.emit(0x63 | SIZE_BITS[bytes], reg, g.num([reg]), off);
    }
  }, (reg) => {
    g.emit(0xbf, 1, reg);
    if (g.slip) g.emit(0x07, 1, 0, 0, 8);
    g.emit(0xb7, 2, 0, 0, 0);
    g.emit(0x85, 0, 0, 0, random.pick([132, 133]));
  });
}

/** Looks a socket up, uses it, releases it. */
export function socket(g) {
  const { random } = g;
  const ctx = contextReg(g);
  if (ctx === undefined || g.held > 1 || ![3, 6].includes(g.program.progType)) return ringbuf(g);
  const tuple = g.buffer(16);
  if (ctx !== 1) g.emit(0xbf, 1, ctx);
  g.set(1, { is: 'ctx' });
  g.address(2, tuple);
  g.emit(0xb7, 3, 0, 0, g.slip ? 8 : random.pick([12, 36, 12]));
  g.emit(0xb7, 4, 0, 0, -1);
  g.emit(0xb7, 5, 0, 0, 0);
  if (g.items.at(-3).imm === 36) {
    const wide = g.buffer(40);
    g.address(2, wide);
  }
  g.emit(0x85, 0, 0, 0, random.pick([84, 85, 99]));
  g.clobberArgs();
  hold(g, { is: 'sock' }, (reg) => {
    if (random.chance(60)) {
      const to = g.fresh([reg]);
      g.emit(0x61, to, reg, g.slip ? random.pick([80, 4, 6]) : random.pick([0, 4, 8, 12, 16, 20, 24]));
      g.set(to, { is: 'num' });
    }
  }, (reg) => {
    g.emit(0xbf, 1, reg);
    g.emit(0x85, 0, 0, 0, 86);
  });
  return undefined;
}

/** What is in r0 may be null; where it is not it is used and given back on every way. */
function hold(g, kind, use, release) {
  const { random } = g;
  const reg = [6, 7, 8, 9].find((saved) => !g.locked.has(saved) && !g.is(saved, 'ctx'));
  if (reg === undefined) {
    const to = g.newPlace();
    g.emit(0x15, 0, 0, 0, 0, { to });
    const before = g.facts.clone();
    if (!g.slip) release(0);
    g.clobberArgs();
    g.place(to);
    g.facts.meet(before);
    return;
  }
  g.emit(0xbf, reg, 0);
  g.set(reg, undefined);
  const to = g.newPlace();
  const before = g.facts.clone();
  if (!g.slip) g.emit(0x15, random.pick([reg, 0]), 0, 0, 0, { to });
  g.set(reg, kind);
  const mayExit = g.mayExit;
  const locked = new Set(g.locked);
  g.mayExit = g.slip;
  g.locked.add(reg);
  g.held = (g.held ?? 0) + 1;
  use(reg);
  block(g, random.below(3));
  if (!g.slip) release(reg);
  g.clobberArgs();
  if (g.slip) release(reg);
  g.held--;
  g.mayExit = mayExit;
  g.locked = locked;
  g.set(reg, undefined);
  g.place(to);
  before.regs[reg] = undefined;
  g.facts.meet(before);
}
