// Does what is read, permuted, copied or laid out come back as it was?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Btf } from '../src/index.ts';
import {
  BTF_FWD_ENUM, BTF_KIND_ENUM, BTF_KIND_FUNC, BTF_KIND_STRUCT, BtfBuilder, dedupBtf, distillBase, dumpRaw, parseBtf, relocateBtf,
} from '../src/index.ts';
import { describeWith, firstMissing, fixture, fixtureBtf, FIXTURES, idOf, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';
import { random, randomSplit } from './peer-cases.ts';

const ORDERS = FIXTURES.flatMap((name) => [[name, 'el'], [name, 'eb']] as const);

function dump(btf: Btf): string {
  return [...dumpRaw(btf)].join('');
}

/** A blob with a kind layout that knows kind 25, of 2 words and 1 per element, and a type of it with strange words. */
function unknownKind(littleEndian = true): Uint8Array {
  const builder = new BtfBuilder({ littleEndian });
  builder.addInt('int', 4, 1);
  builder.addArray(1, 1, 2);
  const known = builder.encode({ layout: true });
  const view = new DataView(known.buffer);
  const typeOff = 32;
  const [typeLen, strLen] = [view.getUint32(12, littleEndian), view.getUint32(20, littleEndian)];
  const layout = new Uint8Array(4 * 26);
  layout.set(known.subarray(typeOff + typeLen, typeOff + typeLen + 80));
  layout.set([8, 4, ...(littleEndian ? [7, 0] : [0, 7])], 100);
  const words = [0, ((25 << 24) | 3) >>> 0, 0xffff_ffff, 0xdead_beef, 1, 2, 3, 4];
  const bytes = new Uint8Array(typeOff + typeLen + 4 * words.length + layout.length + strLen);
  const out = new DataView(bytes.buffer);
  bytes.set(known.subarray(0, typeOff + typeLen));
  words.forEach((word, i) => out.setUint32(typeOff + typeLen + 4 * i, word, littleEndian));
  const layoutAt = typeOff + typeLen + 4 * words.length;
  bytes.set(layout, layoutAt);
  bytes.set(known.subarray(known.length - strLen), layoutAt + layout.length);
  [[12, layoutAt - typeOff], [16, layoutAt - typeOff + layout.length], [24, layoutAt - typeOff], [28, layout.length]].forEach(([at, value]) => out.setUint32(at!, value!, littleEndian));
  return bytes;
}

describe('round trips', () => {
  it.each(ORDERS)('%s.%s: in its own order without a word, in the other and back', (name, order) => {
    const bytes = fixture(`${name}.${order}.btf`);
    const builder = BtfBuilder.from(parseBtf(bytes));
    expect(builder.encode()).toEqual(bytes);
    const other = builder.encode(order !== 'el');
    expect(BtfBuilder.from(parseBtf(other)).encode(order === 'el')).toEqual(bytes);
    expect(dump(parseBtf(other))).toBe(dump(parseBtf(bytes)));
  });

  it.each(ORDERS)('%s.%s: with kind layout and without', (name, order) => {
    const bytes = fixture(`${name}.${order}.btf`);
    const laidOut = parseBtf(BtfBuilder.from(parseBtf(bytes)).encode({ layout: true }));
    expect(laidOut.bytes.length).toBe(bytes.length + 8 + 80);
    expect(dump(laidOut)).toBe(dump(parseBtf(bytes)));
    expect(BtfBuilder.from(laidOut).encode()).toEqual(laidOut.bytes);
    expect(BtfBuilder.from(laidOut).encode({ layout: false })).toEqual(bytes);
    const patched = BtfBuilder.from(laidOut);
    patched.addPtr(1);
    expect(patched.build().bytes.length).toBe(laidOut.bytes.length + 12);
  });

  it.each([[true], [false]])('a kind that is not known stays, little-endian %s', (littleEndian) => {
    const bytes = unknownKind(littleEndian);
    const btf = parseBtf(bytes);
    expect(btf.type(3)).toMatchObject({ kind: 0, rawKind: 25 });
    const builder = BtfBuilder.from(btf);
    expect(builder.encode()).toEqual(bytes);
    // Changed around it, and in the other order, it stays too: its words and its layout.
    builder.setName(1, 'number');
    builder.addPtr(3);
    const changed = builder.build(!littleEndian);
    expect(changed.type(3)).toMatchObject({ rawKind: 25 });
    expect(Array.from(changed.words.slice(changed.recordIdx(3), changed.recordIdx(4)))).toEqual([0, ((25 << 24) | 3) >>> 0, 0xffff_ffff, 0xdead_beef, 1, 2, 3, 4]);
    expect(changed.refType(4)).toBe(3);
    builder.setName(1, 'int');
    expect(dump(parseBtf(BtfBuilder.from(changed).encode(littleEndian)))).toBe(dump(changed));
    for (const refused of [() => new BtfBuilder().addBtf(btf), () => new BtfBuilder().addTypeDeep(btf, 3), () => builder.permute([0, 1, 2, 3, 4])]) {
      expect(refused).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    }
    expect(() => builder.encode({ layout: false })).toThrow(RangeError);
  });

  it('gaps and sections in another order stay while nothing is changed', () => {
    const plain = fixture('helpers.el.btf');
    const view = new DataView(plain.buffer);
    const [typeLen, strLen] = [view.getUint32(12, true), view.getUint32(20, true)];
    const gap = 4 - (strLen % 4);
    const bytes = new Uint8Array(24 + strLen + gap + typeLen);
    bytes.set(plain.subarray(0, 24));
    bytes.set(plain.subarray(24 + typeLen), 24);
    bytes.fill(0xaa, 24 + strLen, 24 + strLen + gap);
    bytes.set(plain.subarray(24, 24 + typeLen), 24 + strLen + gap);
    [[8, strLen + gap], [16, 0]].forEach(([at, value]) => new DataView(bytes.buffer).setUint32(at!, value!, true));
    const builder = BtfBuilder.from(parseBtf(bytes));
    expect(builder.encode()).toEqual(bytes);
    builder.setName(1, '');
    expect(builder.encode()).toEqual(plain);
  });

  it('a split BTF, by the order of its base', () => {
    const base = BtfBuilder.from(fixtureBtf('kinds')).build(false);
    const builder = new BtfBuilder({ base });
    builder.addTypedef('own', 1);
    const split = builder.build();
    expect(split.littleEndian).toBe(false);
    expect(BtfBuilder.from(split).encode()).toEqual(split.bytes);
  });

  it('what is random', () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.boolean(), (seed, littleEndian, layout) => {
        const split = randomSplit(seed);
        const written = parseBtf(BtfBuilder.from(split).encode({ littleEndian, layout }), { base: split.base });
        expect(dump(written)).toBe(dump(split));
        expect(BtfBuilder.from(written).encode({ littleEndian: split.littleEndian, layout: false })).toEqual(split.bytes);
      }),
      { numRuns: 200 },
    );
  });
});

describe('permute', () => {
  const shuffled = (count: number, seed: number): number[] => {
    const pick = random(seed);
    const ids = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = pick(i + 1);
      [ids[i], ids[j]] = [ids[j]!, ids[i]!];
    }
    return ids;
  };

  it('is undone by the inverse', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ORDERS), fc.nat(), ([name, order], seed) => {
        const bytes = fixture(`${name}.${order}.btf`);
        const builder = BtfBuilder.from(parseBtf(bytes));
        const map = [0, ...shuffled(builder.typeCount - 1, seed).map((id) => id + 1)];
        builder.permute(map);
        const moved = builder.build();
        map.forEach((to, id) => id > 0 && expect(moved.name(to)).toBe(parseBtf(bytes).name(id)));
        const inverse: number[] = [];
        map.forEach((to, id) => (inverse[to] = id));
        builder.permute(inverse);
        expect(builder.encode()).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('moves only own types of a split BTF', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, shuffle) => {
        const split = randomSplit(seed);
        const builder = BtfBuilder.from(split);
        const own = split.typeCount - split.startId;
        const map = shuffled(own, shuffle).map((id) => id + split.startId);
        const ids = builder.permute(map);
        expect(Array.from(ids.subarray(0, split.startId))).toEqual(Array.from({ length: split.startId }, (_, id) => id));
        const inverse: number[] = [];
        map.forEach((to, i) => (inverse[to - split.startId] = i + split.startId));
        builder.permute(inverse);
        expect(builder.encode()).toEqual(split.bytes);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['too short', [0, 1]],
    ['too long', [0, 1, 2, 3, 4]],
    ['void moves', [1, 0, 2, 3]],
    ['an id twice', [0, 1, 1, 3]],
    ['out of range', [0, 1, 2, 4]],
    ['no integer', [0, 1, 2, 2.5]],
    ['a second void', [0, 1, 0, 3]],
  ])('refuses a map: %s', (_what, map) => {
    const builder = new BtfBuilder();
    for (const name of ['a', 'b', 'c']) builder.addInt(name, 4);
    const before = builder.encode();
    expect(() => builder.permute(map)).toThrow(RangeError);
    expect(builder.encode()).toEqual(before);
  });

  it('is followed by additions and patches', () => {
    const builder = new BtfBuilder();
    builder.addStruct('s', 8);
    builder.addField('a', 2, 0);
    builder.addInt('int', 4);
    builder.permute([0, 2, 1]);
    builder.addField('late', 1, 32);
    builder.setName(1, 'renamed');
    builder.addPtr(2);
    const btf = builder.build();
    expect([btf.name(1), btf.name(2), btf.refType(3)]).toEqual(['renamed', 's', 2]);
    expect(btf.type(2)).toMatchObject({ members: [{ name: 'a', type: 1 }, { name: 'late', type: 1, bitOff: 32 }] });
  });
});

describe('addTypeDeep', () => {
  it('copies a type with all it needs, once', () => {
    const src = fixtureBtf('kinds');
    const node = idOf(src, 'node', BTF_KIND_STRUCT);
    const builder = new BtfBuilder();
    const id = builder.addTypeDeep(src, node);
    const count = builder.typeCount;
    expect(builder.addTypeDeep(src, node)).toBe(id);
    expect(builder.typeCount).toBe(count);
    const btf = builder.build();
    expect(btf.name(id)).toBe('node');
    expect(btf.resolveSize(id)).toBe(src.resolveSize(node));
    expect(count).toBeLessThan(src.typeCount);
    // All of it, and it is the source again but for the order.
    for (let other = 1; other < src.typeCount; other++) builder.addTypeDeep(src, other);
    expect(dump(builder.build()).split('\n').length).toBe(dump(src).split('\n').length);
  });

  it('copies nothing that a common base has, and all of another base', () => {
    const base = fixtureBtf('kinds');
    const node = idOf(base, 'node', BTF_KIND_STRUCT);
    const src = new BtfBuilder({ base });
    const own = src.addTypedef('own', node);
    const split = src.build();
    const same = new BtfBuilder({ base });
    expect([same.addTypeDeep(base, node), same.addTypeDeep(split, own), same.typeCount]).toEqual([node, base.typeCount, base.typeCount + 1]);
    expect(same.build().refType(base.typeCount)).toBe(node);
    const alone = new BtfBuilder();
    const copied = alone.addTypeDeep(split, own);
    expect(alone.build().resolveSize(copied)).toBe(base.resolveSize(node));
    expect(alone.build().base).toBeUndefined();
  });

  it('does not recurse', () => {
    const src = new BtfBuilder();
    for (let i = 0; i < 200_000; i++) src.addPtr(i + 2);
    src.addInt('end', 4);
    expect(new BtfBuilder().addTypeDeep(src.build(), 1)).toBe(1);
  });

  it('refuses ids that are not there', () => {
    expect(() => new BtfBuilder().addTypeDeep(fixtureBtf('core'), 9999)).toThrow(expect.objectContaining({ code: 'BTF_TYPE_ID' }));
  });
});

describe('declarations', () => {
  it('of an enum are enums without values', () => {
    const builder = new BtfBuilder();
    const id = builder.addFwd('e', BTF_FWD_ENUM);
    expect(builder.build().type(id)).toMatchObject({ kind: BTF_KIND_ENUM, size: 4, values: [] });
  });
});

describe('distilled and relocated onto the same base', () => {
  /** What is left when types that the base has, too, are merged with them. */
  const canonical = (btf: Btf): string => dump(dedupBtf(btf).builder.build());

  /** The same, split on a base in which no two types are equal: a reference to either would do. */
  const onUniqueBase = (split: Btf): Btf => {
    const { builder, ids } = dedupBtf(split.base!);
    const base = builder.build();
    const own = new BtfBuilder({ base });
    const mapId = (id: number): number => (id < split.startId ? ids[id]! : id - split.startId + base.typeCount);
    for (let id = split.startId; id < split.typeCount; id++) own.addType(split, id, mapId);
    return own.build();
  };

  it('is the original', () => {
    let same = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const split = onUniqueBase(randomSplit(seed));
        const { split: distilled, ids } = distillBase(split);
        let relocated: Btf;
        try {
          relocated = relocateBtf(distilled, split.base!).btf;
        } catch (error) {
          // The base has two types that look the same by name and size.
          expect(error).toMatchObject({ code: 'BTF_RELOCATE' });
          return;
        }
        same++;
        for (let id = split.startId; id < split.typeCount; id++) {
          expect(relocated.name(ids[id]! - distilled.startId + relocated.startId)).toBe(split.name(id));
        }
        expect(canonical(relocated)).toBe(canonical(split));
      }),
      { numRuns: 300 },
    );
    expect(same).toBeGreaterThan(50);
  }, 120_000);

  it('of objects that are linked on another one', () => {
    const base = fixtureBtf('main_prog');
    const builder = new BtfBuilder({ base });
    builder.addBtf(fixtureBtf('core'));
    const split = dedupBtf(builder.build()).builder.build();
    const { base: small, split: distilled } = distillBase(split);
    expect(small.typeCount).toBeLessThan(base.typeCount);
    const back = relocateBtf(distilled, base).btf;
    expect(canonical(back)).toBe(canonical(split));
    expect(back.findByNameKind('first', BTF_KIND_FUNC)).toBe(split.findByNameKind('first', BTF_KIND_FUNC));
  });
});

describe('damaged bases and splits', () => {
  it('are distilled and relocated, or refused with a typed error', () => {
    const codes = new Map<string, number>();
    const attempt = (run: () => unknown): void => {
      let code = 'ok';
      try {
        run();
      } catch (error) {
        const { name } = error as { name?: string };
        if (name !== 'DecodeError' && name !== 'UnsupportedError') throw error;
        code = (error as { code: string }).code;
      }
      codes.set(code, (codes.get(code) ?? 0) + 1);
    };
    const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(30), fc.nat(22).map((kind) => kind * 2 ** 24 + 1)));
    fc.assert(
      fc.property(fc.nat(), fc.array(change, { minLength: 1, maxLength: 4 }), fc.array(change, { maxLength: 4 }), (seed, inBase, inSplit) => {
        const damage = (blob: Btf, changes: readonly [number, number][]): Uint8Array => {
          const bytes = blob.bytes.slice();
          const view = new DataView(bytes.buffer);
          if (blob.words.length > 0) for (const [at, value] of changes) view.setUint32(24 + 4 * (at % blob.words.length), value, blob.littleEndian);
          return bytes;
        };
        const split = randomSplit(seed);
        const distilled = distillBase(split);
        attempt(() => {
          const base = parseBtf(damage(split.base!, inBase));
          attempt(() => distillBase(parseBtf(damage(split, inSplit), { base })));
          attempt(() => relocateBtf(distilled.split, base));
        });
        attempt(() => relocateBtf(parseBtf(damage(distilled.split, inSplit), { base: parseBtf(damage(distilled.base, inBase)) }), split.base!));
      }),
      { numRuns: 1500 },
    );
    // BTF_DISTILL is too rare to be sure of.
    for (const code of ['ok', 'BTF_RELOCATE', 'BTF_TYPE_ID']) expect(codes.get(code) ?? 0).toBeGreaterThan(0);
  }, 120_000);
});

const vmlinux = vmlinuxBytes();
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'vmlinux of the running kernel', () => {
  it('comes back byte for byte, with layout too, and permuted there and back', () => {
    const bytes = vmlinux ?? new Uint8Array();
    const builder = BtfBuilder.from(parseBtf(bytes));
    const laidOut = parseBtf(builder.encode({ layout: true }));
    expect(Buffer.compare(BtfBuilder.from(laidOut).encode({ layout: false }), bytes)).toBe(0);
    const reverse = Array.from({ length: builder.typeCount }, (_, id) => (id === 0 ? 0 : builder.typeCount - id));
    builder.permute(reverse);
    expect(Buffer.compare(builder.encode(), bytes)).not.toBe(0);
    builder.permute(reverse);
    expect(Buffer.compare(builder.encode(), bytes)).toBe(0);
  });

  it('gives task_struct with all it needs', () => {
    const src = parseBtf(vmlinux ?? new Uint8Array());
    const builder = new BtfBuilder();
    const id = builder.addTypeDeep(src, idOf(src, 'task_struct', BTF_KIND_STRUCT));
    expect(builder.build().resolveSize(id)).toBe(src.resolveSize(idOf(src, 'task_struct', BTF_KIND_STRUCT)));
    expect(builder.typeCount).toBeLessThan(src.typeCount);
  });
});
