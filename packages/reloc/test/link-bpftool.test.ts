// Does the static linker make what `bpftool gen object` makes?
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkObjects } from '../src/index.ts';
import { openObject, readObject } from './objects.ts';
import { summarize } from './summary.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const manifest = JSON.parse(readFileSync(join(fixtures, 'manifest.json'), 'utf8')) as {
  linked: Record<string, { parts: string[] }>;
};

function link(parts: readonly string[]): Uint8Array {
  return linkObjects(parts.map((name) => ({ name, bytes: readObject(name) })));
}

describe.each(Object.entries(manifest.linked))('%s', (object, { parts }) => {
  const ours = summarize(link(parts));
  const theirs = summarize(new Uint8Array(readFileSync(join(fixtures, object))));
  const sameLayout = !parts.some((part) => part.startsWith('weak_'));

  it.each(['sections', 'symbols', 'relocs', 'contents', 'records'] as const)('has the same %s', (what) => {
    // The code of beaten weak functions stays in bpftool's output, so that all behind it stands elsewhere.
    if (sameLayout) expect(ours[what]).toEqual(theirs[what]);
    else if (what === 'symbols') expect(ours.symbols.map(withoutPlace)).toEqual(theirs.symbols.map(withoutPlace));
    else if (what === 'records') expect(theirs.records.map(withoutPlace)).toEqual(expect.arrayContaining(ours.records.map(withoutPlace)));
  });

  it.each(['funcs', 'vars', 'datasecs'] as const)('has the same %s', (what) => {
    expect(ours[what].map(known)).toEqual(theirs[what].map(known));
  });

  it('has each variable where its symbol stands', () => {
    for (const entry of ours.datasecs) {
      const [, section, name, byteOff] = /^(\S+) \(\d+\): (\S+) at (\d+)/.exec(entry) as RegExpExecArray;
      expect(ours.symbols.filter((symbol) => symbol.startsWith(`${name}: `))).toContainEqual(expect.stringContaining(` ${section}+${byteOff}/`));
    }
  });
});

function withoutPlace(symbol: string): string {
  return symbol.replace(/\+\d+(\/| )/, '$1');
}

/**
 * Without what libbpf 1.1 does otherwise: a variable that was declared extern first keeps offset 0 in its DATASEC though its
 * symbol stands elsewhere; and a pointer to an extern's prototype gets the definition's argument names.
 */
function known(line: string): string {
  return line.replace(/^(.*: (table|picked)) at \d+/, '$1').replace('(struct xdp_md *ctx, int b) callback_b', '(struct xdp_md *, int) callback_b');
}

describe('an object that bpftool linked', () => {
  it('is collected, dead code of a weak function left out', () => {
    const { model } = openObject(new Uint8Array(readFileSync(join(fixtures, 'bpftool/weak_one+strong_two.o'))));
    expect(model.funcs.map((func) => func.name).sort()).toEqual(['after', 'before', 'one', 'pick', 'strong']);
  });

  it('is linked again with another', () => {
    const first = { name: 'bpftool', bytes: new Uint8Array(readFileSync(join(fixtures, 'bpftool/weak_one+weak_two.o'))) };
    const { model } = openObject(linkObjects([first, { name: 'strong_two', bytes: readObject('strong_two') }]));
    const pick = model.funcs.filter((func) => func.name === 'pick');
    expect(pick).toHaveLength(1);
    expect(pick[0]?.insns.imm).toContain(100);
  });
});
