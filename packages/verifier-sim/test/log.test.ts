// Is what is cut off a long log what was written last?
import { describe, expect, it } from '@jest/globals';
import { formatMapName } from '../src/log/format-reg.ts';
import { Log } from '../src/log/log.ts';

const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('');

describe('Log', () => {
  it('is cut back over what was joined, and goes on', () => {
    const log = new Log(1);
    const ends: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      ends.push(log.endPos);
      log.verbose(`line ${i}\n`);
    }
    for (const keep of [19_999, 16_500, 16_384, 12_287, 4097, 5]) {
      log.reset(ends[keep] as number);
      expect(log.endPos).toBe(ends[keep]);
    }
    log.verbose('end\n');
    expect(log.text()).toBe(`${lines(0, 5)}end\n`);
    expect(log.lastLine).toBe('end');
  });

  it('is cut back within a line, and whole again when it was asked for', () => {
    const log = new Log(2);
    for (let i = 0; i < 9000; i++) log.verbose(`line ${i}\n`);
    log.reset(log.endPos - 1);
    log.verbose(' more\n');
    expect(log.text()).toBe(`${lines(0, 8999)}line 8999 more\n`);
    log.reset(7);
    expect(log.text()).toBe('line 0\n');
  });
});

it('names of maps have the 15 characters that Linux keeps of them', () => {
  const map = { name: 'a_name_longer_than_it_may_be', type: 2, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 };
  expect(formatMapName(map)).toBe('a_name_longer_t');
});
