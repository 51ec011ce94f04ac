// Which statements read the packet the old way (LD_ABS, LD_IND)?
import { contextReg } from './context.mjs';

const SIZES = [0x00, 0x08, 0x10];

/** The context goes to R6, as these instructions want it; then some reads by offset. */
export function loadPacket(g) {
  const { random } = g;
  const ctx = contextReg(g);
  if (ctx === undefined || (ctx !== 6 && g.locked.has(6))) return;
  if (ctx !== 6) g.emit(0xbf, 6, ctx);
  g.set(6, { is: 'ctx' });
  for (let i = random.between(1, 3); i > 0; i--) {
    const size = g.slip ? 0x18 : random.pick(SIZES);
    if (random.chance(60)) {
      g.emit(0x20 | size, g.slip ? 1 : 0, 0, g.slip ? 4 : 0, random.between(-2, 60));
    } else {
      const index = random.chance(50) ? g.num([6]) : g.bounded(63, [6]);
      g.emit(0x40 | size, 0, index, 0, random.between(0, 40));
    }
    g.clobberArgs();
    g.set(0, { is: 'num' });
  }
}
