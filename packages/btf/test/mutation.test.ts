// Does every damaged blob end in a typed error or in types that can be read, in bounded time?
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Btf } from '../src/index.ts';
import {
  BtfBuilder, decodeValue, dedupBtf, dumpC, dumpJson, dumpRaw, encodeBtfExt, encodeValue, findPath, formatType, formatValue, parseBtf, parseBtfExt,
} from '../src/index.ts';
import { fixture, FIXTURES } from './fixtures.ts';

/** More runs: `node tools/btf-mutate.mjs --count 1000000`, which also watches time and, with `--memory`, memory. */
const RUNS = Number(process.env['MUTATIONS'] ?? 2000);

type Change = { readonly at: number; readonly value: number; readonly width: 1 | 2 | 4 };

/** Values that are likely to hurt: borders of fields, of the blob, and of 32 bits. */
const nasty = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 7, 0x7f, 0x80, 0xff, 0xffff, 0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
  fc.nat(0x100),
  // kinds with small vlen, with or without kind flag
  fc.tuple(fc.nat(22), fc.nat(3), fc.boolean()).map(([kind, vlen, flag]) => ((kind << 24) | vlen | (flag ? 0x8000_0000 : 0)) >>> 0),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
const change: fc.Arbitrary<Change> = fc.record({ at: fc.nat(0xffff), value: nasty, width: fc.constantFrom(1, 2, 4, 4, 4) });
const damage = fc.record({
  name: fc.constantFrom(...FIXTURES),
  order: fc.constantFrom('el', 'eb'),
  changes: fc.array(change, { minLength: 1, maxLength: 8 }),
  keep: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }),
});

function damaged(file: string, changes: readonly Change[], keep: number, aligned: boolean): Uint8Array {
  const bytes = fixture(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = file.includes('.el.');
  for (const { at, value, width } of changes) {
    let off = at % bytes.length;
    if (aligned) off -= off % width;
    if (off + width > bytes.length) continue;
    if (width === 1) view.setUint8(off, value & 0xff);
    else if (width === 2) view.setUint16(off, value & 0xffff, little);
    else view.setUint32(off, value, little);
  }
  return bytes.slice(0, Math.ceil(bytes.length * keep));
}

/** Runs what may fail on damaged input; anything but a typed error is a failure of the test. @returns the error's code */
function attempt(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    if ((name === 'DecodeError' || name === 'UnsupportedError') && typeof code === 'string') return code;
    throw error;
  }
}

/** Everything that walks types. */
function useAll(btf: Btf): void {
  for (let id = 0; id < btf.typeCount; id++) {
    attempt(() => btf.type(id));
    attempt(() => btf.resolveSize(id));
    attempt(() => btf.resolveType(id));
    attempt(() => btf.skipModifiers(id));
    attempt(() => btf.alignOf(id));
    attempt(() => btf.declTags(id));
    attempt(() => formatType(btf, id).length);
    const name = btf.name(id);
    // What is no UTF-8 reads as U+FFFD and cannot be asked for.
    if (name !== '' && !name.includes('\ufffd')) expect(btf.findByName(name)).toBeLessThanOrEqual(id);
  }
  for (let id = 1; id < btf.typeCount; id += 7) {
    const data = new Uint8Array(200).fill(id);
    attempt(() => encodeValue(btf, id, decodeValue(btf, id, data)));
    attempt(() => formatValue(btf, id, data, { compact: true, likeLibbpf: id % 2 === 0 }));
    attempt(() => findPath(btf, '.next->grid[1]', id));
  }
  for (const chunk of dumpRaw(btf)) expect(chunk.length).toBeGreaterThan(0);
  for (const chunk of dumpJson(btf)) expect(chunk.length).toBeGreaterThan(0);
  attempt(() => {
    let chars = 0;
    for (const chunk of dumpC(btf)) chars += chunk.length;
    expect(chars).toBeLessThan(50_000_000);
  });
  attempt(() => {
    const copy = BtfBuilder.from(btf).build(btf.littleEndian);
    expect(copy.typeCount).toBe(btf.typeCount);
  });
  attempt(() => {
    const once = dedupBtf(btf).builder.build();
    expect(once.typeCount).toBeLessThanOrEqual(btf.typeCount);
    expect(dedupBtf(once).builder.typeCount).toBe(once.typeCount);
  });
}

describe('damaged .BTF', () => {
  it(`parses or is refused (${RUNS} mutations)`, () => {
    const codes = new Map<string, number>();
    fc.assert(
      fc.property(damage, ({ name, order, changes, keep }) => {
        const bytes = damaged(`${name}.${order}.btf`, changes, keep, true);
        const code = attempt(() => useAll(parseBtf(bytes)));
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }),
      { numRuns: RUNS },
    );
    // The damage must reach the types, not only the header.
    for (const code of ['ok', 'BTF_TYPE_ID', 'BTF_STRING_OFF', 'BTF_TRUNCATED', 'BTF_KIND']) expect(codes.get(code) ?? 0).toBeGreaterThan(0);
  }, 600_000);

  it('survives every single byte set to 0 and 255', () => {
    const bytes = fixture('main_prog.el.btf');
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 255]) {
        const copy = bytes.slice();
        copy[at] = value;
        attempt(() => {
          const btf = parseBtf(copy);
          for (let id = 1; id < btf.typeCount; id++) attempt(() => formatType(btf, id));
        });
      }
    }
  });
});

describe('damaged .BTF.ext', () => {
  it(`parses or is refused (${RUNS} mutations)`, () => {
    const parsed = new Map(FIXTURES.flatMap((name) => ['el', 'eb'].map((order) => [`${name}.${order}`, parseBtf(fixture(`${name}.${order}.btf`))])));
    fc.assert(
      fc.property(damage, ({ name, order, changes, keep }) => {
        const btf = parsed.get(`${name}.${order}`);
        if (btf === undefined) throw new Error('fixture missing');
        const bytes = damaged(`${name}.${order}.btfext`, changes, keep, true);
        attempt(() => {
          const ext = parseBtfExt(bytes, { btf });
          const records = [...ext.funcInfo, ...ext.lineInfo, ...ext.coreRelos].reduce((sum, section) => sum + section.records.length, 0);
          expect(8 * records).toBeLessThanOrEqual(3 * bytes.length);
          encodeBtfExt(ext, { littleEndian: true, addString: () => 0 });
        });
      }),
      { numRuns: RUNS },
    );
  }, 600_000);
});

describe('hostile types', () => {
  it('print in bounded time and space', () => {
    // Every prototype takes eight pointers to the next one: 8^40 ways.
    const builder = new BtfBuilder();
    for (let i = 0; i < 40; i++) {
      const proto = builder.typeCount;
      builder.addFuncProto(0, Array.from({ length: 8 }, () => ({ name: 'p', type: proto + 1 })));
      builder.addPtr(proto + 2);
    }
    builder.addFuncProto(0);
    const text = formatType(builder.build(), 1);
    expect(text.length).toBeLessThan(200_000);
    expect(text).toContain('/* too deep */');
  });
});
