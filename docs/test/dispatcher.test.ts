// Does the dispatcher of the examples leave no packet unseen in the simulated kernel?
import { describe, expect, it } from '@jest/globals';
import { SimKernel } from '@rootlet/libbpf';
import { findUnseen, runScenario } from '../examples/dispatcher/scenario.ts';
import type { Stream } from '../examples/dispatcher/scenario.ts';

const [BPF_XDP, IFINDEX, PORT] = [37, 1, 7777] as const;

/** A datagram whose first byte is a number, in its Ethernet frame. */
function datagram(number: number): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set([0x08, 0x00, 0x45], 12);
  frame.set([17], 23);
  frame.set([PORT >> 8, PORT & 255], 36);
  frame[42] = number & 255;
  return frame;
}

describe('the dispatcher', () => {
  it('leaves no packet unseen while firewalls are added, ordered, replaced and removed', async () => {
    const kernel = new SimKernel();
    let sent = 0;
    const stream: Stream = {
      pass(count) {
        for (let idx = 0; idx < count; idx++) expect(kernel.trigger({ attachType: BPF_XDP, ifindex: IFINDEX }, { dataIn: datagram(sent++) })).toHaveLength(1);
        return Promise.resolve();
      },
      end: () => Promise.resolve(sent),
    };
    const lines: string[] = [];
    const counts = await runScenario(kernel, IFINDEX, () => Promise.resolve(stream), 60, (line) => lines.push(line));
    expect(findUnseen(counts)).toBeUndefined();
    // Seven steps; odd stands in four of them, third in three; what one dropped the other does not see.
    expect(counts).toEqual({ sent: 420, seen: { audit: 420, odd: 220, third: 150, last: 260 }, dropped: { odd: 110, third: 50 } });
    expect(lines[2]).toContain('slot1 fw_odd (call), slot2 fw_third (call), slot3 fw_last (call)');
    expect(kernel.counts()).toMatchObject({ progs: 0, maps: 0, links: 0, fds: 0 });
  });

  it('says when one was unseen', () => {
    expect(findUnseen({ sent: 2, seen: { audit: 1, last: 1 }, dropped: {} })).toContain('audit saw 1 of 2');
    expect(findUnseen({ sent: 2, seen: { audit: 2, last: 1 }, dropped: { odd: 0 } })).toContain('1 of 2');
  });
});
