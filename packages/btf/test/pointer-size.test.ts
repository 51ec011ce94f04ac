// Do pointers of 4 bytes make sizes and alignments those of a 32-bit machine?
import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BtfBuilder, findPointerSize, formatDeclaration, withPointerSize } from '../src/index.ts';

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
});
