// How does the kernel print an instruction?
// Every form was read off the verifier's log of Linux 6.18 (test/fixtures/kernel); nothing here is kernel code.
import { bug } from '@rootlet/bytes';
import { formatImm64 } from './imm64.ts';
import type { Imm64Style } from './imm64.ts';
import type { Insns } from './insns.ts';
import { isValidOpcode } from './isa.ts';
import {
  accessBytes,
  BPF_ABS,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_CMPXCHG,
  BPF_DIV,
  BPF_END,
  BPF_EXIT,
  BPF_FETCH,
  BPF_IMM,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_NEG,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_PROG_CALL,
  BPF_ST,
  BPF_STORE_REL,
  BPF_STX,
  BPF_TO_BE,
  BPF_X,
  BPF_XCHG,
  GOTOX,
  insnClass,
  insnMode,
  insnOp,
  insnSrc,
} from './opcodes.ts';
import { ALU_TEXT, ATOMIC_NAME, COND_TEXT, hex32, hexByte, signed } from './operators.ts';

/** What the printer asks its caller: this package knows no helper, kernel function or map. */
export interface KernelDisasmOptions {
  /** Name of a helper; undefined prints the kernel's `unknown`. Without this callback every helper is called `helper`. */
  readonly helperName?: ((id: number) => string | undefined) | undefined;
  /** Name of a kernel function from its BTF id and `off` (its BTF's index in `fd_array`). Unnamed: `kfunc#id`, `kfunc[off]#id`. */
  readonly kfuncName?: ((btfId: number, off: number) => string | undefined) | undefined;
  /** Style or text of the immediate of two-slot loads; undefined from the callback falls back on `xlated`, the default. */
  readonly imm64?: Imm64Style | ((insns: Insns, insnIdx: number) => string | undefined) | undefined;
  /** What follows `call ` for calls of subprograms (`pc+5`) and of other programs; undefined keeps the default. */
  readonly callTarget?: ((insns: Insns, insnIdx: number) => string | undefined) | undefined;
}

/** `off` of a register move that turns a per-CPU pointer into this CPU's: kernel-internal, seen in dumps only. */
const ADDR_PERCPU = -1;

/**
 * Text of one instruction as in the verifier's log, without the opcode prefix: `r0 = 1`, `call bpf_map_lookup_elem#1`.
 * An opcode or atomic operation that does not exist prints as `BUG_xx`; the kernel gives that no prefix.
 *
 * The call of a function in another program (rootlet's own, `src_reg` 3) prints as `call prog[fd_idx]#btf_id`.
 *
 * @param insnIdx slot index; the second slot of a two-slot load prints as `BUG_00`
 */
export function disasmKernel(insns: Insns, insnIdx: number, options: KernelDisasmOptions = {}): string {
  const code = insns.code[insnIdx];
  if (code === undefined) throw new RangeError(`instruction ${insnIdx} out of range: have ${insns.length} slots`);
  return isPrintable(insns, insnIdx) ? format(insns, insnIdx, code, options) : `BUG_${hexByte(code)}`;
}

/** The opcode prefix of an instruction's line: `(85) `, or nothing for what prints as `BUG_xx`. */
export function formatOpcodePrefix(insns: Insns, insnIdx: number): string {
  return isPrintable(insns, insnIdx) ? `(${hexByte(insns.code[insnIdx] as number)}) ` : '';
}

/** A whole line: opcode prefix and text, `(b7) r0 = 1`. */
export function disasmKernelLine(insns: Insns, insnIdx: number, options: KernelDisasmOptions = {}): string {
  return formatOpcodePrefix(insns, insnIdx) + disasmKernel(insns, insnIdx, options);
}

/**
 * A whole program as `bpftool prog dump xlated` prints it: one line an instruction, the slot index right-aligned in four
 * columns. Two-slot loads take one line.
 *
 * @returns lines ending in a newline each
 */
export function disasmKernelProgram(insns: Insns, options: KernelDisasmOptions = {}): string {
  const lines: string[] = [];
  for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) {
    lines.push(`${String(idx).padStart(4)}: ${disasmKernelLine(insns, idx, options)}\n`);
  }
  return lines.join('');
}

function isPrintable(insns: Insns, insnIdx: number): boolean {
  const code = insns.code[insnIdx] as number;
  if (code === GOTOX) return true;
  if (!isValidOpcode(code)) return false;
  if (insnClass(code) !== BPF_STX || insnMode(code) !== BPF_ATOMIC) return true;
  const op = insns.imm[insnIdx] as number;
  if (op === BPF_XCHG || op === BPF_CMPXCHG || op === BPF_LOAD_ACQ || op === BPF_STORE_REL) return true;
  return ATOMIC_NAME.has(op & ~BPF_FETCH);
}

function format(insns: Insns, insnIdx: number, code: number, options: KernelDisasmOptions): string {
  const dst = insns.dst[insnIdx] as number;
  const src = insns.src[insnIdx] as number;
  const off = insns.off[insnIdx] as number;
  const imm = insns.imm[insnIdx] as number;
  switch (insnClass(code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return formatAlu(code, dst, src, off, imm);
    case BPF_JMP:
    case BPF_JMP32:
      return insnOp(code) === BPF_CALL ? `call ${formatCall(insns, insnIdx, options)}` : formatJump(code, dst, src, off, imm);
    case BPF_LDX:
      return `r${dst} = *(${insnMode(code) === BPF_MEMSX ? 's' : 'u'}${bits(code)} *)(r${src} ${signed(off)})`;
    case BPF_ST:
      return `*(u${bits(code)} *)(r${dst} ${signed(off)}) = ${imm}`;
    case BPF_STX:
      if (insnMode(code) === BPF_ATOMIC) return formatAtomic(code, dst, src, off, imm);
      return `*(u${bits(code)} *)(r${dst} ${signed(off)}) = r${src}`;
    case BPF_LD:
      if (insnMode(code) === BPF_IMM) return `r${dst} = ${imm64Text(insns, insnIdx, options)}`;
      if (insnMode(code) === BPF_ABS) return `r0 = *(u${bits(code)} *)skb[${imm}]`;
      return `r0 = *(u${bits(code)} *)skb[r${src} + ${imm}]`;
    default:
      return bug(`instruction class of ${code}`);
  }
}

function bits(code: number): number {
  return accessBytes(code) * 8;
}

function formatAlu(code: number, dst: number, src: number, off: number, imm: number): string {
  const op = insnOp(code);
  const wide = insnClass(code) === BPF_ALU64;
  const reg = wide ? 'r' : 'w';
  if (op === BPF_END) {
    // The bytes are swapped in the whole register, so it is r in both classes.
    const name = wide ? 'bswap' : insnSrc(code) === BPF_TO_BE ? 'be' : 'le';
    return `r${dst} = ${name}${imm} r${dst}`;
  }
  if (op === BPF_NEG) return `${reg}${dst} = -${reg}${dst}`;
  const text = ALU_TEXT.get(op) as string;
  if (op === BPF_MOV && insnSrc(code) === BPF_X && off !== 0) return formatMove(wide, dst, src, off, imm);
  const sign = (op === BPF_DIV || op === BPF_MOD) && off === 1 ? 's' : '';
  const operand = insnSrc(code) === BPF_X ? `${reg}${src}` : `${imm}`;
  return `${reg}${dst} ${sign}${text} ${operand}`;
}

/** Moves with an offset: sign extension from `off` bits, casts between address spaces. */
function formatMove(wide: boolean, dst: number, src: number, off: number, imm: number): string {
  if (wide && off === BPF_ADDR_SPACE_CAST) {
    return `r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`;
  }
  if (wide && off === ADDR_PERCPU) return `r${dst} = &(void __percpu *)(r${src})`;
  const reg = wide ? 'r' : 'w';
  const extend = off === 8 || off === 16 || off === 32 ? `(s${off})` : '';
  return `${reg}${dst} = ${extend}${reg}${src}`;
}

function formatJump(code: number, dst: number, src: number, off: number, imm: number): string {
  const op = insnOp(code);
  const narrow = insnClass(code) === BPF_JMP32;
  if (op === BPF_EXIT) return 'exit';
  if (code === GOTOX) return `gotox r${dst}`;
  if (op === BPF_JA) return narrow ? `gotol pc${signed(imm)}` : `goto pc${signed(off)}`;
  if (op === BPF_JCOND && src === 0) return `may_goto pc${signed(off)}`;
  const reg = narrow ? 'w' : 'r';
  const operand = insnSrc(code) === BPF_X ? `${reg}${src}` : hex32(imm);
  return `if ${reg}${dst} ${COND_TEXT.get(op) ?? '(null)'} ${operand} goto pc${signed(off)}`;
}

function formatAtomic(code: number, dst: number, src: number, off: number, imm: number): string {
  const width = bits(code);
  const place = `(u${width} *)(r${dst} ${signed(off)})`;
  const prefix = width === 64 ? 'atomic64' : 'atomic';
  switch (imm) {
    case BPF_LOAD_ACQ:
      return `r${dst} = load_acquire((u${width} *)(r${src} ${signed(off)}))`;
    case BPF_STORE_REL:
      return `store_release(${place}, r${src})`;
    case BPF_XCHG:
      return `r${src} = ${prefix}_xchg(${place}, r${src})`;
    case BPF_CMPXCHG:
      return `r0 = ${prefix}_cmpxchg(${place}, r0, r${src})`;
    default: {
      const op = imm & ~BPF_FETCH;
      if ((imm & BPF_FETCH) === 0) return `lock *${place} ${ALU_TEXT.get(op) as string} r${src}`;
      return `r${src} = ${prefix}_fetch_${ATOMIC_NAME.get(op) as string}(${place}, r${src})`;
    }
  }
}

function formatCall(insns: Insns, insnIdx: number, options: KernelDisasmOptions): string {
  const off = insns.off[insnIdx] as number;
  const imm = insns.imm[insnIdx] as number;
  switch (insns.src[insnIdx]) {
    case 0:
      return `${options.helperName ? (options.helperName(imm) ?? 'unknown') : 'helper'}#${imm}`;
    case BPF_PSEUDO_CALL:
      return options.callTarget?.(insns, insnIdx) ?? `pc${signed(imm)}`;
    case BPF_PSEUDO_KFUNC_CALL:
      return `${options.kfuncName?.(imm, off) ?? (off === 0 ? 'kfunc' : `kfunc[${off}]`)}#${imm}`;
    case BPF_PSEUDO_PROG_CALL:
      return options.callTarget?.(insns, insnIdx) ?? `prog[${off}]#${imm}`;
    default:
      return `unknown#${imm}`;
  }
}

function imm64Text(insns: Insns, insnIdx: number, options: KernelDisasmOptions): string {
  const style = options.imm64 ?? 'xlated';
  if (typeof style === 'string') return formatImm64(insns, insnIdx, style);
  return style(insns, insnIdx) ?? formatImm64(insns, insnIdx, 'xlated');
}
