// Which statements call helpers, and functions of the program?
import { block } from './blocks.mjs';
import { CONTEXTS, contextReg } from './context.mjs';
import { Emitter } from './emitter.mjs';
import { mapAndKey } from './map-values.mjs';
import { mapNamed, mapNumber, VALUE_MAPS } from './maps.mjs';

const call = (g, id) => {
  g.emit(0x85, 0, 0, 0, id);
  g.clobberArgs();
  g.set(0, { is: 'num' });
};

/** r = memory of at least `size` bytes. */
function memory(g, reg, size) {
  const value = g.facts.regs.findIndex((kind, at) => at >= 6 && kind?.is === 'val' && kind.size - kind.off - kind.room >= size && !['rdonly', 'rodata'].includes(kind.map));
  if (value >= 0 && g.random.chance(40)) {
    g.emit(0xbf, reg, value);
    g.set(reg, g.facts.regs[value]);
    return;
  }
  const off = g.buffer(size);
  g.address(reg, g.slip ? off + g.random.pick([8, 1, 4]) : off);
}

/** r = a size of at least 1 and at most `size`, known or bounded. */
function sizeOf(g, reg, size) {
  const { random } = g;
  if (random.chance(60)) g.emit(0xb7, reg, 0, 0, g.slip ? random.pick([0, -1, size + 1, 600]) : random.between(1, size));
  else {
    g.pinned = [1, 2, 3, 4, 5];
    const from = g.slip ? g.num([1, 2, 3, 4, 5]) : g.bounded(size - 1, [1, 2, 3, 4, 5]);
    g.pinned = undefined;
    if (from !== reg) g.emit(0xbf, reg, from);
    if (!g.slip) g.emit(0x07, reg, 0, 0, 1);
  }
  g.set(reg, { is: 'num' });
}

const contextTo = (g, reg) => {
  const ctx = contextReg(g);
  if (ctx === undefined) return false;
  if (ctx !== reg) g.emit(0xbf, reg, ctx);
  return true;
};

const HELPERS = {
  /** trace_printk */
  6: (g) => {
    const size = g.random.pick([8, 16]);
    const off = g.buffer(size);
    g.emit(0x7a, 10, 0, off, 0);
    g.address(1, off);
    g.emit(0xb7, 2, 0, 0, size);
    for (const reg of [3, 4]) g.constant(reg);
    call(g, 6);
  },
  /** probe_read_kernel, probe_read_kernel_str */
  113: (g) => {
    memory(g, 1, 16);
    sizeOf(g, 2, 16);
    g.emit(0xb7, 3, 0, 0, g.random.imm());
    call(g, g.random.pick([113, 115]));
  },
  16: (g) => {
    memory(g, 1, 16);
    sizeOf(g, 2, 16);
    call(g, 16);
  },
  /** skb_load_bytes */
  26: (g) => {
    if (!contextTo(g, 1)) return;
    g.emit(0xb7, 2, 0, 0, g.random.below(40));
    memory(g, 3, 16);
    sizeOf(g, 4, 16);
    call(g, 26);
  },
  /** skb_store_bytes */
  9: (g) => {
    if (!contextTo(g, 1)) return;
    g.emit(0xb7, 2, 0, 0, g.random.below(40));
    memory(g, 3, 16);
    sizeOf(g, 4, 16);
    g.emit(0xb7, 5, 0, 0, 0);
    call(g, 9);
    g.dropPackets();
  },
  /** csum_diff */
  28: (g) => {
    memory(g, 1, 8);
    g.emit(0xb7, 2, 0, 0, 8);
    memory(g, 3, 8);
    g.emit(0xb7, 4, 0, 0, g.random.pick([0, 4, 8]));
    g.emit(0xb7, 5, 0, 0, 0);
    call(g, 28);
  },
  /** xdp_adjust_head, xdp_adjust_tail, xdp_adjust_meta */
  44: (g) => {
    if (!contextTo(g, 1)) return;
    g.emit(0xb7, 2, 0, 0, g.random.between(-16, 16));
    call(g, g.random.pick([44, 54, 65]));
    g.dropPackets();
  },
  /** skb_change_head, skb_pull_data */
  39: (g) => {
    if (!contextTo(g, 1)) return;
    g.emit(0xb7, 2, 0, 0, g.random.between(0, 16));
    call(g, 39);
    g.dropPackets();
  },
  /** ringbuf_output, perf_event_output */
  130: (g) => {
    if (g.random.chance(50)) {
      memory(g, 2, 16);
      sizeOf(g, 3, 16);
      g.emit(0x18, 1, 1, 0, g.slip ? mapNumber('arr') : mapNumber('rb'));
      g.emit(0xb7, 4, 0, 0, 0);
      call(g, 130);
    } else {
      if (!contextTo(g, 1)) return;
      memory(g, 4, 16);
      sizeOf(g, 5, 16);
      g.emit(0x18, 2, 1, 0, g.slip ? mapNumber('arr') : mapNumber('events'));
      g.emit(0xb7, 3, 0, 0, 0);
      call(g, 25);
    }
  },
  /** tail_call */
  12: (g) => {
    if (!contextTo(g, 1)) return;
    g.emit(0x18, 2, 1, 0, g.slip ? mapNumber('arr') : mapNumber('progs'));
    if (g.random.chance(60)) g.emit(0xb7, 3, 0, 0, g.random.below(5));
    else {
      const from = g.num([1, 2, 3]);
      g.emit(0xbf, 3, from);
    }
    call(g, 12);
    g.set(0, undefined);
  },
  /** strncmp */
  182: (g) => {
    memory(g, 1, 16);
    g.emit(0xb7, 2, 0, 0, 8);
    g.emit(0x18, 3, 2, 0, mapNumber('rodata'), { imm2: 0 });
    call(g, 182);
  },
  /** lookup in a map of maps, then in what it holds */
  1: (g) => {
    const off = g.buffer(4);
    g.address(2, off);
    g.emit(0x18, 1, 1, 0, mapNumber('outer'));
    g.emit(0x85, 0, 0, 0, 1);
    g.clobberArgs();
    if (!g.mayExit) return;
    if (!g.slip) g.leaveIf({ code: 0x15, dst: 0 });
    g.emit(0xbf, 1, 0);
    g.address(2, off);
    g.emit(0x85, 0, 0, 0, 1);
    g.clobberArgs();
    g.set(0, { is: 'val?', map: 'arr', size: 48, off: 0, room: 0 });
  },
};

const BY_TYPE = {
  1: [6, 113, 16, 26, 130, 12, 182, 1],
  3: [6, 113, 26, 9, 28, 39, 130, 12, 182, 1],
  8: [6, 113, 26, 130, 182, 1],
  6: [6, 113, 28, 44, 130, 12, 182, 1],
  2: [6, 113, 16, 130, 12, 182, 1],
  5: [6, 113, 16, 130, 12, 182, 1],
  17: [6, 113, 16, 130, 12, 182, 1],
};

export function helper(g) {
  const { random, program } = g;
  if (g.slip) {
    // Any helper with whatever stands in the registers.
    call(g, random.between(1, 211));
    return;
  }
  HELPERS[random.pick(BY_TYPE[program.progType])](g);
}

/** A tail call, on its own. */
export function tailCall(g) {
  HELPERS[12](g);
}

/** Calls a function of the program, an old or a new one. */
export function subprogram(g) {
  const { random, program } = g;
  if (g.callDepth >= 3) return;
  const known = program.functions.filter((fn) => fn.level > g.callDepth && !fn.global);
  const fn = known.length > 0 && random.chance(45) ? random.pick(known) : create(g);
  if (fn === undefined) return;
  fn.params.forEach((kind, idx) => argument(g, idx + 1, kind));
  g.emit(0x85, 0, 1, 0, 0, { to: fn.place });
  g.clobberArgs();
  g.set(0, fn.returns);
  g.dropPackets();
}

function argument(g, reg, kind) {
  if (g.slip) return;
  if (kind.is === 'num') {
    g.pinned = [1, 2, 3, 4, 5];
    const from = g.num(Array.from({ length: reg - 1 }, (_, idx) => idx + 1));
    g.pinned = undefined;
    if (from !== reg) g.emit(0xbf, reg, from);
    g.set(reg, { is: 'num' });
  } else if (kind.is === 'ctx') contextTo(g, reg);
  else if (kind.is === 'mem') g.address(reg, g.buffer(kind.size));
}

const GLOBAL_TYPES = { num: ['int', 'u32', 'u64', 'u8'] };

/** Writes a new function; its parameters are what the place of call can give. */
function create(g) {
  const { random, program } = g;
  if (program.functions.length >= 4) return undefined;
  const global = program.areas.global && random.chance(75);
  const params = [];
  if (contextReg(g) !== undefined && random.chance(40)) params.push({ is: 'ctx' });
  if (random.chance(60)) params.push({ is: 'num' });
  if (random.chance(40)) params.push({ is: 'mem', size: random.pick([8, 16]), off: 0, room: 0, maybeNull: global && random.chance(70) });
  const fn = { place: `f${program.functions.length + 1}`, level: g.callDepth + 1, params, global, returns: { is: 'num' } };
  program.functions.push(fn);
  const inner = new Emitter(random, program);
  inner.callDepth = g.callDepth + 1;
  inner.budget = random.between(6, 18);
  inner.place(fn.place);
  params.forEach((kind, idx) => inner.set(idx + 1, kind.maybeNull ? { ...kind, is: 'mem?' } : kind));
  if (global) fn.text = prototype(random, fn, program);
  block(inner, random.between(2, 6));
  finish(inner);
  fn.items = inner.items;
  return fn;
}

function prototype(random, fn, program) {
  const params = fn.params.map((kind, idx) => {
    if (kind.is === 'ctx') return `struct ${CONTEXTS[program.progType].struct} *a${idx}`;
    if (kind.is === 'mem') return `struct m${kind.size} *a${idx}${kind.maybeNull ? '' : ' __arg_nonnull'}`;
    return `${random.pick(GLOBAL_TYPES.num)} a${idx}`;
  });
  return `int ${fn.place}(${params.join(', ')})`;
}

/** The end of a function: where early exits go, and the number it returns. */
export function finish(g) {
  const { random } = g;
  if (!g.is(0, 'num') || g.callDepth === 0 || random.chance(50)) {
    if (g.callDepth > 0 && random.chance(40)) g.emit(0xbf, 0, g.num());
    else g.emit(0xb7, 0, 0, 0, random.below(2));
  }
  if (g.slip) g.items.pop();
  if (!g.slip || g.callDepth > 0) g.emit(0x95);
  if (g.exitPlace !== undefined) {
    g.place(g.exitPlace);
    g.emit(0xb7, 0, 0, 0, random.below(2));
    g.emit(0x95);
  }
}

/** bpf_loop and for_each_map_elem with a function of the program. */
export function callback(g) {
  const { random, program } = g;
  if (g.callDepth >= 2 || program.functions.length >= 4) return;
  const loop = random.chance(60);
  const name = random.pick(VALUE_MAPS.filter((map) => map !== 'rdonly' && map !== 'odd'));
  const map = mapNamed(name);
  const size = 16;
  const memory = { is: 'mem', size, off: 0, room: 0 };
  const params = loop ? [{ is: 'num' }, memory] : [undefined, { is: 'mem', size: map.keySize, off: 0, room: 0, readOnly: true }, { is: 'val', map: name, size: map.valueSize, off: 0, room: 0 }, memory];
  const fn = { place: `f${program.functions.length + 1}`, level: 9, params, global: false, returns: { is: 'num' } };
  fn.text = `static int ${fn.place}(void)`;
  program.functions.push(fn);
  const inner = new Emitter(random, program);
  inner.callDepth = 3;
  inner.budget = random.between(4, 12);
  inner.place(fn.place);
  params.forEach((kind, idx) => inner.set(idx + 1, kind?.readOnly ? undefined : kind));
  block(inner, random.between(1, 4));
  inner.emit(0xb7, 0, 0, 0, g.slip ? 2 : random.below(2));
  inner.emit(0x95);
  if (inner.exitPlace !== undefined) {
    inner.place(inner.exitPlace);
    inner.emit(0xb7, 0, 0, 0, random.below(2));
    inner.emit(0x95);
  }
  fn.items = inner.items;
  const off = g.buffer(size);
  if (loop) g.emit(0xb7, 1, 0, 0, random.pick([1, 3, 10, 1000]));
  else g.emit(0x18, 1, 1, 0, mapNumber(name));
  g.emit(0x18, 2, 4, 0, 0, { to: fn.place });
  g.address(3, off);
  g.emit(0xb7, 4, 0, 0, g.slip ? 1 : 0);
  call(g, loop ? 181 : 164);
}

export { mapAndKey };
