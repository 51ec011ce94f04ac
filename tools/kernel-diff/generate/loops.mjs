// Which loops end, and which do the kernel and we believe to end?
import { block } from './blocks.mjs';

/** Forgets what a loop's body might change under its feet; what stays must keep its kind. */
function enter(g) {
  g.clobberArgs();
  g.facts.spilled.clear();
  g.facts.regs = g.facts.regs.map((kind) => (kind?.is === 'num' ? { is: 'num' } : kind?.is === 'val?' || kind?.is === 'mem?' ? undefined : kind));
  const locked = new Set(g.locked);
  g.facts.regs.forEach((kind, reg) => kind !== undefined && g.locked.add(reg));
  return locked;
}

/** `for (i = a; i < n; i += s) { … }` with the comparison before or behind the body. */
export function counted(g) {
  const { random } = g;
  if (g.loops > 1 || g.budget < 8) return;
  const counter = [6, 7, 8, 9].find((reg) => !g.locked.has(reg) && !g.is(reg, 'ctx')) ?? -1;
  if (counter < 0) return;
  g.loops = (g.loops ?? 0) + 1;
  const times = random.weighted([[60, random.between(1, 5)], [30, random.between(5, 17)], [10, random.between(17, 60)]]);
  const step = random.chance(80) ? 1 : random.between(2, 5);
  const down = random.chance(15);
  g.emit(0xb7, counter, 0, 0, down ? times : 0);
  g.set(counter, { is: 'num' });
  const locked = enter(g);
  // Arithmetic on the counter is what careless programs do.
  if (!g.slip) g.set(counter, { is: 'counter' });
  const top = g.place();
  const before = g.facts.clone();
  const early = random.chance(30) ? g.newPlace() : undefined;
  if (early !== undefined) g.emit(down ? 0x15 : random.pick([0x35, 0x75]), counter, 0, 0, down ? 0 : times, { to: early });
  block(g, random.between(1, 3));
  if (random.chance(30)) {
    const reg = g.fresh([counter]);
    g.emit(0xbf, reg, counter);
    g.set(reg, { is: 'num' });
  }
  g.emit(0x07, counter, 0, 0, down ? -1 : g.slip ? 0 : step);
  if (early !== undefined) {
    g.emit(0x05, 0, 0, 0, 0, { to: top });
    g.place(early);
    g.facts.meet(before);
  } else {
    const codes = down ? [0x55, 0x65, 0x25] : step === 1 ? [0xa5, 0xa5, 0xc5, 0x55, 0xa6] : [0xa5, 0xc5, 0xb5];
    g.emit(random.pick(codes), counter, 0, 0, down ? 0 : times, { to: top });
  }
  g.set(counter, { is: 'num' });
  g.locked = locked;
  g.loops--;
}

/** A loop that may_goto ends. */
export function mayGoto(g) {
  const { random } = g;
  if (g.loops > 1 || g.budget < 8 || g.callDepth > 0) return;
  g.loops = (g.loops ?? 0) + 1;
  const locked = enter(g);
  const top = g.place();
  const before = g.facts.clone();
  const out = g.newPlace();
  g.emit(0xe5, 0, 0, 0, 0, { to: out });
  block(g, random.between(1, 3));
  g.emit(0x05, 0, 0, 0, 0, { to: top });
  g.place(out);
  g.facts.meet(before);
  g.locked = locked;
  g.loops--;
}

/** A loop whose number of rounds is a bounded number. */
export function unknownTimes(g) {
  const { random } = g;
  if (g.loops > 0 || g.budget < 8) return;
  const limit = [6, 7, 8, 9].filter((reg) => !g.locked.has(reg) && !g.is(reg, 'ctx'));
  if (limit.length < 2) return;
  const [counter, end] = limit;
  g.loops = (g.loops ?? 0) + 1;
  g.emit(0x85, 0, 0, 0, 7);
  g.clobberArgs();
  g.emit(0xbf, end, 0);
  g.emit(0x57, end, 0, 0, random.pick([1, 3, 7]));
  g.emit(0xb7, counter, 0, 0, 0);
  g.set(end, { is: 'num' });
  g.set(counter, { is: 'num' });
  const locked = enter(g);
  g.set(counter, { is: 'counter' });
  g.set(end, { is: 'counter' });
  const top = g.place();
  const before = g.facts.clone();
  const out = g.newPlace();
  g.emit(0x3d, counter, end, 0, 0, { to: out });
  block(g, random.between(1, 2));
  g.emit(0x07, counter, 0, 0, 1);
  g.emit(0x05, 0, 0, 0, 0, { to: top });
  g.place(out);
  g.facts.meet(before);
  g.set(counter, { is: 'num' });
  g.set(end, { is: 'num' });
  g.locked = locked;
  g.loops--;
}
