import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AsmError, assemble, assembleProgram, disasmKernel, disasmKernelLine, disasmKernelProgram, encodeInsns, findInsnProblem, Insns } from '../src/index.ts';
import type { AssembleOptions, Insn } from '../src/index.ts';
import { validInsn, validProgram } from './arbitrary.ts';
import { readKernelRecords } from './kernel-records.ts';

function errorOf(text: string, options?: AssembleOptions): { code: string; line: number; column: number; message: string } {
  try {
    assemble(text, options);
  } catch (error) {
    if (error instanceof AsmError) return error;
    throw error;
  }
  throw new Error(`assembled: ${text}`);
}

const one = (text: string, options?: AssembleOptions): Insn => assemble(text, options).at(0);

describe('assemble', () => {
  it('gives every valid instruction back from its text without opcode', () => {
    fc.assert(
      fc.property(validInsn, (slots) => {
        const insns = Insns.from(slots);
        expect(assemble(disasmKernel(insns, 0, { imm64: 'asm' }))).toEqual(insns);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives programs back from a dump with opcodes', () => {
    fc.assert(
      fc.property(validProgram, (slots) => {
        const insns = Insns.from(slots);
        expect(assemble(disasmKernelProgram(insns))).toEqual(insns);
      }),
      { numRuns: 500 },
    );
  });

  it('reads the lines of the kernel to the instructions they were printed for', () => {
    let compared = 0;
    for (const { insns, text, errno } of readKernelRecords()) {
      // The text does not show what stands in reserved fields; the kernel lets `off` of `exit` pass.
      if (text === undefined || errno !== 0 || findInsnProblem(insns, 0) !== undefined) continue;
      expect(encodeInsns(assemble(text), true)).toEqual(encodeInsns(insns, true));
      compared++;
    }
    expect(compared).toBeGreaterThan(1000);
  });

  it('resolves labels forwards and back, over two-slot loads', () => {
    const { insns, labels, lines } = assembleProgram(`
      ; a comment
      start: r2 = 0x1122334455667788 ll   // another
        if r1 == 0 goto out               # a third
        r1 += -1
        gotol start
      out:
        r3 = subprog[sub]
        call sub
        exit
      sub: r0 = 7
        may_goto sub
        exit`);
    expect(disasmKernelProgram(insns, { imm64: 'asm' })).toBe(
      [
        '   0: (18) r2 = 0x1122334455667788 ll',
        '   2: (15) if r1 == 0x0 goto pc+2',
        '   3: (07) r1 += -1',
        '   4: (06) gotol pc-5',
        '   5: (18) r3 = subprog[+3]',
        '   7: (85) call pc+1',
        '   8: (95) exit',
        '   9: (b7) r0 = 7',
        '  10: (e5) may_goto pc-2',
        '  11: (95) exit',
        '',
      ].join('\n'),
    );
    expect([...labels]).toEqual([['start', 0], ['out', 5], ['sub', 9]]);
    expect(lines).toEqual([3, 3, 4, 5, 6, 8, 8, 9, 10, 11, 12, 13]);
  });

  it('reads a dump of bpftool with source lines and function names', () => {
    const dump = `int main(struct __sk_buff * skb):
; return sum(skb->len);
   0: (61) r1 = *(u32 *)(r1 +112)
   1: (85) call pc+1#bpf_prog_59f4a931744dcdc6_sum
   2: (95) exit
long long sum(unsigned int a):
; long long sum(unsigned int a) {
   3: (bf) r0 = r1
   4: (bf) r2 = &(void __percpu *)(r1)
   5: (95) exit
`;
    expect(disasmKernelProgram(assemble(dump))).toBe(
      dump.replace(/^\D.*:\n|^;.*\n/gm, '').replace('#bpf_prog_59f4a931744dcdc6_sum', ''),
    );
  });

  it('asks for names', () => {
    const options: AssembleOptions = {
      helperId: (name) => ({ bpf_map_lookup_elem: 1, bpf_ktime_get_ns: 5 })[name],
      kfuncId: (name) => (name === 'bpf_rcu_read_lock' ? { btfId: 65481 } : name === 'mod_fn' ? { btfId: 7, off: 2 } : undefined),
      mapFd: (name) => (name === 'counts' ? 5 : undefined),
    };
    expect(one('call bpf_ktime_get_ns', options)).toMatchObject({ src: 0, imm: 5 });
    expect(one('call bpf_ktime_get_ns#5')).toMatchObject({ src: 0, imm: 5 });
    expect(one('call bpf_rcu_read_lock', options)).toMatchObject({ src: 2, off: 0, imm: 65481 });
    expect(one('call mod_fn#7', options)).toMatchObject({ src: 2, off: 2, imm: 7 });
    expect(one('call prog[2]#9')).toMatchObject({ src: 3, off: 2, imm: 9 });
    const map = assemble('r1 = map[counts][0]+16', options);
    expect([map.src[0], map.imm[0], map.imm[1]]).toEqual([2, 5, 16]);
    expect(errorOf('r1 = map[other]', options)).toMatchObject({ code: 'ASM_SYMBOL', line: 1, column: 10 });
    expect(errorOf('call bpf_rcu_read_lock#1', options)).toMatchObject({ code: 'ASM_SYMBOL' });
  });

  it('takes a number behind (18) as two slots, without it as one', () => {
    expect(assemble('(18) r1 = 0x5').length).toBe(2);
    expect(assemble('r1 = 0x5').length).toBe(1);
    expect(assemble('r1 = -1 ll').imm64(0)).toBe(0xffff_ffff_ffff_ffffn);
    expect(assemble('r1 = 0xffffffff ll').imm64(0)).toBe(0xffff_ffffn);
    expect(one('w1 = 0xffffffff').imm).toBe(-1);
    expect(errorOf('r1 = 0xffffffff').message).toContain('ll');
  });
});

describe('AsmError', () => {
  it.each([
    ['r1 = 5\n  r11 = 5', 'ASM_REGISTER', 2, 3],
    ['r1 += w2', 'ASM_REGISTER', 1, 7],
    ['r1 = -r2', 'ASM_REGISTER', 1, 7],
    ['w1 = *(u32 *)(r2 +0)', 'ASM_REGISTER', 1, 1],
    ['r1 = atomic64_xchg((u64 *)(r3 +0), r2)', 'ASM_REGISTER', 1, 1],
    ['r1 = *(u32 *)skb[12]', 'ASM_REGISTER', 1, 1],
    ['r1 = *(u32 *)(r2 +32768)', 'ASM_RANGE', 1, 18],
    ['r1 += 99999999999999999999999999999999', 'ASM_RANGE', 1, 7],
    ['*(u64 *)(r1 +0) = 0xffffffff', 'ASM_RANGE', 1, 19],
    ['lock *(u8 *)(r1 +0) += r2', 'ASM_RANGE', 1, 7],
    ['goto nowhere', 'ASM_LABEL', 1, 6],
    ['a: exit\na: exit', 'ASM_LABEL', 2, 1],
    ['(07) r1 = 5', 'ASM_OPCODE', 1, 1],
    ['r1 = 5 5', 'ASM_SYNTAX', 1, 8],
    ['r1 =', 'ASM_SYNTAX', 1, 5],
    ['r1 = 12ab', 'ASM_SYNTAX', 1, 6],
    ['r1 = "x"', 'ASM_SYNTAX', 1, 6],
    ['nonsense', 'ASM_SYNTAX', 1, 1],
    ['if r1 = 5 goto pc+0', 'ASM_SYNTAX', 1, 7],
    ['r1 = *(s64 *)(r2 +0)', 'ASM_SYNTAX', 1, 8],
    ['w1 = (s32)w2', 'ASM_SYNTAX', 1, 7],
    ['r1 = le8 r1', 'ASM_SYNTAX', 1, 6],
    ['BUG_ff', 'ASM_SYNTAX', 1, 1],
    ['call', 'ASM_SYNTAX', 1, 5],
    ['goto 5', 'ASM_SYNTAX', 1, 6],
  ])('%j is %s at %d:%d', (text, code, line, column) => {
    expect(errorOf(text)).toMatchObject({ code, line, column });
  });

  it('finds a label too far for 16 bits, which gotol reaches', () => {
    const far = `${'r0 = 0\n'.repeat(40000)}end: exit`;
    expect(errorOf(`goto end\n${far}`)).toMatchObject({ code: 'ASM_RANGE', line: 1, column: 6 });
    expect(one(`gotol end\n${far}`).imm).toBe(40000);
  });

  it('is the only thing thrown, on any text', () => {
    const pieces = ['r1', 'w2', 'r0', ' = ', '+=', '(', ')', '*', '[', ']', '0x10', '5', 'u32', 's8', 'goto', 'pc', '+', '-', ' if ', 'call ', 'map', ':', '#', 'll', 'lock ', 'exit', '\n', 'atomic64_fetch_add', 'L', '(b7) ', '&', ',', 'é', 's>'];
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { maxLength: 30 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (source) => {
        try {
          const insns = assemble(source);
          for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) {
            expect(disasmKernelLine(insns, idx)).not.toContain('BUG');
          }
        } catch (error) {
          if (!(error instanceof AsmError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
