// Which statements take sockets from the context or a map, cast them, read them, give them to helpers?
import { contextReg } from './context.mjs';
import { mapNumber } from './maps.mjs';
import { SIZE_BITS } from './emitter.mjs';

const CASTS = [95, 96, 98];
const BY_SOCKET = [100, 110, 128, 129, 46, 107, 108];
const FIELDS = [0, 4, 8, 12, 16, 20, 24, 28, 40, 44, 48, 52, 56, 68, 72, 76, 80, 88, 96, 108];
/** Where each program type finds a socket. */
const CONTEXT_SOCKETS = { 3: [168], 4: [168], 8: [168], 1: [168], 13: [184], 16: [96], 25: [0], 30: [0], 18: [64], 21: [48, 56], 14: [168] };

/** Leaves the program when the register is null. */
function checked(g, reg) {
  if (!g.slip && g.mayExit) g.leaveIf({ code: 0x15, dst: reg });
}

function keep(g, reg, kind) {
  const to = g.fresh([reg], true);
  if (to !== reg) g.emit(0xbf, to, reg);
  g.set(to, kind);
  if (to !== reg) g.set(reg, kind);
  return to;
}

/** A socket from the context or a map's value. */
export function takeSocket(g) {
  const { random } = g;
  const places = CONTEXT_SOCKETS[g.program.progType];
  const ctx = contextReg(g);
  if (places !== undefined && ctx !== undefined && random.chance(70)) {
    const reg = g.fresh([ctx], random.chance(60));
    g.emit(0x79, reg, ctx, g.slip ? random.pick([64, 72, 168, 184]) : random.pick(places));
    g.set(reg, undefined);
    checked(g, reg);
    g.set(reg, { is: 'sk' });
    return;
  }
  const key = g.buffer(8);
  g.address(2, key);
  g.emit(0x18, 1, 1, 0, mapNumber(random.pick(['socks', 'sockhash', 'xsks'])));
  g.emit(0x85, 0, 0, 0, 1);
  g.clobberArgs();
  checked(g, 0);
  keep(g, 0, { is: 'sk' });
}

/** Reads a field. */
export function readSocket(g) {
  const { random } = g;
  const from = g.find('sk');
  if (from === undefined) return takeSocket(g);
  const size = random.chance(70) ? 4 : random.pick([1, 2, 8]);
  const to = g.fresh([from]);
  const off = random.pick(FIELDS) + (g.slip ? random.below(4) : 0);
  if (g.slip) g.emit(0x62 | SIZE_BITS[size], from, 0, off, 0);
  else g.emit((random.chance(10) && size < 8 ? 0x81 : 0x61) | SIZE_BITS[size], to, from, off);
  if (to !== from) g.set(to, { is: 'num' });
  return undefined;
}

/** Casts a socket to another kind. */
export function castSocket(g) {
  const { random } = g;
  const from = g.find('sk');
  if (from === undefined) return takeSocket(g);
  if (from !== 1) g.emit(0xbf, 1, from);
  g.emit(0x85, 0, 0, 0, random.pick(CASTS));
  g.clobberArgs();
  checked(g, 0);
  keep(g, 0, { is: 'sk' });
  return undefined;
}

/** Gives a socket to a helper. */
export function useSocket(g) {
  const { random } = g;
  const from = g.find('sk');
  if (from === undefined) return takeSocket(g);
  const store = g.buffer(16);
  const helper = g.slip ? 86 : random.pick(BY_SOCKET);
  if (helper === 107 || helper === 108) {
    g.emit(0xbf, 2, from);
    g.emit(0x18, 1, 1, 0, mapNumber(g.slip ? 'arr' : 'sks'));
    if (helper === 107) {
      if (random.chance(50)) g.emit(0xb7, 3, 0, 0, 0);
      else g.address(3, store);
      g.emit(0xb7, 4, 0, 0, random.below(2));
    }
  } else {
    if (from !== 1) g.emit(0xbf, 1, from);
    if (helper === 129) g.emit(0xb7, 2, 0, 0, 1);
    if (helper === 100 || helper === 110) {
      g.address(2, store);
      g.emit(0xb7, 3, 0, 0, 16);
      g.address(4, store);
      g.emit(0xb7, 5, 0, 0, 16);
    }
  }
  g.emit(0x85, 0, 0, 0, helper);
  g.clobberArgs();
  if (helper === 107) {
    checked(g, 0);
    g.emit(0x61, 1, 0, random.pick([0, 4, 8, 12]));
    g.set(1, { is: 'num' });
  } else g.set(0, { is: 'num' });
  return undefined;
}

/** Compares, copies, moves. */
export function moveSocket(g) {
  const { random } = g;
  const from = g.find('sk');
  if (from === undefined) return takeSocket(g);
  const to = g.fresh([from], random.chance(50));
  g.emit(0xbf, to, from);
  g.set(to, { is: 'sk' });
  if (g.slip) g.emit(0x07, to, 0, 0, random.pick([0, 4]));
  if (g.slip) g.emit(0x0f, to, g.num([to]));
  if (random.chance(30)) g.emit(0x55, to, 0, 0, 0);
  return undefined;
}
