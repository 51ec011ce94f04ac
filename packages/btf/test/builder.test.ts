// Does what is built parse back to what was asked for?
import { describe, expect, it } from '@jest/globals';
import type { Btf } from '../src/index.ts';
import {
  BTF_FUNC_EXTERN, BTF_FUNC_GLOBAL, BTF_INT_SIGNED, BTF_KIND_DATASEC, BTF_KIND_FUNC, BTF_KIND_STRUCT, BTF_KIND_VAR, BTF_VAR_GLOBAL_ALLOCATED,
  BTF_VAR_GLOBAL_EXTERN, BtfBuilder, formatFuncProto, parseBtf,
} from '../src/index.ts';
import { describeWith, firstMissing, fixture, fixtureBtf, FIXTURES, idOf, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

/** All own types, decoded. */
function all(btf: Btf): unknown[] {
  const types = [];
  for (let id = btf.startId; id < btf.typeCount; id++) types.push(btf.type(id));
  return types;
}

describe('one method per kind', () => {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, BTF_INT_SIGNED);
  const ids = {
    ptr: builder.addPtr(int),
    array: builder.addArray(int, int, 7),
    struct: builder.addStruct('s', 16),
  };
  builder.addField('a', int, 0);
  builder.addField('b', int, 32, 5);
  builder.addField('c', int, 37, 3);
  const union = builder.addUnion('', 4);
  builder.addField('u', int, 0);
  const enumId = builder.addEnum('e', 4, true);
  builder.addEnumValue('NEG', -2);
  builder.addEnumValue('POS', 3n);
  const enum64 = builder.addEnum64('e64');
  builder.addEnumValue('BIG', 0xffff_ffff_0000_0001n);
  const fwd = builder.addFwd('f', true);
  const typedef = builder.addTypedef('t', int);
  const modifiers = [builder.addConst(typedef), builder.addVolatile(typedef), builder.addRestrict(ids.ptr), builder.addTypeTag('tag', int)];
  const proto = builder.addFuncProto(int, [{ name: 'x', type: ids.ptr }]);
  builder.addParam('', 0);
  const func = builder.addFunc('fn', proto, BTF_FUNC_EXTERN);
  const variable = builder.addVar('v', int, BTF_VAR_GLOBAL_ALLOCATED);
  const datasec = builder.addDatasec('.data', 8, [{ type: variable, byteOff: 0, size: 4 }]);
  builder.addVarSecinfo(func, 4, 4);
  const float = builder.addFloat('double', 8);
  const tag = builder.addDeclTag('hello', ids.struct, 1);
  const btf = builder.build();

  it('parses to what was added', () => {
    expect(all(btf)).toEqual([
      { id: int, name: 'int', kind: 1, size: 4, encoding: 1, bitOff: 0, bits: 32 },
      { id: ids.ptr, name: '', kind: 2, type: int, kindFlag: false },
      { id: ids.array, name: '', kind: 3, type: int, indexType: int, nelems: 7 },
      {
        id: ids.struct, name: 's', kind: 4, size: 16, kindFlag: true,
        members: [
          { name: 'a', type: int, bitOff: 0, bitfieldSize: 0 },
          { name: 'b', type: int, bitOff: 32, bitfieldSize: 5 },
          { name: 'c', type: int, bitOff: 37, bitfieldSize: 3 },
        ],
      },
      { id: union, name: '', kind: 5, size: 4, kindFlag: false, members: [{ name: 'u', type: int, bitOff: 0, bitfieldSize: 0 }] },
      { id: enumId, name: 'e', kind: 6, size: 4, signed: true, values: [{ name: 'NEG', value: -2 }, { name: 'POS', value: 3 }] },
      { id: enum64, name: 'e64', kind: 19, size: 8, signed: false, values: [{ name: 'BIG', value: 0xffff_ffff_0000_0001n }] },
      { id: fwd, name: 'f', kind: 7, union: true },
      { id: typedef, name: 't', kind: 8, type: int, kindFlag: false },
      { id: modifiers[0], name: '', kind: 10, type: typedef, kindFlag: false },
      { id: modifiers[1], name: '', kind: 9, type: typedef, kindFlag: false },
      { id: modifiers[2], name: '', kind: 11, type: ids.ptr, kindFlag: false },
      { id: modifiers[3], name: 'tag', kind: 18, type: int, kindFlag: false },
      { id: proto, name: '', kind: 13, returnType: int, params: [{ name: 'x', type: ids.ptr }, { name: '', type: 0 }] },
      { id: func, name: 'fn', kind: 12, type: proto, linkage: BTF_FUNC_EXTERN },
      { id: variable, name: 'v', kind: 14, type: int, linkage: 1 },
      { id: datasec, name: '.data', kind: 15, size: 8, vars: [{ type: variable, byteOff: 0, size: 4 }, { type: func, byteOff: 4, size: 4 }] },
      { id: float, name: 'double', kind: 16, size: 8 },
      { id: tag, name: 'hello', kind: 17, type: ids.struct, componentIdx: 1, kindFlag: false },
    ]);
  });

  it('encodes both byte orders', () => {
    const swapped = parseBtf(builder.encode(false));
    expect(swapped.littleEndian).toBe(false);
    expect(all(swapped)).toEqual(all(btf));
  });

  it('stores each text once', () => {
    const before = builder.encode().length;
    expect(builder.addString('hello')).toBe(builder.addString('hello'));
    expect(builder.addString('')).toBe(0);
    expect(builder.encode().length).toBe(before);
  });
});

describe('wrong use', () => {
  it('is refused', () => {
    const builder = new BtfBuilder();
    expect(() => builder.addField('x', 1, 0)).toThrow(RangeError);
    builder.addInt('int', 4);
    expect(() => builder.addParam('x', 1)).toThrow(RangeError);
    expect(() => builder.setLinkage(1, 0)).toThrow(RangeError);
    expect(() => builder.setDatasec(2, 0)).toThrow(RangeError);
    expect(() => builder.addString('a\0b')).toThrow(RangeError);
    builder.addPtr(9);
    expect(() => builder.build()).toThrow(expect.objectContaining({ code: 'BTF_TYPE_ID' }));
  });
});

describe('copies', () => {
  it.each(FIXTURES.flatMap((name) => [[name, 'el'], [name, 'eb']] as const))('%s.%s comes back byte for byte from a builder that holds it', (name, order) => {
    const bytes = fixture(`${name}.${order}.btf`);
    expect(BtfBuilder.from(parseBtf(bytes)).encode(order === 'el')).toEqual(bytes);
  });

  it.each(FIXTURES)('appends %s with ids moved', (name) => {
    const src = fixtureBtf(name);
    const builder = new BtfBuilder();
    builder.addFwd('first');
    const ids = builder.addBtf(src);
    expect([ids[0], ids[1], builder.typeCount]).toEqual([0, 2, src.typeCount + 1]);
    const btf = builder.build();
    const single = new BtfBuilder();
    single.addFwd('first');
    for (let id = 1; id < src.typeCount; id++) single.addType(src, id, (old) => (old === 0 ? 0 : old + 1));
    expect(single.encode()).toEqual(builder.encode());
    for (let id = 1; id < src.typeCount; id++) {
      expect([btf.kind(id + 1), btf.name(id + 1), btf.vlen(id + 1)]).toEqual([src.kind(id), src.name(id), src.vlen(id)]);
      expect(btf.refType(id + 1)).toBe(src.refType(id) === 0 ? 0 : src.refType(id) + 1);
    }
    // Back to the first ids, it is the source again.
    const back = new BtfBuilder();
    for (let id = 2; id < btf.typeCount; id++) back.addType(btf, id, (old) => (old === 0 ? 0 : old - 1));
    expect(all(back.build())).toEqual(all(src));
  });

  it('splits on a base', () => {
    const base = fixtureBtf('kinds');
    const builder = new BtfBuilder({ base });
    expect(builder.addString('node')).toBeLessThan(base.strings.length);
    const node = idOf(base, 'node', BTF_KIND_STRUCT);
    const typedef = builder.addTypedef('my_node', node);
    const split = builder.build();
    expect([typedef, split.startId]).toEqual([base.typeCount, base.typeCount]);
    expect(split.type(typedef)).toEqual({ id: typedef, name: 'my_node', kind: 8, type: node, kindFlag: false });
    expect(split.strings.length).toBe('my_node\0'.length);

    const more = new BtfBuilder({ base });
    expect(Array.from(more.addBtf(split).subarray(base.typeCount))).toEqual([base.typeCount]);
    expect(all(more.build())).toEqual(all(split));
    expect(() => new BtfBuilder().addBtf(split)).toThrow(RangeError);
  });
});

describe('patches', () => {
  const src = fixtureBtf('main_prog');
  const foo = idOf(src, 'foo', BTF_KIND_FUNC);

  it('change linkage, parameter names and references', () => {
    const builder = BtfBuilder.from(src);
    builder.setLinkage(foo, BTF_FUNC_GLOBAL);
    builder.setParam(src.refType(foo), 0, { name: 'context' });
    builder.setName(idOf(src, 'current', BTF_KIND_VAR), 'renamed');
    builder.setLinkage(idOf(src, 'current', BTF_KIND_VAR), BTF_VAR_GLOBAL_EXTERN);
    const btf = builder.build();
    expect(btf.type(foo)).toMatchObject({ linkage: BTF_FUNC_GLOBAL, name: 'foo' });
    expect(formatFuncProto(btf, foo)).toMatch(/^int foo\(struct xdp_md \*context, int\)/);
    expect(btf.type(idOf(btf, 'renamed', BTF_KIND_VAR))).toMatchObject({ linkage: BTF_VAR_GLOBAL_EXTERN });
  });

  it.each([[0], [1], [3]])('give a data section %i variables', (count) => {
    const kinds = fixtureBtf('kinds');
    const builder = BtfBuilder.from(kinds);
    const section = idOf(kinds, '.data.custom', BTF_KIND_DATASEC);
    const variable = idOf(kinds, 'depth', BTF_KIND_VAR);
    const vars = Array.from({ length: count }, (_, i) => ({ type: variable, byteOff: 4 * i, size: 4 }));
    builder.setDatasec(section, 64, vars);
    const last = builder.addStruct('last', 4);
    builder.addField('x', 1, 0);
    builder.setDatasec(section, 65, vars);
    builder.addField('y', 1, 0);
    const btf = builder.build();
    expect(btf.type(section)).toMatchObject({ name: '.data.custom', size: 65, vars });
    expect(btf.type(last)).toMatchObject({ members: [{ name: 'x' }, { name: 'y' }] });
    const others = (blob: Btf): unknown[] => all(blob).filter((_, i) => i + 1 !== section && i + 1 !== last);
    expect(others(btf)).toEqual(others(kinds));
  });
});

const vmlinux = vmlinuxBytes();
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX]), 'vmlinux of the running kernel', () => {
  it('comes back byte for byte, and appended', () => {
    const bytes = vmlinux ?? new Uint8Array();
    const src = parseBtf(bytes);
    expect(Buffer.compare(BtfBuilder.from(src).encode(), bytes)).toBe(0);
    const builder = new BtfBuilder();
    builder.addBtf(src);
    builder.addBtf(src);
    const twice = builder.build();
    expect(twice.typeCount).toBe(2 * src.typeCount - 1);
    expect(twice.strings.length).toBeLessThanOrEqual(src.strings.length);
    const id = idOf(src, 'task_struct', BTF_KIND_STRUCT);
    expect(twice.type(id)).toEqual(src.type(id));
    expect(twice.name(id + src.typeCount - 1)).toBe('task_struct');
  });
});
