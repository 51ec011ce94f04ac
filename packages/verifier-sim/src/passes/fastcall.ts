// Which spills around calls that leave registers alone does the kernel take out?
//
//   *(u64 *)(r10 -8) = r2      pattern: stores of registers that such a call keeps, and loads of the same after it;
//   *(u64 *)(r10 -16) = r1     the innermost at the function's lowest slot, the next above it.
//   call bpf_get_smp_processor_id
//   r1 = *(u64 *)(r10 -16)     They go, and the stack is as small as without, unless something
//   r2 = *(u64 *)(r10 -8)      else touches those slots.
import { BPF_DW, BPF_LDX, BPF_MEM, BPF_STX, CALL } from '@rootlet/insn';
import * as uapi from '@rootlet/uapi';
import type { Env } from '../state/env.ts';
import { kfuncName } from './calls.ts';
import { NO_FASTCALLS } from './subprograms.ts';
import type { Subprogram } from './subprograms.ts';

const STORE = BPF_STX | BPF_MEM | BPF_DW;
const LOAD = BPF_LDX | BPF_MEM | BPF_DW;
const SLOT_BYTES = 8;
const FP = 10;
/** R1 to R5, a bit each. */
const ARGUMENT_REGS = 0b11_1110;
/** Registers that the kernel functions tagged `bpf_fastcall` do keep. */
const FAST_KFUNCS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
  ['bpf_cast_to_kern_ctx', ARGUMENT_REGS & ~0b10],
  ['bpf_rdonly_cast', ARGUMENT_REGS & ~0b110],
]);
/** Program types whose number of the CPU is a register's; the others call a function for it. */
const CPU_NUMBER_TYPES: readonly number[] = [
  uapi.BPF_PROG_TYPE_KPROBE,
  uapi.BPF_PROG_TYPE_SCHED_CLS,
  uapi.BPF_PROG_TYPE_SCHED_ACT,
  uapi.BPF_PROG_TYPE_TRACEPOINT,
  uapi.BPF_PROG_TYPE_XDP,
  uapi.BPF_PROG_TYPE_PERF_EVENT,
  uapi.BPF_PROG_TYPE_LWT_IN,
  uapi.BPF_PROG_TYPE_LWT_OUT,
  uapi.BPF_PROG_TYPE_LWT_XMIT,
  uapi.BPF_PROG_TYPE_LWT_SEG6LOCAL,
  uapi.BPF_PROG_TYPE_RAW_TRACEPOINT,
  uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
  uapi.BPF_PROG_TYPE_TRACING,
  uapi.BPF_PROG_TYPE_LSM,
  uapi.BPF_PROG_TYPE_SYSCALL,
];

/** Finds the patterns of every function. */
export function findFastcalls(env: Env): void {
  if (!env.profile.features.fastcalls) return;
  for (const subprog of env.subprogs) {
    const lowest = lowestStore(env, subprog);
    if (lowest === 0) continue;
    for (let idx = subprog.start; idx < subprog.end; idx++) {
      const kept = keptRegs(env, idx);
      if (kept !== 0) findPattern(env, subprog, idx, kept, lowest);
    }
  }
}

/** Where the function stores whole registers deepest; 0 when nowhere. */
function lowestStore(env: Env, subprog: Subprogram): number {
  const { insns } = env.input;
  let lowest = 0;
  for (let idx = subprog.start; idx < subprog.end; idx++) {
    if (insns.code[idx] === STORE && insns.dst[idx] === FP) lowest = Math.min(lowest, insns.off[idx] as number);
  }
  return lowest;
}

/** Argument registers that a call keeps, a bit each. */
function keptRegs(env: Env, idx: number): number {
  const { insns } = env.input;
  if (insns.code[idx] !== CALL) return 0;
  if (insns.src[idx] === 0) {
    return insns.imm[idx] === uapi.BPF_FUNC_get_smp_processor_id && CPU_NUMBER_TYPES.includes(env.prog.id) ? ARGUMENT_REGS : 0;
  }
  return FAST_KFUNCS.get(kfuncName(env, idx) ?? '') ?? 0;
}

function findPattern(env: Env, subprog: Subprogram, call: number, kept: number, lowest: number): void {
  const { insns } = env.input;
  let left = kept;
  let off = lowest;
  for (let distance = 1; call - distance >= subprog.start && call + distance < subprog.end; distance++, off += SLOT_BYTES) {
    const [store, load] = [call - distance, call + distance];
    const reg = insns.src[store] as number;
    if (insns.code[store] !== STORE || insns.dst[store] !== FP || insns.off[store] !== off) break;
    if (insns.code[load] !== LOAD || insns.src[load] !== FP || insns.off[load] !== off || insns.dst[load] !== reg) break;
    if ((left & (1 << reg)) === 0) break;
    left &= ~(1 << reg);
    for (const idx of [store, load]) {
      const aux = env.aux[idx];
      if (aux !== undefined) aux.isFastcall = true;
    }
  }
  if (off !== lowest) subprog.fastcallOff = Math.min(subprog.fastcallOff, off);
}

/** The current instruction touches a stack at `off`, and `subprog` would have to keep its patterns. */
export function noteStackAccess(env: Env, subprog: Subprogram | undefined, off: number): void {
  if (subprog === undefined || subprog.fastcallOff === NO_FASTCALLS || subprog.fastcallOff <= off || env.aux[env.insnIdx]?.isFastcall === true) return;
  subprog.fastcallOff = NO_FASTCALLS;
}

/** Takes the patterns out: functions need less stack. */
export function dropFastcalls(env: Env): void {
  for (const subprog of env.subprogs) if (subprog.fastcallOff !== NO_FASTCALLS) subprog.stackDepth = -subprog.fastcallOff;
}
