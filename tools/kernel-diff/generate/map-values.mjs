// Which statements look up map values, and read and write them?
import { block } from './blocks.mjs';
import { SIZE_BITS } from './emitter.mjs';
import { MAPS, mapNamed, mapNumber, VALUE_MAPS } from './maps.mjs';

const LOOKUP = 1;

/** r1 = map, r2 = key on the stack. */
export function mapAndKey(g, name) {
  const map = mapNamed(name);
  const { random } = g;
  const off = g.buffer(map.keySize);
  if (random.chance(30)) {
    const size = map.keySize >= 8 ? 8 : 4;
    g.emit(0x63 | SIZE_BITS[size], 10, g.num(), off);
  }
  g.address(2, g.slip ? random.pick([off + 4, -1, -2, 0, -511]) : off);
  g.emit(0x18, 1, 1, 0, g.slip ? mapNumber(random.pick(MAPS).name) : mapNumber(name));
  return map;
}

export function lookup(g) {
  const { random } = g;
  const name = random.pick(VALUE_MAPS);
  const map = mapAndKey(g, name);
  g.emit(0x85, 0, 0, 0, LOOKUP);
  g.clobberArgs();
  const kind = { is: 'val', map: name, size: map.valueSize, off: 0, room: 0 };
  g.set(0, { ...kind, is: 'val?' });
  if (random.chance(50)) {
    const reg = g.fresh([0], true);
    g.emit(0xbf, reg, 0);
    g.set(reg, { ...kind, is: 'val?' });
  }
  if (random.chance(90)) checkNull(g);
}

/** Compares what may be null with it. */
export function checkNull(g) {
  const { random } = g;
  const reg = g.find('val?', 'mem?');
  if (reg === undefined) return lookup(g);
  if (g.slip) return undefined;
  const kind = g.facts.regs[reg];
  const sure = { ...kind, is: kind.is.slice(0, -1) };
  const all = () => g.facts.regs.forEach((other, at) => other !== undefined && JSON.stringify(other) === JSON.stringify(kind) && at === reg && g.set(at, sure));
  if (g.mayExit && random.chance(60)) {
    g.leaveIf({ code: 0x15, dst: reg });
    all();
    return undefined;
  }
  const to = g.newPlace();
  const before = g.facts.clone();
  g.emit(0x15, reg, 0, 0, 0, { to });
  all();
  access(g, reg);
  if (g.depth < 3) block(g, random.between(0, 3));
  g.place(to);
  before.regs[reg] = undefined;
  g.facts.meet(before);
  return undefined;
}

/** A load or store through `reg`, which has `kind.size` bytes with up to `kind.room` added already. */
export function access(g, reg = g.find('val', 'mem', 'vmem')) {
  if (reg === undefined) return lookup(g);
  const { random } = g;
  const kind = g.facts.regs[reg];
  const size = random.pick([1, 2, 4, 8].filter((bytes) => bytes <= kind.size));
  const last = kind.size - kind.off - kind.room - size;
  let off = last < 0 ? 0 : size * random.below(Math.floor(last / size) + 1);
  if (random.chance(5)) off = Math.max(0, off - 1);
  if (g.slip) off = random.pick([kind.size - size + 1, kind.size, -1, -8, kind.size - 1]);
  const choice = random.below(10);
  const readOnly = ['rdonly', 'rodata'].includes(kind.map) && !g.slip;
  if (choice < 5 || readOnly) {
    const to = g.fresh([reg]);
    g.emit((size < 8 && random.chance(15) ? 0x81 : 0x61) | SIZE_BITS[size], to, reg, off);
    g.set(to, { is: 'num' });
  } else if (choice < 7) g.emit(0x62 | SIZE_BITS[size], reg, 0, off, random.imm());
  else {
    const from = g.slip ? (g.find('ctx', 'pkt', 'val', 'stack') ?? 10) : g.num([reg]);
    g.emit(0x63 | SIZE_BITS[size], reg, from, off);
  }
  return undefined;
}

/** Moves a pointer to a value by a known or a bounded number. */
export function move(g) {
  const { random } = g;
  const from = g.find('val');
  if (from === undefined) return lookup(g);
  const kind = g.facts.regs[from];
  const left = kind.size - kind.off - kind.room;
  if (left < 2) return access(g, from);
  let reg = from;
  if (g.locked.has(from) || random.chance(60)) {
    reg = g.fresh([from]);
    g.emit(0xbf, reg, from);
    g.set(reg, kind);
  }
  if (random.chance(35)) {
    const by = random.between(1, left - 1);
    if (random.chance(70)) g.emit(0x07, reg, 0, 0, by);
    else g.emit(0x17, reg, 0, 0, -by);
    g.set(reg, { ...kind, off: kind.off + by });
  } else {
    const limit = random.between(1, left - 1);
    const saved = [reg];
    g.pinned = saved;
    let by = g.bounded(limit, [reg, from]);
    g.pinned = undefined;
    if (g.slip) by = g.num([reg, from]);
    g.emit(g.slip ? 0x0c : 0x0f, reg, by);
    g.set(reg, { ...kind, room: kind.room + limit });
  }
  access(g, reg);
  return undefined;
}

/** The value of an array map's first element, by its address. */
export function direct(g) {
  const { random } = g;
  const name = random.pick(['one', 'arr', 'rodata', 'rdonly']);
  const map = mapNamed(name);
  const off = g.slip ? map.valueSize + random.below(3) : random.below(map.valueSize / 2);
  const reg = g.fresh();
  g.emit(0x18, reg, 2, 0, mapNumber(name), { imm2: off });
  g.set(reg, { is: 'val', map: name, size: map.valueSize, off, room: 0 });
  access(g, reg);
}

const UPDATES = [
  [2, ['hash', 'arr', 'lru', 'percpu', 'odd']],
  [3, ['hash', 'lru', 'arr']],
  [195, ['percpu']],
];

/** Update, delete, push, pop, peek. */
export function change(g) {
  const { random } = g;
  if (random.chance(20)) {
    const id = random.pick([87, 88, 89]);
    const off = g.buffer(8);
    g.address(2, g.slip ? off + 4 : off);
    g.emit(0x18, 1, 1, 0, g.slip ? mapNumber('arr') : mapNumber('queue'));
    if (id === 87) g.emit(0xb7, 3, 0, 0, 0);
    g.emit(0x85, 0, 0, 0, id);
  } else {
    const [id, names] = random.pick(UPDATES);
    const name = random.pick(names);
    const map = mapNamed(name);
    const value = g.buffer(map.valueSize);
    mapAndKey(g, name);
    if (id === 2) {
      if (g.is(9, 'val') && g.facts.regs[9].size - g.facts.regs[9].off - g.facts.regs[9].room >= map.valueSize) g.emit(0xbf, 3, 9);
      else g.address(3, g.slip ? value + 8 : value);
      g.emit(0xb7, 4, 0, 0, random.below(3));
    }
    if (id === 195) g.emit(0xb7, 3, 0, 0, 0);
    g.emit(0x85, 0, 0, 0, id);
  }
  g.clobberArgs();
  g.set(0, { is: 'num' });
}
