// Is every kind of difference between two BTFs found, once, and nothing else?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Btf, BtfDiff, BtfTypeChange } from '../src/index.ts';
import { BTF_INT_SIGNED, BTF_KIND_STRUCT, BtfBuilder, dedupBtf, diffBtf, formatDiff, iterateTypes, parseBtf } from '../src/index.ts';
import { describeWith, firstMissing, fixture, fixtureBtf, FIXTURES, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

const NOTHING: BtfDiff = { added: [], removed: [], changed: [] };
const version = (name: 'old' | 'new', order: 'el' | 'eb' = 'el'): Btf => parseBtf(fixture(`diff/${name}.${order}.btf`));
const old = version('old');
const diff = diffBtf(old, version('new'));

function changeOf(kind: string, name: string, of: BtfDiff = diff): BtfTypeChange | undefined {
  return of.changed.find((change) => change.kind === kind && change.name === name);
}

/** Members as `path`, `path moved 0 -> 32`, `+path at 32`, with offsets in bits. */
function membersOf(kind: string, name: string): string[] {
  return (changeOf(kind, name)?.members ?? []).map(({ path, before, after, moved, retyped, resized }) => {
    if (before === undefined) return `+${path}: ${after?.text} at ${after?.bitOff}`;
    if (after === undefined) return `-${path}: ${before.text} at ${before.bitOff}`;
    const words = [moved ? `moved ${before.bitOff} -> ${after.bitOff}` : '', retyped ? `retyped ${before.text} -> ${after.text}` : '', resized ? `resized ${before.bits} -> ${after.bits}` : ''];
    return `${path} ${words.filter((word) => word !== '').join(', ')}`;
  });
}

/** The same, with sides swapped. */
function mirrored({ added, removed, changed }: BtfDiff): BtfDiff {
  const swap = <T>(pair: { readonly before: T; readonly after: T } | undefined): { before: T; after: T } | undefined => pair && { before: pair.after, after: pair.before };
  return {
    added: removed, removed: added,
    changed: changed.map((change) => ({
      ...change, kind: change.kinds?.after ?? change.kind, ids: { before: change.ids.after, after: change.ids.before },
      kinds: swap(change.kinds), sizes: swap(change.sizes), texts: swap(change.texts), tags: swap(change.tags),
      members: change.members.map((member) => ({ ...member, before: member.after, after: member.before, tags: swap(member.tags) })),
      enumerators: change.enumerators.map((one) => ({ ...one, before: one.after, after: one.before })),
    })),
  };
}

/** Orders that swapping sides may change: of one name, by what is told. */
function sorted(of: BtfDiff): BtfDiff {
  const by = <T>(list: readonly T[]): T[] => [...list].sort((x, y) => (text(x) < text(y) ? -1 : 1));
  const text = (value: unknown): string => JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner));
  return { added: by(of.added), removed: by(of.removed), changed: by(of.changed.map((change) => ({ ...change, members: by(change.members), enumerators: by(change.enumerators) }))) };
}

describe('diffBtf', () => {
  it('finds what was added and removed', () => {
    const names = (list: BtfDiff['added']): string[] => list.map(({ kind, name }) => `${kind} ${name}`);
    expect(names(diff.added)).toEqual(['func added_func', 'float double', 'struct fresh', 'var only_new', 'int signed char', 'typedef u64', 'int unsigned long long'].sort((x, y) => (x.slice(x.indexOf(' ')) < y.slice(y.indexOf(' ')) ? -1 : 1)));
    expect(names(diff.removed)).toEqual(['float float', 'struct gone', 'typedef gone_t', 'var only_old', 'func removed_func', 'int short']);
    expect(diff.removed.find(({ name }) => name === 'gone')).toMatchObject({ size: 4, text: '' });
    expect(diff.added.find(({ name }) => name === 'added_func')).toMatchObject({ size: undefined, text: 'int added_func(int x)' });
    expect(diff.added.find(({ name }) => name === 'u64')).toMatchObject({ size: 8, text: 'unsigned long long' });
  });

  it('tells nothing of a struct that points to one that changed', () => {
    expect(changeOf('struct', 'pointed')).toMatchObject({ sizes: { before: 4, after: 16 } });
    expect(changeOf('struct', 'same')).toBeUndefined();
    expect(changeOf('func', 'stays')).toBeUndefined();
    expect(changeOf('struct', 'wrapped')).toBeUndefined();
  });

  it.each([
    ['struct', 'grown', ['+y: int y at 32']],
    ['struct', 'holder', ['by_value resized 32 -> 64', 'tail moved 32 -> 64', 'by_pointer moved 64 -> 128']],
    ['struct', 'swapped', ['a moved 0 -> 64', 'b moved 64 -> 0', '-c: short c at 128']],
    ['struct', 'flags', ['two resized 2 -> 3', 'rest moved 3 -> 4, resized 29 -> 28']],
    ['struct', 'retyped', [
      'len retyped u32 len -> u64 len, resized 32 -> 64', 'name moved 32 -> 64, retyped char name[8] -> char name[16], resized 64 -> 128',
      'fn moved 128 -> 192, retyped void (*fn)(int) -> void (*fn)(long)', 'text moved 192 -> 256, retyped const char *text -> char *text',
    ]],
    ['struct', 'nested', [
      '-pos.y: int y at 64', '+pos.z: int z at 64', 'f moved 96 -> 128, retyped float f -> double f, resized 32 -> 64', 'i moved 96 -> 128',
      'regs moved 128 -> 192', 'regs[].lo moved 128 -> 192', 'regs[].hi moved 136 -> 200, retyped u8 hi -> signed char hi',
    ]],
    ['union', 'either', ['+wide: u64 wide at 0']],
    ['typedef', 'counter_t', ['+waiters: int waiters at 32']],
    ['datasec', '.data', [
      'counter resized 32 -> 64', '+only_new: int only_new at 0', '-only_old: int only_old at 0', 'hidden moved 96 -> 160',
    ]],
  ] as const)('finds the members of %s %s', (kind, name, members) => {
    expect(membersOf(kind, name)).toEqual(members);
  });

  it('finds enumerators', () => {
    expect(changeOf('enum', 'color')).toMatchObject({ sizes: undefined, enumerators: [
      { name: 'GREEN', before: 1n, after: 5n }, { name: 'BLUE', before: 2n, after: undefined }, { name: 'VIOLET', before: undefined, after: 6n },
    ] });
    // It became one of 64 bits.
    expect(changeOf('enum', 'width')).toMatchObject({ kinds: undefined, sizes: { before: 4, after: 8 }, enumerators: [{ name: 'WIDE', before: undefined, after: 1n << 32n }] });
    expect(changeOf('typedef', 'mode_t')?.enumerators).toEqual([{ name: 'MODE_B', before: 1n, after: undefined }, { name: 'MODE_C', before: undefined, after: 1n }]);
  });

  it.each([
    ['typedef', 'handle_t', 'u32', 'u64'],
    ['typedef', 'callback_t', 'int (*)(struct same *, u32)', 'int (*)(struct same *, u64)'],
    ['func', 'proto', 'int proto(u32 a)', 'int proto(u32 a, u64 b)'],
    ['func', 'renamed', 'int renamed(int before)', 'int renamed(int after)'],
    ['func', 'linkage', 'int linkage(int x)', 'static int linkage(int x)'],
    ['var', 'counter', 'u32 counter', 'u64 counter'],
    ['var', 'use_15', 'gone_t *use_15', 'int *use_15'],
  ])('tells that %s %s is another', (kind, name, before, after) => {
    expect(changeOf(kind, name)?.texts).toEqual({ before, after });
  });

  it('tells that a name is of another kind', () => {
    expect(changeOf('struct', 'tag')).toMatchObject({ kinds: { before: 'struct', after: 'union' }, members: [] });
  });

  it('has told everything', () => {
    expect(diff.changed.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'datasec .data', 'typedef callback_t', 'enum color', 'var counter', 'typedef counter_t', 'union either', 'struct flags', 'struct grown', 'typedef handle_t',
      'struct holder', 'func linkage', 'typedef mode_t', 'struct nested', 'struct pointed', 'func proto', 'func renamed', 'struct retyped', 'struct swapped',
      'struct tag', 'var use_15', 'var use_8', 'var use_9', 'enum width',
    ]);
  });

  it('compares across byte orders', () => {
    // Bitfields stand elsewhere in the other order by nature; everything else is the same.
    expect(diffBtf(old, version('old', 'eb'))).toEqual(NOTHING);
    expect(sorted(diffBtf(version('old', 'eb'), version('new')))).toEqual(sorted(diff));
    expect(sorted(diffBtf(old, version('new', 'eb')))).toEqual(sorted(diff));
  });

  it('compares only what it was asked for', () => {
    const names = (types: readonly string[]): string[] => diffBtf(old, version('new'), { types }).changed.map(({ kind, name }) => `${kind} ${name}`);
    expect(names(['grown', 'func proto', 'same'])).toEqual(['struct grown', 'func proto']);
    expect(names(['enum grown', 'nobody'])).toEqual([]);
  });

  it('compares constants of enumerations without names', () => {
    const build = (...groups: readonly (readonly [string, number])[][]): Btf => {
      const builder = new BtfBuilder();
      for (const group of groups) {
        builder.addEnum('', 4);
        for (const [name, value] of group) builder.addEnumValue(name, value);
      }
      return builder.build();
    };
    const before = build([['A', 1], ['B', 2]], [['C', 3], ['X', 1]], [['X', 2]]);
    const after = build([['C', 3], ['A', 4], ['N', 0]], [['X', 2]]);
    expect(diffBtf(before, after).changed).toEqual([expect.objectContaining({ kind: 'enum', name: '', enumerators: [
      { name: 'A', before: 1n, after: 4n }, { name: 'B', before: 2n, after: undefined }, { name: 'N', before: undefined, after: 0n }, { name: 'X', before: 1n, after: undefined },
    ] })]);
  });

  it('pairs several types of one name by what they have in common', () => {
    const build = (...structs: readonly (readonly string[])[]): Btf => {
      const builder = new BtfBuilder();
      const int = builder.addInt('int', 4, BTF_INT_SIGNED);
      for (const names of structs) {
        builder.addStruct('s', 4 * names.length);
        names.forEach((name, i) => builder.addField(name, int, 32 * i));
      }
      return builder.build();
    };
    const { added, removed, changed } = diffBtf(build(['a', 'b'], ['x', 'y', 'z'], ['k'], ['k']), build(['k'], ['x', 'y', 'z', 'w'], ['a', 'c'], ['lone']));
    expect(changed.map(({ members }) => members.map(({ path }) => path))).toEqual(expect.arrayContaining([['b', 'c'], ['w']]));
    expect([changed.length, added.length, removed.length]).toEqual([2, 1, 0]);
  });

  it('takes a definition for its declaration', () => {
    const builder = new BtfBuilder();
    builder.addFwd('s');
    builder.addPtr(1);
    builder.addVar('p', 2, 1);
    const other = new BtfBuilder();
    other.addStruct('s', 0);
    other.addFwd('s');
    other.addPtr(2);
    other.addVar('p', 3, 1);
    expect(diffBtf(builder.build(), other.build()).changed).toMatchObject([{ kind: 'fwd', name: 's', kinds: { before: 'fwd', after: 'struct' } }]);
  });

  it('ends on types without names that refer to each other', () => {
    const ring = (length: number, rotate: number): Btf => {
      const builder = new BtfBuilder();
      // Each anonymous struct points to the next one, the last one to the first.
      for (let i = 0; i < length; i++) {
        builder.addStruct('', 8);
        builder.addField('next', 2 * i + 2, 0);
        builder.addPtr(2 * ((i + 1) % length) + 1);
      }
      builder.addStruct('root', 8);
      builder.addField('first', 2 * rotate + 2, 0);
      return builder.build();
    };
    expect(diffBtf(ring(3, 0), ring(3, 1))).toEqual(NOTHING);
    expect(diffBtf(ring(3, 0), ring(2, 0)).changed).toHaveLength(1);
    expect(() => diffBtf(ring(1000, 0), ring(1001, 0))).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));

    const bushy = (last: string, direct: boolean): Btf => {
      const builder = new BtfBuilder();
      for (let i = 0; i < 40; i++) {
        builder.addStruct('', 8);
        const next = builder.typeCount + (direct ? 0 : 1);
        for (const name of ['a', 'b', 'c']) builder.addField(direct ? '' : name, next, 0);
        if (!direct) builder.addPtr(builder.typeCount + 1);
      }
      builder.addInt(last, 4);
      builder.addStruct('root', 8);
      builder.addField('first', 1, 0);
      return builder.build();
    };
    expect(diffBtf(bushy('x', false), bushy('x', false))).toEqual(NOTHING);
    const finish = (run: () => unknown): unknown => {
      try {
        return run() === undefined;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const start = Date.now();
    expect(finish(() => diffBtf(bushy('x', false), bushy('y', false)))).toBeDefined();
    expect(finish(() => diffBtf(bushy('x', true), bushy('y', true)))).toBeDefined();
    expect(Date.now() - start).toBeLessThan(20_000);
  }, 60_000);

  it('compares split BTFs by their own types', () => {
    const base = fixtureBtf('helpers');
    const split = (size: number, onBase = base): Btf => {
      const builder = new BtfBuilder({ base: onBase });
      const int = builder.addInt('int', 4, BTF_INT_SIGNED);
      builder.addStruct('own', size);
      builder.addField('x', int, 0);
      return builder.build();
    };
    expect(diffBtf(split(4), split(4))).toEqual(NOTHING);
    expect(diffBtf(split(4), split(8)).changed).toMatchObject([{ name: 'own', sizes: { before: 4, after: 8 } }]);
    // Other bases do not count, but what one side has in its base is not missing.
    expect(diffBtf(split(4), split(4, fixtureBtf('kinds')))).toEqual(NOTHING);
    const rich = new BtfBuilder();
    rich.addInt('int', 4, BTF_INT_SIGNED);
    rich.addStruct('own', 4);
    rich.addField('x', 1, 0);
    const poor = new BtfBuilder({ base: rich.build() });
    poor.addInt('int', 4, BTF_INT_SIGNED);
    expect(diffBtf(split(4), poor.build())).toEqual(NOTHING);
    // One that is not split is compared with everything.
    expect(diffBtf(base, split(4)).added.map(({ name }) => name)).toEqual(['own']);
  });
});

describe('properties', () => {
  const all: readonly Btf[] = [...FIXTURES.flatMap((name) => [fixtureBtf(name), fixtureBtf(name, 'eb')]), old, version('new')];

  it('nothing differs from itself, nor from its copies', () => {
    for (const btf of all) {
      expect(diffBtf(btf, btf)).toEqual(NOTHING);
      const twice = new BtfBuilder();
      twice.addBtf(btf);
      twice.addBtf(btf);
      expect(diffBtf(btf, twice.build())).toEqual(NOTHING);
      expect(diffBtf(dedupBtf(btf).builder.build(), btf)).toEqual(NOTHING);
    }
  });

  it('swapping sides mirrors', () => {
    for (const a of all) for (const b of all) expect(sorted(diffBtf(b, a))).toEqual(sorted(mirrored(diffBtf(a, b))));
  }, 120_000);

  it('a change anywhere is found where it is', () => {
    const kinds = fixtureBtf('kinds');
    const structs = [...iterateTypes(kinds, BTF_KIND_STRUCT)].filter((type) => type.name !== '' && 'members' in type && type.members.length > 0).map(({ id }) => id);
    fc.assert(
      fc.property(fc.constantFrom(...structs), fc.nat(30), fc.constantFrom('name', 'type', 'place'), (id, at, what) => {
        const type = kinds.type(id);
        if (!('members' in type)) return;
        const idx = at % type.members.length;
        const builder = new BtfBuilder();
        builder.addBtf(kinds);
        const words = builder.build();
        const bytes = words.bytes.slice();
        const view = new DataView(bytes.buffer);
        const word = view.getUint32(4, true) + view.getUint32(8, true) + 4 * (words.recordIdx(id) + 3 + 3 * idx);
        if (what === 'name') view.setUint32(word, view.getUint32(word, true) === 1 ? 5 : 1, true);
        else if (what === 'type') view.setUint32(word + 4, kinds.findByName('anonymous_t') ?? 0, true);
        else view.setUint32(word + 8, view.getUint32(word + 8, true) + 8, true);
        const { changed, added, removed } = diffBtf(kinds, parseBtf(bytes));
        expect([added, removed]).toEqual([[], []]);
        expect(changed.map(({ name }) => name)).toEqual([type.name]);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });
});

describe('formatDiff', () => {
  it('is empty where nothing differs', () => {
    expect(formatDiff(NOTHING)).toBe('');
  });

  it('reads like a unified diff', () => {
    const text = formatDiff(diffBtf(old, version('new'), { types: ['color', 'gone', 'fresh', 'flags', 'nested', 'tag', 'handle_t', 'only_old', 'counter', 'proto', 'width', 'u64'] }));
    expect(text).toBe(` enum color
-    GREEN = 1
+    GREEN = 5
-    BLUE = 2
+    VIOLET = 6
-var u32 counter
+var u64 counter, 4 -> 8 bytes
 struct flags
-    u32 two: 2; at 0:1
+    u32 two: 3; at 0:1
-    u32 rest: 29; at 0:3
+    u32 rest: 28; at 0:4
+struct fresh, 4 bytes
-struct gone, 4 bytes
-typedef handle_t = u32
+typedef handle_t = u64
 struct nested, 20 -> 32 bytes
-    int y; at 8, 4 bytes (pos.y)
+    int z; at 8, 4 bytes (pos.z)
-    float f; at 12, 4 bytes
+    double f; at 16, 8 bytes
-    int i; at 12, 4 bytes
+    int i; at 16, 4 bytes
-    struct {...} regs[2]; at 16, 4 bytes
+    struct {...} regs[2]; at 24, 4 bytes
-    u8 lo; at 16, 1 byte (regs[].lo)
+    u8 lo; at 24, 1 byte (regs[].lo)
-    u8 hi; at 17, 1 byte (regs[].hi)
+    signed char hi; at 25, 1 byte (regs[].hi)
-var int only_old
-func int proto(u32 a)
+func int proto(u32 a, u64 b)
-struct tag
+union tag
+typedef u64 = unsigned long long
 enum width, 4 -> 8 bytes
+    WIDE = 4294967296
`);
  });
});

const vmlinux = vmlinuxBytes();
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'vmlinux of the running kernel', () => {
  it('finds one change among all types, and nothing without', () => {
    const bytes = vmlinux ?? new Uint8Array();
    const btf = parseBtf(bytes);
    const start = Date.now();
    expect(diffBtf(btf, parseBtf(bytes))).toEqual(NOTHING);
    console.log(`vmlinux against itself: ${Date.now() - start} ms`);
    const id = btf.findByNameKind('task_struct', BTF_KIND_STRUCT) ?? 0;
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    view.setUint32(view.getUint32(4, true) + view.getUint32(8, true) + 4 * (btf.recordIdx(id) + 2), btf.rawSize(id) + 64, true);
    const found = diffBtf(btf, parseBtf(changed));
    expect(found.changed[0]).toMatchObject({ kind: 'struct', name: 'task_struct', sizes: { before: btf.rawSize(id), after: btf.rawSize(id) + 64 }, members: [] });
    // Besides, only what contains a task_struct by value.
    for (const change of found.changed.slice(1)) expect(change.members.every(({ resized, moved, retyped }) => resized && !moved && !retyped)).toBe(true);
  }, 60_000);
});

describe('tags', () => {
  /** One of each kind of type, with these tags: declaration tags by what they are put on, a type tag behind a pointer. */
  const tagged = (tags: Readonly<Record<string, readonly string[]>>, typeTag?: string): Btf => {
    const builder = new BtfBuilder();
    const int = builder.addInt('int', 4, BTF_INT_SIGNED);
    const put = (key: string, type: number, component = -1): void => {
      for (const value of tags[key] ?? []) builder.addDeclTag(value, type, component);
    };
    const inner = builder.addStruct('', 4);
    builder.addField('deep', int, 0);
    const struct = builder.addStruct('s', 16);
    builder.addField('first', int, 0);
    builder.addField('', inner, 32);
    builder.addField('ptr', builder.typeCount, 64);
    builder.addPtr(typeTag === undefined ? int : builder.typeCount + 1);
    if (typeTag !== undefined) builder.addTypeTag(typeTag, int);
    const alias = builder.addTypedef('alias', int);
    const anonymous = builder.addStruct('', 4);
    builder.addField('only', int, 0);
    const named = builder.addTypedef('named', anonymous);
    const func = builder.addFunc('f', builder.addFuncProto(int, [{ name: 'ctx', type: int }, { name: '', type: int }]));
    const variable = builder.addVar('v', int, 1);
    put('s', struct);
    put('s.first', struct, 0);
    put('s.deep', inner, 0);
    put('alias', alias);
    put('named', named);
    put('named.only', anonymous, 0);
    put('f', func);
    put('f.ctx', func, 0);
    put('f.1', func, 1);
    put('v', variable);
    return builder.build();
  };
  const shown = (a: Btf, b: Btf): string => formatDiff(diffBtf(a, b)).trimEnd();

  it('are told where they are put', () => {
    const plain = tagged({});
    const keys = ['s', 's.first', 's.deep', 'alias', 'named', 'named.only', 'f', 'f.ctx', 'f.1', 'v'];
    const all = Object.fromEntries(keys.map((key) => [key, [`on ${key}`]]));
    expect(shown(plain, tagged(all))).toBe(` typedef alias
+    tag on alias
 func f
+    tag on f
+    tag ctx: on f.ctx
+    tag 1: on f.1
 typedef named
+    tag on named
-    int only; at 0, 4 bytes
+    int only; at 0, 4 bytes, tag on named.only
 struct s
+    tag on s
-    int first; at 0, 4 bytes
+    int first; at 0, 4 bytes, tag on s.first
-    int deep; at 4, 4 bytes
+    int deep; at 4, 4 bytes, tag on s.deep
 var v
+    tag on v`);
    // Each alone is found, also when it goes.
    for (const key of keys) {
      const one = tagged({ [key]: ['x'] });
      expect(diffBtf(plain, one).changed).toHaveLength(1);
      expect(mirrored(diffBtf(one, plain))).toEqual(diffBtf(plain, one));
      expect(diffBtf(one, tagged({ [key]: ['x'] }))).toEqual(NOTHING);
    }
  });

  it('have no order', () => {
    expect(diffBtf(tagged({ v: ['a', 'b'], f: ['c', 'c'] }), tagged({ v: ['b', 'a'], f: ['c', 'c'] }))).toEqual(NOTHING);
    expect(shown(tagged({ v: ['a', 'b'] }), tagged({ v: ['c', 'b'] }))).toBe(' var v\n-    tag a\n+    tag c');
  });

  it('of types make another type', () => {
    const change = changeOf('struct', 's', diffBtf(tagged({}), tagged({}, 'user')));
    expect(change?.members.map(({ path, retyped, tags }) => ({ path, retyped, tags }))).toEqual([{ path: 'ptr', retyped: true, tags: undefined }]);
    expect(diffBtf(tagged({}, 'user'), tagged({}, 'user'))).toEqual(NOTHING);
    expect(diffBtf(tagged({}, 'user'), tagged({}, 'rcu')).changed).toHaveLength(1);
  });
});
