// Which statements write to the stack and read it back?
import { SIZE_BITS } from './emitter.mjs';

/** Offset of an access of `size` bytes, mostly aligned, within the top of the frame. */
function place(g, size) {
  const { random } = g;
  if (g.slip) return random.pick([-513, -512 - size, 0, 4, -size + 1, -508, -3]);
  const off = -size * random.between(1, Math.ceil(48 / size));
  return random.chance(98) ? off : off - random.below(size);
}

export function store(g) {
  const { random } = g;
  const size = random.pick([1, 2, 4, 8, 8, 8]);
  const off = place(g, size);
  if (random.chance(40)) g.emit(0x62 | SIZE_BITS[size], 10, 0, off, random.imm());
  else g.emit(0x63 | SIZE_BITS[size], 10, g.num(), off);
  for (let at = off; at < off + size; at++) g.facts.spilled.delete(Math.floor(at / 8) * 8);
  if (off < 0 && off >= -512) g.facts.written.fill(1, 512 + off, 512 + off + size);
}

/** A pointer goes to the stack. */
export function spill(g) {
  const reg = g.find('ctx', 'val', 'val?', 'pkt', 'end', 'stack', 'mem', 'num');
  if (reg === undefined) return store(g);
  const off = g.slip ? g.random.pick([-12, -4, -9]) : -8 * g.random.between(1, 8);
  g.emit(g.slip ? 0x63 : 0x7b, 10, reg, off);
  g.facts.spilled.set(off, g.facts.regs[reg]);
  g.facts.written.fill(1, 512 + off, 512 + off + 8);
}

/** A pointer, or number, comes back. */
export function fill(g) {
  const { random } = g;
  const slots = [...g.facts.spilled];
  if (slots.length === 0) return load(g);
  const [off, kind] = random.pick(slots);
  const reg = g.fresh();
  if (kind.is === 'num' && random.chance(30)) {
    const size = random.pick([1, 2, 4]);
    g.emit(0x61 | SIZE_BITS[size], reg, 10, random.chance(70) ? off : off + 8 - size);
    return g.set(reg, { is: 'num' });
  }
  g.emit(0x79, reg, 10, off);
  g.set(reg, kind);
}

export function load(g) {
  const { random } = g;
  const size = random.pick([1, 2, 4, 8]);
  const off = place(g, size);
  const reg = g.fresh();
  g.emit((size < 8 && random.chance(15) ? 0x81 : 0x61) | SIZE_BITS[size], reg, 10, off);
  // A part of a spilled pointer may not be read, or is a pointer.
  const slot = g.facts.spilled.get(Math.floor(off / 8) * 8);
  g.set(reg, slot === undefined || slot.is === 'num' ? { is: 'num' } : size === 8 ? slot : undefined);
}

/** An access whose place is known at run time only. */
export function variable(g) {
  const { random } = g;
  const size = random.pick([1, 2, 4, 8]);
  const elems = random.pick([2, 4, 8]);
  const off = g.buffer(size * elems);
  const index = g.bounded(elems - 1);
  const scaled = g.fresh([index]);
  g.emit(0xbf, scaled, index);
  if (size > 1) g.emit(0x67, scaled, 0, 0, Math.log2(size));
  g.set(scaled, { is: 'num' });
  const reg = g.fresh([scaled]);
  g.emit(0xbf, reg, 10);
  g.emit(0x07, reg, 0, 0, g.slip ? off + random.between(-8, 8) : off);
  g.emit(0x0f, reg, scaled);
  g.set(reg, undefined);
  for (let at = off; at < off + size * elems; at += 8) g.facts.spilled.delete(at);
  if (random.chance(50)) {
    if (random.chance(50)) g.emit(0x62 | SIZE_BITS[size], reg, 0, 0, random.chance(40) ? 0 : random.imm());
    else g.emit(0x63 | SIZE_BITS[size], reg, random.chance(80) ? scaled : 10, 0);
  } else {
    const to = g.fresh([reg]);
    g.emit(0x61 | SIZE_BITS[size], to, reg);
    g.set(to, { is: 'num' });
  }
}

/** The same slot as a number and as something else on two ways: what is known of it must meet. */
export function pointerMath(g) {
  const { random } = g;
  const reg = g.fresh();
  g.emit(0xbf, reg, 10);
  const off = -8 * random.between(1, 8);
  g.emit(0x07, reg, 0, 0, off);
  const size = random.pick([1, 4, 8]);
  g.set(reg, { is: 'stack', off });
  if (random.chance(30)) {
    const other = g.fresh([reg]);
    g.emit(0xbf, other, reg);
    const by = random.between(1, 16);
    if (g.slip) g.emit(random.pick([0x27, 0x57, 0x04, 0x67, 0x17]), other, 0, 0, by);
    else g.emit(0x07, other, 0, 0, -by);
    g.set(other, undefined);
    if (g.slip) {
      const diff = g.fresh([other, reg]);
      g.emit(0xbf, diff, reg);
      g.emit(0x1f, diff, other);
      g.set(diff, { is: 'num' });
    }
  }
  if (random.chance(50)) g.emit(0x62 | SIZE_BITS[size], reg, 0, 0, random.imm());
  else g.emit(0x63 | SIZE_BITS[size], reg, g.num([reg]));
  g.facts.spilled.delete(off);
  g.facts.written.fill(1, 512 + off, 512 + off + size);
}
