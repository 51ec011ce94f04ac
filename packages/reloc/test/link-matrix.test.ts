// Who wins, in every order of every role: does rootlet say what `bpftool gen object` says?
//
// tools/link-diff.mjs recorded the answers, and compares again where there are bpftool and a kernel. To see how a case differs:
// node tools/link-diff.mjs --show 'func SE'
import { describe, expect, it } from '@jest/globals';
import { findSection, parseElf, SHN_UNDEF, STB_LOCAL, STB_WEAK, STV_HIDDEN } from '@rootlet/elf';
import { linkObjects, RelocError } from '../src/index.ts';
import { fingerprint, linkCase, readRecorded } from './matrix.ts';
import type { RecordedCase } from './matrix.ts';
import { openObject } from './objects.ts';
import { summarize } from './summary.ts';

const cases = Object.entries(readRecorded());

/** Why libbpf refuses what rootlet links. */
function isFlawOfLibbpf({ roles, refused }: RecordedCase): boolean {
  // A weak definition that meets a strong extern becomes strong there, and then conflicts with the strong one.
  if (roles !== undefined) return roles.filter((role) => 'SH'.includes(role)).length === 1 && /conflicting non-weak/.test(refused as string);
  return /STT_SECTION in non-exec section|unrecognized section #\d+ \(\.group\)/.test(refused as string);
}

describe.each(['func', 'var', 'map'])('every order of roles of a %s', (kind) => {
  const ofKind = cases.filter(([, item]) => item.kind === kind);

  it('is linked or refused as libbpf does, and to the same', () => {
    const differ: string[] = [];
    for (const [name, item] of ofKind) {
      const verdict = attempt(item);
      const wanted = item.refused === undefined || isFlawOfLibbpf(item) ? 'linked' : 'LINK_DUPLICATE';
      if (typeof verdict === 'string' ? verdict !== wanted : wanted !== 'linked') differ.push(`${name}: ${typeof verdict === 'string' ? verdict : 'linked'}, not ${wanted}`);
      else if (typeof verdict !== 'string' && item.sum !== undefined && fingerprint(verdict, item) !== item.sum) differ.push(`${name}: linked to something else`);
    }
    expect(differ).toEqual([]);
    expect(ofKind).toHaveLength(584);
  });

  it('gives one symbol, of the definition that counts', () => {
    for (const [name, item] of ofKind) {
      const linked = attempt(item);
      if (typeof linked === 'string') continue;
      const roles = item.roles as string[];
      const globals = parseElf(linked).symbols.filter((symbol) => symbol.name === 'shared' && symbol.binding !== STB_LOCAL);
      const defined = roles.find((role) => 'SH'.includes(role)) ?? roles.find((role) => 'WV'.includes(role));
      const mentioned = roles.filter((role) => role !== 'L');
      expect([name, globals.length]).toEqual([name, mentioned.length === 0 ? 0 : 1]);
      if (globals[0] === undefined) continue;
      expect([name, globals[0].sectionIdx !== SHN_UNDEF]).toEqual([name, defined !== undefined]);
      expect([name, globals[0].visibility === STV_HIDDEN]).toEqual([name, roles.some((role) => 'HVY'.includes(role))]);
      const isWeak = defined === undefined ? mentioned.every((role) => role === 'X') : 'WV'.includes(defined);
      expect([name, globals[0].binding === STB_WEAK]).toEqual([name, isWeak]);
    }
  });

  it('gives the same when linked again, alone', () => {
    for (const [name, item] of ofKind) {
      const linked = attempt(item);
      if (typeof linked === 'string') continue;
      const again = linkObjects([{ name: 'again', bytes: linked }]);
      expect([name, Buffer.compare(again, linked)]).toEqual([name, 0]);
    }
  });
});

const others = cases.filter(([, item]) => item.kind === undefined && !isLicenseConflict(item));
const conflicts = cases.filter(([, item]) => isLicenseConflict(item));

it('objects of different licences are refused, as libbpf does', () => {
  expect(conflicts.map(([name, item]) => [name, attempt(item)])).toEqual([
    ['license_a + license_b', 'LINK_LICENSE'],
    ['license_b + license_a', 'LINK_LICENSE'],
  ]);
});

describe.each(others)('%s', (_name, item) => {
  const linked = linkCase(item.objects);

  it('is what libbpf makes of it, or what libbpf cannot link', () => {
    if (item.refused === undefined) expect(fingerprint(linked, item)).toBe(item.sum);
    else expect(isFlawOfLibbpf(item)).toBe(true);
  });

  it('has each variable where its symbol stands, and is a fixed point', () => {
    expect(linkObjects([{ name: 'again', bytes: linked }])).toEqual(linked);
    if (findSection(parseElf(linked), '.BTF') === undefined) return;
    const { datasecs, symbols } = summarize(linked);
    for (const entry of datasecs) {
      const [, section, name, byteOff] = /^(\S+) \(\d+\): (\S+) at (\d+)/.exec(entry) as RegExpExecArray;
      const own = symbols.filter((symbol) => symbol.startsWith(`${name}: `));
      if (own.every((symbol) => symbol.endsWith(' +0/0'))) continue;
      expect(own).toContainEqual(expect.stringContaining(` ${section}+${byteOff}/`));
    }
  });

  it('can be collected', () => {
    expect(openObject(linked).model.funcs.length).toBeGreaterThan(0);
  });
});

function isLicenseConflict({ refused }: RecordedCase): boolean {
  return refused?.includes("contents of section 'license'") === true;
}

/** @returns the linked object, or the code of the refusal */
function attempt(item: RecordedCase): Uint8Array<ArrayBuffer> | string {
  try {
    return linkCase(item.objects);
  } catch (error) {
    if (error instanceof RelocError) return error.code;
    throw error;
  }
}
