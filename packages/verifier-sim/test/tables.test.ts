import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FUNC_NAMES, helperName, MAP_TYPE_NAMES, mapTypeStr, PROG_TYPE_NAMES, progTypeStr } from '@rootlet/uapi';
import { findHelper, helperArgCount } from '../src/tables/helpers.ts';
import { fitMap, MAP_TYPES_NOT_YET } from '../src/tables/map-rules.ts';
import { findProgType, PROG_TYPES_NOT_YET } from '../src/tables/prog-types.ts';

function readCases(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return readCases(path);
    // The case itself, not what was recorded.
    return [readFileSync(path, 'utf8').split('\n--- ')[0] ?? ''];
  });
}

const cases = readCases(join(__dirname, 'cases'));

function isIn(pattern: RegExp): boolean {
  return cases.some((text) => pattern.test(text));
}

/** Helpers with a contract that no case exercises, and why. */
const WITHOUT_CASE: Readonly<Record<string, string>> = {
  bpf_probe_write_user: 'offered to no program on a locked-down kernel',
};

/** Map types no case uses, and why. */
const MAPS_WITHOUT_CASE: Readonly<Record<string, string>> = {};

describe('every helper of the kernel', () => {
  const helpers = FUNC_NAMES.map((_, id) => id).filter((id) => id > 0);

  it.each(helpers.map((id) => [helperName(id) ?? '', id] as const))('%s has a row, and a case or a reason', (name, id) => {
    const row = findHelper(id, 0);
    expect(row).toBeDefined();
    expect(row?.args.length).toBeLessThanOrEqual(5);
    const reason = row?.notYet ?? WITHOUT_CASE[name];
    if (reason === undefined) expect(isIn(new RegExp(`call ${name}\\b`))).toBe(true);
  });

  it('and nothing else', () => {
    expect(findHelper(0, 0)).toBeUndefined();
    expect(findHelper(FUNC_NAMES.length, 0)).toBeUndefined();
    expect(helperArgCount(FUNC_NAMES.length)).toBeUndefined();
  });

  it('has no reason that is not needed', () => {
    for (const name of Object.keys(WITHOUT_CASE)) expect(isIn(new RegExp(`call ${name}\\b`))).toBe(false);
  });
});

describe('every program type of the kernel', () => {
  it.each(PROG_TYPE_NAMES.map((name, id) => [name, id] as const))('%s has a row and a case, or a reason', (_name, id) => {
    const row = findProgType(id);
    expect(row === undefined).toBe(PROG_TYPES_NOT_YET[id] !== undefined);
    if (row === undefined) return;
    expect(row.name).toBe(progTypeStr(id));
    // XDP is what a case is about when it does not say.
    expect(isIn(row.name === 'xdp' ? /^(?![^]*^prog )/m : new RegExp(`^prog ${row.name}$`, 'm'))).toBe(true);
  });
});

describe('every map type of the kernel', () => {
  it.each(MAP_TYPE_NAMES.map((name, id) => [name, id] as const))('%s has a case or a reason', (name, id) => {
    if (MAP_TYPES_NOT_YET[id] !== undefined || MAPS_WITHOUT_CASE[name] !== undefined) return;
    expect(isIn(new RegExp(`^map \\w+: ${mapTypeStr(id)} `, 'm'))).toBe(true);
  });

  it('is open to the helpers that are about it', () => {
    expect(fitMap(3, 12, 6, 0)).toBe('fits');
    expect(fitMap(2, 12, 6, 0)).toBe('refused');
    expect(fitMap(15, 2, 5, 0)).toBe('no socket map updates here');
    expect(fitMap(15, 3, 13, 3)).toBe('fits');
    expect(fitMap(1, 1, 6, 0)).toBe('fits');
  });
});
