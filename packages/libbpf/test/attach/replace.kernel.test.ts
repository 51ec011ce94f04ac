// Is a function replaced under a stream of packets without one of them going unjudged?
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpfLink, BpfObject } from '../../src/index.ts';
import { mayReplace } from '../support.ts';
import { Network, until, useKernel, withBpffsAsync } from './support.ts';

const OBJECTS = join(__dirname, 'objects');

if (!mayReplace) it('is replaced on machines that load EXT programs only', () => expect(mayReplace).toBe(false));
else
  describe('a function that packets run through', () => {
    let network: Network;
    let main: BpfObject;
    let links: BpfLink[] = [];
    const kernel = useKernel(async () => network.close());

    beforeAll(async () => {
      network = await Network.create();
    });

    const open = (name: string): BpfObject => BpfObject.open({ name, bytes: readFileSync(join(OBJECTS, `${name}.o`)) }, { kernel });
    const count = (object: BpfObject, variable: string): number => Number(object.getVariable(variable));
    const program = (object: BpfObject, name: string): NonNullable<ReturnType<BpfObject['findProgram']>> => {
      const found = object.findProgram(name);
      if (found === undefined) throw new Error(`no program ${name}`);
      return found;
    };

    /** Loads main and what may replace its function, and sends packets through it while something is done. */
    async function underStream(work: (fresh: BpfObject, more: (packets: number) => Promise<void>) => Promise<void>): Promise<number[]> {
      main = open('stream').load();
      const target = program(main, 'stream');
      const fresh = open('stream_fresh');
      for (const name of ['fresh', 'other']) {
        program(fresh, name).setAutoload(true);
        program(fresh, name).setAttachTarget(target, 'old');
      }
      fresh.load();
      const attached = target.attachXdp(network.ifindex());
      // What is sent comes back, and in at `here`.
      const sender = createSocket('udp4');
      await new Promise<void>((resolve) => sender.bind(0, '10.9.0.1', resolve));
      const stream = setInterval(() => {
        for (let nth = 0; nth < 50; nth++) sender.send('packet', 4000, '10.9.0.2');
      }, 2);
      const more = async (packets: number): Promise<void> => {
        const enough = count(main, 'packets') + packets;
        await until(() => count(main, 'packets') >= enough);
      };
      try {
        await more(100);
        await work(fresh, more);
      } finally {
        clearInterval(stream);
        attached.destroy();
        sender.close();
        for (const link of links) link.destroy();
        links = [];
      }
      const [packets, unjudged, olds] = ['packets', 'unjudged', 'olds'].map((name) => count(main, name));
      const [freshs, others] = ['freshs', 'others'].map((name) => count(fresh, name));
      fresh.close();
      main.close();
      return [packets, unjudged, olds, freshs, others].map((value) => value ?? NaN);
    }

    const expectAllJudged = ([packets = NaN, unjudged = NaN, ...judged]: readonly number[]): void => {
      for (const part of judged) expect(part).toBeGreaterThan(0);
      expect(unjudged).toBe(0);
      expect(judged.reduce((sum, part) => sum + part, 0)).toBe(packets);
    };

    it('is replaced and put back, by one program after the other', async () => {
      const counts = await underStream(async (fresh, more) => {
        for (let round = 0; round < 20; round++) {
          const link = program(fresh, round % 2 === 0 ? 'fresh' : 'other').attachFreplace(program(main, 'stream'), 'old');
          links.push(link);
          await more(20);
          link.destroy();
          // Every other time the next one follows at once.
          if (round % 2 === 0) await more(20);
        }
      });
      expectAllJudged(counts);
    });

    it('stays replaced by a pinned link, which is found again and given up', async () => {
      const counts = await underStream(async (fresh, more) => {
        await withBpffsAsync(async (folder) => {
          for (const name of ['fresh', 'other']) {
            const path = `${folder}/${name}`;
            const link = program(fresh, name).replace(program(main, 'stream'), 'old');
            link.pin(path);
            link.destroy();
            await more(20);
            const found = BpfLink.open(path, kernel);
            expect(program(main, 'stream').replacements()).toMatchObject([{ functionName: 'old', progId: program(fresh, name).info().id }]);
            await more(20);
            found.unpin();
            found.destroy();
          }
          await more(20);
        });
      });
      expectAllJudged(counts);
    });
  });
