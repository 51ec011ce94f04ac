import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RootletError } from '@rootlet/bytes';
import {
  assemble,
  blockPredecessors,
  blockSuccessors,
  buildCfg,
  findSubprogs,
  findSubprogStarts,
  Insns,
  reversePostorder,
  successors,
} from '../src/index.ts';
import type { Cfg } from '../src/index.ts';
import { validProgram } from './arbitrary.ts';
import { readCodeSections } from './mini-elf.ts';

/** `start-end>successors` by block. */
function show(cfg: Cfg): string[] {
  return Array.from({ length: cfg.blockStart.length - 1 }, (_, block) => {
    return `${cfg.blockStart[block]}-${cfg.blockStart[block + 1]}>${blockSuccessors(cfg, block).join(',')}`;
  });
}

const codeOf = (text: string): string => {
  try {
    buildCfg(assemble(text));
  } catch (error) {
    if (error instanceof RootletError) return `${error.code} at ${error.insnIdx}`;
    throw error;
  }
  return 'built';
};

describe('buildCfg', () => {
  it('splits at jumps and their targets, not at calls', () => {
    const cfg = buildCfg(
      assemble(`
        r6 = 0x123456789 ll
        L1: call helper#7
        if r0 == 0 goto L2
        r6 += -1
        if r6 != 0 goto L1
        L2: r0 = 0
        exit
        r0 = 1 ; unreachable
        goto L2`),
    );
    expect(show(cfg)).toEqual(['0-2>1', '2-4>2,3', '4-6>3,1', '6-8>', '8-10>3']);
    expect([...blockPredecessors(cfg, 3)]).toEqual([1, 2, 4]);
    expect([...reversePostorder(cfg)]).toEqual([0, 1, 2, 3]);
    expect(cfg.blockOf[1]).toBe(0);
  });

  it('takes the part of a program that a subprogram is', () => {
    const insns = assemble('call sub; r0 is its result\nexit\nsub: if r1 == 0 goto out\nr0 = 1\nout: exit');
    const [main, sub] = findSubprogs(insns);
    expect([main, sub]).toEqual([{ start: 0, end: 2 }, { start: 2, end: 5 }]);
    expect(show(buildCfg(insns, 2, 5))).toEqual(['2-3>1,2', '3-4>2', '4-5>']);
    expect(show(buildCfg(insns, 0, 2))).toEqual(['0-2>']);
  });

  it.each([
    ['r0 = 0', 'INSN_FALL_OFF at 0'],
    ['exit\ncall helper#1', 'INSN_FALL_OFF at 1'],
    ['goto pc+1\nexit', 'INSN_JUMP_RANGE at 0'],
    ['gotol pc-2\nexit', 'INSN_JUMP_RANGE at 0'],
    ['if r1 == 0 goto pc+1\nr1 = 5 ll\nexit', 'INSN_JUMP_MIDDLE at 0'],
    ['r1 = 5 ll\ngoto pc-2', 'INSN_JUMP_MIDDLE at 2'],
    ['goto pc-1', 'built'],
    ['', 'built'],
  ])('%j: %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('has an edge for every successor of every instruction, and no other', () => {
    const check = (insns: Insns, start: number, end: number): void => {
      const cfg = buildCfg(insns, start, end);
      for (let idx = start; idx < end; idx += insns.isWide(idx) ? 2 : 1) {
        const block = cfg.blockOf[idx - start] as number;
        const next = successors(insns, idx);
        const width = insns.isWide(idx) ? 2 : 1;
        if (idx + width === cfg.blockStart[block + 1]) {
          expect(next.map((slot) => cfg.blockOf[slot - start])).toEqual([...blockSuccessors(cfg, block)]);
          for (const slot of next) {
            const target = cfg.blockOf[slot - start] as number;
            expect(cfg.blockStart[target]).toBe(slot);
            expect([...blockPredecessors(cfg, target)]).toContain(block);
          }
        } else expect(next).toEqual([idx + width]);
      }
    };
    const fixtures = join(__dirname, 'fixtures/llvm');
    let functions = 0;
    for (const file of readdirSync(fixtures)) {
      if (!/^control.*\.o$/.test(file)) continue;
      for (const section of readCodeSections(readFileSync(join(fixtures, file)))) {
        const starts = [...new Set((section.symbols ?? []).map(({ byteOff }) => byteOff / 8))].sort((a, b) => a - b);
        // Labels of `asm goto` are symbols, too; the function is the whole section there.
        if (section.name === 'jumps') starts.length = 1;
        for (const [at, start] of starts.entries()) {
          check(section.insns, start, starts[at + 1] ?? section.insns.length);
          functions++;
        }
      }
    }
    expect(functions).toBeGreaterThan(200);
    fc.assert(
      fc.property(validProgram, (slots) => {
        const insns = Insns.from(slots);
        try {
          check(insns, 0, insns.length);
        } catch (error) {
          if (!(error instanceof RootletError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('survives a chain of 100,000 branches', () => {
    const cfg = buildCfg(assemble(`${'if r1 == 0 goto pc+0\n'.repeat(100_000)}exit`));
    expect(reversePostorder(cfg).length).toBe(100_001);
  });
});

describe('findSubprogStarts', () => {
  it('finds called functions and those whose address is taken', () => {
    const insns = assemble('r2 = subprog[b]\ncall a\ncall a\nexit\na: exit\nb: exit');
    expect(findSubprogStarts(insns)).toEqual([0, 5, 6]);
    expect(findSubprogStarts(assemble(''))).toEqual([]);
  });

  it('refuses calls outside', () => {
    const insns = assemble('call pc+1\nexit');
    expect(() => findSubprogStarts(insns)).toThrow(expect.objectContaining({ code: 'INSN_CALL_RANGE', insnIdx: 0 }));
  });
});
