// Do slots for tail calls work where programs are attached: on probes, under a stream of packets, and when the process is gone?
import { describe, expect, it } from '@jest/globals';
import { LinuxKernel } from '@rootlet/linux-kernel';
import koffi from 'koffi';
import { BpfObject } from '../../src/index.ts';
import type { BpfProgram, OpenOptions } from '../../src/index.ts';
import { example, packet } from '../support.ts';
import { errorOf, Network, TARGET, until, useKernel, withBpffs } from './support.ts';

const add: (a: number, b: number) => number = koffi.load(TARGET).func('int target_add(int a, int b)');

/** Objects that are loaded one after the other. */
function load(kernel: LinuxKernel, names: readonly string[], options: OpenOptions = {}): { readonly of: (object: string, program: string) => BpfProgram; close(): void } {
  const objects = new Map(names.map((name) => [name, BpfObject.open(example(name), { kernel, tailCalls: true, ...options }).load()]));
  const of = (object: string, program: string): BpfProgram => {
    const found = objects.get(object)?.findProgram(program);
    if (found === undefined) throw new Error(`no program ${program}`);
    return found;
  };
  return { of, close: () => objects.forEach((object) => object.close()) };
}

describe('slots', () => {
  const kernel = useKernel();

  it('are replaced on a probe, which no link update and no EXT program could be asked for', () => {
    const { of, close } = load(kernel, ['slot_probe_main', 'slot_probe', 'slot_probe_more']);
    const main = of('slot_probe_main', 'slot_probe_main');
    const link = main.attachUprobe(TARGET, { func: 'target_add', pid: 0 });
    const seenOf = (action: () => void): bigint => {
      const before = BigInt(main.object.getVariable('seen') as bigint);
      action();
      return BigInt(main.object.getVariable('seen') as bigint) - before;
    };
    expect(seenOf(() => add(1, 2))).toBe(1n);
    const replaced = of('slot_probe_more', 'slot_probe_more').replace(of('slot_probe', 'watch'));
    expect(seenOf(() => add(1, 2))).toBe(100n);
    replaced.destroy();
    expect(seenOf(() => add(1, 2))).toBe(1n);
    link.destroy();
    expect(seenOf(() => add(1, 2))).toBe(0n);
    close();
  });

  it('stay filled for others when what was loaded is closed, if a program that has them is pinned', () => {
    withBpffs((folder) => {
      const path = `${folder}/main`;
      const first = new LinuxKernel();
      const { of, close } = load(first, ['slot_main', 'slot_first', 'slot_second', 'slot_third', 'slot_five']);
      of('slot_main', 'slot_main').pin(path);
      expect(first.objList(folder)).toEqual(['main']);
      const link = of('slot_five', 'slot_five').replace(of('slot_third', 'third'));
      expect(errorOf(() => link.pin(`${folder}/link`))).toMatchObject({ code: 'EOPNOTSUPP' });
      const run = (): number => {
        const fd = kernel.objGet(path);
        const { retval } = kernel.progTestRun(fd, { dataIn: packet() });
        kernel.close(fd);
        return retval;
      };
      expect(run()).toBe(61);
      link.destroy();
      expect(run()).toBe(32);
      close();
      // The kernel empties an array when the last fd and pin of it are gone: here a pin is left, also of the array one call deeper.
      expect([1, 2, 3].map(run)).toEqual([33, 34, 35]);
      first.objUnpin(path);
      expect(first.objList(folder)).toEqual([]);
    });
  });

  it('are replaced under a stream of packets, and each packet is judged by one or the other', async () => {
    const network = await Network.create();
    const { of, close } = load(kernel, ['slot_count_main', 'slot_count_old', 'slot_count_new']);
    try {
      const main = of('slot_count_main', 'slot_count_main');
      const link = main.attachXdp(network.ifindex());
      const count = (object: string, variable: string): number => Number(of(object, variable).object.getVariable(`${variable}s`));
      // Replies to what is sent come in at `here`.
      const sender = (await import('node:dgram')).createSocket('udp4');
      await new Promise<void>((resolve) => sender.bind(4001, '10.9.0.1', resolve));
      const stream = setInterval(() => {
        for (let nth = 0; nth < 50; nth++) sender.send('packet', 4000, '10.9.0.2');
      }, 2);
      const seen = (): number => Number(main.object.getVariable('packets'));
      await until(() => seen() > 200);
      for (let round = 0; round < 20; round++) {
        const before = seen();
        const replaced = of('slot_count_new', 'fresh').replace(of('slot_count_old', 'old'));
        await until(() => seen() > before + 20);
        replaced.destroy();
        await until(() => seen() > before + 40);
      }
      clearInterval(stream);
      link.destroy();
      sender.close();
      const [olds, freshs] = [count('slot_count_old', 'old'), count('slot_count_new', 'fresh')];
      expect(olds).toBeGreaterThan(0);
      expect(freshs).toBeGreaterThan(0);
      // A slot that was empty for a moment would have given 0, which main counts.
      expect(Number(main.object.getVariable('unjudged'))).toBe(0);
      expect(olds + freshs).toBe(seen());
    } finally {
      close();
      await network.close();
    }
  });
});
