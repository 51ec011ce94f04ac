// Do pointers of 4 bytes make sizes and alignments those of a 32-bit machine?
import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder, decodeValue, encodeValue, findPointerSize, formatDeclaration, formatValue, withPointerSize } from '../src/index.ts';

describe('withPointerSize', () => {
  const builder = new BtfBuilder();
  const int = builder.addInt('long', 4, BTF_INT_SIGNED);
  const wide = builder.addInt('long long', 8, BTF_INT_SIGNED);
  const ptr = builder.addPtr(int);
  const array = builder.addArray(ptr, int, 3);
  const struct = builder.addStruct('s', 12);
  builder.addField('p', ptr, 0);
  builder.addField('w', wide, 32);
  const btf = builder.build();
  const small = withPointerSize(btf, 4);

  it('changes what is made of pointers', () => {
    expect([btf.resolveSize(ptr), btf.alignOf(ptr), btf.resolveSize(array), btf.alignOf(wide), btf.alignOf(struct)]).toEqual([8, 8, 24, 8, 1]);
    expect([small.resolveSize(ptr), small.alignOf(ptr), small.resolveSize(array), small.alignOf(wide), small.alignOf(struct)]).toEqual([4, 4, 12, 4, 4]);
  });

  it('changes nothing else', () => {
    for (let id = 1; id < btf.typeCount; id++) {
      expect(small.type(id)).toEqual(btf.type(id));
      expect(small.resolveType(id)).toBe(btf.resolveType(id));
      expect(formatDeclaration(small, id, 'x')).toBe(formatDeclaration(btf, id, 'x'));
    }
    expect(BtfBuilder.from(small).encode()).toEqual(btf.bytes);
    expect(small.findByName('s')).toBe(struct);
  });

  it('is found by the size of long', () => {
    expect(findPointerSize(btf)).toBe(4);
    const other = new BtfBuilder();
    other.addInt('int', 4);
    expect(findPointerSize(other.build())).toBeUndefined();
    other.addInt('unsigned long', 8);
    expect(findPointerSize(other.build())).toBe(8);
  });

  it('holds for values', () => {
    const bytes = Uint8Array.of(0x78, 0x56, 0x34, 0x12, 254, 255, 255, 255, 255, 255, 255, 255);
    const value = { p: 0x12345678n, w: -2n };
    expect(decodeValue(small, struct, bytes)).toEqual(value);
    expect(encodeValue(small, struct, value)).toEqual(bytes);
    expect(decodeValue(small, array, bytes)).toEqual([0x12345678n, 0xfffffffen, 0xffffffffn]);
    expect(encodeValue(small, array, [0x12345678, 0xfffffffe, 0xffffffff])).toEqual(bytes);
    expect(decodeValue(small, ptr, Uint8Array.of(1, 2, 3, 4), { littleEndian: false })).toBe(0x01020304n);
    expect(() => encodeValue(small, ptr, 2n ** 32n)).toThrow(expect.objectContaining({ code: 'BTF_VALUE' }));
    expect(() => decodeValue(small, ptr, new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => decodeValue(btf, ptr, new Uint8Array(4))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
  });

  // As libbpf 1.7 prints them after btf__set_pointer_size(btf, 4).
  it('holds for values in C', () => {
    const bytes = Uint8Array.of(0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0, 0xef, 0xbe, 0xad, 0xde);
    expect(formatValue(small, array, bytes, { compact: true })).toBe('(long *[3])[0x12345678,0x0,0xdeadbeef,]');
    expect(formatValue(small, ptr, new Uint8Array(4))).toBe('(long *)0x0');
    expect(formatValue(btf, ptr, new Uint8Array(8))).toBe('(long *)(nil)');
  });
});
