// Does a blob parse to what its source says, in every form, and is a broken one refused with the place?
import { describe, expect, it } from '@jest/globals';
import {
  BTF_FUNC_EXTERN, BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64,
  BTF_KIND_FLOAT, BTF_KIND_FUNC, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION, BTF_KIND_VAR, BtfBuilder, parseBtf,
} from '../src/index.ts';
import { describeWith, firstMissing, fixture, fixtureBtf, FIXTURES, idOf, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

const kinds = fixtureBtf('kinds');

/** Blob of raw words: a header, types, strings, and a kind layout when one is given. */
function blob(types: readonly number[], strings = '\0', layout?: readonly number[], littleEndian = true): Uint8Array {
  const headerLen = layout === undefined ? 24 : 32;
  const layoutLen = layout === undefined ? 0 : 2 * layout.length;
  const bytes = new Uint8Array(headerLen + 4 * types.length + layoutLen + strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, littleEndian);
  view.setUint8(2, 1);
  view.setUint32(4, headerLen, littleEndian);
  view.setUint32(12, 4 * types.length, littleEndian);
  view.setUint32(16, 4 * types.length + layoutLen, littleEndian);
  view.setUint32(20, strings.length, littleEndian);
  types.forEach((word, i) => view.setUint32(headerLen + 4 * i, word, littleEndian));
  if (layout !== undefined) {
    view.setUint32(24, 4 * types.length, littleEndian);
    view.setUint32(28, layoutLen, littleEndian);
    for (let i = 0; i < layout.length; i += 2) {
      bytes[headerLen + 4 * types.length + 2 * i] = layout[i] ?? 0;
      bytes[headerLen + 4 * types.length + 2 * i + 1] = layout[i + 1] ?? 0;
    }
  }
  for (let i = 0; i < strings.length; i++) bytes[bytes.length - strings.length + i] = strings.charCodeAt(i);
  return bytes;
}

const kind = (value: number, vlen = 0): number => (value << 24) | vlen;
// info_sz, elem_sz of kinds 0 ‥ 19
const KNOWN_LAYOUT = [0, 0, 4, 0, 0, 0, 12, 0, 0, 12, 0, 12, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 4, 0, 0, 12, 0, 0, 4, 0, 0, 0, 0, 12];

describe('types by kind', () => {
  it('decodes structs with bitfields', () => {
    const bits = kinds.type(idOf(kinds, 'bits', BTF_KIND_STRUCT));
    expect(bits).toMatchObject({ kind: 4, size: 8, kindFlag: true });
    expect(bits.kind === 4 && bits.members.map((member) => [member.name, member.bitOff, member.bitfieldSize])).toEqual([
      ['a', 0, 3], ['b', 3, 5], ['c', 12, 2], ['d', 14, 33], ['e', 47, 4], ['f', 51, 1],
    ]);
  });

  it('decodes enums of both widths and signs', () => {
    expect(kinds.type(idOf(kinds, 'color', BTF_KIND_ENUM))).toMatchObject({
      signed: false,
      size: 4,
      values: [{ name: 'RED', value: 0 }, { name: 'GREEN', value: 5 }, { name: 'BLUE', value: 6 }],
    });
    expect(kinds.type(idOf(kinds, 'depth', BTF_KIND_ENUM))).toMatchObject({ signed: true, values: [{ value: -1 }, { value: 0x7fff_ffff }] });
    expect(kinds.type(idOf(kinds, 'wide', BTF_KIND_ENUM64))).toMatchObject({ signed: false, size: 8, values: [{ value: 0xffff_ffff_0000_0000n }, { value: 1n }] });
    expect(kinds.type(idOf(kinds, 'deep', BTF_KIND_ENUM64))).toMatchObject({ signed: true, values: [{ value: -(2n ** 63n) }, { value: 2n }] });
  });

  it('decodes integers, floats, arrays, variables, sections', () => {
    expect(kinds.type(idOf(kinds, '__int128', BTF_KIND_INT))).toMatchObject({ size: 16, bits: 128, bitOff: 0, encoding: 1 });
    expect(kinds.type(idOf(kinds, '_Bool', BTF_KIND_INT))).toMatchObject({ size: 1, encoding: 4 });
    expect(kinds.type(idOf(kinds, 'long double', BTF_KIND_FLOAT))).toMatchObject({ size: 8 });
    expect(kinds.type(idOf(kinds, 'hidden', BTF_KIND_VAR))).toMatchObject({ linkage: 0 });
    const section = kinds.type(idOf(kinds, '.data.custom', BTF_KIND_DATASEC));
    expect(section).toMatchObject({ kind: BTF_KIND_DATASEC, vars: [{ type: idOf(kinds, 'depth', BTF_KIND_VAR), byteOff: 0, size: 4 }] });
    const bss = kinds.type(idOf(kinds, '.ksyms', BTF_KIND_DATASEC));
    expect(bss).toMatchObject({ vars: [{ type: idOf(kinds, 'external', BTF_KIND_FUNC) }] });
  });

  it('decodes functions with their linkage', () => {
    const linkage = (name: string): unknown => {
      const func = kinds.type(idOf(kinds, name, BTF_KIND_FUNC));
      return func.kind === 12 && func.linkage;
    };
    expect([linkage('local'), linkage('global'), linkage('external')]).toEqual([BTF_FUNC_STATIC, BTF_FUNC_GLOBAL, BTF_FUNC_EXTERN]);
    const proto = kinds.type(kinds.refType(idOf(kinds, 'local', BTF_KIND_FUNC)));
    expect(proto.kind === 13 && proto.params.map((param) => param.name)).toEqual(['n', 'index']);
  });

  it('finds declaration tags on types, members and parameters', () => {
    expect(kinds.declTags(idOf(kinds, 'node', BTF_KIND_STRUCT))).toEqual([{ value: 'on struct', componentIdx: -1 }]);
    expect(kinds.declTags(kinds.refType(idOf(kinds, 'anonymous_t', BTF_KIND_TYPEDEF)))).toEqual([{ value: 'on member', componentIdx: 0 }]);
    expect(kinds.declTags(idOf(kinds, 'local', BTF_KIND_FUNC))).toEqual([{ value: 'arg:nonnull', componentIdx: 0 }]);
    expect(kinds.declTags(idOf(kinds, 'bits', BTF_KIND_STRUCT))).toEqual([]);
  });

  it.each(FIXTURES)('decodes %s alike in both byte orders', (name) => {
    const little = fixtureBtf(name, 'el');
    const big = fixtureBtf(name, 'eb');
    expect([little.littleEndian, big.littleEndian]).toEqual([true, false]);
    expect(big.typeCount).toBe(little.typeCount);
    for (let id = 1; id < little.typeCount; id++) expect(big.type(id)).toEqual(little.type(id));
  });
});

describe('lookup and resolution', () => {
  it('finds by name, and by kind among equal names', () => {
    expect(kinds.name(kinds.findByName('node') ?? 0)).toBe('node');
    expect(kinds.kind(idOf(kinds, 'color', BTF_KIND_ENUM))).toBe(BTF_KIND_ENUM);
    expect(kinds.kind(idOf(kinds, 'color', BTF_KIND_VAR))).toBe(BTF_KIND_VAR);
    expect(kinds.findByName('color')).toBe(Math.min(idOf(kinds, 'color', BTF_KIND_ENUM), idOf(kinds, 'color', BTF_KIND_VAR)));
    for (const absent of ['', 'nod', 'nodes', 'node\0', 'nöde']) expect(kinds.findByName(absent)).toBeUndefined();
    expect(kinds.findByNameKind('node', BTF_KIND_UNION)).toBeUndefined();
  });

  it('finds every named type of a blob', () => {
    for (let id = 1; id < kinds.typeCount; id++) {
      if (kinds.name(id) === '') continue;
      expect(kinds.findByNameKind(kinds.name(id), kinds.kind(id))).toBeLessThanOrEqual(id);
      expect(kinds.name(kinds.findByName(kinds.name(id)) ?? 0)).toBe(kinds.name(id));
    }
  });

  it('sizes and aligns', () => {
    const of = (name: string, wanted: number): [number, number] => {
      const id = idOf(kinds, name, wanted);
      return [kinds.resolveSize(id), kinds.alignOf(id)];
    };
    expect(of('node', BTF_KIND_STRUCT)).toEqual([160, 8]);
    expect(of('packed', BTF_KIND_STRUCT)).toEqual([17, 1]);
    expect(of('bits', BTF_KIND_STRUCT)).toEqual([8, 8]);
    expect(of('node_ref', BTF_KIND_TYPEDEF)).toEqual([8, 8]);
    expect(of('short', BTF_KIND_INT)).toEqual([2, 2]);
    expect(of('__int128', BTF_KIND_INT)).toEqual([16, 8]);
    const grid = kinds.type(idOf(kinds, 'node', BTF_KIND_STRUCT));
    const member = grid.kind === 4 ? grid.members.find((candidate) => candidate.name === 'grid') : undefined;
    expect(member && kinds.resolveSize(member.type)).toBe(24);
  });

  it('skips modifiers, and typedefs only on demand', () => {
    const hidden = kinds.refType(idOf(kinds, 'hidden', BTF_KIND_VAR));
    expect(kinds.kind(kinds.skipModifiers(hidden))).toBe(BTF_KIND_TYPEDEF);
    expect(kinds.kind(kinds.resolveType(hidden))).toBe(BTF_KIND_INT);
  });

  it('has no size for functions, void and declarations', () => {
    for (const id of [0, idOf(kinds, 'local', BTF_KIND_FUNC), kinds.refType(idOf(kinds, 'local', BTF_KIND_FUNC))]) {
      expect(() => kinds.resolveSize(id)).toThrow(expect.objectContaining({ code: 'BTF_NO_SIZE' }));
    }
  });

  it('refuses ids out of range', () => {
    for (const id of [kinds.typeCount, -1, 0xffff_ffff, 1.5, Number.NaN]) {
      expect(() => kinds.kind(id)).toThrow(expect.objectContaining({ code: 'BTF_TYPE_ID' }));
      expect(() => kinds.type(id)).toThrow(expect.objectContaining({ code: 'BTF_TYPE_ID' }));
    }
    expect(() => kinds.type(0)).toThrow(expect.objectContaining({ code: 'BTF_TYPE_ID' }));
    expect([kinds.kind(0), kinds.name(0), kinds.vlen(0), kinds.refType(0)]).toEqual([0, '', 0, 0]);
  });
});

describe('cycles', () => {
  // const → volatile → const; array of itself; struct in itself
  const cyclic = parseBtf(
    blob([0, kind(10), 2, 0, kind(9), 1, 0, kind(3), 0, 3, 3, 2, 0, kind(4, 1), 8, 0, 4, 0, 0, kind(3), 0, 6, 6, 0xffff, 0, kind(3), 0, 5, 5, 0xffff]),
  );
  it('end with an error', () => {
    for (const run of [
      (): unknown => cyclic.skipModifiers(1), (): unknown => cyclic.resolveType(1), (): unknown => cyclic.resolveSize(1), (): unknown => cyclic.alignOf(1),
      (): unknown => cyclic.alignOf(3), (): unknown => cyclic.alignOf(4),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: 'BTF_DEPTH' }));
    }
    expect(() => cyclic.resolveSize(5)).toThrow(expect.objectContaining({ code: 'BTF_SIZE' }));
    expect(() => cyclic.resolveSize(3)).toThrow(expect.objectContaining({ code: 'BTF_SIZE' }));
  });

  it('does not visit shared members again and again', () => {
    // 40 structs, each with two members of the next: 2^40 paths.
    const words: number[] = [];
    for (let id = 1; id <= 40; id++) words.push(0, kind(4, 2), 8, 0, id + 1, 0, 0, id + 1, 0);
    words.push(0, kind(1), 4, 32);
    expect(parseBtf(blob(words)).alignOf(1)).toBe(4);
  });
});

describe('split BTF', () => {
  const base = kinds;
  const strEnd = base.strings.length;
  // typedef "mine" → struct node of the base; a pointer to it; a typedef that takes its name from the base's strings
  const nodeId = base.findByNameKind('node', BTF_KIND_STRUCT) ?? 0;
  const nodeName = base.words[base.recordIdx(nodeId)] ?? 0;
  const split = parseBtf(blob([strEnd, kind(8), nodeId, 0, kind(2), base.typeCount, nodeName, kind(8), nodeId], 'mine\0'), { base });

  it('continues ids and strings of its base', () => {
    expect([split.startId, split.typeCount]).toEqual([base.typeCount, base.typeCount + 3]);
    expect([split.name(base.typeCount), split.name(nodeId), split.name(base.typeCount + 2)]).toEqual(['mine', 'node', 'node']);
    expect(split.resolveSize(base.typeCount)).toBe(160);
    expect(split.type(nodeId)).toEqual(base.type(nodeId));
    expect(split.refType(base.typeCount + 1)).toBe(base.typeCount);
  });

  it('finds names in both, the base first', () => {
    expect(split.findByName('mine')).toBe(base.typeCount);
    expect(split.findByName('node')).toBe(nodeId);
    expect(split.findByNameKind('node', BTF_KIND_TYPEDEF)).toBe(base.typeCount + 2);
    expect(base.findByNameKind('node', BTF_KIND_TYPEDEF)).toBeUndefined();
    expect(split.declTags(nodeId)).toEqual([{ value: 'on struct', componentIdx: -1 }]);
  });

  it('may have no strings of its own', () => {
    expect(parseBtf(blob([0, kind(2), nodeId], ''), { base }).typeCount).toBe(base.typeCount + 1);
  });
});

describe('the newer header with kind layout', () => {
  // kind 20: 1 word of info and 2 words per element
  const layout = [...KNOWN_LAYOUT, 4, 8];
  const types = [0, kind(20, 2), 7, 1, 2, 3, 4, 5, 1, kind(1), 4, 32];

  it.each([true, false])('skips unknown kinds by it (little-endian: %s)', (littleEndian) => {
    const btf = parseBtf(blob(types, '\0int\0', layout, littleEndian));
    expect(btf.typeCount).toBe(3);
    expect(btf.kind(1)).toBe(0);
    expect(btf.type(1)).toEqual({ id: 1, name: '', kind: 0, rawKind: 20 });
    expect(btf.type(2)).toMatchObject({ name: 'int', kind: BTF_KIND_INT, size: 4 });
  });

  it('reads 7-bit kinds and 24-bit lengths', () => {
    const many: number[] = [...KNOWN_LAYOUT];
    while (many.length < 2 * 101) many.push(0, 0);
    many[200] = 0;
    many[201] = 4;
    const vlen = 0x1_2345;
    const btf = parseBtf(blob([0, kind(100, vlen), 0, ...new Array<number>(vlen).fill(9), 0, kind(2), 0], '\0', many));
    expect([btf.typeCount, btf.kind(1), btf.vlen(1), btf.kind(2)]).toEqual([3, 0, vlen, BTF_KIND_PTR]);
  });

  it('refuses unknown kinds without it, and layouts that contradict', () => {
    expect(() => parseBtf(blob(types, '\0int\0'))).toThrow(expect.objectContaining({ code: 'BTF_KIND', byteOff: 28 }));
    expect(() => parseBtf(blob(types, '\0int\0', KNOWN_LAYOUT))).toThrow(expect.objectContaining({ code: 'BTF_KIND' }));
    expect(() => parseBtf(blob(types, '\0int\0', [0, 0, 8, 0]))).toThrow(expect.objectContaining({ code: 'BTF_LAYOUT' }));
    expect(() => parseBtf(blob(types, '\0int\0', [...KNOWN_LAYOUT, 3, 8]))).toThrow(expect.objectContaining({ code: 'BTF_LAYOUT' }));
  });
});

describe('bad input', () => {
  it.each([
    ['type id of a reference', [0, kind(2), 5], 'BTF_TYPE_ID', 32],
    ['type id of a member', [0, kind(4, 1), 4, 0, 9, 0], 'BTF_TYPE_ID', 40],
    ['type id of an array element', [0, kind(3), 0, 9, 0, 1], 'BTF_TYPE_ID', 36],
    ['type id of a section variable', [0, kind(15, 1), 4, 9, 0, 0], 'BTF_TYPE_ID', 36],
    ['name', [77, kind(2), 0], 'BTF_STRING_OFF', 24],
    ['name of a parameter', [0, kind(13, 1), 0, 77, 0], 'BTF_STRING_OFF', 36],
    ['name of an enumerator', [0, kind(6, 1), 4, 77, 0], 'BTF_STRING_OFF', 36],
    ['length of a struct', [0, kind(4, 0xff_ffff), 4, 0, 0, 0], 'BTF_TRUNCATED', 24],
    ['record cut short', [0, kind(2), 0, 0, kind(2)], 'BTF_TRUNCATED', 36],
    ['kind 0', [0, 0, 0], 'BTF_KIND', 28],
  ])('names the place of a bad %s', (_what, words, code, byteOff) => {
    expect(() => parseBtf(blob(words))).toThrow(expect.objectContaining({ code, byteOff, what: expect.stringMatching(/^btf: type [12]/) }));
    expect(() => parseBtf(blob(words), { byteOff: 0x1000 })).toThrow(expect.objectContaining({ byteOff: byteOff + 0x1000 }));
  });

  it.each([
    ['magic', 0, 0, 'BTF_MAGIC'], ['version', 2, 2, 'BTF_VERSION'], ['flags', 3, 1, 'BTF_FLAGS'], ['header length', 4, 8, 'BTF_HEADER'],
    ['type offset', 8, 2, 'BTF_SECTION'], ['type length', 15, 0xff, 'BTF_SECTION'], ['string offset', 16, 4, 'BTF_SECTION'],
    ['string length', 23, 0xff, 'BTF_SECTION'],
  ])('refuses a bad %s', (_what, off, value, code) => {
    const bytes = fixture('kinds.el.btf');
    bytes[off] = value;
    expect(() => parseBtf(bytes)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses string sections without bounds', () => {
    for (const strings of ['', 'x\0', '\0x']) expect(() => parseBtf(blob([], strings))).toThrow(expect.objectContaining({ code: 'BTF_STRINGS' }));
  });

  it('refuses every truncation', () => {
    const bytes = fixture('helpers.el.btf');
    for (let len = 0; len < bytes.length; len++) expect(() => parseBtf(bytes.subarray(0, len))).toThrow(expect.objectContaining({ name: 'DecodeError' }));
  });
});

describe('strings', () => {
  it.each([['ASCII', ['alpha', 'beta', 'gamma']], ['others', ['naïve', '日本', 'x'.repeat(100), '😀']]])('of %s read alike one by one and in bulk', (_what, names) => {
    const builder = new BtfBuilder();
    for (const name of names) builder.addFwd(name);
    const btf = builder.build();
    for (let round = 0; round < 300; round++) expect(names.map((_, i) => btf.name(i + 1))).toEqual(names);
    for (const name of names) expect(btf.name(btf.findByName(name) ?? 0)).toBe(name);
    expect(btf.string(btf.words[0]! + 1)).toBe(btf.name(1).slice(1));
    for (const off of [btf.strings.length, -1, 0xffff_ffff, Number.NaN]) {
      expect(() => btf.string(off)).toThrow(expect.objectContaining({ code: 'BTF_STRING_OFF' }));
    }
  });

  it('that are no UTF-8 read with replacement characters', () => {
    const bytes = blob([1, kind(7), 0], '\0ab\0');
    bytes[bytes.length - 2] = 0xff;
    const btf = parseBtf(bytes);
    for (let round = 0; round < 1000; round++) if (btf.name(1) !== 'a\ufffd') throw new Error(btf.name(1));
  });
});

describe('memory', () => {
  it('reads unaligned bytes, ArrayBuffers and SharedArrayBuffers alike', () => {
    const bytes = fixture('kinds.el.btf');
    const unaligned = new Uint8Array(bytes.length + 1);
    unaligned.set(bytes, 1);
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    for (const input of [unaligned.subarray(1), copy, shared]) {
      const btf = parseBtf(input);
      for (let id = 1; id < kinds.typeCount; id++) expect(btf.type(id)).toEqual(kinds.type(id));
    }
  });

  it('shares the type section when it stands aligned in host order', () => {
    const bytes = new Uint8Array(fixture('kinds.el.btf'));
    expect(parseBtf(bytes).words.buffer).toBe(bytes.buffer);
  });
});

const vmlinux = vmlinuxBytes();
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'vmlinux of the running kernel', () => {
  it('parses, finds and sizes', () => {
    const btf = parseBtf(vmlinux ?? new Uint8Array());
    expect(btf.typeCount).toBeGreaterThan(50_000);
    const id = idOf(btf, 'task_struct', BTF_KIND_STRUCT);
    expect(btf.resolveSize(id)).toBe(btf.rawSize(id));
    expect(btf.alignOf(id)).toBe(8);
    expect(btf.kind(idOf(btf, 'bpf_prog_load', BTF_KIND_FUNC))).toBe(BTF_KIND_FUNC);
    const counts = new Map<number, number>();
    for (let type = 1; type < btf.typeCount; type++) counts.set(btf.type(type).kind, (counts.get(btf.type(type).kind) ?? 0) + 1);
    expect(counts.get(0)).toBeUndefined();
    for (const wanted of [BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_ARRAY, BTF_KIND_CONST]) expect(counts.get(wanted)).toBeGreaterThan(0);
  });
});
