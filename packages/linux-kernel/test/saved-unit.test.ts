// Is a pinned function read back as it was, and is what is none refused?
import { describe, expect, it } from '@jest/globals';
import { BTF_FUNC_GLOBAL, BtfBuilder, parseBtf } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import { BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { decodeUnit, encodeUnit } from '../src/dynamic/saved-unit.ts';
import { Unit } from '../src/dynamic/unit.ts';

/** Fds are ids plus 100. */
const closed: number[] = [];
const ids = { idOf: (fd: number) => fd - 100, fdOf: (_: string, id: number) => id + 100, close: (fd: number) => void closed.push(fd) };

function someUnit(): Unit {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, 1);
  const typeId = builder.addFunc('count', builder.addFuncProto(int, []), BTF_FUNC_GLOBAL);
  const insns = assemble('r1 = map[fd:105]\nr0 = 7\nexit');
  const attr = { name: 'count', type: BPF_PROG_TYPE_XDP, expectedAttachType: 37, insns, license: 'GPL', flags: 1, library: true, btfFd: 103, funcInfo: [{ insnIdx: 0, typeId }], fdArray: [0, 107] };
  const unit = new Unit(attr, parseBtf(builder.encode()), () => {});
  unit.extType = BPF_PROG_TYPE_XDP;
  unit.extAttachType = 37;
  return unit;
}

describe('a pinned function', () => {
  const unit = someUnit();
  const bytes = encodeUnit(unit, ids) ?? new Uint8Array(0);

  it('is read back as it was, with fds for ids', () => {
    const saved = decodeUnit(bytes, ids);
    const { btfFd, ...attr } = unit.attr;
    expect(btfFd).toBe(103);
    expect(saved.attr).toEqual({ ...attr, lineInfo: [] });
    expect(saved.btf.name(saved.attr.funcInfo?.[0]?.typeId ?? 0)).toBe('count');
    expect(saved).toMatchObject({ extType: BPF_PROG_TYPE_XDP, extAttachType: 37, perCall: undefined, fds: [105, 107] });
  });

  it('holds ids, not fds', () => {
    expect(encodeUnit(unit, { ...ids, idOf: () => 1 })).not.toEqual(bytes);
  });

  it('is nothing that was loaded for a certain target', () => {
    const other = someUnit();
    other.attr = { ...other.attr, attachProgFd: 9 };
    expect(encodeUnit(other, ids)).toBeUndefined();
  });

  it('is refused when it is cut, wherever that is, or changed, and nothing stays open', () => {
    const after = 8 + new DataView(bytes.buffer).getUint32(4, true);
    for (let length = 0; length < bytes.length - 8; length += length < after ? 7 : 1) {
      expect(() => decodeUnit(bytes.slice(0, length), ids)).toThrow(expect.objectContaining({ name: 'DecodeError' }));
    }
    const text = (change: (header: Record<string, unknown>) => void): Uint8Array => {
      const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, after))) as Record<string, unknown>;
      change(header);
      const changed = new TextEncoder().encode(JSON.stringify(header));
      const all = new Uint8Array(8 + changed.length);
      all.set(bytes.subarray(0, 4));
      new DataView(all.buffer).setUint32(4, changed.length, true);
      all.set(changed, 8);
      return all;
    };
    for (const name of ['name', 'type', 'license', 'flags', 'insnBytes', 'funcInfo', 'lineInfo', 'btfIds', 'extType', 'perCall']) {
      expect(() => decodeUnit(text((header) => (header[name] = { not: 'this' })), ids)).toThrow(expect.objectContaining({ code: 'PINNED_CODE' }));
    }
    closed.length = 0;
    const gone = { ...ids, fdOf: (kind: string, id: number) => (kind === 'btf' ? fail() : id + 100) };
    expect(() => decodeUnit(bytes, gone)).toThrow('gone');
    expect(closed).toEqual([105]);
  });
});

function fail(): never {
  throw new Error('gone');
}
