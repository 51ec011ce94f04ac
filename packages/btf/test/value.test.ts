// Are typed data read, written and printed as C lays them out and libbpf prints them?
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Btf, FormatValueOptions } from '../src/index.ts';
import { BTF_KIND_STRUCT, BTF_KIND_UNION, BtfBuilder, decodeValue, encodeValue, formatValue, iterateTypes, parseBtf } from '../src/index.ts';
import { fixtureBtf, idOf, vmlinuxBytes } from './fixtures.ts';

const kinds = fixtureBtf('kinds');
const id = (name: string, btf = kinds): number => idOf(btf, name, BTF_KIND_STRUCT);

describe('decodeValue, encodeValue', () => {
  it('read and write bitfields of both byte orders as the compiler does', () => {
    // { a: 5, b: -3, c: 2, d: 0x123456789, e: GREEN, f: 1 } as clang lays it out for bpfel and bpfeb
    const value = { a: 5, b: -3, c: 2, d: 0x123456789n, e: 5, f: true };
    for (const order of ['el', 'eb'] as const) {
      const btf = fixtureBtf('kinds', order);
      const bytes = encodeValue(btf, id('bits', btf), value);
      expect(decodeValue(btf, id('bits', btf), bytes)).toEqual(value);
      expect(bytes[0]).toBe(order === 'el' ? 0b11101_101 : 0b101_11101);
    }
    expect(decodeValue(kinds, id('bits'), encodeValue(kinds, id('bits'), { e: 'BLUE' }), { enumNames: true })).toMatchObject({ a: 0, e: 'BLUE' });
  });

  it('read anonymous members, arrays, pointers and a flexible array', () => {
    const value = { word: 0x01020304, point: { x: -1, y: 2 }, next: 0xffff_8000_0000_0000n, ratio: 1.5, grid: [[1, 2, 3], [4, 5, 6]], huge: -7n, tail: [1n, 2n] };
    const bytes = encodeValue(kinds, id('node'), value);
    expect(bytes.length).toBe(176);
    expect(decodeValue(kinds, id('node'), bytes)).toMatchObject({ ...value, bytes: [4, 3, 2, 1] });
    expect(decodeValue(kinds, id('node'), bytes.subarray(0, 160))).toMatchObject({ tail: [] });
  });

  it('read text', () => {
    const builder = new BtfBuilder();
    const char = builder.addInt('char', 1, 1);
    const comm = builder.addArray(char, char, 8);
    const btf = builder.build();
    const bytes = encodeValue(btf, comm, 'swapper');
    expect(decodeValue(btf, comm, bytes, { charsAsText: true })).toBe('swapper');
    expect(decodeValue(btf, comm, bytes)).toEqual([115, 119, 97, 112, 112, 101, 114, 0]);
  });

  it.each([
    [{ nothing: 1 }, /no member/], [{ word: 2 ** 32 }, /does not fit 32 bits/], [{ word: 'x' }, /need an integer/], [{ grid: [1] }, /need an array/],
    [{ grid: [[], [], []] }, /more than 2/], [7, /need an object/],
  ])('refuses %j', (value, message) => {
    expect(() => encodeValue(kinds, id('node'), value)).toThrow(message);
  });

  it('refuses too few bytes and types without size', () => {
    expect(() => decodeValue(kinds, id('node'), new Uint8Array(159))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => decodeValue(kinds, 0, new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'BTF_NO_SIZE' }));
  });

  it('keeps bounds on hostile types', () => {
    const builder = new BtfBuilder();
    builder.addStruct('empty', 0);
    builder.addArray(1, 1, 0xffff_ffff);
    builder.addStruct('self', 8);
    builder.addField('self', 3, 0);
    builder.addStruct('proto', 4);
    builder.addField('__proto__', 5, 0);
    builder.addInt('int', 4);
    const btf = builder.build();
    expect(Object.keys(decodeValue(btf, 4, new Uint8Array(4)))).toEqual(['__proto__']);
    for (const bad of [2, 3]) {
      expect(() => decodeValue(btf, bad, new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
      expect(() => formatValue(btf, bad, new Uint8Array(8), { emitZeroes: true })).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
    }
  });
});

const SETS: readonly FormatValueOptions[] = [{}, { compact: true }, { compact: true, skipNames: true }, { emitZeroes: true }, { indentString: '  ', indentLevel: 2 }];

const PROBE = `#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
static void emit(void *ctx, const char *fmt, va_list args) { vprintf(fmt, args); }
int main(int argc, char **argv) {
  struct btf *b = btf__parse(argv[1], 0);
  struct btf_dump *d = btf_dump__new(b, emit, 0, 0);
  static unsigned char data[1 << 16] __attribute__((aligned(64))); static char hex[1 << 17]; unsigned id; int f;
  while (scanf("%u %d %131000s", &id, &f, hex) == 3) {
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) sscanf(hex + 2 * i, "%2hhx", data + i);
    DECLARE_LIBBPF_OPTS(btf_dump_type_data_opts, o, .compact = f & 1, .skip_names = f & 2, .emit_zeroes = f & 4, .indent_str = f & 8 ? "  " : NULL, .indent_level = f & 16 ? 2 : 0);
    int r = btf_dump__dump_type_data(d, id, data, n, &o);
    printf("\\n=%d\\n", r);
  }
}
`;

/** Where libbpf carries state from a byte array to what follows it, its text is not a function of the member. */
function hasSingleBytes(btf: Btf, at: number, depth = 0): boolean {
  const type = btf.type(btf.resolveType(at) || 1);
  if (btf.resolveType(at) === 0 || depth > 20) return false;
  if (type.kind === 3) return hasSingleBytes(btf, type.type, depth + 1) && btf.resolveSize(type.type) > 1;
  if (type.kind === 4 || type.kind === 5) return type.members.some((m) => hasSingleBytes(btf, m.type, depth + 1));
  return type.kind === 1 && type.size === 1;
}

/** libbpf forgets the separator behind a signed enumeration without a name for the value. */
const missingComma = (text: string): boolean => /\(enum \w*\)-?\d+[^\d,UL]/.test(text);

const vmlinux = vmlinuxBytes();
const hasLibbpf = existsSync('/usr/include/bpf/btf.h') && spawnSync('gcc', ['--version']).status === 0;
if (!hasLibbpf) console.warn('skipped: comparing with libbpf, which needs gcc and libbpf-dev');
(vmlinux !== undefined && hasLibbpf ? describe : describe.skip)('vmlinux of the running kernel', () => {
  const btf = parseBtf(vmlinux ?? new Uint8Array());
  const random = (n: number, seed: number): Uint8Array => {
    let state = seed;
    return Uint8Array.from({ length: n }, () => 1 + (((state = Math.imul(state, 1664525) + 1013904223) >>> 16) % 255));
  };

  it('prints as libbpf does', () => {
    const dir = mkdtempSync(join(tmpdir(), 'rootlet-btf-'));
    try {
      writeFileSync(join(dir, 'probe.c'), PROBE);
      expect(spawnSync('gcc', ['-O1', '-w', '-o', join(dir, 'probe'), join(dir, 'probe.c'), '-lbpf'], { encoding: 'utf8' }).stderr).toBe('');
      const asked: { readonly id: number; readonly set: number; readonly bytes: Uint8Array }[] = [];
      for (const kind of [BTF_KIND_STRUCT, BTF_KIND_UNION]) {
        for (const type of iterateTypes(btf, kind)) {
          if (type.id % 5 !== 0 || !('size' in type) || type.size === 0 || type.size > 4096 || hasSingleBytes(btf, type.id)) continue;
          const set = (type.id / 5) % SETS.length;
          const bytes = random(type.size, type.id);
          if (type.id % 6 === 0 && set !== 3) bytes.fill(0);
          asked.push({ id: type.id, set, bytes });
        }
      }
      const input = asked.map(({ id: at, set, bytes }) => `${at} ${[0, 1, 3, 4, 24][set]!} ${Buffer.from(bytes).toString('hex')}`).join('\n');
      const { stdout } = spawnSync(join(dir, 'probe'), ['/sys/kernel/btf/vmlinux'], { input: `${input}\n`, encoding: 'latin1', maxBuffer: 1 << 28 });
      const answers = stdout.split(/\n=(-?\d+)\n/);
      let same = 0;
      const different: string[] = [];
      asked.forEach(({ id: at, set, bytes }, i) => {
        if (answers[2 * i + 1]!.startsWith('-') || missingComma(answers[2 * i]!)) return;
        const ours = formatValue(btf, at, bytes, SETS[set]);
        if (ours === answers[2 * i]) same++;
        else different.push(`[${at}] ${btf.name(at)} ${set}\n${ours.slice(0, 1500)}\n--- libbpf\n${answers[2 * i]!.slice(0, 1500)}`);
      });
      console.log(`${same} of ${same + different.length} types print as libbpf prints them`);
      // libbpf 1.1 leaves out an anonymous struct of bitfields that are not zero, and with skip_names the comma above: 2 of 1,612 types.
      if (different.length > 0.005 * same) expect(different.slice(0, 3)).toEqual([]);
      expect(same).toBeGreaterThan(500);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }, 120_000);

  it('reads back what it wrote, for every kind of struct', () => {
    let compared = 0;
    for (const type of iterateTypes(btf, BTF_KIND_STRUCT)) {
      if (type.id % 23 !== 0 || !('size' in type) || type.size > 2048) continue;
      // A _Bool is 0 or 1.
      const value = decodeValue(btf, type.id, random(type.size, type.id).map((byte) => byte & 1));
      const bytes = encodeValue(btf, type.id, value);
      // Padding is not a value; everything that is comes back.
      expect(decodeValue(btf, type.id, bytes)).toEqual(value);
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  }, 60_000);
});
