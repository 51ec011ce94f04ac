// Which fields of its context does a program of each type read and write?
import { SIZE_BITS } from './emitter.mjs';

const SKB = { fields: [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68], size: 192, width: 4 };

/** By program type: what it is in BTF, readable and writable fields of `width` bytes, packet pointers. */
export const CONTEXTS = {
  1: { ...SKB, struct: '__sk_buff', writable: [48, 52, 56, 60, 64] },
  3: { ...SKB, struct: '__sk_buff', writable: [8, 12, 32, 44, 48, 52, 56, 60, 64, 72], data: 76, dataEnd: 80, dataMeta: 140, sk: 168 },
  8: { ...SKB, struct: '__sk_buff', writable: [8, 32, 48, 52, 56, 60, 64], data: 76, dataEnd: 80, readOnlyPackets: true, sk: 168 },
  6: { struct: 'xdp_md', fields: [12, 16, 20], writable: [], size: 24, width: 4, data: 0, dataEnd: 4, dataMeta: 8 },
  2: { struct: 'pt_regs', fields: [0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 160], writable: [], size: 168, width: 8 },
  5: { struct: 'tp', fields: [8, 16, 24, 32, 40, 48], writable: [], size: 2048, width: 8 },
  26: { struct: 'args', fields: [0, 8, 16, 24], writable: [], size: 96, width: 8 },
  17: { struct: 'bpf_raw_tracepoint_args', fields: [0, 8, 16, 24, 32], writable: [], size: 96, width: 8 },
};

/** A register with the context; undefined when it is lost. */
export function contextReg(g) {
  return g.find('ctx');
}

export function readContext(g) {
  const { random } = g;
  const ctx = contextReg(g);
  if (ctx === undefined) return;
  const { fields, size: end, width } = CONTEXTS[g.program.progType];
  let size = random.chance(75) ? width : random.pick([1, 2, 4, 8]);
  if (size > width && !g.slip) size = width;
  let off = random.pick(fields);
  if (size < width && random.chance(20)) off += size;
  if (g.slip) off = random.pick([end, end - 1, off + 1, -4, 76, 144, 84, 168, 176, 184, 2]);
  const reg = g.fresh([ctx]);
  g.emit(0x61 | SIZE_BITS[size], reg, ctx, off);
  g.set(reg, { is: 'num' });
}

export function writeContext(g) {
  const { random } = g;
  const ctx = contextReg(g);
  if (ctx === undefined) return;
  const { writable, width, fields } = CONTEXTS[g.program.progType];
  if (writable.length === 0 && !g.slip) return;
  const off = g.slip ? random.pick(fields) : random.pick(writable);
  const size = g.slip ? random.pick([1, 2, 4, 8]) : width;
  if (random.chance(30)) g.emit(0x62 | SIZE_BITS[size], ctx, 0, off, random.imm());
  else g.emit(0x63 | SIZE_BITS[size], ctx, g.slip ? 10 : g.num([ctx]), off);
}

/** Keeps the context over calls. */
export function saveContext(g) {
  const ctx = contextReg(g);
  if (ctx === undefined || ctx >= 6) return;
  const reg = g.fresh([ctx], true);
  g.emit(0xbf, reg, ctx);
  g.set(reg, { is: 'ctx' });
}

/** Arithmetic on the context, and access through what comes out. */
export function moveContext(g) {
  const { random } = g;
  const ctx = contextReg(g);
  if (ctx === undefined) return;
  const reg = g.fresh([ctx]);
  g.emit(0xbf, reg, ctx);
  g.set(reg, undefined);
  const { fields, width } = CONTEXTS[g.program.progType];
  if (g.slip) {
    g.emit(0x0f, reg, g.num([reg]));
    return;
  }
  const off = random.pick(fields);
  if (random.chance(50)) {
    g.emit(0x07, reg, 0, 0, off);
    g.emit(0x61 | SIZE_BITS[width], reg, reg, 0);
    g.set(reg, { is: 'num' });
  } else if (g.program.careless) {
    g.emit(0x07, reg, 0, 0, off);
    g.emit(0x62 | SIZE_BITS[width], reg, 0, 0, 0);
  }
}
