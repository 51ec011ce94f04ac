// Where are the arguments of a static probe, and how does usdt.bpf.h want to be told?
import { UnsupportedError } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import { E2BIG, EINVAL } from '@rootlet/uapi';

/** @source usdt.bpf.h: BPF_USDT_MAX_ARG_CNT */
const MAX_ARGS = 12;
const BPF_USDT_ARG_CONST = 0;
const BPF_USDT_ARG_REG = 1;
const BPF_USDT_ARG_REG_DEREF = 2;
const BPF_USDT_ARG_SIB = 3;

/** Where an argument is. */
export interface UsdtArg {
  readonly kind: typeof BPF_USDT_ARG_CONST | typeof BPF_USDT_ARG_REG | typeof BPF_USDT_ARG_REG_DEREF | typeof BPF_USDT_ARG_SIB;
  /** The constant, or what is added to the register. */
  readonly value: bigint;
  /** Offset of the register in `struct pt_regs`, bytes. */
  readonly regOff: number;
  /** The same of the index register, and the shift of its scale. */
  readonly indexRegOff: number;
  readonly scaleShift: number;
  /** 1, 2, 4 or 8 bytes. */
  readonly size: number;
  readonly signed: boolean;
}

/** `struct pt_regs` of x86-64 in words; the names of each register from wide to narrow. */
const X64_REGISTERS: readonly string[] = [
  'r15 r15d r15w r15b', 'r14 r14d r14w r14b', 'r13 r13d r13w r13b', 'r12 r12d r12w r12b', 'rbp ebp bp bpl', 'rbx ebx bx bl',
  'r11 r11d r11w r11b', 'r10 r10d r10w r10b', 'r9 r9d r9w r9b', 'r8 r8d r8w r8b', 'rax eax ax al', 'rcx ecx cx cl',
  'rdx edx dx dl', 'rsi esi si sil', 'rdi edi di dil', 'orig_rax', 'rip eip', 'cs', 'eflags', 'rsp esp sp spl',
];

type Parse = (location: string) => Omit<UsdtArg, 'size' | 'signed'> | undefined;

const NO_REGISTER = { value: 0n, regOff: 0, indexRegOff: 0, scaleShift: 0 };

/** One argument of the text, and how its place is written, by Node's name of the architecture. */
const SYNTAX: Readonly<Record<string, { readonly token: RegExp; readonly parse: Parse }>> = {
  x64: { token: /\s*(-?\d+)f?@((?:[^\s(]*\([^)]*\))|\S+)\s*/y, parse: parseX64 },
  arm64: { token: /\s*(-?\d+)f?@(\[[^\]]*\]|\S+)\s*/y, parse: parseArm64 },
};

/**
 * Reads what `sys/sdt.h` says of arguments: `-4@%edi 8@-16(%rbp)`.
 *
 * @throws KernelError `EINVAL` naming the argument, `E2BIG` beyond 12; UnsupportedError for other machines than x86-64 and arm64
 */
export function parseUsdtArgs(operation: string, text: string, arch: string = process.arch): readonly UsdtArg[] {
  if (text.trim() === '') return [];
  const syntax = SYNTAX[arch];
  if (syntax === undefined) throw new UnsupportedError(`arguments of static probes on architecture ${arch}`);
  const args: UsdtArg[] = [];
  const token = new RegExp(syntax.token);
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    const size = Math.abs(Number(match?.[1]));
    const place = match === null ? undefined : syntax.parse(match[2] as string);
    if (place === undefined || ![1, 2, 4, 8].includes(size)) throw new KernelError(operation, EINVAL, `argument ${args.length} of '${text}' is not understood`);
    if (args.length === MAX_ARGS) throw new KernelError(operation, E2BIG, `more than ${MAX_ARGS} arguments: '${text}'`);
    args.push({ ...place, size, signed: (match as RegExpExecArray)[1]?.startsWith('-') === true });
  }
  return args;
}

/** `$5`, `%rdi`, `-16(%rbp)`, `8(%rax,%rcx,4)`. */
function parseX64(location: string): ReturnType<Parse> {
  const constant = /^\$(.+)$/.exec(location)?.[1];
  if (constant !== undefined) return toConst(constant);
  const register = /^%(\w+)$/.exec(location)?.[1];
  if (register !== undefined) return toPlace(BPF_USDT_ARG_REG, '0', x64Register(register));
  const memory = /^([^(]*)\(%(\w+)(?:,\s*%(\w+)(?:,\s*([1248]))?)?\)$/.exec(location);
  if (memory === null) return undefined;
  const [, offset = '', base = '', index, scale = '1'] = memory;
  if (index === undefined) return toPlace(BPF_USDT_ARG_REG_DEREF, offset === '' ? '0' : offset, x64Register(base));
  const place = toPlace(BPF_USDT_ARG_SIB, offset === '' ? '0' : offset, x64Register(base));
  const indexRegOff = x64Register(index);
  return place === undefined || indexRegOff === undefined ? undefined : { ...place, indexRegOff, scaleShift: Math.log2(Number(scale)) };
}

/** `5`, `x0`, `[x1]`, `[sp, 60]`. */
function parseArm64(location: string): ReturnType<Parse> {
  const memory = /^\[\s*(\w+)\s*(?:,\s*#?(-?\w+)\s*)?\]$/.exec(location);
  if (memory !== null) return toPlace(BPF_USDT_ARG_REG_DEREF, memory[2] ?? '0', arm64Register(memory[1] as string));
  const regOff = arm64Register(location);
  return regOff === undefined ? toConst(location) : toPlace(BPF_USDT_ARG_REG, '0', regOff);
}

function x64Register(name: string): number | undefined {
  const word = X64_REGISTERS.findIndex((names) => names.split(' ').includes(name));
  return word < 0 ? undefined : 8 * word;
}

function arm64Register(name: string): number | undefined {
  if (name === 'sp') return 8 * 31;
  const number = /^[xw](\d+)$/.exec(name)?.[1];
  return number === undefined || Number(number) > 30 ? undefined : 8 * Number(number);
}

function toConst(text: string): ReturnType<Parse> {
  const value = toInteger(text);
  return value === undefined ? undefined : { ...NO_REGISTER, kind: BPF_USDT_ARG_CONST, value };
}

function toPlace(kind: UsdtArg['kind'], offset: string, regOff: number | undefined): ReturnType<Parse> {
  const value = toInteger(offset);
  return value === undefined || regOff === undefined ? undefined : { ...NO_REGISTER, kind, value, regOff };
}

function toInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(0x[0-9a-fA-F]+|\d+)$/.exec(text);
  if (match === null) return undefined;
  return match[1] === '-' ? -BigInt(match[2] as string) : BigInt(match[2] as string);
}

/** `struct __bpf_usdt_spec` until libbpf 1.6, and since: where the fields of an argument stand, bytes. */
const LAYOUTS: readonly { readonly argBytes: number; readonly hasIndex: boolean; readonly regOff: number }[] = [
  { argBytes: 16, hasIndex: false, regOff: 12 },
  // libbpf 1.7's bit fields push the register by two bytes, whatever its comment says.
  { argBytes: 24, hasIndex: true, regOff: 14 },
];

/**
 * A value of the map `__bpf_usdt_specs`. Its size tells which libbpf's header the program was compiled with.
 *
 * @throws KernelError `EINVAL` for another size, or an index register that an old header knows no place for
 */
export function encodeUsdtSpec(operation: string, args: readonly UsdtArg[], cookie: bigint, valueSize: number): Uint8Array<ArrayBuffer> {
  const layout = LAYOUTS.find(({ argBytes }) => MAX_ARGS * argBytes + 16 === valueSize);
  if (layout === undefined) throw new KernelError(operation, EINVAL, `map __bpf_usdt_specs has values of ${valueSize} bytes, which no known usdt.bpf.h defines`);
  const bytes = new Uint8Array(valueSize);
  const data = new DataView(bytes.buffer);
  args.forEach((arg, idx) => {
    if (arg.kind === BPF_USDT_ARG_SIB && !layout.hasIndex) {
      throw new KernelError(operation, EINVAL, `argument ${idx} needs an index register: compile with the usdt.bpf.h of libbpf 1.7 or later`);
    }
    const byteOff = idx * layout.argBytes;
    data.setBigInt64(byteOff, BigInt.asIntN(64, arg.value), true);
    data.setUint8(byteOff + 8, arg.kind);
    if (layout.hasIndex) data.setUint16(byteOff + 10, arg.indexRegOff | (arg.scaleShift << 12), true);
    data.setInt16(byteOff + layout.regOff, arg.regOff, true);
    data.setUint8(byteOff + layout.regOff + 2, arg.signed ? 1 : 0);
    data.setUint8(byteOff + layout.regOff + 3, 64 - 8 * arg.size);
  });
  data.setBigUint64(MAX_ARGS * layout.argBytes, BigInt.asUintN(64, cookie), true);
  data.setInt16(MAX_ARGS * layout.argBytes + 8, args.length, true);
  return bytes;
}
