// Which statements read, change and write memory at once?
import { lookup } from './map-values.mjs';

const PLAIN = [0x00, 0x40, 0x50, 0xa0];

export function atomic(g) {
  const { random } = g;
  const size = random.pick([4, 8]);
  let base = g.find('val', 'mem');
  let off;
  if (base === undefined || random.chance(40)) {
    base = 10;
    off = g.buffer(8);
    if (random.chance(10) && size === 4) off += 4;
    if (g.slip) off += 2;
    g.facts.spilled.delete(Math.floor(off / 8) * 8);
  } else {
    const { size: room, off: at, room: more } = g.facts.regs[base];
    if (room - at - more < 8) return lookup(g);
    off = size * random.below(Math.floor((room - at - (more ?? 0)) / size));
    if (g.slip) off += random.pick([1, room]);
  }
  if (g.slip && g.find('ctx', 'pkt') !== undefined) base = g.find('ctx', 'pkt');
  const code = size === 8 ? 0xdb : 0xc3;
  const not = base === 10 ? [] : [base];
  const choice = random.below(12);
  if (choice < 4) g.emit(code, base, g.slip ? base : g.num(not), off, random.pick(PLAIN));
  else if (choice < 7) {
    const src = g.num(not);
    g.emit(code, base, src, off, random.pick(PLAIN) | 1);
    g.set(src, { is: 'num' });
  } else if (choice < 8) {
    const src = g.num(not);
    g.emit(code, base, src, off, 0xe1);
    g.set(src, { is: 'num' });
  } else if (choice < 10) {
    if (g.is(base, 'val', 'mem') && base === 0) return undefined;
    if (g.locked.has(0)) return undefined;
    if (!g.is(0, 'num')) g.constant(0);
    g.emit(code, base, g.num(not), off, 0xf1);
    g.set(0, { is: 'num' });
  } else if (choice < 11) {
    const reg = g.fresh(not);
    g.emit(random.pick([0xc3, 0xdb]) & ~0x18 | { 4: 0, 8: 0x18 }[size], reg, base, off, 0x100);
    g.set(reg, { is: 'num' });
  } else g.emit(code, base, g.num(not), off, 0x110);
  return undefined;
}
