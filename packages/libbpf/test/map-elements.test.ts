// Do maps give and take elements one by one, in batches and CPU by CPU, as bpf(2) does?
//
// Also run on the running kernel, by map-elements.kernel.test.ts.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Kernel, MapAttr } from '@rootlet/loader';
import {
  BPF_EXIST,
  BPF_F_LOCK,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_MAP_TYPE_QUEUE,
  BPF_NOEXIST,
} from '@rootlet/uapi';
import { MapElements } from '../src/index.ts';
import { newKernel, onLinux, openFds } from './streams/producers.ts';

class TestMap extends MapElements {
  override readonly kernel: Kernel;
  override readonly fd: number;
  readonly attr: MapAttr;

  constructor(kernel: Kernel, type: number, keySize: number, valueSize: number, maxEntries: number) {
    super();
    this.attr = { name: 'elements', type, keySize, valueSize, maxEntries, flags: 0 };
    this.kernel = kernel;
    this.fd = kernel.mapCreate(this.attr);
  }

  override get name(): string {
    return this.attr.name;
  }

  override get type(): number {
    return this.attr.type;
  }

  override get keySize(): number {
    return this.attr.keySize;
  }

  override get valueSize(): number {
    return this.attr.valueSize;
  }
}

const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const numbers = (bytes: Uint8Array): number[] => [...new Uint32Array(bytes.slice().buffer)];
const range = (count: number): number[] => Array.from({ length: count }, (_, idx) => idx);

describe(`elements of maps on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  const kernel = newKernel();
  const maps: TestMap[] = [];
  let before: number;

  const create = (type: number, keySize: number, valueSize: number, maxEntries: number): TestMap => {
    const map = new TestMap(kernel, type, keySize, valueSize, maxEntries);
    maps.push(map);
    return map;
  };

  beforeEach(() => {
    before = openFds();
  });

  afterEach(() => {
    for (const map of maps.splice(0)) kernel.close(map.fd);
    expect(openFds()).toBe(before);
  });

  it('one by one, with the flags that say whether they must be there', () => {
    const map = create(BPF_MAP_TYPE_HASH, 4, 8, 10);
    map.update(1, 100n);
    expect(map.lookup(1)).toEqual(Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0));
    expect(() => map.update(1, 1, BPF_NOEXIST)).toThrow(expect.objectContaining({ code: 'EEXIST', message: expect.stringContaining("map 'elements'") }));
    expect(() => map.update(2, 1, BPF_EXIST)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(map.lookupAndDelete(1)?.[0]).toBe(100);
    expect(map.lookupAndDelete(1)).toBeUndefined();
    expect(map.delete(1)).toBe(false);
    expect(() => map.lookup(1, BPF_F_LOCK)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => map.lookup(new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => map.update(1, new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('key by key', () => {
    const map = create(BPF_MAP_TYPE_HASH, 4, 4, 10);
    for (const key of [3, 5, 7]) map.update(key, key * 2);
    expect([...map.keys()].map((key) => key[0]).sort()).toEqual([3, 5, 7]);
    expect([...map.entries()].map(([key, value]) => [key[0], value[0]]).sort()).toEqual([[3, 6], [5, 10], [7, 14]]);
    const first = map.nextKey();
    expect(map.nextKey(first)).not.toEqual(first);
    expect(create(BPF_MAP_TYPE_HASH, 4, 4, 1).nextKey()).toBeUndefined();
  });

  it('in batches, in and out', () => {
    const map = create(BPF_MAP_TYPE_HASH, 4, 8, 1000);
    const values = new Uint8Array(8 * 600);
    range(600).forEach((idx) => (values[idx * 8] = idx & 0xff));
    expect(map.updateBatch(words(...range(600)), values)).toBe(600);
    const seen: number[] = [];
    for (const { keys, values: found, count } of map.batches(100)) {
      numbers(keys).forEach((key, idx) => {
        expect(found[idx * 8]).toBe(key & 0xff);
        seen.push(key);
      });
      expect(numbers(keys).length).toBe(count);
    }
    expect(seen.sort((a, b) => a - b)).toEqual(range(600));
    expect(map.deleteBatch(words(0, 1, 2))).toBe(3);
    expect(() => map.deleteBatch(words(10, 2, 11))).toThrow(expect.objectContaining({ code: 'ENOENT', message: expect.stringContaining("map 'elements'") }));
    expect([...map.batches(128, { remove: true })].reduce((sum, { count }) => sum + count, 0)).toBe(596);
    expect(map.nextKey()).toBeUndefined();
    expect([...map.batches()]).toEqual([]);
    expect(() => map.updateBatch(words(1), new Uint8Array(7))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(map.updateBatch(words(), new Uint8Array(0))).toBe(0);
  });

  it('in batches of arrays, whose elements cannot be taken out', () => {
    const map = create(BPF_MAP_TYPE_ARRAY, 4, 4, 10);
    map.updateBatch(words(...range(10)), words(...range(10).map((idx) => idx * idx)));
    const first = map.lookupBatch(6);
    expect([first.count, numbers(first.values)]).toEqual([6, [0, 1, 4, 9, 16, 25]]);
    const second = map.lookupBatch(6, first.cursor === undefined ? {} : { cursor: first.cursor });
    expect([second.count, numbers(second.keys), second.cursor]).toEqual([4, [6, 7, 8, 9], undefined]);
    expect(() => map.lookupBatch(6, { remove: true })).toThrow(expect.objectContaining({ name: 'KernelError' }));
    expect(() => map.deleteBatch(words(1))).toThrow(expect.objectContaining({ name: 'KernelError' }));
  });

  it('CPU by CPU, padded to 8 bytes', () => {
    const cpus = kernel.possibleCpus?.() ?? 1;
    for (const type of [BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH]) {
      const map = create(type, 4, 4, 3);
      map.updatePerCpu(0, range(cpus).map((cpu) => cpu + 10));
      expect(map.lookupPerCpu(0)?.map((value) => value.length)).toEqual(range(cpus).map(() => 4));
      expect(map.lookupPerCpu(0)?.map((value) => value[0])).toEqual(range(cpus).map((cpu) => cpu + 10));
      map.updatePerCpu(1, 7);
      expect(map.lookupPerCpu(1)?.map((value) => value[0])).toEqual(range(cpus).map(() => 7));
      expect(() => map.updatePerCpu(0, Array.from({ length: cpus + 1 }, () => 1))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    }
    expect(() => create(BPF_MAP_TYPE_HASH, 4, 4, 3).lookupPerCpu(0)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('from queues', () => {
    const map = create(BPF_MAP_TYPE_QUEUE, 0, 4, 3);
    const none = new Uint8Array(0);
    map.update(none, 5);
    map.update(none, 6);
    expect(map.lookup(none)?.[0]).toBe(5);
    expect(map.lookupAndDelete(none)?.[0]).toBe(5);
    expect(map.lookupAndDelete(none)?.[0]).toBe(6);
    expect(map.lookupAndDelete(none)).toBeUndefined();
  });

  it('until user space may not write any more', () => {
    const map = create(BPF_MAP_TYPE_ARRAY, 4, 4, 3);
    kernel.mapFreeze(map.fd);
    expect(() => map.update(0, 1)).toThrow(expect.objectContaining({ code: 'EPERM' }));
    expect(map.lookup(0)).toEqual(new Uint8Array(4));
  });

  it('of the map that an fd means now', () => {
    const small = new TestMap(kernel, BPF_MAP_TYPE_ARRAY, 4, 4, 1);
    small.update(0, 1);
    kernel.close(small.fd);
    const large = create(BPF_MAP_TYPE_ARRAY, 4, 400, 1);
    expect(large.fd).toBe(small.fd);
    expect(large.lookup(0)?.length).toBe(400);
  });
});
