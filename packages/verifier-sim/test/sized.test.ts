// Is a buffer really as large as its size argument says (LINKING.md S7, S9)? Bodies are what clang-19 -O2 -mcpu=v3 emits.
import { BTF_FUNC_EXTERN, BTF_FUNC_GLOBAL, BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import { describe, expect, it } from '@jest/globals';
import { verify } from '../src/index.ts';
import type { VerifierInput, VerifierResult } from '../src/types.ts';

const BPF_PROG_TYPE_UNSPEC = 0;
const BPF_PROG_TYPE_XDP = 6;

/** `int name(ELEM *array, bpf_size_t size, int i)`. */
function buildBtf(elem: 'int' | 'long' | 'char', linkage: number): { btf: Btf; func: number } {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, BTF_INT_SIGNED);
  const types = { int, long: builder.addInt('long', 8, BTF_INT_SIGNED), char: builder.addInt('char', 1, BTF_INT_SIGNED) };
  const size = builder.addTypedef('bpf_size_t', builder.addInt('unsigned long', 8, 0));
  const pointer = builder.addPtr(types[elem]);
  const proto = builder.addFuncProto(int);
  builder.addParam('array', pointer);
  builder.addParam('size', size);
  builder.addParam('i', int);
  const func = builder.addFunc('fn', proto, linkage);
  return { btf: builder.build(), func };
}

function library(elem: 'int' | 'long' | 'char', asm: string): VerifierResult {
  const { btf, func } = buildBtf(elem, BTF_FUNC_GLOBAL);
  const input: VerifierInput = {
    name: 'fn',
    progType: BPF_PROG_TYPE_UNSPEC,
    insns: assemble(asm),
    license: '',
    library: true,
    btf,
    funcInfo: [{ insnIdx: 0, typeId: func }],
    mapByFd: () => undefined,
  };
  return verify(input, { logLevel: 1 });
}

/** A program that calls the extern with what `setup` puts into R1 to R3. */
function caller(setup: string, bound: boolean): VerifierResult {
  const own = buildBtf('int', BTF_FUNC_EXTERN);
  const other = buildBtf('int', BTF_FUNC_GLOBAL);
  const insns = assemble(`${setup}\n call helper#0\n r0 = 0\n exit`, {});
  const at = insns.length - 3;
  insns.set(at, { src: 3, off: bound ? 0 : -1, imm: bound ? other.func : own.func });
  const provider = { name: 'helpers', type: 0, expectedAttachType: 0, btf: other.btf, changesPacketData: () => false };
  const input: VerifierInput = {
    name: 'main',
    progType: BPF_PROG_TYPE_XDP,
    insns,
    license: 'GPL',
    btf: own.btf,
    mapByFd: () => undefined,
    providerByIdx: () => provider,
  };
  return verify(input, { logLevel: 1 });
}

const SUM = ' w0 = 0\n if r2 == 0 goto out\n w4 = 0\n r3 = 0\nl:\n r0 = *(u32 *)(r1 +0)\n w0 += w4\n r1 += 4\n r3 += 1\n w4 = w0\n if r3 < r2 goto l\nout:\n exit';

describe('the callee of (T *array, bpf_size_t size)', () => {
  it('walks through the array', () => {
    const result = library('int', SUM);
    expect(result.verdict).toBe('accept');
    // Every size up to the limit was walked through.
    expect(result.stats.insns).toBeGreaterThan(2048 * 6);
  });

  it('must not walk one step too far', () => {
    const result = library('int', SUM.replace('r3 < r2', 'r3 <= r2'));
    expect(result).toMatchObject({ verdict: 'reject', errno: 13 });
    expect(result.error).toBe('R1 index is not proven to be less than the size in arg#1');
  });

  it('must not walk in larger steps than the elements', () => {
    expect(library('int', SUM.replace('r1 += 4', 'r1 += 8')).verdict).toBe('reject');
    expect(library('char', SUM).verdict).toBe('reject');
  });

  const AT = ' w0 = -1\n if w3 >= w2 goto out\n w2 = w3\n r2 <<= 3\n r1 += r2\n r0 = *(u64 *)(r1 +0)\nout:\n exit';
  it('takes one element behind a comparison of the index', () => {
    expect(library('long', AT).verdict).toBe('accept');
    expect(library('long', AT.replace('w3 >= w2', 'w3 > w2')).verdict).toBe('reject');
    expect(library('int', AT).verdict).toBe('reject');
    expect(library('long', AT.replace('(r1 +0)', '(r1 +8)')).verdict).toBe('reject');
    expect(library('long', AT.replace(' w2 = w3', ' r2 = r3')).verdict).toBe('reject');
  });

  it('takes the last element', () => {
    const last = ' w0 = -1\n if w2 == 0 goto out\n w2 += -1\n r2 <<= 2\n r1 += r2\n r0 = *(u32 *)(r1 +0)\nout:\n exit';
    expect(library('int', last).verdict).toBe('accept');
    expect(library('int', last.replace(' if w2 == 0 goto out\n', '')).verdict).toBe('reject');
  });

  it('takes elements below a known least size', () => {
    const first4 = (n: number): string => ` w0 = 0\n if w2 < ${n} goto out\n r0 = *(u32 *)(r1 +12)\nout:\n exit`;
    expect(library('int', first4(4)).verdict).toBe('accept');
    expect(library('int', first4(3)).verdict).toBe('reject');
  });

  it('has no context and no program type', () => {
    expect(library('int', ' r0 = *(u32 *)(r1 -4)\n exit').verdict).toBe('reject');
    expect(library('int', ' r0 = r4\n exit').error).toBe('R4 !read_ok');
  });
});

describe.each([
  ['bound', true],
  ['not bound yet', false],
] as const)('the caller of an extern that is %s', (_name, bound) => {
  const buffer = ' r1 = r10\n r1 += -20\n r3 = 0\n';
  it('passes a buffer that holds the elements', () => {
    expect(caller(`${buffer} r2 = 5`, bound).verdict).toBe('accept');
    expect(caller(' r1 = 0\n r2 = 0\n r3 = 0', bound).verdict).toBe('accept');
  });

  it.each([
    ['one too many', `${buffer} r2 = 6`],
    ['any number', `${buffer} r2 = *(u32 *)(r1 -8)`],
    ['null with elements', ' r1 = 0\n r2 = 1\n r3 = 0'],
    ['a number', ' r1 = 5\n r2 = 1\n r3 = 0'],
    ['the context', ' r2 = 1\n r3 = 0'],
    ['nothing in a register', ' r1 = r10\n r1 += -20\n r2 = 5'],
  ])('is rejected with %s', (_what, setup) => {
    const result = caller(setup, bound);
    expect(result.verdict).toBe('reject');
    expect(result.error).toBe("Caller passes invalid args into extern func ('fn')");
  });
});
