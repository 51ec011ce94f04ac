// Are states told before each instruction, and does following every path leave the verdict alone?
import { describe, expect, it } from '@jest/globals';
import { assemble } from '@rootlet/insn';
import { BPF_PROG_TYPE_SOCKET_FILTER } from '@rootlet/uapi';
import { verify } from '../src/index.ts';
import type { KnownState, VerifierInput, VerifierOptions } from '../src/index.ts';

/** States are remembered at every jump, in short programs, too. */
const BPF_F_TEST_STATE_FREQ = 8;

function input(text: string): VerifierInput {
  return { name: 'prog', flags: BPF_F_TEST_STATE_FREQ, progType: BPF_PROG_TYPE_SOCKET_FILTER, insns: assemble(text), license: 'GPL', mapByFd: () => undefined };
}

function states(text: string, options: VerifierOptions = {}): KnownState[] {
  const seen: KnownState[] = [];
  verify(input(text), { ...options, onInsn: (state) => seen.push(state) });
  return seen;
}

/** Both ways around `r6 = 1` meet at the same number. */
const JOIN = `
  r6 = 0
  r0 = *(u32 *)(r1 +0)
  if r0 > 0x7 goto pc+1
  r6 = 1
  r6 = 2
  r0 = 0
  exit
`;

describe('onInsn', () => {
  it('tells what registers and stack hold, in the order of exploration', () => {
    const seen = states(`
      r2 = *(u32 *)(r1 +0)
      r2 &= 0xff
      r3 = r10
      r3 += -8
      *(u64 *)(r10 -8) = r2
      r0 = 0
      exit
    `);
    expect(seen.map(({ insnIdx, processed, frameno }) => [insnIdx, processed, frameno])).toEqual([0, 1, 2, 3, 4, 5, 6].map((idx) => [idx, idx + 1, 0]));
    const last = seen[6] as KnownState;
    expect(last.regs.map((reg) => reg?.text)).toEqual(['0', 'ctx()', expect.stringContaining('umax32=255'), 'fp-8', ...new Array<undefined>(6).fill(undefined), 'fp0']);
    expect(last.regs[2]).toMatchObject({ kind: 'scalar', range: { umin: 0n, umax: 255n, s32max: 255, tnum: { value: 0n, mask: 0xffn } } });
    expect(last.regs[3]).toMatchObject({ kind: 'fp', off: -8, range: { umin: 0n, umax: 0n } });
    expect(last.stack.get(-8)?.reg?.text).toBe(last.regs[2]?.text);
    // A state stays as it was when it was told.
    expect(seen[1]?.stack.size).toBe(0);
    expect(seen[1]?.regs[2]?.range.umax).toBe(0xffff_ffffn);
  });

  it('counts frames of called functions', () => {
    const seen = states(`
      call pc+1
      exit
      r0 = 7
      exit
    `);
    expect(seen.map(({ insnIdx, frameno }) => [insnIdx, frameno])).toEqual([[0, 0], [2, 1], [3, 1], [1, 0]]);
  });
});

describe('prune', () => {
  it('false follows every path to its end; the verdict is the same', () => {
    const pruned = states(JOIN, {}).filter(({ insnIdx }) => insnIdx === 6).length;
    const all = states(JOIN, { prune: false }).filter(({ insnIdx }) => insnIdx === 6).length;
    expect([pruned, all]).toEqual([1, 2]);
    expect(verify(input(JOIN), { prune: false }).verdict).toBe('accept');
  });

  it('false lets an endless loop run into a limit', () => {
    const loop = `
      r0 = *(u32 *)(r1 +0)
      if r0 == 0x0 goto pc+1
      goto pc-2
      r0 = 0
      exit
    `;
    const [pruned, all] = [verify(input(loop)), verify(input(loop), { prune: false })];
    expect([pruned.errno, all.errno]).toEqual([22, 7]);
    expect(all.error).toBe('BPF program is too large. Processed 1000001 insn');
  });
});
