import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assemble, BPF_PSEUDO_PROG_CALL, CALL, findInsnProblem, findIsaRow, findIsaRows, Insns, ISA, isIndirectGoto, reservedFields } from '../src/index.ts';
import type { Insn } from '../src/index.ts';
import { validInsn } from './arbitrary.ts';
import { readCodeSections } from './mini-elf.ts';
import { readKernelRecords } from './kernel-records.ts';

const RESERVED = /uses reserved fields|^unknown opcode|invalid atomic opcode|invalid atomic operand size|^invalid may_goto imm|^R1[1-5] is invalid/;

describe('findInsnProblem', () => {
  it('finds what the kernel refuses for its fields', () => {
    let compared = 0;
    for (const { insns, text, problem } of readKernelRecords()) {
      // The call of another program's function is rootlet's own.
      if (!RESERVED.test(problem) || (insns.code[0] === CALL && insns.src[0] === BPF_PSEUDO_PROG_CALL) || isIndirectGoto(insns, 0)) continue;
      compared++;
      expect([text, problem, findInsnProblem(insns, 0)?.problem]).toEqual([text, problem, expect.any(String)]);
    }
    expect(compared).toBeGreaterThan(2500);
  });

  it('finds little in what the kernel accepts', () => {
    const stricter = new Set<string>();
    for (const { insns, errno } of readKernelRecords()) {
      const found = findInsnProblem(insns, 0);
      if (errno === 0 && found !== undefined) stricter.add(`${findIsaRows(insns.code[0] as number)[0]?.name}: ${found.field}`);
    }
    expect([...stricter]).toEqual(['exit: off']);
  });

  it('accepts every instruction of the table', () => {
    fc.assert(
      fc.property(validInsn, (slots) => {
        const insns = Insns.from(slots);
        expect(findInsnProblem(insns, 0)).toBeUndefined();
        expect(findIsaRow(insns, 0)?.code).toBe(insns.code[0]);
      }),
      { numRuns: 2000 },
    );
  });

  const problem = (text: string, fields: Partial<Insn>, slot = 0): string | undefined => {
    const insns = assemble(text);
    insns.set(slot, fields);
    return findInsnProblem(insns, 0)?.problem;
  };

  it('says which field and why', () => {
    expect(problem('exit', { off: 4 })).toBe('off is reserved: need 0, have 4');
    expect(problem('r1 += 4', { dst: 11 })).toBe('dst is no register: need 0 to 10, have 11');
    expect(problem('r1 = bswap16 r1', { imm: 8 })).toBe('imm out of range: need 16 or 32 or 64, have 8');
    expect(problem('exit', { code: 0xff })).toBe('no instruction has opcode 0xff');
    expect(problem('r1 = 5 ll', { dst: 1 }, 1)).toBe('dst is reserved: need 0, have 1');
    expect(problem('r1 = map[fd:5]', { imm: 1 }, 1)).toBe('imm is reserved: need 0, have 1');
    expect(findInsnProblem(assemble('r1 = 5 ll').slice(0, 1), 0)?.problem).toContain('second slot');
  });
});

describe('ISA', () => {
  it('gives every instruction its own name and tells it apart', () => {
    expect(new Set(ISA.map((row) => row.name)).size).toBe(ISA.length);
    const name = (text: string): string | undefined => findIsaRow(assemble(text), 0)?.name;
    expect(name('r1 s/= r2')).toBe('sdiv64_x');
    expect(name('w1 = (s16)w2')).toBe('movsx32');
    expect(name('r1 = addr_space_cast(r2, 0, 1)')).toBe('addr_space_cast');
    expect(name('r2 = atomic_fetch_xor((u32 *)(r1 +0), r2)')).toBe('lock_fetch_xor32');
    expect(name('call kfunc#7')).toBe('call_kfunc');
    expect(findIsaRow(assemble('gotol pc+1'), 0)?.version).toBe(4);
  });

  it('gives the first -mcpu of clang that emits an instruction', () => {
    const fixtures = join(__dirname, 'fixtures/llvm');
    const firstSeen = new Map<string, number>();
    for (const file of readdirSync(fixtures).filter((name) => name.endsWith('.o'))) {
      const cpu = Number(/\.v(\d)\./.exec(file)?.[1]);
      for (const { insns } of readCodeSections(readFileSync(join(fixtures, file)))) {
        for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) {
          const row = findIsaRow(insns, idx);
          expect([file, idx, row]).toEqual([file, idx, expect.anything()]);
          const name = row?.name as string;
          firstSeen.set(name, Math.min(cpu, firstSeen.get(name) ?? 9));
        }
      }
    }
    // Written as bytes in the source, for every version.
    firstSeen.delete('may_goto');
    const version = (name: string): number | undefined => ISA.find((row) => row.name === name)?.version;
    expect([...firstSeen].filter(([name, cpu]) => cpu < (version(name) as number))).toEqual([]);
    // The sources use every instruction as soon as clang may emit it.
    expect([...firstSeen].filter(([name, cpu]) => cpu > (version(name) as number)).map(([name]) => name)).toEqual([]);
  });

  it('says what is reserved', () => {
    const reserved = (name: string): string[] => reservedFields(ISA.find((row) => row.name === name) as (typeof ISA)[0]);
    expect(reserved('exit')).toEqual(['dst', 'src', 'off', 'imm']);
    expect(reserved('add64_x')).toEqual(['off', 'imm']);
    expect(reserved('ld_abs16')).toEqual(['dst', 'src', 'off']);
  });
});
