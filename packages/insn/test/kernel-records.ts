// What did the running kernel say about single instructions?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hexToBytes } from '@rootlet/bytes';
import { decodeInsns } from '../src/index.ts';
import type { Insns } from '../src/index.ts';

/** One line of `fixtures/kernel/kernel-6.18.txt`; see the head of `record.c` there. */
export interface KernelRecord {
  readonly code: number;
  readonly insns: Insns;
  /** The instruction with its opcode prefix; absent when it was refused before it was printed. */
  readonly text: string | undefined;
  /** Registers live before it when none is live after it, and when r0–r9 are: one bit a register. */
  readonly liveNone: number | undefined;
  readonly liveAll: number | undefined;
  readonly errno: number;
  /** Last line of the log, `-` when it was accepted. */
  readonly problem: string;
}

export function readKernelRecords(): KernelRecord[] {
  const lines = readFileSync(join(__dirname, 'fixtures/kernel/kernel-6.18.txt'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [hex, text, liveNone, liveAll, end] = line.split('\t') as [string, string, string, string, string];
    const insns = decodeInsns(hexToBytes(hex) as Uint8Array, true);
    const space = end.indexOf(' ');
    return {
      code: insns.code[0] as number,
      insns,
      text: text === '-' ? undefined : text,
      liveNone: mask(liveNone),
      liveAll: mask(liveAll),
      errno: Number(end.slice(0, space)),
      problem: end.slice(space + 1),
    };
  });
}

function mask(text: string): number | undefined {
  if (text === '-') return undefined;
  let bits = 0;
  for (const digit of text) if (digit !== '.') bits |= 1 << Number(digit);
  return bits;
}
