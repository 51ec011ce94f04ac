// Do statically linked programs return in the simulated kernel what they return in Linux?
//
// tools/link-diff.mjs recorded Linux's answers: what rootlet linked was loaded there by libbpf.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkObjects } from '@rootlet/reloc';
import { BpfObject, SimKernel } from '../src/index.ts';

interface RecordedCase {
  readonly objects: readonly string[];
  readonly kind?: string;
  readonly run?: string;
}

const MATRIX = join(__dirname, '../../reloc/test/fixtures/matrix');
const { cases } = JSON.parse(readFileSync(join(MATRIX, 'expected.json'), 'utf8')) as { cases: Record<string, RecordedCase> };
const ran = Object.entries(cases).filter(([, { run }]) => run?.startsWith('prog_') === true);
/** All of up to two units; of three, so many that it takes seconds. */
const selected = ran.filter(([, { objects }], at) => objects.length < 3 || at % 5 === 0);

/** Runs every program, in order of names. @returns `prog_0=11,prog_1=12` */
function runAll(objects: readonly string[]): string {
  const inputs = objects.map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(MATRIX, `${name}.o`))) }));
  const object = BpfObject.open({ name: 'linked', bytes: linkObjects(inputs) }, { kernel: new SimKernel() }).load();
  const programs = [...object.programs].filter(({ name }) => /^prog_\d$/.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return programs.map((program) => `${program.name}=${program.testRun({ dataIn: new Uint8Array(64) }).retval}`).join(',');
}

describe.each(['func', 'var', 'map'])('linked by roles of a %s', (kind) => {
  const ofKind = selected.filter(([, item]) => item.kind === kind);

  it('programs return the same', () => {
    const differ = ofKind.map(([name, { objects, run }]) => ({ name, here: runAll(objects), linux: run })).filter(({ here, linux }) => here !== linux);
    expect(differ).toEqual([]);
    expect(ofKind.length).toBeGreaterThan(10);
  });
});
