// Do func, line and CO-RE records come out of .BTF.ext as they went in?
import { describe, expect, it } from '@jest/globals';
import { BTF_KIND_FUNC, BTF_KIND_STRUCT, encodeBtfExt, parseBtfExt, remapExt, swapBtfExt } from '../src/index.ts';
import { FIXTURES, fixture, fixtureBtf, idOf } from './fixtures.ts';

const btf = fixtureBtf('core');
const ext = parseBtfExt(fixture('core.el.btfext'), { btf });

describe('parseBtfExt', () => {
  it('finds functions by section', () => {
    expect(ext.funcInfo.map((section) => [section.sectionName, section.records.map((record) => btf.name(record.typeId))])).toEqual([
      ['kprobe/first', ['first']],
      ['kprobe/second', ['second']],
      ['.text', ['helper']],
      ['kprobe/third', ['third']],
    ]);
    expect(ext.funcInfo[0]?.records[0]).toEqual({ insnIdx: 0, typeId: idOf(btf, 'first', BTF_KIND_FUNC) });
  });

  it('finds lines with their text', () => {
    const line = ext.lineInfo[0]?.records[1];
    expect(line && btf.string(line.fileNameOff)).toMatch(/core\.c$/);
    expect(line && btf.string(line.lineOff)).toContain('o->next->pad');
    expect(line?.line).toBe(12);
  });

  it('finds CO-RE relocations of each sort', () => {
    const outer = idOf(btf, 'outer', BTF_KIND_STRUCT);
    const first = ext.coreRelos.find((section) => section.sectionName === 'kprobe/first')?.records ?? [];
    expect(first.map((relo) => [relo.typeId, relo.kind, btf.string(relo.accessStrOff)])).toEqual([
      [outer, 0, '0:2'],
      [outer, 0, '0:1:2:0'],
      [outer, 0, '0:0'],
    ]);
    const second = ext.coreRelos.find((section) => section.sectionName === 'kprobe/second')?.records ?? [];
    expect(second.map((relo) => relo.kind).sort((a, b) => a - b)).toEqual([1, 2, 3, 8, 9, 11]);
  });

  it('reads the other byte order alike', () => {
    const other = fixtureBtf('core', 'eb');
    const swapped = parseBtfExt(fixture('core.eb.btfext'), { btf: other });
    const plain = (sections: typeof ext.coreRelos): unknown => sections.map((section) => [section.sectionName, section.records]);
    expect(plain(swapped.coreRelos)).toEqual(plain(ext.coreRelos));
  });

  it('tolerates larger records', () => {
    const bytes = fixture('helpers.el.btfext');
    const helpers = fixtureBtf('helpers');
    const view = new DataView(bytes.buffer);
    const start = view.getUint32(4, true) + view.getUint32(8, true);
    const count = view.getUint32(start + 8, true);
    const funcs = parseBtfExt(bytes, { btf: helpers }).funcInfo[0]?.records;
    const grown = new Uint8Array(32 + 12 + 16 * count);
    const out = new DataView(grown.buffer);
    grown.set(bytes.subarray(0, 8));
    out.setUint32(4, 32, true);
    out.setUint32(12, 12 + 16 * count, true);
    out.setUint32(32, 16, true);
    grown.set(bytes.subarray(start + 4, start + 12), 36);
    for (let i = 0; i < count; i++) grown.set(bytes.subarray(start + 12 + 8 * i, start + 20 + 8 * i), 44 + 16 * i);
    expect(parseBtfExt(grown, { btf: helpers }).funcInfo[0]?.records).toEqual(funcs?.map((record) => ({ ...record, rest: [0, 0] })));
    // Nothing but zeros can be reversed; what is there is kept through maps and encoding, and refused where its width matters.
    const swapped = parseBtfExt(swapBtfExt(parseBtfExt(grown, { btf: helpers }), false), { btf: helpers });
    expect([swapped.littleEndian, swapped.funcInfo[0]?.records]).toEqual([false, parseBtfExt(grown, { btf: helpers }).funcInfo[0]?.records]);
    out.setUint32(grown.length - 8, 0xabcd, true);
    const kept = parseBtfExt(grown, { btf: helpers });
    expect(kept.funcInfo[0]?.records.at(-1)?.rest).toEqual([0xabcd, 0]);
    const same = remapExt(kept, (id) => id, (strOff) => strOff);
    const nameOff = view.getUint32(start + 4, true);
    const encoded = encodeBtfExt(same, { littleEndian: true, addString: () => nameOff });
    expect(encoded.subarray(32)).toEqual(grown.subarray(32));
    expect(parseBtfExt(encoded, { btf: helpers }).funcInfo[0]?.records).toEqual(kept.funcInfo[0]?.records);
    expect(() => swapBtfExt(kept, false)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(swapBtfExt(kept, true)).toEqual(grown);
  });

  it.each([
    ['a record size below the known one', 32, 4, 'BTF_EXT_RECORD_SIZE'],
    ['a count beyond the section', 40, 0xffff_ffff, 'TRUNCATED'],
    ['a section name outside of the strings', 36, 0xffff_fff0, 'BTF_STRING_OFF'],
    ['an odd instruction offset', 44, 4, 'BTF_EXT_INSN_OFF'],
    ['a type id out of range', 48, 9999, 'BTF_TYPE_ID'],
    ['a section without records', 40, 0, 'BTF_SECTION'],
    ['a section outside of the blob', 12, 0xffff_ffff, 'BTF_SECTION'],
  ])('refuses %s', (_what, off, value, code) => {
    const bytes = fixture('core.el.btfext');
    new DataView(bytes.buffer).setUint32(off, value, true);
    expect(() => parseBtfExt(bytes, { btf })).toThrow(expect.objectContaining({ code }));
  });
});

describe('encodeBtfExt', () => {
  it.each(FIXTURES.flatMap((name) => [[name, 'el'], [name, 'eb']] as const))('gives %s.%s back byte for byte', (name, order) => {
    const own = fixtureBtf(name, order);
    const bytes = fixture(`${name}.${order}.btfext`);
    const offs = new Map<string, number>();
    for (let off = 0; off < own.strings.length; off++) if (off === 0 || own.strings[off - 1] === 0) offs.set(own.string(off), off);
    const encoded = encodeBtfExt(parseBtfExt(bytes, { btf: own }), { littleEndian: order === 'el', addString: (text) => offs.get(text) ?? -1 });
    expect(encoded).toEqual(bytes);
  });
});
