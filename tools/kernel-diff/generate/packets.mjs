// Which statements check packet bounds and look into packets?
import { block } from './blocks.mjs';
import { CONTEXTS, contextReg } from './context.mjs';
import { SIZE_BITS } from './emitter.mjs';

/** Loads data (or data_meta) and an end, checks `n` bytes, looks into them. */
export function packet(g) {
  const { random } = g;
  const context = CONTEXTS[g.program.progType];
  const ctx = contextReg(g);
  if (ctx === undefined || context.data === undefined) return;
  const meta = context.dataMeta !== undefined && random.chance(12);
  const data = g.fresh([ctx]);
  g.emit(0x61, data, ctx, meta ? context.dataMeta : context.data);
  g.set(data, { is: 'pkt', range: 0 });
  const end = g.fresh([ctx, data]);
  g.emit(0x61, end, ctx, meta ? (g.slip ? context.dataEnd : context.data) : context.dataEnd);
  g.set(end, { is: 'end' });
  const bytes = random.pick([1, 2, 4, 8, 14, 20, 34, 54, random.between(1, 100)]);
  let base = data;
  if (random.chance(30)) base = variableStart(g, data, end);
  check(g, base, end, bytes);
}

/** A copy of the packet pointer moved by a bounded number. */
function variableStart(g, data, end) {
  const { random } = g;
  g.pinned = [data, end];
  const by = g.slip ? g.num([data, end]) : g.bounded(random.pick([3, 15, 60, 255, 0x7fff]), [data, end]);
  g.pinned = undefined;
  const reg = random.chance(60) ? g.fresh([data, end, by]) : data;
  if (reg !== data) g.emit(0xbf, reg, data);
  g.emit(0x0f, reg, by);
  g.set(reg, { is: 'pkt', range: 0 });
  return reg;
}

/** Compares `base + bytes` with the end in one of the ways compilers do, and uses what is known then. */
function check(g, base, end, bytes) {
  const { random } = g;
  const limit = g.fresh([base, end]);
  g.emit(0xbf, limit, base);
  g.emit(0x07, limit, 0, 0, bytes);
  g.set(limit, { is: 'pkt', range: 0 });
  // Jumps when it does not fit: limit > end, end < limit; sure that one byte less: >=, <=.
  const [code, dst, src, less] = random.pick([
    [0x2d, limit, end, 0],
    [0x2d, limit, end, 0],
    [0xad, end, limit, 0],
    [0x3d, limit, end, -1],
    [0xbd, end, limit, -1],
  ]);
  const range = bytes + (g.slip ? 1 : 0);
  const use = () => {
    g.set(base, { is: 'pkt', range });
    looks(g, base, range);
  };
  if (g.slip) {
    use();
    return;
  }
  if (g.mayExit && random.chance(60)) {
    g.leaveIf({ code, dst, src });
    use();
    return;
  }
  const inverted = { 0x2d: 0xbd, 0xad: 0x3d, 0x3d: 0xad, 0xbd: 0x2d }[code];
  const before = g.facts.clone();
  if (random.chance(60)) {
    const to = g.newPlace();
    g.emit(code, dst, src, 0, 0, { to });
    use();
    if (g.depth < 3) block(g, random.below(3));
    g.place(to);
    g.facts.meet(before);
  } else {
    const to = g.newPlace();
    const out = g.newPlace();
    g.emit(inverted, dst, src, 0, 0, { to });
    g.emit(0x05, 0, 0, 0, 0, { to: out });
    g.place(to);
    use();
    g.place(out);
    g.facts.meet(before);
  }
  return less;
}

/** Some accesses within the range of a packet pointer. */
function looks(g, reg, range) {
  const { random } = g;
  if (range < 1) return;
  for (let i = random.between(1, 3); i > 0; i--) {
    const size = random.pick([1, 2, 4, 8].filter((bytes) => bytes <= Math.max(1, range)));
    let off = random.below(range - size + 1);
    if (random.chance(20)) off = range - size;
    if (g.slip) off = random.pick([range, range - size + 1, -1]);
    const writes = !CONTEXTS[g.program.progType].readOnlyPackets || g.slip;
    if (random.chance(70) || !writes) {
      const to = g.fresh([reg]);
      g.emit((size < 8 && random.chance(10) ? 0x81 : 0x61) | SIZE_BITS[size], to, reg, off);
      g.set(to, { is: 'num' });
    } else if (random.chance(50)) g.emit(0x62 | SIZE_BITS[size], reg, 0, off, random.imm());
    else g.emit(0x63 | SIZE_BITS[size], reg, g.num([reg]), off);
  }
}

/** Another look at a packet pointer whose range is known. */
export function lookAgain(g) {
  const reg = g.find('pkt');
  if (reg === undefined || !(g.facts.regs[reg].range > 0)) return packet(g);
  return looks(g, reg, g.facts.regs[reg].range);
}

/** A difference of packet pointers, or one that is compared with the wrong thing. */
export function packetMath(g) {
  const { random } = g;
  const ctx = contextReg(g);
  const context = CONTEXTS[g.program.progType];
  if (ctx === undefined || context.data === undefined) return;
  const data = g.fresh([ctx]);
  g.emit(0x61, data, ctx, context.data);
  const end = g.fresh([ctx, data]);
  g.emit(0x61, end, ctx, context.dataEnd);
  if (random.chance(50)) {
    g.emit(0x1f, end, data);
    g.set(end, { is: 'num' });
    g.set(data, { is: 'pkt', range: 0 });
  } else {
    g.emit(g.slip ? 0x07 : 0xbf, data, g.slip ? 0 : end, 0, g.slip ? 0x10000 : 0);
    g.set(data, undefined);
    g.set(end, { is: 'end' });
  }
}
