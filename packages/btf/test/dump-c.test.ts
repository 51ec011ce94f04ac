// Is the header the one that bpftool prints, and does a compiler lay it out as the BTF says?
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Btf } from '../src/index.ts';
import { BTF_KIND_STRUCT, BTF_KIND_UNION, BtfBuilder, dumpC, parseBtf } from '../src/index.ts';
import { describeWith, firstMissing, fixtureBtf, FIXTURES, fixtureText, idOf, itWith, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

const AS_BPFTOOL = { guard: '__VMLINUX_H__', preserveAccessIndex: true };
const text = (btf: Btf, options = {}): string => [...dumpC(btf, options)].join('');
/** libbpf before 1.2 forgets that an enumeration is smaller or larger than int; such headers give wrong sizes. */
const withoutModes = (header: string): string => header.replace(/ __attribute__\(\(mode\(\w+\)\)\)/g, '');

describe('dumpC', () => {
  it.each(FIXTURES.flatMap((name) => [[name, 'el'], [name, 'eb']] as const))('prints %s.%s as bpftool does', (name, order) => {
    expect(withoutModes(text(fixtureBtf(name, order), AS_BPFTOOL))).toBe(fixtureText(`${name}.dump.h`));
  });

  it('prints chosen types and what they need', () => {
    const kinds = fixtureBtf('kinds');
    expect(text(kinds, { roots: [idOf(kinds, 'packed', BTF_KIND_STRUCT)] })).toBe(`typedef unsigned char u8;

typedef unsigned long long u64;

typedef unsigned int u32;

struct packed {
	u8 a;
	u64 b;
	struct {
		u8 x;
		u32 y;
	} c;
} __attribute__((packed));

`);
  });

  it('tells types of one name apart, and forward declarations not', () => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, 1);
    builder.addFwd('x');
    builder.addStruct('x', 4);
    builder.addField('a', int, 0);
    builder.addUnion('x', 4);
    builder.addField('b', int, 0);
    builder.addTypedef('x', int);
    builder.addEnum('', 4);
    builder.addEnumValue('x', 1);
    expect(text(builder.build())).toBe(
      'struct x;\n\nstruct x {\n\tint a;\n};\n\nunion x___2 {\n\tint b;\n};\n\ntypedef int x;\n\nenum {\n\tx___2 = 1,\n};\n\n',
    );
  });

  it('ends on types that C cannot write', () => {
    const selfContained = new BtfBuilder();
    selfContained.addStruct('s', 8);
    selfContained.addField('s', 1, 0);
    expect(() => text(selfContained.build())).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));

    const chain = new BtfBuilder();
    for (let i = 0; i < 20_000; i++) {
      chain.addStruct(`s${i}`, 4);
      chain.addField('next', chain.typeCount, 0);
    }
    chain.addInt('int', 4);
    expect(() => text(chain.build())).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));

    const bushy = new BtfBuilder();
    for (let i = 0; i < 60; i++) {
      bushy.addStruct('', 4);
      bushy.addField('a', bushy.typeCount, 0);
      bushy.addField('b', bushy.typeCount, 0);
    }
    bushy.addInt('int', 4);
    bushy.addStruct('root', 4);
    bushy.addField('a', 1, 0);
    expect(() => text(bushy.build())).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));

    const padded = new BtfBuilder();
    padded.addStruct('s', 0xffff_ffff);
    expect(() => text(padded.build())).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
  });
});

/** A static assertion for the size of every named struct and union and the place of every named member. */
function* layoutAssertions(btf: Btf): Generator<string> {
  const seen = new Map<string, number>();
  for (let id = 1; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    if (kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === 6 || kind === 19) seen.set(btf.name(id), (seen.get(btf.name(id)) ?? 0) + 1);
  }
  for (let id = 1; id < btf.typeCount; id++) {
    const type = btf.type(id);
    if ((type.kind !== 4 && type.kind !== 5) || type.name === '' || seen.get(type.name) !== 1) continue;
    const tag = `${type.kind === 4 ? 'struct' : 'union'} ${type.name}`;
    yield `_Static_assert(sizeof(${tag}) == ${type.size}, "size of ${tag}");`;
    for (const member of type.members) {
      if (member.name === '' || member.bitfieldSize !== 0) continue;
      yield `_Static_assert(__builtin_offsetof(${tag}, ${member.name}) * 8 == ${member.bitOff}, "place of ${tag}.${member.name}");`;
    }
  }
}

/** Compiles a header with assertions. @returns the compiler's complaints, and how many assertions there were */
function compile(btf: Btf, target: string): { errors: string; assertions: number } {
  const dir = mkdtempSync(join(tmpdir(), 'rootlet-btf-'));
  try {
    const assertions = [...layoutAssertions(btf)];
    const file = join(dir, 'all.c');
    writeFileSync(file, `${text(btf)}${assertions.join('\n')}\n`);
    const run = spawnSync('clang-19', ['-target', target, '-fsyntax-only', '-ferror-limit=20', '-Wno-everything', file], { encoding: 'utf8' });
    return { errors: run.stderr, assertions: assertions.length };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const hasClang = spawnSync('clang-19', ['--version']).status === 0;
if (!hasClang) console.warn('skipped: compiling headers, clang-19 is not installed');
describeWith(firstMissing([hasClang, 'no clang-19 here']), 'a compiler', () => {
  it.each(FIXTURES)('lays out %s as it was', (name) => {
    const { errors, assertions } = compile(fixtureBtf(name), 'bpf');
    expect(errors).toBe('');
    expect(assertions).toBeGreaterThan(0);
  });
});

const vmlinux = vmlinuxBytes();
const hasBpftool = spawnSync('bpftool', ['version']).status === 0;
if (!hasBpftool) console.warn('skipped: comparison of vmlinux with bpftool, which is not installed');
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'vmlinux of the running kernel', () => {
  itWith(firstMissing([hasBpftool, 'no bpftool here']), 'prints as bpftool does', () => {
    const reference = spawnSync('bpftool', ['btf', 'dump', 'file', '/sys/kernel/btf/vmlinux', 'format', 'c'], { maxBuffer: 1 << 28, encoding: 'utf8' });
    const header = text(parseBtf(vmlinux ?? new Uint8Array()), AS_BPFTOOL);
    expect(withoutModes(header) === withoutModes(reference.stdout)).toBe(true);
  }, 60_000);

  itWith(firstMissing([hasClang, 'no clang-19 here']), 'is laid out by clang as the kernel is', () => {
    // For the kernel's own machine: `__builtin_va_list` is another type for BPF.
    const { errors, assertions } = compile(parseBtf(vmlinux ?? new Uint8Array()), process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu');
    expect(errors).toBe('');
    expect(assertions).toBeGreaterThan(50_000);
  }, 120_000);
});
