import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { hexToBytes } from '@rootlet/bytes';
import {
  assemble,
  blockSuccessors,
  buildCfg,
  decodeInsns,
  definedRegs,
  findInsnProblem,
  findSubprogs,
  isExit,
  isHelperCall,
  reversePostorder,
  usedRegs,
} from '../src/index.ts';
import type { Cfg, Insns } from '../src/index.ts';
import { readKernelRecords } from './kernel-records.ts';

/** r0–r9, which the kernel lists. */
const LISTED = 0x3ff;

/** Live registers before every instruction, by the textbook: what is used, and what is live behind and not defined. */
function computeLive(insns: Insns, cfg: Cfg, live: Int32Array): void {
  const order = reversePostorder(cfg);
  const noArguments = (all: Insns, idx: number): number | undefined => (isHelperCall(all, idx) ? 0 : undefined);
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = order.length - 1; at >= 0; at--) {
      const block = order[at] as number;
      let after = 0;
      for (const next of blockSuccessors(cfg, block)) after |= live[cfg.blockStart[next] as number] as number;
      const first = cfg.blockStart[block] as number;
      const starts: number[] = [];
      for (let idx = first; idx < (cfg.blockStart[block + 1] as number); idx += insns.isWide(idx) ? 2 : 1) starts.push(idx);
      for (const idx of starts.reverse()) {
        after = usedRegs(insns, idx, noArguments) | (after & ~definedRegs(insns, idx));
        changed ||= live[idx] !== after;
        live[idx] = after;
      }
    }
  }
}

describe('usedRegs, definedRegs', () => {
  it('and the graph give the liveness that the kernel finds in random programs', () => {
    const lines = readFileSync(join(__dirname, 'fixtures/kernel/liveness-6.18.txt'), 'utf8').trimEnd().split('\n');
    for (const line of lines) {
      const [hex, masks] = line.split(' ') as [string, string];
      const insns = decodeInsns(hexToBytes(hex) as Uint8Array, true);
      const live = new Int32Array(insns.length);
      for (const { start, end } of findSubprogs(insns)) computeLive(insns, buildCfg(insns, start, end), live);
      const found = Array.from(live, (mask, idx) => {
        return masks.startsWith('---', idx * 3) ? '---' : (mask & LISTED).toString(16).padStart(3, '0');
      });
      expect([hex, found.join('')]).toEqual([hex, masks]);
    }
    expect(lines.length).toBe(600);
  });

  it('agree with the liveness that the kernel computes', () => {
    let compared = 0;
    const differing: unknown[] = [];
    for (const { insns, text, liveNone, liveAll } of readKernelRecords()) {
      if (liveNone === undefined || liveAll === undefined || findInsnProblem(insns, 0) !== undefined) continue;
      // A jump far back comes before the definition of what is live on the way here.
      if (/goto pc-16$|gotol pc-3$/.test(text ?? '')) continue;
      // How many arguments a helper takes is not known here.
      if (isHelperCall(insns, 0)) continue;
      compared++;
      const used = usedRegs(insns, 0) & LISTED;
      const before = used | (LISTED & ~definedRegs(insns, 0));
      // Nothing is live behind exit, nor all registers behind a jump over the instructions that read them.
      const jumps = isExit(insns, 0) || /gotol? pc[+-](?!0)/.test(text ?? '');
      if (used !== liveNone || (!jumps && before !== liveAll)) differing.push([text, liveNone.toString(2), used.toString(2), liveAll.toString(2), before.toString(2)]);
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(1500);
  });

  it('count r10, and arguments where they are known', () => {
    expect(usedRegs(assemble('*(u64 *)(r10 -8) = r3'), 0)).toBe((1 << 10) | (1 << 3));
    expect(usedRegs(assemble('call helper#7'), 0)).toBe(0b111110);
    expect(usedRegs(assemble('call helper#7'), 0, () => 0)).toBe(0);
    expect(usedRegs(assemble('call helper#1'), 0, () => 2)).toBe(0b110);
    expect(definedRegs(assemble('call prog[0]#1'), 0)).toBe(0b111111);
  });
});
