// Does everything work on memory that is shared, unaligned, or a bare ArrayBuffer, also where TextDecoder refuses shared memory?
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeUtf8 } from '@rootlet/bytes';
import { BTF_KIND_STRUCT, decodeValue, dedupBtf, dumpC, dumpJson, dumpRaw, encodeValue, findPath, formatType, formatValue, parseBtf, parseBtfExt } from '../src/index.ts';
import { fixture, idOf } from './fixtures.ts';

/** The same bytes, at some place of some memory. */
function placed(bytes: Uint8Array, shared: boolean, before: number): Uint8Array {
  const size = before + bytes.length + 5;
  const copy = new Uint8Array(shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size), before, bytes.length);
  copy.set(bytes);
  return copy;
}

/** All that is read out of a blob, as text. */
function everything(blob: Uint8Array | ArrayBufferLike, ext: Uint8Array, place: (bytes: Uint8Array) => Uint8Array): string {
  const btf = parseBtf(blob);
  const node = idOf(btf, 'node', BTF_KIND_STRUCT);
  const records = parseBtfExt(ext, { btf });
  const bits = idOf(btf, 'bits', BTF_KIND_STRUCT);
  const data = place(Uint8Array.from({ length: 176 }, (_, i) => (7 * i) & 0x7f));
  const value = decodeValue(btf, node, data, { charsAsText: true });
  return JSON.stringify([
    [...dumpRaw(btf)], [...dumpC(btf)], [...dumpJson(btf)], formatType(btf, node), findPath(btf, 'node.next->grid[1]'), [...dumpRaw(dedupBtf(btf, records).builder.build())],
    records.lineInfo.map((section) => [section.sectionName, section.records]), value, [...encodeValue(btf, node, value, { into: data })], formatValue(btf, node, data),
    formatValue(btf, bits, data.subarray(3)), decodeValue(btf, bits, data.subarray(1)), btf.findByName('node'), btf.declTags(node),
  ], (_, held: unknown) => (typeof held === 'bigint' ? String(held) : held));
}

describe.each(['el', 'eb'])('%s', (order) => {
  const blob = fixture(`kinds.${order}.btf`);
  const ext = fixture(`kinds.${order}.btfext`);
  const same = (bytes: Uint8Array): Uint8Array => bytes;
  const expected = everything(blob.slice(), ext.slice(), same);

  // As browsers have it, where a TextDecoder throws on shared memory; Node's reads it.
  let spy: { mockRestore(): void } | undefined;
  beforeAll(() => {
    const node = new TextDecoder();
    const decode = node.decode.bind(node);
    spy = jest.spyOn(TextDecoder.prototype, 'decode').mockImplementation((input) => {
      if (ArrayBuffer.isView(input) && input.buffer instanceof SharedArrayBuffer) throw new TypeError('The provided ArrayBufferView value must not be shared.');
      return decode(input);
    });
    expect(() => new TextDecoder().decode(new Uint8Array(new SharedArrayBuffer(40)))).toThrow(/must not be shared/);
  });
  afterAll(() => {
    spy?.mockRestore();
  });

  it.each([[false, 1], [false, 2], [false, 4], [true, 0], [true, 1], [true, 3], [true, 4]])('shared %s, behind %i bytes', (shared, before) => {
    const place = (bytes: Uint8Array): Uint8Array => placed(bytes, shared, before);
    expect(everything(place(blob), place(ext), place)).toBe(expected);
  });

  it('a bare ArrayBuffer or SharedArrayBuffer', () => {
    expect(everything(blob.slice().buffer, ext, same)).toBe(expected);
    const shared = new SharedArrayBuffer(blob.length);
    new Uint8Array(shared).set(blob);
    expect(everything(shared, ext, same)).toBe(expected);
  });

  it('long text that is not ASCII', () => {
    const text = 'größer '.repeat(20);
    expect(decodeUtf8(placed(new TextEncoder().encode(text), true, 1))).toBe(text);
  });
});
