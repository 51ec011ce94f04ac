// Does the verifier give up where the kernel gave up, with the same words?
//
// The programs stand in `limits`; their logs are too long to be kept. `node tools/kernel-diff.mjs packages/verifier-sim/test/limits` asks
// the running kernel.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Insns } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import { BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { verify } from '../src/index.ts';
import { caseInput, parseCase } from './case-file.ts';
import { caseVmlinux } from './case-vmlinux.ts';

const vmlinux = caseVmlinux();
const noRoom = (insnIdx: number): string => `insn ${insnIdx} cannot be patched due to 16-bit range`;
const TOO_COMPLEX = 'The sequence of 8193 jumps is too complex.';

it.each([
  ['jumps', 14, TOO_COMPLEX, 32_772],
  ['iterator', 12, TOO_COMPLEX, 114_698],
  ['timer', 14, 'The sequence of 8193 jumps is too complex for async cb.', 49_165],
  ['res-lock', 12, 'failed to push state for failed lock acquisition', 73_740],
  ['may-goto', 12, TOO_COMPLEX, 24_579],
  ['tail-call', 13, 'R5 !read_ok', 83_003],
  ['range-division', 12, noRoom(8194), 8198],
  ['range-fits', 0, undefined, 8200],
  ['range-context', 12, noRoom(4426), 9507],
  ['range-loop', 12, noRoom(5629), 8108],
  ['range-dead', 0, undefined, 7009],
  ['range-back', 12, noRoom(8001), 17_542],
  ['range-may-goto', 12, noRoom(8191), 8199],
  ['range-start', 12, noRoom(0), 16_407],
  ['range-lookup', 12, noRoom(11_732), 11_207],
])('%s: errno %d', (name, errno, error, insns) => {
  const given = parseCase(readFileSync(join(__dirname, 'limits', `${name}.case`), 'utf8'), vmlinux);
  const result = verify(caseInput(given, vmlinux));
  expect([result.errno, result.error, result.stats.insns]).toEqual([errno, error, insns]);
});

it.each([
  [262_144, 0],
  [262_145, 12],
])('%i stores on the stack without a jump: errno %d', (count, errno) => {
  const store = { code: 0x7a, dst: 10, src: 0, off: -8, imm: 1 };
  const [zero, exit] = [0xb7, 0x95].map((code) => ({ code, dst: 0, src: 0, off: 0, imm: 0 })) as [Insn, Insn];
  const insns = Insns.from([zero, ...Array.from({ length: count }, () => store), exit]);
  const result = verify({ name: 'stores', progType: BPF_PROG_TYPE_XDP, insns, license: 'GPL', mapByFd: () => undefined });
  expect([result.errno, result.error ?? '', result.stats.insns]).toEqual([errno, '', 262_146]);
});

it('a packet load that may leave a function, 8193 times', () => {
  const head = 'prog socket_filter\nfunc main int main(void *ctx)\nfunc f1 static int f1(void *ctx)\n---\nmain:\n  r9 = r1\n';
  const given = parseCase(`${head}${'  r1 = r9\n  call f1\n'.repeat(8200)}  r0 = 0\n  exit\nf1:\n  r6 = r1\n  r0 = *(u8 *)skb[10]\n  r0 = 0\n  exit\n`);
  const { errno, error, stats } = verify(caseInput(given));
  expect([errno, error, stats.insns]).toEqual([14, TOO_COMPLEX, 32_773]);
});
