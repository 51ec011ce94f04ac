// Which registers may still be read, before each instruction?
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_CMPXCHG,
  BPF_END,
  BPF_EXIT,
  BPF_FETCH,
  BPF_IMM,
  BPF_JA,
  BPF_JCOND,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOV,
  BPF_NEG,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_ST,
  BPF_STORE_REL,
  BPF_STX,
  BPF_X,
  CALL,
  insnClass,
  insnMode,
  insnOp,
  insnSrc,
  LD_IMM64,
} from '@rootlet/insn';
import { isKfuncOffered } from '../tables/kfuncs.ts';
import { findHelper } from '../tables/helpers.ts';
import { formatInsn } from '../log/insn.ts';
import type { Env } from '../state/env.ts';
import { BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO } from '@rootlet/btf';
import { isElsewhere, isHelperOffered, verbose } from '../state/env.ts';

const CALLER_SAVED = 0x3f;
const ARGS = 0x3e;

/** Registers read by an instruction, one bit each, and in the high half those written. */
type UseDef = number;

const NONE: UseDef = 0;
const DEF_SHIFT = 16;
const USE_MASK = 0xffff;

const effect = (use: number, def: number): UseDef => use | (def << DEF_SHIFT);

function useDef(env: Env, idx: number): UseDef {
  const { insns } = env.input;
  const code = insns.code[idx] as number;
  const dst = 1 << (insns.dst[idx] as number);
  const src = 1 << (insns.src[idx] as number);
  switch (insnClass(code)) {
    case BPF_LD:
      // The kernel does not look closer at packet loads: they might need everything.
      return insnMode(code) === BPF_IMM ? effect(0, dst) : effect(0x3ff, 0);
    case BPF_LDX:
      return insnMode(code) === BPF_MEM || insnMode(code) === BPF_MEMSX ? effect(src, dst) : NONE;
    case BPF_ST:
      return insnMode(code) === BPF_MEM ? effect(dst, 0) : NONE;
    case BPF_STX:
      return storeUseDef(code, insns.imm[idx] as number, dst, src);
    case BPF_ALU:
    case BPF_ALU64:
      return aluUseDef(code, dst, src);
    default:
      return jumpUseDef(env, idx, code, dst, src);
  }
}

function storeUseDef(code: number, imm: number, dst: number, src: number): UseDef {
  if (insnMode(code) === BPF_MEM) return effect(dst | src, 0);
  if (insnMode(code) !== BPF_ATOMIC) return NONE;
  if (imm === BPF_CMPXCHG) return effect(1 | dst | src, 1);
  if (imm === BPF_LOAD_ACQ) return effect(src, dst);
  if (imm === BPF_STORE_REL) return effect(dst | src, 0);
  return effect(dst | src, (imm & BPF_FETCH) !== 0 ? src : 0);
}

function aluUseDef(code: number, dst: number, src: number): UseDef {
  const op = insnOp(code);
  if (op === BPF_END || op === BPF_NEG) return effect(dst, dst);
  const fromReg = insnSrc(code) === BPF_X;
  if (op === BPF_MOV) return effect(fromReg ? src : 0, dst);
  return effect(fromReg ? dst | src : dst, dst);
}

function jumpUseDef(env: Env, idx: number, code: number, dst: number, src: number): UseDef {
  switch (insnOp(code)) {
    case BPF_JA:
    case BPF_JCOND:
      return NONE;
    case BPF_EXIT:
      return effect(1, 0);
    case BPF_CALL:
      return effect(callArgs(env, idx), CALLER_SAVED);
    default:
      return effect(insnSrc(code) === BPF_X ? dst | src : dst, 0);
  }
}

/** Registers that carry arguments: as many as the contract has, or all. */
function callArgs(env: Env, idx: number): number {
  const { insns } = env.input;
  if (insns.code[idx] === CALL && insns.src[idx] === BPF_PSEUDO_KFUNC_CALL) return kfuncArgs(env, idx);
  if (insns.code[idx] !== CALL || insns.src[idx] !== 0) return ARGS;
  const id = insns.imm[idx] as number;
  const offered = isHelperOffered(env, id) || isElsewhere(env, id);
  const count = offered ? findHelper(id, env.prog.id)?.args.length : undefined;
  return count === undefined ? ARGS : ((1 << (count + 1)) - 1) & ~1;
}

/** The same for a function of the kernel. */
function kfuncArgs(env: Env, idx: number): number {
  const { insns } = env.input;
  const off = insns.off[idx] as number;
  const btf = off === 0 ? env.input.vmlinux : env.input.btfByIdx?.(off);
  const func = insns.imm[idx] === 0 ? undefined : btf?.type(insns.imm[idx] as number);
  // As many as the contract has, where there is one.
  if (func?.kind === BTF_KIND_FUNC && !isKfuncOffered(func.name, env.prog.id, env.attachType)) return ARGS;
  const proto = func?.kind === BTF_KIND_FUNC ? btf?.type(func.type) : undefined;
  return proto?.kind === BTF_KIND_FUNC_PROTO ? ((1 << (proto.params.length + 1)) - 1) & ~1 : ARGS;
}

/** Computes live registers by going backward until nothing changes; prints them at log level 2. */
export function computeLiveRegisters(env: Env): void {
  const { insns } = env.input;
  const { successors } = env;
  const effects = new Int32Array(insns.length);
  for (let idx = 0; idx < insns.length; idx++) effects[idx] = useDef(env, idx);
  for (const subprog of env.subprogs) {
    const order = env.postorders.get(subprog.start) ?? [];
    let changed = true;
    while (changed) {
      changed = false;
      for (const idx of order) {
        let after = 0;
        const next = successors[2 * idx] as number;
        const target = successors[2 * idx + 1] as number;
        if (next >= 0) after |= env.aux[next]?.liveRegs ?? 0;
        if (target >= 0) after |= env.aux[target]?.liveRegs ?? 0;
        const own = effects[idx] as UseDef;
        const before = (after & ~(own >> DEF_SHIFT)) | (own & USE_MASK);
        const aux = env.aux[idx] as { liveRegs: number };
        if (before !== aux.liveRegs) {
          aux.liveRegs = before;
          changed = true;
        }
      }
    }
  }
  if (env.log.level2) printLiveRegisters(env);
}

function printLiveRegisters(env: Env): void {
  const { insns } = env.input;
  verbose(env, 'Live regs before insn:\n');
  for (let idx = 0; idx < insns.length; idx++) {
    const aux = env.aux[idx] as { liveRegs: number; scc: number };
    const scc = aux.scc === 0 ? '    ' : `${String(aux.scc).padStart(3)} `;
    let live = '';
    for (let regno = 0; regno < 10; regno++) live += ((aux.liveRegs >> regno) & 1) !== 0 ? String(regno) : '.';
    verbose(env, `${scc}${String(idx).padStart(3)}: ${live} ${formatInsn(env, idx)}\n`);
    if (insns.code[idx] === LD_IMM64) idx++;
  }
}
