// Do distilling, relocating, permuting and building give what libbpf gave, byte for byte?
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BtfBuilder, distillBase, encodeBtfExt, parseBtfExt, relocateBtf, remapExt, swapBtfExt } from '../src/index.ts';
import { fixture, fixtureBtf } from './fixtures.ts';
import { BUILD_STEPS, distillCases, relocateCases } from './peer-cases.ts';

/** What libbpf answered, kept by tools/btf-peers.mjs: base64 of bytes, or `error ERRNO`. */
const answers = JSON.parse(readFileSync(join(__dirname, 'peer-answers.json'), 'utf8')) as {
  readonly [sort in 'distill' | 'relocate' | 'permute' | 'ext']: Readonly<Record<string, string>>;
} & { readonly steps: readonly string[]; readonly little: string; readonly big: string };

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** What a call gives, or that it refuses. */
function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'BTF_RELOCATE' && code !== 'BTF_DISTILL') throw error;
    return 'error';
  }
}

/** `error 22` and `error 2` are one error here; the message says which. */
function kept(answer: string | undefined): string {
  if (answer === undefined) throw new Error('no answer is kept; run node tools/btf-peers.mjs --write');
  return answer.startsWith('error') ? 'error' : answer;
}

describe('relocateBtf', () => {
  const cases = relocateCases();

  it.each(cases.map((each) => [each.name, each] as const))('%s', (name, { split, newBase }) => {
    expect(outcome(() => text(relocateBtf(split, newBase).btf.bytes))).toBe(kept(answers.relocate[name]));
  });

  it('is tested on what is accepted and what is refused', () => {
    const refused = cases.filter(({ name }) => answers.relocate[name]?.startsWith('error'));
    expect(refused.length).toBeGreaterThan(15);
    expect(cases.length - refused.length).toBeGreaterThan(15);
  });

  it.each([
    ['missing', /type 2: the new base has no match for 'x'/],
    ['two structs of the name and size', /type 2: the new base has more than one match for 'x': have types 3 and 4/],
    ['a base with a pointer is not distilled', /type 2: is none that a distilled base has: have kind 2/],
    ['a base with an anonymous struct is not distilled', /type 2: .* have anonymous kind 4/],
    ['a name in the strings of the base that is no type', /a string of the base names none of its types: 'orphan'/],
  ])('says what is wrong: %s', (name, message) => {
    const each = cases.find((other) => other.name === name);
    expect(() => relocateBtf(each!.split, each!.newBase)).toThrow(expect.objectContaining({ code: 'BTF_RELOCATE', message: expect.stringMatching(message) }));
  });

  it('ends where libbpf does not, on typedefs in a circle', () => {
    const base = new BtfBuilder();
    base.addInt('int', 4, 1);
    const builder = new BtfBuilder({ base: base.build() });
    builder.addStruct('holder', 8);
    builder.addField('x', 3, 0);
    builder.addTypedef('circle', 3);
    expect(relocateBtf(builder.build(), base.build()).btf.typeCount).toBe(4);
  });

  it('needs a split BTF', () => {
    expect(() => relocateBtf(fixtureBtf('core'), fixtureBtf('core'))).toThrow(expect.objectContaining({ code: 'BTF_RELOCATE' }));
  });
});

describe('distillBase', () => {
  it.each(distillCases().map((each) => [each.name, each] as const))('%s', (name, { split }) => {
    const both = (): string => {
      const distilled = distillBase(split);
      return `${text(distilled.base.bytes)} ${text(distilled.split.bytes)}`;
    };
    expect(outcome(both)).toBe(kept(answers.distill[name]));
  });

  it('keeps references where only unnamed types of the base are used, which libbpf 1.7 loses', () => {
    const base = new BtfBuilder();
    base.addPtr(0);
    const builder = new BtfBuilder({ base: base.build() });
    builder.addConst(1);
    const distilled = distillBase(builder.build());
    expect([distilled.base.typeCount, distilled.split.typeCount, distilled.split.refType(1), distilled.split.kind(2)]).toEqual([1, 3, 2, 2]);
  });

  it('needs a split BTF', () => {
    expect(() => distillBase(fixtureBtf('core'))).toThrow(expect.objectContaining({ code: 'BTF_DISTILL' }));
  });
});

describe('BtfBuilder', () => {
  it('gives the same bytes for the same steps', () => {
    const builder = new BtfBuilder();
    BUILD_STEPS.forEach(([line, step], i) => {
      const mine = step(builder);
      // Elements answer 0 there and nothing here; ENOENT is undefined.
      const theirs = answers.steps[i]!;
      expect([line, theirs === 'error 2' ? 'ok undefined' : theirs]).toEqual([line, `ok ${mine === undefined && theirs !== 'error 2' ? 0 : mine}`]);
    });
    expect(text(builder.encode())).toBe(answers.little);
    expect(text(builder.encode(false))).toBe(answers.big);
  });

  it.each(['core', 'kinds', 'main_prog'])('permutes %s with its .BTF.ext', (name) => {
    const btf = fixtureBtf(name);
    const builder = BtfBuilder.from(btf);
    const ids = builder.permute(Array.from({ length: btf.typeCount }, (_, id) => (id === 0 ? 0 : btf.typeCount - id)));
    const ext = remapExt(parseBtfExt(fixture(`${name}.el.btfext`), { btf }), (id) => ids[id]!, (strOff) => strOff);
    const bytes = encodeBtfExt(ext, { littleEndian: true, addString: (part) => builder.findString(part) ?? -1 });
    expect(`${text(builder.encode())} ${text(bytes)}`).toBe(kept(answers.permute[name]));
  });
});

describe('swapBtfExt', () => {
  it.each(['core.el', 'core.eb', 'kinds.el'])('reverses %s', (name) => {
    const [file, order] = name.split('.') as [string, 'el' | 'eb'];
    const ext = parseBtfExt(fixture(`${name}.btfext`), { btf: fixtureBtf(file, order) });
    expect(text(swapBtfExt(ext, order === 'eb'))).toBe(kept(answers.ext[name]));
    expect(swapBtfExt(ext, order === 'el')).toEqual(ext.bytes);
  });
});
