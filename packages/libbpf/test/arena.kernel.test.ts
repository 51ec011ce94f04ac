// Do programs find in an arena what the object's variables begin with, and does this process see what they write?
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BpfObject } from '../src/index.ts';
import { errorOf } from './support.ts';

const bytes = readFileSync(join(__dirname, '../../../docs/examples/objects/arena.o'));

describe('arenas on a real kernel', () => {
  let kernel: LinuxKernel;
  let hasArenas: boolean;

  beforeAll(() => {
    kernel = new LinuxKernel();
    const [major = 0, minor = 0] = kernel.release.split('.').map(Number);
    hasArenas = major > 6 || (major === 6 && minor >= 9);
  });

  it('their contents are there, and shared, until the object is closed', () => {
    const open = (): BpfObject => BpfObject.open({ name: 'arena', bytes }, { kernel });
    if (!hasArenas) {
      expect(errorOf(() => open().load())).toMatchObject({ code: 'MAP_CREATE' });
      return;
    }
    // Twice, since the object says at which address it wants its arena.
    for (let round = 0; round < 2; round++) {
      const object = open().load();
      const memory = object.findMap('arena')?.memory ?? new Uint8Array(0);
      expect(memory).toHaveLength(100 * 4096);
      const data = new DataView(memory.buffer, memory.byteOffset);
      const many = object.spec.variables.get('many_in_arena')?.[0]?.byteOff ?? 0;
      const one = object.spec.variables.get('in_arena')?.[0]?.byteOff ?? 0;
      expect(data.getInt32(one, true)).toBe(5);
      const program = object.findProgram('arena_program');
      expect(program?.testRun().retval).toBe(6);
      expect(program?.testRun().retval).toBe(7);
      expect([data.getInt32(one, true), data.getBigUint64(many + 16, true)]).toEqual([7, 12n]);
      data.setInt32(one, 40, true);
      expect(program?.testRun().retval).toBe(41);
      object.setVariable('in_arena', 50);
      expect(program?.testRun().retval).toBe(51);
      expect(object.getVariable('in_arena')).toBe(51);
      object.close();
      // A view that is held longer is of zeros.
      expect(data.getInt32(one, true)).toBe(0);
      expect(object.findMap('arena')?.memory).toBeUndefined();
    }
  });
});
