// What may happen when broken objects are linked?
import { RootletError } from '@rootlet/bytes';
import { parseElf } from '@rootlet/elf';
import { linkObjects } from '../src/index.ts';

/** Numbers in [0, bound) that a seed determines (xorshift32). */
export type Random = (bound: number) => number;

export function createRandom(seed: number): Random {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** An object, and where it is worth hitting: tables, headers, types, records. */
export interface Victim {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ranges: readonly (readonly [start: number, size: number])[];
}

/** Finds the tables of an object. */
export function createVictim(name: string, bytes: Uint8Array<ArrayBuffer>): Victim {
  const elf = parseElf(bytes);
  const headersOff = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, elf.littleEndian));
  const tables = elf.sections.filter(({ name: section, size }) => size > 0 && /^(\.symtab|\.strtab|\.rel(?!\.debug)|\.BTF|\.text|\.data|xdp|license|\.maps|\.jumptables)/.test(section));
  return { name, bytes, ranges: [[headersOff, elf.sections.length * 64], [headersOff, elf.sections.length * 64], ...tables.map(({ byteOff, size }) => [byteOff, size] as const)] };
}

const INTERESTING = [0, 1, 2, 4, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0xfff1, 0xfff2, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/** Changes a few words or bytes of a copy, or cuts it off. */
export function mutate(victim: Victim, random: Random): Uint8Array<ArrayBuffer> {
  const bytes = victim.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (let left = 1 + random(4); left > 0; left--) {
    const [start, size] = victim.ranges[random(victim.ranges.length)] as readonly [number, number];
    const width = [1, 2, 4, 8][random(4)] as number;
    const at = Math.min(bytes.length - 8, start + width * random(Math.max(1, Math.floor(size / width))));
    const value = random(2) === 0 ? (INTERESTING[random(INTERESTING.length)] as number) : random(2 ** 32);
    const old = view.getUint32(at, true);
    if (random(3) === 0) view.setUint32(at, old + random(64) - 32, true);
    else if (width === 1) bytes[at] = value;
    else if (width === 2) view.setUint16(at, value, random(8) !== 0);
    else view.setUint32(at, value, random(8) !== 0);
  }
  return random(40) === 0 ? bytes.slice(0, random(bytes.length)) : bytes;
}

/** What became of a broken object. */
export interface Outcome {
  /** `linked`, or the code of the error. */
  readonly verdict: string;
  readonly ms: number;
  readonly bytes: number;
}

/**
 * Links a broken object between two good ones, and reads and links again what comes out.
 *
 * @throws whatever is not a typed error
 */
export function linkBroken(bytes: Uint8Array, before: Victim, after: Victim): Outcome {
  const started = performance.now();
  let verdict = 'linked';
  let size = 0;
  try {
    const linked = linkObjects([before, { name: 'broken', bytes }, after]);
    size = linked.length;
    parseElf(linked);
    linkObjects([{ name: 'again', bytes: linked }]);
  } catch (error) {
    if (!(error instanceof RootletError)) throw error;
    verdict = error.code;
  }
  return { verdict, ms: performance.now() - started, bytes: size };
}
