// Are headers sorted, and kfuncs declared, as bpftool 7.8 does it? What it printed stands here; tools/btf-judge.mjs asks it again.
import { describe, expect, it } from '@jest/globals';
import type { Btf } from '../src/index.ts';
import { BtfBuilder, dumpC } from '../src/index.ts';

const text = (btf: Btf, options = {}): string => [...dumpC(btf, options)].join('');
const sorted = (btf: Btf): string => text(btf, { order: 'sorted' }).replace(/\s+/g, ' ').trim();

describe('dumpC, sorted', () => {
  it('lists enumerations, typedefs of scalars, structs, functions, void and declarations, each by name', () => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, 1);
    builder.addFwd('fwd');
    builder.addTypedef('nothing', 0);
    builder.addTypedef('func', builder.addFuncProto(0));
    builder.addStruct('zz', 4);
    builder.addField('a', int, 0);
    builder.addTypedef('to_zz', builder.addPtr(5 + 1));
    builder.addUnion('aa', 4);
    builder.addField('a', int, 0);
    builder.addTypedef('number', int);
    builder.addEnum('named', 4);
    builder.addEnumValue('B', 1);
    builder.addEnum('', 4);
    builder.addEnumValue('A', 1);
    expect(sorted(builder.build())).toBe(
      'enum { A = 1, }; enum named { B = 1, }; typedef int number; union aa { int a; }; struct zz; typedef struct zz *to_zz; ' +
        'struct zz { int a; }; typedef void func(void); typedef void nothing; struct fwd;',
    );
  });

  it('tells types of one name apart by their members, not by ids', () => {
    const names = [['z'], ['b'], ['Aa'], ['BB'], ['a', 'b'], ['a']];
    const build = (lists: readonly (readonly string[])[]): Btf => {
      const builder = new BtfBuilder();
      const int = builder.addInt('int', 4, 1);
      for (const list of lists) {
        builder.addStruct('s', 8);
        list.forEach((name, idx) => builder.addField(name, int, 32 * idx));
      }
      return builder.build();
    };
    const members = (btf: Btf): string[] => [...sorted(btf).matchAll(/\{ ([^}]*) \}/g)].map(([, body]) => body!.replaceAll(/int |long: 0;|;| /g, ''));
    expect(members(build(names))).toEqual(['a', 'b', 'z', 'Aa', 'BB', 'ab']);
    // `Aa` and `BB` hash alike: these two stay as they were.
    expect(members(build([...names].reverse()))).toEqual(['a', 'b', 'z', 'BB', 'Aa', 'ab']);
  });

  it('leaves out what sorts first where it shall be as bpftool', () => {
    const builder = new BtfBuilder();
    for (const name of ['B', 'A']) {
      builder.addEnum('', 4);
      builder.addEnumValue(name, 1);
    }
    expect(text(builder.build(), { order: 'bpftool' })).toBe('enum {\n\tB = 1,\n};\n\n');
  });
});

describe('dumpC, kfuncs', () => {
  it('declares tagged functions by name, with the names of the header', () => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, 1);
    for (const name of ['one', 'two']) {
      builder.addStruct('s', 4);
      builder.addField(name, int, 0);
    }
    const second = builder.addPtr(builder.typeCount - 1);
    const zed = builder.addFunc('zed', builder.addFuncProto(second, [{ name: 'n', type: int }]));
    builder.addDeclTag('bpf_kfunc', zed);
    builder.addDeclTag('bpf_fastcall', zed);
    builder.addDeclTag('bpf_kfunc', builder.addFunc('any', builder.addFuncProto(0)));
    builder.addDeclTag('other', builder.addFunc('other', builder.addFuncProto(0)));
    const header = text(builder.build(), { kfuncs: true });
    expect(header).toMatch(/^#ifndef __ksym\n/);
    expect(header.slice(header.indexOf('\n\n\n'))).toBe(
      '\n\n\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\nextern void any(void) __weak __ksym;\n' +
        'extern __bpf_fastcall struct s___2 *zed(int n) __weak __ksym;\n#endif\n\n',
    );
    expect(text(builder.build(), { kfuncs: true, roots: [2] })).not.toContain('BPF kfuncs');
  });
});

describe('dumpC, sizes of enumerations', () => {
  it.each([
    ['addEnum', 1, [1], 'byte'],
    ['addEnum', 2, [1], 'HI'],
    ['addEnum', 4, [1], ''],
    ['addEnum', 8, [1], 'word'],
    ['addEnum64', 8, [1, 0xffff_ffff], 'word'],
    ['addEnum64', 8, [0x1_0000_0000], ''],
    ['addEnum64', 8, [-1], 'word'],
    ['addEnum64', 8, [-1, 0x8000_0000], ''],
  ] as const)('%s of %d bytes with %j', (add, size, values, mode) => {
    const builder = new BtfBuilder();
    builder[add]('e', size, values[0] < 0);
    values.forEach((value, idx) => builder.addEnumValue(`V${idx}`, value));
    expect(/mode\((\w+)\)/.exec(text(builder.build()))?.[1] ?? '').toBe(mode);
  });
});

describe('dumpC, unions', () => {
  const union = (size: number): string => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, 1);
    builder.addUnion('u', size);
    builder.addField('a', int, 0);
    return text(builder.build()).replace(/\s+/g, ' ').trim();
  };
  // mlx5_core has a packed union, nf_tables one whose only member is aligned to 8 bytes.
  it('fills one that is larger than its members', () => {
    expect(union(8)).toBe('union u { int a; long: 64; };');
    expect(union(4)).toBe('union u { int a; };');
  });
  it('packs one that ends where C would not end it', () => {
    const builder = new BtfBuilder();
    const long = builder.addInt('long', 8, 1);
    const int = builder.addInt('int', 4, 1);
    const array = builder.addArray(int, int, 3);
    builder.addUnion('u', 12);
    builder.addField('a', long, 0);
    builder.addField('b', array, 0);
    expect(text(builder.build()).replace(/\s+/g, ' ').trim()).toBe('union u { long a; int b[3]; } __attribute__((packed));');
  });
});

describe('dumpC, as libbpf writes', () => {
  const declared = (build: (builder: BtfBuilder, int: number) => number): string => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, 1);
    builder.addTypedef('t', build(builder, int));
    return text(builder.build()).trim();
  };
  it.each([
    ['a modifier of a function', (b: BtfBuilder) => b.addPtr(b.addVolatile(b.addFuncProto(0))), 'typedef void (*t)(void);'],
    ['a parameter that is void', (b: BtfBuilder) => b.addFuncProto(0, [{ name: '', type: 0 }]), 'typedef void t(void);'],
    ['a nameless pointer to an array', (b: BtfBuilder, int: number) => b.addFuncProto(0, [{ name: '', type: b.addPtr(b.addArray(int, int, 3)) }]), 'typedef void t(int(*)[3]);'],
    ['a nameless function', (b: BtfBuilder, int: number) => b.addFuncProto(0, [{ name: '', type: b.addFuncProto(int) }]), 'typedef void t(int(void));'],
  ])('%s', (_what, build, expected) => {
    expect(declared(build)).toBe(expected);
  });

  it('numbers an empty ENUM64, but no empty ENUM', () => {
    const builder = new BtfBuilder();
    builder.addStruct('x', 0);
    builder.addEnum64('x');
    builder.addEnum('x', 4);
    expect(text(builder.build())).toBe('struct x {};\n\nenum x___2;\n\nenum x;\n\n');
  });
});

describe('dumpC, hostile', () => {
  const orders = ['id', 'sorted'] as const;
  it.each(orders)('ends on typedefs in a circle, order %s', (order) => {
    const builder = new BtfBuilder();
    builder.addTypedef('a', 2);
    builder.addTypedef('b', 1);
    expect(() => text(builder.build(), { order })).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
  });

  it.each(orders)('ends on 10,000 references in a row, order %s', (order) => {
    const builder = new BtfBuilder();
    for (let i = 0; i < 10_000; i++) builder.addPtr(builder.typeCount + 1);
    builder.addInt('int', 4);
    builder.addTypedef('deep', 1);
    expect(() => text(builder.build(), { order })).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
  });

  it.each(orders)('ends on prototypes that double with each level, order %s', (order) => {
    const builder = new BtfBuilder();
    for (let i = 0; i < 60; i++) {
      const next = builder.typeCount + 2;
      const proto = builder.addFuncProto(0, [{ name: 'a', type: next }, { name: 'b', type: next }]);
      builder.addPtr(proto);
    }
    builder.addInt('int', 4);
    builder.addInt('char', 1);
    builder.addTypedef('bushy', 2);
    builder.addDeclTag('bpf_kfunc', builder.addFunc('f', 1));
    expect(() => text(builder.build(), { order, kfuncs: true })).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
  });

  it('writes names as they are', () => {
    const builder = new BtfBuilder();
    builder.addFwd('a; }\n"b');
    expect(text(builder.build())).toBe('struct a; }\n"b;\n\n');
  });
});
