// Is a refusal put in words that say where it went wrong?
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { parseBtf } from '@rootlet/btf';
import { explainRejection, verify } from '../src/index.ts';
import type { Explanation } from '../src/index.ts';
import { parsePath, parseState } from '../src/explain/path.ts';
import { caseInput, parseCase } from './case-file.ts';

const CASES = join(__dirname, 'cases');
const vmlinux = parseBtf(gunzipSync(readFileSync(join(__dirname, 'data/vmlinux-6.18.btf.gz'))));

function explain(text: string): Explanation {
  const given = parseCase(text, vmlinux);
  const explanation = explainRejection(given.insns, verify(caseInput(given, vmlinux), { logLevel: 1 }));
  if (explanation === undefined) throw new Error('accepted');
  return explanation;
}

const told = ({ history }: Explanation): string[] => history.map(({ insnIdx, register, value }) => `${insnIdx}: r${register} = ${value ?? '?'}`);

const LOOKUP = `
  *(u32 *)(r10 -4) = 0
  r2 = r10
  r2 += -4
  r1 = map[m]
  call bpf_map_lookup_elem
`;
const MAP = 'map m: hash key=4 value=8 entries=4';

describe('explainRejection', () => {
  it('follows a pointer that may be NULL to the call that gave it', () => {
    const explanation = explain(`${MAP}\n---\n${LOOKUP}  r6 = r0\n  *(u64 *)(r10 -16) = r6\n  r7 = *(u64 *)(r10 -16)\n  r0 = *(u64 *)(r7 +0)\n  exit\n`);
    expect(explanation).toMatchObject({ rule: 'null-check', register: 7, insnIdx: 9, cause: expect.stringContaining('r7 may be NULL') });
    expect(explanation.fix).toMatch(/compare it with NULL/);
    expect(told(explanation)).toEqual([
      '5: r0 = map_value_or_null(id=1,map=m,ks=4,vs=8)',
      '6: r6 = map_value_or_null(id=1,map=m,ks=4,vs=8)',
      '7: r6 = map_value_or_null(id=1,map=m,ks=4,vs=8)',
      expect.stringMatching(/^8: r7 = map_value_or_null/),
    ]);
  });

  it('follows a value out of the function that returned it', () => {
    const explanation = explain(`---\n  r6 = 3\n  r1 = 7\n  call get\n  r1 = *(u64 *)(r0 +0)\n  exit\nget:\n  r6 = 1\n  r0 = 5\n  r0 += 1\n  exit\n`);
    expect(explanation).toMatchObject({ rule: 'not-a-pointer', register: 0, insnIdx: 3 });
    expect(told(explanation)).toEqual(['6: r0 = 5', '7: r0 = 6']);
  });

  it('passes by the registers of functions that returned', () => {
    const explanation = explain(`---\n  r6 = 3\n  call get\n  r1 = *(u64 *)(r6 +0)\n  exit\nget:\n  r6 = 1\n  r0 = 5\n  exit\n`);
    expect(told(explanation)).toEqual(['0: r6 = 3']);
  });

  it('names what was acquired', () => {
    const explanation = explain(`map rb: ringbuf key=0 value=0 entries=4096\n---\n  r1 = map[rb]\n  r2 = 8\n  r3 = 0\n  call bpf_ringbuf_reserve\n  r0 = 0\n  exit\n`);
    expect(explanation).toMatchObject({ rule: 'reference-leak', cause: expect.stringContaining('instruction 4') });
    expect(explanation.history).toMatchObject([{ insnIdx: 4, text: expect.stringContaining('bpf_ringbuf_reserve') }]);
  });

  it('says what a packet access lacks', () => {
    const explanation = explain('---\n  r2 = *(u32 *)(r1 +0)\n  r0 = *(u8 *)(r2 +4)\n  exit\n');
    expect(explanation).toMatchObject({ rule: 'packet-bounds', register: 2, fix: expect.stringContaining('data_end') });
    expect(told(explanation)).toEqual(['0: r2 = pkt(r=0)']);
  });

  it('tells nothing of what was accepted, and little without a log', () => {
    const given = parseCase('---\n  r0 = *(u64 *)(r2 +0)\n  exit\n');
    const result = verify(caseInput(given), { logLevel: 0 });
    expect(explainRejection(given.insns, result)).toMatchObject({ rule: 'uninitialized', insnIdx: 0, history: [], path: [] });
    const fine = parseCase('---\n  r0 = 0\n  exit\n');
    expect(explainRejection(fine.insns, verify(caseInput(fine)))).toBeUndefined();
  });

  it('has words for 99 of 100 recorded rejections, and none that are half filled in', () => {
    const counts = { words: 0, other: 0 };
    const files = (readdirSync(CASES, { recursive: true }) as string[]).filter((name) => name.endsWith('.case'));
    for (const file of files) {
      const given = parseCase(readFileSync(join(CASES, file), 'utf8'), vmlinux);
      const errno = Number(/^reject (\d+)/.exec(given.verdict ?? '')?.[1] ?? 0);
      const log = given.log1 ?? '';
      if (errno === 0 || log === '') continue;
      const error = log.split('\n').findLast((line) => line !== '' && !line.startsWith('processed'));
      const stats = { insns: 0, maxStatesPerInsn: 0, totalStates: 0, peakStates: 0, markRead: 0 };
      const explanation = explainRejection(given.insns, { verdict: 'reject', errno, error, insnIdx: undefined, log, stats, translatedInsns: undefined, subprograms: [] });
      if (explanation?.rule === 'other') {
        counts.other++;
        continue;
      }
      expect(explanation?.cause).not.toMatch(/[{}?]/);
      counts.words++;
    }
    expect(counts.words + counts.other).toBeGreaterThan(500);
    expect(counts.words / (counts.words + counts.other)).toBeGreaterThan(0.99);
  });
});

describe('parsePath', () => {
  it('knows instructions, states, C lines and messages apart', () => {
    const { steps, messages } = parsePath(
      '0: R1=ctx() R10=fp0\n; int x = *p; @ a.c:3\n0: (61) r0 = *(u32 *)(r1 +0)          ; R0=scalar(smin=0,smax=5) R1=ctx()\nfrom 1 to 4: R0=1 R10=fp0\n4: (95) exit\nR0 leaks\nprocessed 2 insns (limit 1000000)\n',
    );
    expect(steps.map(({ insnIdx, text, source }) => [insnIdx, text, source?.line])).toEqual([
      [0, '(61) r0 = *(u32 *)(r1 +0)', 3],
      [4, '(95) exit', 3],
    ]);
    expect(steps[0]?.state.get('R0')).toBe('scalar(smin=0,smax=5)');
    expect(messages).toEqual(['R0 leaks']);
  });

  it('keeps parentheses together', () => {
    expect([...parseState('R0_w=map_value(map=a b,off=(0x0; 0x3)) fp-8=mmmm????')]).toEqual([
      ['R0', 'map_value(map=a b,off=(0x0; 0x3))'],
      ['fp-8', 'mmmm????'],
    ]);
  });
});
