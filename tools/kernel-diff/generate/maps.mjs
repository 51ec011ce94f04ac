// Which maps may generated programs use?
import { rootlet } from '../rootlet.mjs';

/** A map that must have BTF: its value described as case files do. */
const withBtf = (name, type, keySize, valueSize, maxEntries, fields, more = {}) => {
  const { bytes, ...ids } = rootlet.buildMapBtf(fields, keySize, valueSize);
  return map(name, type, keySize, valueSize, maxEntries, { ...more, ...ids, btfBytes: bytes, fields });
};
const map = (name, type, keySize, valueSize, maxEntries, more = {}) => ({ name, type, keySize, valueSize, maxEntries, flags: 0, ...more });

export const MAPS = [
  map('arr', 2, 4, 48, 8),
  map('hash', 1, 8, 16, 32),
  map('one', 2, 4, 64, 1),
  map('percpu', 6, 4, 24, 2),
  map('lru', 9, 4, 8, 16),
  map('progs', 3, 4, 4, 4),
  map('rb', 27, 0, 0, 4096),
  map('events', 4, 4, 4, 4),
  map('outer', 12, 4, 4, 2, { inner: 'arr' }),
  map('queue', 22, 0, 8, 4),
  map('rodata', 2, 4, 16, 1, { flags: 128, frozenValue: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 0x88, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80]) }),
  map('rdonly', 2, 4, 16, 4, { flags: 128 }),
  map('odd', 1, 5, 13, 4),
  map('socks', 15, 4, 4, 4),
  map('sockhash', 18, 4, 4, 4),
  map('xsks', 17, 4, 4, 4),
  withBtf('sks', 24, 4, 16, 0, 'a:u64,b:u64', { flags: 1 }),
];

MAPS.forEach((entry) => (entry.innerMap = MAPS.find((other) => other.name === entry.inner)));

/** A map by name. */
export const mapNamed = (name) => MAPS.find((entry) => entry.name === name);

/** What stands for a map's fd. */
export const mapNumber = (name) => rootlet.FIRST_MAP_FD + MAPS.indexOf(mapNamed(name));

/** Maps whose elements a program looks up to get their values. */
export const VALUE_MAPS = ['arr', 'hash', 'one', 'percpu', 'lru', 'odd', 'rdonly'];
