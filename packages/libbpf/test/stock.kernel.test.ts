// Does a real kernel take the example objects, each as its name says?
//
// On the running kernel (`npm run test:kernel`) and in guests (`node tools/guest.mjs all`).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BpfObject } from '../src/index.ts';
import { errorOf } from './support.ts';

const folder = join(__dirname, '../../../docs/examples/programs');
// legacy_map is refused before any kernel is asked; bad_complexity takes a slow machine minutes, tools/kernel-diff.mjs has it.
const names = readdirSync(folder)
  .filter((name) => /^[a-z0-9_]+\.o$/.test(name) && name !== 'legacy_map.o' && name !== 'bad_complexity.o')
  .map((name) => name.slice(0, -2));

/** The first kernel that takes an object, where that is later than 6.1, and what it brought. */
const SINCE: Readonly<Record<string, readonly [major: number, minor: number, what: string]>> = {
  kfuncs: [6, 4, 'open-coded iterators'],
  sections_new: [6, 7, 'cgroup hooks of unix sockets'],
};

function isOlder(release: string, major: number, minor: number): boolean {
  const [runMajor = 0, runMinor = 0] = release.split('.').map(Number);
  return runMajor < major || (runMajor === major && runMinor < minor);
}

describe('the example objects on a real kernel', () => {
  let kernel: LinuxKernel;
  let before: readonly string[];
  const openFds = (): readonly string[] => readdirSync('/proc/self/fd');

  beforeAll(() => {
    kernel = new LinuxKernel();
    // These it keeps as long as it is there.
    kernel.moduleBtfs();
    before = openFds();
  });

  afterAll(() => {
    expect(openFds()).toHaveLength(before.length);
  });

  it.each(names)('%s', (name) => {
    const since = SINCE[name];
    const load = (): void => BpfObject.open({ name, bytes: readFileSync(join(folder, `${name}.o`)) }, { kernel }).load().close();
    if (name.startsWith('bad_')) {
      const error = errorOf(load);
      expect(error).toMatchObject({ code: 'PROG_LOAD' });
      expect(error.log).toContain('processed');
    } else if (since !== undefined && isOlder(kernel.release, since[0], since[1])) expect(load).toThrow();
    else load();
  });
});
