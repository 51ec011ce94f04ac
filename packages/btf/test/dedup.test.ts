// Is each type kept once, and only types that are equal taken for one?
import { describe, expect, it } from '@jest/globals';
import type { Btf } from '../src/index.ts';
import {
  BTF_FUNC_EXTERN, BTF_FUNC_GLOBAL, BTF_KIND_FUNC, BTF_KIND_FWD, BTF_KIND_STRUCT, BtfBuilder, dedupBtf, dumpRaw, encodeBtfExt, formatType,
  parseBtf, parseBtfExt, remapExt,
} from '../src/index.ts';
import { describeWith, firstMissing, fixture, fixtureBtf, FIXTURES, fixtureText, idOf, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

function append(...parts: readonly Btf[]): Btf {
  const builder = new BtfBuilder();
  for (const part of parts) builder.addBtf(part);
  return builder.build();
}

const text = (btf: Btf): string => [...dumpRaw(btf)].join('');

describe('against libbpf', () => {
  it('keeps the same types of two objects to be linked', () => {
    const { builder } = dedupBtf(append(fixtureBtf('helpers'), fixtureBtf('main_prog')));
    expect(text(builder.build())).toBe(fixtureText('linked.dedup.txt'));
  });

  it('keeps the same types of everything twice', () => {
    const order = [...FIXTURES].sort();
    const parts = [...order, ...order].map((name) => fixtureBtf(name));
    expect(text(dedupBtf(append(...parts)).builder.build())).toBe(fixtureText('twice.dedup.txt'));
  });

  it('works on the other byte order alike', () => {
    const { builder } = dedupBtf(append(fixtureBtf('helpers', 'eb'), fixtureBtf('main_prog', 'eb')));
    expect(text(builder.build(false))).toBe(fixtureText('linked.dedup.txt'));
  });
});

describe('equality', () => {
  /** A list node of its own numbering, with a payload of some type. */
  function list(builder: BtfBuilder, payload: (builder: BtfBuilder) => number, before = 0): number {
    for (let i = 0; i < before; i++) builder.addFloat(`pad${i}`, 4);
    const struct = builder.typeCount;
    builder.addStruct('list', 16);
    builder.addField('next', struct + 1, 0);
    builder.addField('payload', struct + 2, 64);
    builder.addPtr(struct);
    payload(builder);
    return struct;
  }

  it('sees through cycles', () => {
    const builder = new BtfBuilder();
    const a = list(builder, (b) => b.addInt('int', 4));
    const b = list(builder, (own) => own.addInt('int', 4), 3);
    const { ids } = dedupBtf(builder.build());
    expect(ids[b]).toBe(ids[a]);
  });

  it('tells cycles apart that differ far inside', () => {
    const builder = new BtfBuilder();
    const a = list(builder, (b) => b.addInt('int', 4));
    const b = list(builder, (own) => own.addInt('long', 8));
    const deduped = dedupBtf(builder.build());
    expect(deduped.ids[b]).not.toBe(deduped.ids[a]);
    expect(deduped.ids[b + 1]).not.toBe(deduped.ids[a + 1]);
  });

  it.each([
    ['name', (b: BtfBuilder) => [b.addInt('int', 4), b.addInt('long', 4)]],
    ['size', (b: BtfBuilder) => [b.addInt('int', 4), b.addInt('int', 8)]],
    ['encoding', (b: BtfBuilder) => [b.addInt('int', 4), b.addInt('int', 4, 1)]],
    ['linkage', (b: BtfBuilder) => [b.addFunc('f', b.addFuncProto(0), BTF_FUNC_GLOBAL), b.addFunc('f', b.typeCount - 2, BTF_FUNC_EXTERN)]],
    ['parameter name', (b: BtfBuilder) => [b.addFuncProto(0, [{ name: 'x', type: 0 }]), b.addFuncProto(0, [{ name: 'y', type: 0 }])]],
    ['array length', (b: BtfBuilder) => [b.addArray(0, 0, 1), b.addArray(0, 0, 2)]],
    ['modifier', (b: BtfBuilder) => [b.addConst(0), b.addVolatile(0)]],
    ['tagged component', (b: BtfBuilder) => [b.addDeclTag('t', b.addFloat('f', 4)), b.addDeclTag('t', b.typeCount - 2, 1)]],
    ['variable', (b: BtfBuilder) => [b.addVar('v', 0, 1), b.addVar('v', 0, 1)]],
  ])('keeps types apart that differ in %s', (_what, add) => {
    const builder = new BtfBuilder();
    const pair = add(builder);
    const { ids } = dedupBtf(builder.build());
    expect(ids[pair[0] ?? 0]).not.toBe(ids[pair[1] ?? 0]);
  });
});

describe('forward declarations', () => {
  const withFull = (...sizes: readonly number[]): BtfBuilder => {
    const builder = new BtfBuilder();
    builder.addFwd('s');
    builder.addPtr(1);
    for (const size of sizes) {
      builder.addStruct('s', size);
      builder.addPtr(builder.typeCount - 1);
    }
    return builder;
  };

  it('give way to the one full type', () => {
    const { ids, builder } = dedupBtf(withFull(8, 8).build());
    expect(Array.from(ids)).toEqual([0, 2, 1, 2, 1, 2, 1]);
    expect(text(builder.build())).toBe("[1] PTR '(anon)' type_id=2\n[2] STRUCT 's' size=8 vlen=0\n");
  });

  it('stay when full types differ, or when there is none, or only of the other sort', () => {
    expect(Array.from(dedupBtf(withFull(8, 16).build()).ids)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(Array.from(dedupBtf(withFull().build()).ids)).toEqual([0, 1, 2]);
    const other = withFull();
    other.addUnion('s', 8);
    expect(Array.from(dedupBtf(other.build()).ids)).toEqual([0, 1, 2, 3]);
  });

  it('are told apart when their full types turn out to differ', () => {
    // Two `struct s` differ only in what a member points to, which is known after some rounds.
    const builder = new BtfBuilder();
    const fwd = builder.addFwd('s');
    const holder = builder.addPtr(fwd);
    const full: number[] = [];
    for (const name of ['int', 'long']) {
      const int = builder.addInt(name, 8);
      const ptr = builder.addPtr(builder.addPtr(builder.addPtr(int)));
      full.push(builder.addStruct('s', 8));
      builder.addField('p', ptr, 0);
      builder.addPtr(full.at(-1) ?? 0);
    }
    const { ids, builder: out } = dedupBtf(builder.build());
    expect(new Set([fwd, ...full].map((id) => ids[id])).size).toBe(3);
    expect(formatType(out.build(), ids[holder] ?? 0)).toBe('struct s *');
    expect(out.build().findByNameKind('s', BTF_KIND_FWD)).toBe(ids[fwd]);
  });
});

describe('split BTF', () => {
  it('leaves out what the base has', () => {
    const base = fixtureBtf('helpers');
    const builder = new BtfBuilder({ base });
    const copy = builder.addBtf(fixtureBtf('main_prog'));
    const { ids, builder: out } = dedupBtf(builder.build());
    const xdp = idOf(fixtureBtf('main_prog'), 'xdp_md', BTF_KIND_STRUCT);
    expect(ids[copy[xdp] ?? 0]).toBe(idOf(base, 'xdp_md', BTF_KIND_STRUCT));
    const split = out.build();
    expect(split.startId).toBe(base.typeCount);
    expect(split.typeCount).toBeLessThan(base.typeCount + 15);
    expect(split.name(ids[copy[idOf(fixtureBtf('main_prog'), 'main_prog', BTF_KIND_FUNC)] ?? 0] ?? 0)).toBe('main_prog');
  });
});

describe('.BTF.ext', () => {
  it('gets the new ids and offsets', () => {
    const core = fixtureBtf('core');
    const ext = parseBtfExt(fixture('core.el.btfext'), { btf: core });
    // The records of a second copy, which dedup folds into the first.
    const twice = new BtfBuilder();
    twice.addBtf(core);
    const ids = twice.addBtf(core);
    const moved = remapExt(ext, (id) => ids[id] ?? 0, twice.stringMap(core), (section) => (section === '.text' ? 100 : 0));
    const source = twice.build();
    const { builder, ext: deduped } = dedupBtf(source, moved);
    const bytes = encodeBtfExt(deduped ?? moved, { littleEndian: true, addString: (name) => builder.addString(name) });
    const out = builder.build();
    const back = parseBtfExt(bytes, { btf: out });
    expect(back.funcInfo.map((section) => [section.sectionName, ...section.records.map((r) => out.name(r.typeId))])).toEqual(
      ext.funcInfo.map((section) => [section.sectionName, ...section.records.map((r) => core.name(r.typeId))]),
    );
    expect(back.funcInfo.map((section) => section.records[0]?.insnIdx)).toEqual([0, 0, 100, 0]);
    expect(back.coreRelos.flatMap((section) => section.records.map((r) => out.name(r.typeId)))).toEqual(
      ext.coreRelos.flatMap((section) => section.records.map((r) => core.name(r.typeId))),
    );
    expect(back.lineInfo.flatMap((section) => section.records.map((r) => [out.string(r.fileNameOff), out.string(r.lineOff), r.line, r.column]))).toEqual(
      ext.lineInfo.flatMap((section) => section.records.map((r) => [core.string(r.fileNameOff), core.string(r.lineOff), r.line, r.column])),
    );
  });
});

describe('bounds', () => {
  it('takes long chains and wide classes in its stride', () => {
    const builder = new BtfBuilder();
    const length = 60_000;
    for (const name of ['int', 'long']) {
      builder.addInt(name, 4);
      for (let i = 0; i < length; i++) builder.addPtr(builder.typeCount - 1);
    }
    // A ring of pointers, all equal.
    const ring = builder.typeCount;
    for (let i = 0; i < length; i++) builder.addPtr(ring + ((i + 1) % length));
    const started = performance.now();
    const { ids } = dedupBtf(builder.build());
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(new Set(ids.subarray(1, ring)).size).toBe(2 * (length + 1));
    expect(new Set(ids.subarray(ring)).size).toBe(1);
  }, 60_000);
});

describe('graphs made to be hard for partition refinement', () => {
  const within = (ms: number, run: () => void): void => {
    const started = performance.now();
    run();
    expect(performance.now() - started).toBeLessThan(ms);
  };

  it('rings that read as Fibonacci words, on which Hopcroft splits as often as it can', () => {
    let [previous, word] = ['b', 'a'];
    while (word.length < 40_000) [previous, word] = [word, word + previous];
    const builder = new BtfBuilder();
    const start = builder.typeCount;
    for (let i = 0; i < word.length; i++) {
      const next = start + ((i + 1) % word.length);
      if (word[i] === 'a') builder.addConst(next);
      else builder.addVolatile(next);
    }
    const btf = builder.build();
    // A Fibonacci word repeats nothing when read around, so no two are equal.
    within(20_000, () => expect(dedupBtf(btf).builder.typeCount).toBe(btf.typeCount));
  }, 60_000);

  it('trees whose leaves tell levels apart one by one, and wide prototypes that refer to all of them', () => {
    const builder = new BtfBuilder();
    const depth = 300;
    for (const leaf of ['int', 'long']) {
      let below = builder.addInt(leaf, 4);
      for (let level = 0; level < depth; level++) {
        below = builder.addFuncProto(below, Array.from({ length: 40 }, () => ({ name: 'p', type: below })));
        // Equal to the level above.
        builder.addFuncProto(below, Array.from({ length: 40 }, () => ({ name: 'p', type: below })));
      }
    }
    const btf = builder.build();
    within(20_000, () => expect(dedupBtf(btf).builder.typeCount).toBe(1 + 2 * (1 + depth + 1)));
  }, 60_000);

  it('thousands of declarations whose full types differ only far inside', () => {
    const builder = new BtfBuilder();
    const ints = [builder.addInt('int', 4), builder.addInt('long', 8)];
    for (let n = 0; n < 4000; n++) {
      builder.addPtr(builder.addFwd('s'));
      let ptr = ints[n % 2] ?? 0;
      for (let i = 0; i < 6; i++) ptr = builder.addPtr(ptr);
      const self = builder.addPtr(builder.typeCount + 1);
      builder.addStruct('s', 8);
      builder.addField('p', ptr, 0);
      builder.addField('self', self, 64);
    }
    const btf = builder.build();
    // One FWD and its pointer, two of all else.
    within(20_000, () => expect(dedupBtf(btf).builder.typeCount).toBe(1 + 2 + 2 + 2 * (6 + 1 + 1)));
  }, 60_000);
});

const vmlinux = vmlinuxBytes();
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'vmlinux of the running kernel', () => {
  it('has no types twice, and twice itself is itself but for variables and sections', () => {
    const src = parseBtf(vmlinux ?? new Uint8Array());
    expect(dedupBtf(src).builder.typeCount).toBe(src.typeCount);
    let unique = 0;
    for (let id = 1; id < src.typeCount; id++) if (src.kind(id) === 14 || src.kind(id) === 15) unique++;
    expect(dedupBtf(append(src, src)).builder.typeCount).toBe(src.typeCount + unique);
  }, 60_000);
});
