// What do atomic operations do?
import { BPF_ADD, BPF_AND, BPF_CMPXCHG, BPF_FETCH, BPF_LOAD_ACQ, BPF_OR, BPF_STORE_REL, BPF_XCHG, BPF_XOR } from '@rootlet/insn';
import type { Machine } from './machine.ts';

/**
 * An atomic operation. Programs run one at a time, so plain loads and stores are atomic.
 *
 * @param a index of the address register (for a load-acquire: of the destination)
 * @param b operand register | size in bytes << 8 | operation << 16, as `predecode` packs it
 * @param off byte offset
 * @returns false after a fault
 */
export function atomic(m: Machine, a: number, b: number, off: number): boolean {
  const src = b & 0xff;
  const size = (b >>> 8) & 0xff;
  const operation = b >>> 16;
  if (operation === BPF_LOAD_ACQ) return load(m, a, src, off, size);
  const at = check(m, a, off, size, true);
  if (at < 0) return false;
  if (operation === BPF_STORE_REL) return store(m, at, src, size);
  if (size < 4) return illegal(m);
  return size === 8 ? wide(m, at, src, operation) : narrow(m, at, src, operation);
}

function check(m: Machine, base: number, off: number, size: number, write: boolean): number {
  const lo = (m.regs[base]! + off) | 0;
  const hi = m.regs[base + 1]!;
  const at = lo >>> 0;
  const allowed = hi === 0 && (write ? m.memory.isWritable(at, size) : m.memory.isReadable(at, size));
  // The kernel's atomics are naturally aligned; the verifier sees to it.
  if (allowed) return at;
  m.badAccess(write, lo, hi, size);
  return -1;
}

function illegal(m: Machine): boolean {
  m.stop('illegal', 'no such atomic operation');
  return false;
}

function load(m: Machine, dst: number, base: number, off: number, size: number): boolean {
  const at = check(m, base, off, size, false);
  if (at < 0) return false;
  const { data } = m.memory;
  const r = m.regs;
  r[dst + 1] = size === 8 ? data.getInt32(at + 4, true) : 0;
  r[dst] = size === 1 ? data.getUint8(at) : size === 2 ? data.getUint16(at, true) : data.getInt32(at, true);
  return true;
}

function store(m: Machine, at: number, src: number, size: number): boolean {
  const { data } = m.memory;
  const lo = m.regs[src]!;
  if (size === 1) data.setInt8(at, lo);
  else if (size === 2) data.setInt16(at, lo, true);
  else data.setInt32(at, lo, true);
  if (size === 8) data.setInt32(at + 4, m.regs[src + 1]!, true);
  return true;
}

function narrow(m: Machine, at: number, src: number, operation: number): boolean {
  const { data } = m.memory;
  const r = m.regs;
  const old = data.getInt32(at, true);
  const operand = r[src]!;
  if (operation === BPF_CMPXCHG) {
    if (old === r[0]) data.setInt32(at, operand, true);
    r[0] = old;
    r[1] = 0;
    return true;
  }
  const next = operation === BPF_XCHG ? operand : combine(operation, old, operand);
  if (next === undefined) return illegal(m);
  data.setInt32(at, next, true);
  if ((operation & BPF_FETCH) !== 0) {
    r[src] = old;
    r[src + 1] = 0;
  }
  return true;
}

function wide(m: Machine, at: number, src: number, operation: number): boolean {
  const { data } = m.memory;
  const r = m.regs;
  const lo = data.getInt32(at, true);
  const hi = data.getInt32(at + 4, true);
  const x = r[src]!;
  const y = r[src + 1]!;
  if (operation === BPF_CMPXCHG) {
    if (lo === r[0] && hi === r[1]) {
      data.setInt32(at, x, true);
      data.setInt32(at + 4, y, true);
    }
    r[0] = lo;
    r[1] = hi;
    return true;
  }
  let nextLo: number | undefined = x;
  let nextHi: number | undefined = y;
  if (operation !== BPF_XCHG) {
    nextLo = combine(operation, lo, x);
    nextHi = combine(operation, hi, y);
    if (nextLo === undefined || nextHi === undefined) return illegal(m);
    if ((operation & ~BPF_FETCH) === BPF_ADD && nextLo >>> 0 < x >>> 0) nextHi += 1;
  }
  data.setInt32(at, nextLo, true);
  data.setInt32(at + 4, nextHi, true);
  if ((operation & BPF_FETCH) !== 0) {
    r[src] = lo;
    r[src + 1] = hi;
  }
  return true;
}

function combine(operation: number, old: number, operand: number): number | undefined {
  switch (operation & ~BPF_FETCH) {
    case BPF_ADD:
      return (old + operand) | 0;
    case BPF_AND:
      return old & operand;
    case BPF_OR:
      return old | operand;
    case BPF_XOR:
      return old ^ operand;
    default:
      return undefined;
  }
}
