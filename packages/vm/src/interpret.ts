// What does each instruction do?
//
// One loop over predecoded operations (see ops.ts). Registers are halves of 32 bits in one Int32Array: `r[a]` low,
// `r[a + 1]` high. Opcodes are literals because only those become a jump table; the comments say what they are in the
// notation of the kernel's disassembler. Memory checks stand in place: a call would cost more than the access.
import { arsh64, lsh64, mul64, rsh64, slowAlu } from './alu.ts';
import { atomic } from './atomic.ts';
import { loadPacket } from './load-packet.ts';
import { MAX_TAIL_CALLS, MAY_GOTO_TURNS, SAVED_WORDS } from './limits.ts';
import type { Machine } from './machine.ts';
import { findTailCallTarget } from './maps/prog-array.ts';
import { OP_WORDS } from './ops.ts';
import { resolveSlot } from './program.ts';
import type { FuncSlot } from './program.ts';

/**
 * Runs a function until it returns, faults or runs out of fuel. Arguments are in registers 1 to 5, the result in 0;
 * registers 6 to 10 are as before afterwards.
 */
export function interpret(m: Machine, first: FuncSlot): void {
  const r = m.regs;
  const { saved, returns, turns, memory } = m;
  let { data, readable, writable } = memory;
  let left = m.left;
  let depth = m.depth;
  const base = depth;
  let slot = resolveSlot(first);
  let prog = slot.program;
  let ops = prog.ops;
  let pc = ops.length;
  // Calls of every kind meet at the outer loop: `slot` is the function, `pc` where to go on afterwards.
  for (;;) {
    if (depth >= m.limits.frames) {
      m.at = pc;
      m.program = prog;
      m.left = left;
      m.stop('callDepth', `calls nested deeper than ${m.limits.frames} frames`);
      return;
    }
    const frame = depth * SAVED_WORDS;
    for (let i = 0; i < 10; i++) saved[frame + i] = r[12 + i]!;
    saved[frame + 10] = pc;
    returns[depth] = depth === base ? undefined : prog;
    depth++;
    if (depth > m.deepest) m.deepest = depth;
    turns[depth] = MAY_GOTO_TURNS;
    r[20] = m.frameTop(depth - 1);
    r[21] = 0;
    if (slot.program !== prog) {
      prog = slot.program;
      ops = prog.ops;
      prog.runCount++;
    }
    pc = slot.insnIdx * OP_WORDS;
    run: for (;;) {
      const op = ops[pc]!;
      const a = ops[pc + 1]!;
      const b = ops[pc + 2]!;
      const c = ops[pc + 3]!;
      pc += 4;
      if (--left < 0) {
        m.at = pc;
        m.program = prog;
        m.left = 0;
        m.depth = depth;
        if (!m.refuel()) return;
        left = 0;
      }
      switch (op) {
        // 64-bit arithmetic: dst, immediate; dst, src.
        case 0x07: { const lo = r[a]! + b | 0; r[a + 1] = r[a + 1]! + (b >> 31) + (lo >>> 0 < b >>> 0 ? 1 : 0); r[a] = lo; continue; } // +=
        case 0x0f: { const y = r[b]!; const lo = r[a]! + y | 0; r[a + 1] = r[a + 1]! + r[b + 1]! + (lo >>> 0 < y >>> 0 ? 1 : 0); r[a] = lo; continue; }
        case 0x17: { const x = r[a]!; r[a + 1] = r[a + 1]! - (b >> 31) - (x >>> 0 < b >>> 0 ? 1 : 0); r[a] = x - b; continue; } // -=
        case 0x1f: { const x = r[a]!; const y = r[b]!; r[a + 1] = r[a + 1]! - r[b + 1]! - (x >>> 0 < y >>> 0 ? 1 : 0); r[a] = x - y; continue; }
        case 0x27: mul64(r, a, b, b >> 31); continue; // *=
        case 0x2f: mul64(r, a, r[b]!, r[b + 1]!); continue;
        case 0x47: r[a] = r[a]! | b; if (b < 0) r[a + 1] = -1; continue; // |=
        case 0x4f: r[a] = r[a]! | r[b]!; r[a + 1] = r[a + 1]! | r[b + 1]!; continue;
        case 0x57: r[a] = r[a]! & b; if (b >= 0) r[a + 1] = 0; continue; // &=
        case 0x5f: r[a] = r[a]! & r[b]!; r[a + 1] = r[a + 1]! & r[b + 1]!; continue;
        case 0x67: lsh64(r, a, b & 63); continue; // <<=
        case 0x6f: lsh64(r, a, r[b]! & 63); continue;
        case 0x77: rsh64(r, a, b & 63); continue; // >>=
        case 0x7f: rsh64(r, a, r[b]! & 63); continue;
        case 0x87: { const x = r[a]!; r[a] = -x; r[a + 1] = ~r[a + 1]! + (x === 0 ? 1 : 0); continue; } // -dst
        case 0xa7: r[a] = r[a]! ^ b; r[a + 1] = r[a + 1]! ^ (b >> 31); continue; // ^=
        case 0xaf: r[a] = r[a]! ^ r[b]!; r[a + 1] = r[a + 1]! ^ r[b + 1]!; continue;
        case 0xb7: r[a] = b; r[a + 1] = b >> 31; continue; // =
        case 0xbf: r[a] = r[b]!; r[a + 1] = r[b + 1]!; continue;
        case 0xc7: arsh64(r, a, b & 63); continue; // s>>=
        case 0xcf: arsh64(r, a, r[b]! & 63); continue;
        // 32-bit arithmetic clears the high half.
        case 0x04: r[a] = r[a]! + b; r[a + 1] = 0; continue;
        case 0x0c: r[a] = r[a]! + r[b]!; r[a + 1] = 0; continue;
        case 0x14: r[a] = r[a]! - b; r[a + 1] = 0; continue;
        case 0x1c: r[a] = r[a]! - r[b]!; r[a + 1] = 0; continue;
        case 0x24: r[a] = Math.imul(r[a]!, b); r[a + 1] = 0; continue;
        case 0x2c: r[a] = Math.imul(r[a]!, r[b]!); r[a + 1] = 0; continue;
        case 0x44: r[a] = r[a]! | b; r[a + 1] = 0; continue;
        case 0x4c: r[a] = r[a]! | r[b]!; r[a + 1] = 0; continue;
        case 0x54: r[a] = r[a]! & b; r[a + 1] = 0; continue;
        case 0x5c: r[a] = r[a]! & r[b]!; r[a + 1] = 0; continue;
        case 0x64: r[a] = r[a]! << b; r[a + 1] = 0; continue;
        case 0x6c: r[a] = r[a]! << r[b]!; r[a + 1] = 0; continue;
        case 0x74: r[a] = r[a]! >>> b; r[a + 1] = 0; continue;
        case 0x7c: r[a] = r[a]! >>> r[b]!; r[a + 1] = 0; continue;
        case 0x84: r[a] = -r[a]!; r[a + 1] = 0; continue;
        case 0xa4: r[a] = r[a]! ^ b; r[a + 1] = 0; continue;
        case 0xac: r[a] = r[a]! ^ r[b]!; r[a + 1] = 0; continue;
        case 0xb4: r[a] = b; r[a + 1] = 0; continue;
        case 0xbc: r[a] = r[b]!; r[a + 1] = 0; continue;
        case 0xc4: r[a] = r[a]! >> b; r[a + 1] = 0; continue;
        case 0xcc: r[a] = r[a]! >> r[b]!; r[a + 1] = 0; continue;
        // Division, modulo, byte order.
        case 256: slowAlu(r, c, a, r[b]!, r[b + 1]!); continue;
        case 257: slowAlu(r, c, a, b, b >> 31); continue;
        // Sign-extending moves.
        case 258: r[a] = r[b]! << 24 >> 24; r[a + 1] = 0; continue;
        case 259: r[a] = r[b]! << 16 >> 16; r[a + 1] = 0; continue;
        case 260: { const x = r[b]! << 24 >> 24; r[a] = x; r[a + 1] = x >> 31; continue; }
        case 261: { const x = r[b]! << 16 >> 16; r[a] = x; r[a + 1] = x >> 31; continue; }
        case 262: { const x = r[b]!; r[a] = x; r[a + 1] = x >> 31; continue; }
        case 269: r[a] = r[b]!; r[a + 1] = 0; continue; // addr_space_cast: one address space
        case 0x18: r[a] = b; r[a + 1] = c; pc += 4; continue; // = imm64

        // 64-bit jumps: dst, immediate; dst, src.
        case 0x05: case 0x06: pc = c; continue;
        case 0x15: if (r[a] === b && r[a + 1] === b >> 31) pc = c; continue; // ==
        case 0x1d: if (r[a] === r[b] && r[a + 1] === r[b + 1]) pc = c; continue;
        case 0x55: if (r[a] !== b || r[a + 1] !== b >> 31) pc = c; continue; // !=
        case 0x5d: if (r[a] !== r[b] || r[a + 1] !== r[b + 1]) pc = c; continue;
        case 0x45: if ((r[a]! & b) !== 0 || (b < 0 && r[a + 1] !== 0)) pc = c; continue; // &
        case 0x4d: if ((r[a]! & r[b]!) !== 0 || (r[a + 1]! & r[b + 1]!) !== 0) pc = c; continue;
        case 0x25: { const x = r[a + 1]! >>> 0; const y = b >> 31 >>> 0; if (x > y || (x === y && r[a]! >>> 0 > b >>> 0)) pc = c; continue; } // >
        case 0x2d: { const x = r[a + 1]! >>> 0; const y = r[b + 1]! >>> 0; if (x > y || (x === y && r[a]! >>> 0 > r[b]! >>> 0)) pc = c; continue; }
        case 0x35: { const x = r[a + 1]! >>> 0; const y = b >> 31 >>> 0; if (x > y || (x === y && r[a]! >>> 0 >= b >>> 0)) pc = c; continue; } // >=
        case 0x3d: { const x = r[a + 1]! >>> 0; const y = r[b + 1]! >>> 0; if (x > y || (x === y && r[a]! >>> 0 >= r[b]! >>> 0)) pc = c; continue; }
        case 0xa5: { const x = r[a + 1]! >>> 0; const y = b >> 31 >>> 0; if (x < y || (x === y && r[a]! >>> 0 < b >>> 0)) pc = c; continue; } // <
        case 0xad: { const x = r[a + 1]! >>> 0; const y = r[b + 1]! >>> 0; if (x < y || (x === y && r[a]! >>> 0 < r[b]! >>> 0)) pc = c; continue; }
        case 0xb5: { const x = r[a + 1]! >>> 0; const y = b >> 31 >>> 0; if (x < y || (x === y && r[a]! >>> 0 <= b >>> 0)) pc = c; continue; } // <=
        case 0xbd: { const x = r[a + 1]! >>> 0; const y = r[b + 1]! >>> 0; if (x < y || (x === y && r[a]! >>> 0 <= r[b]! >>> 0)) pc = c; continue; }
        case 0x65: { const x = r[a + 1]!; const y = b >> 31; if (x > y || (x === y && r[a]! >>> 0 > b >>> 0)) pc = c; continue; } // s>
        case 0x6d: { const x = r[a + 1]!; const y = r[b + 1]!; if (x > y || (x === y && r[a]! >>> 0 > r[b]! >>> 0)) pc = c; continue; }
        case 0x75: { const x = r[a + 1]!; const y = b >> 31; if (x > y || (x === y && r[a]! >>> 0 >= b >>> 0)) pc = c; continue; } // s>=
        case 0x7d: { const x = r[a + 1]!; const y = r[b + 1]!; if (x > y || (x === y && r[a]! >>> 0 >= r[b]! >>> 0)) pc = c; continue; }
        case 0xc5: { const x = r[a + 1]!; const y = b >> 31; if (x < y || (x === y && r[a]! >>> 0 < b >>> 0)) pc = c; continue; } // s<
        case 0xcd: { const x = r[a + 1]!; const y = r[b + 1]!; if (x < y || (x === y && r[a]! >>> 0 < r[b]! >>> 0)) pc = c; continue; }
        case 0xd5: { const x = r[a + 1]!; const y = b >> 31; if (x < y || (x === y && r[a]! >>> 0 <= b >>> 0)) pc = c; continue; } // s<=
        case 0xdd: { const x = r[a + 1]!; const y = r[b + 1]!; if (x < y || (x === y && r[a]! >>> 0 <= r[b]! >>> 0)) pc = c; continue; }
        // 32-bit jumps.
        case 0x16: if (r[a] === b) pc = c; continue;
        case 0x1e: if (r[a] === r[b]) pc = c; continue;
        case 0x56: if (r[a] !== b) pc = c; continue;
        case 0x5e: if (r[a] !== r[b]) pc = c; continue;
        case 0x46: if ((r[a]! & b) !== 0) pc = c; continue;
        case 0x4e: if ((r[a]! & r[b]!) !== 0) pc = c; continue;
        case 0x26: if (r[a]! >>> 0 > b >>> 0) pc = c; continue;
        case 0x2e: if (r[a]! >>> 0 > r[b]! >>> 0) pc = c; continue;
        case 0x36: if (r[a]! >>> 0 >= b >>> 0) pc = c; continue;
        case 0x3e: if (r[a]! >>> 0 >= r[b]! >>> 0) pc = c; continue;
        case 0xa6: if (r[a]! >>> 0 < b >>> 0) pc = c; continue;
        case 0xae: if (r[a]! >>> 0 < r[b]! >>> 0) pc = c; continue;
        case 0xb6: if (r[a]! >>> 0 <= b >>> 0) pc = c; continue;
        case 0xbe: if (r[a]! >>> 0 <= r[b]! >>> 0) pc = c; continue;
        case 0x66: if (r[a]! > b) pc = c; continue;
        case 0x6e: if (r[a]! > r[b]!) pc = c; continue;
        case 0x76: if (r[a]! >= b) pc = c; continue;
        case 0x7e: if (r[a]! >= r[b]!) pc = c; continue;
        case 0xc6: if (r[a]! < b) pc = c; continue;
        case 0xce: if (r[a]! < r[b]!) pc = c; continue;
        case 0xd6: if (r[a]! <= b) pc = c; continue;
        case 0xde: if (r[a]! <= r[b]!) pc = c; continue;
        case 268: if (turns[depth] === 0) pc = c; else turns[depth] = turns[depth]! - 1; continue; // may_goto

        // Loads: dst = *(src + off).
        case 0x61: case 0x81: { // u32, s32
          const at = r[b]! + c | 0;
          const g = at >>> 3;
          if (((readable[g]! | readable[g + 1]! << 8) >>> (at & 7) & 15) !== 15 || r[b + 1] !== 0) return badAccess(m, prog, pc, r[b]!, r[b + 1]!, c, 4, false, left, depth);
          const x = data.getInt32(at, true);
          r[a] = x;
          r[a + 1] = op === 0x81 ? x >> 31 : 0;
          continue;
        }
        case 0x69: case 0x89: { // u16, s16
          const at = r[b]! + c | 0;
          const g = at >>> 3;
          if (((readable[g]! | readable[g + 1]! << 8) >>> (at & 7) & 3) !== 3 || r[b + 1] !== 0) return badAccess(m, prog, pc, r[b]!, r[b + 1]!, c, 2, false, left, depth);
          const x = op === 0x89 ? data.getInt16(at, true) : data.getUint16(at, true);
          r[a] = x;
          r[a + 1] = x >> 31;
          continue;
        }
        case 0x71: case 0x91: { // u8, s8
          const at = r[b]! + c | 0;
          if ((readable[at >>> 3]! >>> (at & 7) & 1) === 0 || r[b + 1] !== 0) return badAccess(m, prog, pc, r[b]!, r[b + 1]!, c, 1, false, left, depth);
          const x = op === 0x91 ? data.getInt8(at) : data.getUint8(at);
          r[a] = x;
          r[a + 1] = x >> 31;
          continue;
        }
        case 0x79: { // u64
          const at = r[b]! + c | 0;
          const g = at >>> 3;
          if (((readable[g]! | readable[g + 1]! << 8) >>> (at & 7) & 255) !== 255 || r[b + 1] !== 0) return badAccess(m, prog, pc, r[b]!, r[b + 1]!, c, 8, false, left, depth);
          r[a] = data.getInt32(at, true);
          r[a + 1] = data.getInt32(at + 4, true);
          continue;
        }
        // Stores: *(dst + off) = src, or an immediate.
        case 0x62: case 0x63: { // u32
          const at = r[a]! + c | 0;
          const g = at >>> 3;
          if (((writable[g]! | writable[g + 1]! << 8) >>> (at & 7) & 15) !== 15 || r[a + 1] !== 0) return badAccess(m, prog, pc, r[a]!, r[a + 1]!, c, 4, true, left, depth);
          data.setInt32(at, op === 0x62 ? b : r[b]!, true);
          continue;
        }
        case 0x6a: case 0x6b: { // u16
          const at = r[a]! + c | 0;
          const g = at >>> 3;
          if (((writable[g]! | writable[g + 1]! << 8) >>> (at & 7) & 3) !== 3 || r[a + 1] !== 0) return badAccess(m, prog, pc, r[a]!, r[a + 1]!, c, 2, true, left, depth);
          data.setInt16(at, op === 0x6a ? b : r[b]!, true);
          continue;
        }
        case 0x72: case 0x73: { // u8
          const at = r[a]! + c | 0;
          if ((writable[at >>> 3]! >>> (at & 7) & 1) === 0 || r[a + 1] !== 0) return badAccess(m, prog, pc, r[a]!, r[a + 1]!, c, 1, true, left, depth);
          data.setInt8(at, op === 0x72 ? b : r[b]!);
          continue;
        }
        case 0x7a: case 0x7b: { // u64
          const at = r[a]! + c | 0;
          const g = at >>> 3;
          if (((writable[g]! | writable[g + 1]! << 8) >>> (at & 7) & 255) !== 255 || r[a + 1] !== 0) return badAccess(m, prog, pc, r[a]!, r[a + 1]!, c, 8, true, left, depth);
          data.setInt32(at, op === 0x7a ? b : r[b]!, true);
          data.setInt32(at + 4, op === 0x7a ? b >> 31 : r[b + 1]!, true);
          continue;
        }
        case 270: { // lock *(u64 *) +=
          const at = r[a]! + c | 0;
          const g = at >>> 3;
          if (((writable[g]! | writable[g + 1]! << 8) >>> (at & 7) & 255) !== 255 || r[a + 1] !== 0) return badAccess(m, prog, pc, r[a]!, r[a + 1]!, c, 8, true, left, depth);
          const y = r[b]!;
          const lo = data.getInt32(at, true) + y | 0;
          data.setInt32(at, lo, true);
          data.setInt32(at + 4, data.getInt32(at + 4, true) + r[b + 1]! + (lo >>> 0 < y >>> 0 ? 1 : 0), true);
          continue;
        }
        case 266: { // atomic
          m.at = pc;
          m.program = prog;
          m.left = left;
          if (!atomic(m, a, b, c)) return;
          continue;
        }
        case 267: { // skb[…]
          m.at = pc;
          m.program = prog;
          m.left = left;
          if (loadPacket(m, a, b, c)) continue;
          if (m.fault !== undefined) return;
          r[0] = 0;
          r[1] = 0;
          break; // out of bounds: the function returns 0
        }

        case 0x85: { // call helper
          m.at = pc;
          m.program = prog;
          m.left = left;
          m.depth = depth;
          const x = prog.helpers[b]!(m);
          if (m.fault !== undefined) return;
          left = m.left;
          data = memory.data;
          readable = memory.readable;
          writable = memory.writable;
          r[0] = x;
          if (m.isWide) {
            r[1] = m.hi;
            m.isWide = false;
          } else r[1] = x < 0 ? -1 : 0;
          continue;
        }
        case 265: { // tail call
          m.at = pc;
          m.program = prog;
          m.left = left;
          const target = findTailCallTarget(m);
          if (m.fault !== undefined) return;
          if (target === undefined || m.tailCalls >= MAX_TAIL_CALLS) continue;
          m.tailCalls++;
          // The frame stays: whoever called this function gets the other program's result.
          slot = resolveSlot(target);
          prog = slot.program;
          ops = prog.ops;
          prog.runCount++;
          pc = slot.insnIdx * OP_WORDS;
          continue;
        }
        case 263: // call pc-relative
          slot = resolveSlot(prog.calls[b]!);
          break run;
        case 264: { // call of another program
          const target = prog.externs[b]!.target;
          if (target === undefined) {
            m.at = pc;
            m.program = prog;
            m.left = left;
            m.stop('unbound', 'call of an extern that nothing provides');
            return;
          }
          slot = resolveSlot(target);
          break run;
        }
        case 0x95: break; // exit
        default:
          m.at = pc;
          m.program = prog;
          m.left = left;
          m.stop('illegal', 'no such instruction');
          return;
      }
      // exit
      depth--;
      const at = depth * SAVED_WORDS;
      for (let i = 0; i < 10; i++) r[12 + i] = saved[at + i]!;
      const back = returns[depth];
      if (back === undefined) {
        m.left = left;
        m.depth = depth;
        return;
      }
      prog = back;
      ops = prog.ops;
      pc = saved[at + 10]!;
    }
  }
}

/** Reports an access that the bit maps do not allow. */
function badAccess(m: Machine, prog: FuncSlot['program'], pc: number, lo: number, hi: number, off: number, size: number, write: boolean, left: number, depth: number): void {
  m.at = pc;
  m.program = prog;
  m.left = left;
  m.depth = depth;
  const address = BigInt.asUintN(64, (BigInt(hi) << 32n) + BigInt(lo >>> 0) + BigInt(off));
  m.badAccess(write, Number(BigInt.asIntN(32, address)), Number(BigInt.asIntN(32, address >> 32n)), size);
}
