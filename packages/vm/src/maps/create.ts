// Which maps may be created, and how?
import {
  __MAX_BPF_MAP_TYPE,
  BPF_F_INNER_MAP,
  BPF_F_MMAPABLE,
  BPF_F_NO_COMMON_LRU,
  BPF_F_NO_PREALLOC,
  BPF_F_NUMA_NODE,
  BPF_F_PRESERVE_ELEMS,
  BPF_F_RDONLY,
  BPF_F_RDONLY_PROG,
  BPF_F_WRONLY,
  BPF_F_WRONLY_PROG,
  BPF_F_ZERO_SEED,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_CGROUP_ARRAY,
  BPF_MAP_TYPE_CPUMAP,
  BPF_MAP_TYPE_DEVMAP,
  BPF_MAP_TYPE_DEVMAP_HASH,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_LRU_HASH,
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_MAP_TYPE_PERF_EVENT_ARRAY,
  BPF_MAP_TYPE_PROG_ARRAY,
  BPF_MAP_TYPE_QUEUE,
  BPF_MAP_TYPE_RINGBUF,
  BPF_MAP_TYPE_STACK,
  BPF_MAP_TYPE_USER_RINGBUF,
  BPF_MAP_TYPE_XSKMAP,
  E2BIG,
  EINVAL,
  ENOMEM,
  ENOTSUPP,
} from '@rootlet/uapi';
import type { VmMemory } from '../memory.ts';
import type { FuncSlot } from '../program.ts';
import { ArrayMap } from './array.ts';
import { PerfEventArrayMap } from './events.ts';
import { HashMap } from './hash.ts';
import { LpmTrieMap } from './lpm-trie.ts';
import type { VmMap, VmMapAttr } from './map.ts';
import { ObjectMap } from './objects.ts';
import { QueueMap } from './queue.ts';
import { RingbufMap } from './ringbuf.ts';
import { UserRingbufMap } from './user-ringbuf.ts';

/** Most bytes of one value. */
const MAX_VALUE = 0x7fff_ffff;
const MAX_ELEMENT = 1 << 22;
/** Most bytes of one CPU's value. */
const MAX_PERCPU_VALUE = 32_768;
const PAGE = 4096;

/** Who may access, and where the memory is. */
const PLAIN = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
const HASH_FLAGS = PLAIN | BPF_F_NO_PREALLOC | BPF_F_ZERO_SEED;

/** The types that are there, and the flags that maps of each take. */
const ALLOWED_FLAGS: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [BPF_MAP_TYPE_PERCPU_ARRAY, PLAIN],
  [BPF_MAP_TYPE_PROG_ARRAY, PLAIN],
  [BPF_MAP_TYPE_ARRAY_OF_MAPS, PLAIN],
  [BPF_MAP_TYPE_CGROUP_ARRAY, PLAIN],
  [BPF_MAP_TYPE_XSKMAP, PLAIN],
  [BPF_MAP_TYPE_DEVMAP, PLAIN],
  [BPF_MAP_TYPE_DEVMAP_HASH, PLAIN],
  [BPF_MAP_TYPE_CPUMAP, PLAIN],
  [BPF_MAP_TYPE_QUEUE, PLAIN],
  [BPF_MAP_TYPE_STACK, PLAIN],
  [BPF_MAP_TYPE_RINGBUF, PLAIN],
  [BPF_MAP_TYPE_USER_RINGBUF, PLAIN],
  [BPF_MAP_TYPE_ARRAY, PLAIN | BPF_F_MMAPABLE | BPF_F_INNER_MAP],
  [BPF_MAP_TYPE_HASH, HASH_FLAGS],
  [BPF_MAP_TYPE_PERCPU_HASH, HASH_FLAGS],
  [BPF_MAP_TYPE_LRU_HASH, HASH_FLAGS | BPF_F_NO_COMMON_LRU],
  [BPF_MAP_TYPE_LRU_PERCPU_HASH, HASH_FLAGS | BPF_F_NO_COMMON_LRU],
  [BPF_MAP_TYPE_HASH_OF_MAPS, HASH_FLAGS],
  [BPF_MAP_TYPE_LPM_TRIE, PLAIN | BPF_F_NO_PREALLOC],
  [BPF_MAP_TYPE_PERF_EVENT_ARRAY, PLAIN | BPF_F_PRESERVE_ELEMS],
]);

/**
 * Creates a map.
 *
 * @param cpus values of a per-CPU map
 * @returns the map, or a negative errno as `BPF_MAP_CREATE` gives it
 */
export function createMap(memory: VmMemory, attr: VmMapAttr, cpus: number): VmMap | number {
  const problem = checkAttr(attr);
  if (problem !== 0) return problem;
  switch (attr.type) {
    case BPF_MAP_TYPE_ARRAY:
      return ArrayMap.create(memory, attr) ?? -ENOMEM;
    case BPF_MAP_TYPE_PERCPU_ARRAY:
      return ArrayMap.create(memory, attr, cpus) ?? -ENOMEM;
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_DEVMAP_HASH:
      return new HashMap(memory, attr, 1, false);
    case BPF_MAP_TYPE_PERCPU_HASH:
      return new HashMap(memory, attr, cpus, false);
    case BPF_MAP_TYPE_LRU_HASH:
      return new HashMap(memory, attr, 1, true);
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
      return new HashMap(memory, attr, cpus, true);
    case BPF_MAP_TYPE_LPM_TRIE:
      return new LpmTrieMap(memory, attr);
    case BPF_MAP_TYPE_QUEUE:
      return QueueMap.create(memory, attr, false) ?? -ENOMEM;
    case BPF_MAP_TYPE_STACK:
      return QueueMap.create(memory, attr, true) ?? -ENOMEM;
    case BPF_MAP_TYPE_RINGBUF:
      return RingbufMap.create(memory, attr) ?? -ENOMEM;
    case BPF_MAP_TYPE_USER_RINGBUF:
      return UserRingbufMap.create(memory, attr) ?? -ENOMEM;
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
      return new PerfEventArrayMap(memory, attr);
    case BPF_MAP_TYPE_PROG_ARRAY:
      return objects<FuncSlot>(memory, attr, false, () => 0);
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
      return objects<VmMap>(memory, attr, false, (map) => map.handle);
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return objects<VmMap>(memory, attr, true, (map) => map.handle);
    case BPF_MAP_TYPE_CGROUP_ARRAY:
    case BPF_MAP_TYPE_XSKMAP:
      return objects<number>(memory, attr, false, () => 0);
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_CPUMAP:
      // All zeros mean "no target": an interface index and a queue size are never 0.
      return ArrayMap.create(memory, attr) ?? -ENOMEM;
    default:
      return -ENOTSUPP;
  }
}

function objects<T>(memory: VmMemory, attr: VmMapAttr, hash: boolean, toPointer: (object: T) => number): VmMap | number {
  const keys = hash ? new HashMap(memory, attr, 1, false) : ArrayMap.create(memory, { ...attr, flags: 0 });
  return keys === undefined ? -ENOMEM : new ObjectMap<T>(memory, attr, keys, toPointer);
}

/** What `BPF_MAP_CREATE` checks. @returns 0 or a negative errno */
function checkAttr(attr: VmMapAttr): number {
  const { type, flags } = attr;
  const allowed = ALLOWED_FLAGS.get(type);
  if (allowed === undefined) return type > 0 && type < __MAX_BPF_MAP_TYPE ? -ENOTSUPP : -EINVAL;
  const oneSided = (pair: number): boolean => (flags & pair) === pair;
  if ((flags & ~allowed) !== 0 || oneSided(BPF_F_RDONLY | BPF_F_WRONLY) || oneSided(BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) {
    return -EINVAL;
  }
  if ((type === BPF_MAP_TYPE_LRU_HASH || type === BPF_MAP_TYPE_LRU_PERCPU_HASH) && (flags & BPF_F_NO_PREALLOC) !== 0) {
    return -ENOTSUPP;
  }
  return checkSizes(attr);
}

function checkSizes({ type, keySize, valueSize, maxEntries, flags }: VmMapAttr): number {
  switch (type) {
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF: {
      const pages = maxEntries > 0 && maxEntries % PAGE === 0 && Number.isInteger(Math.log2(maxEntries));
      return keySize === 0 && valueSize === 0 && pages ? 0 : -EINVAL;
    }
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK:
      if (keySize !== 0 || valueSize === 0 || maxEntries === 0) return -EINVAL;
      return valueSize > MAX_ELEMENT ? -E2BIG : 0;
    case BPF_MAP_TYPE_LPM_TRIE:
      if (maxEntries === 0 || (flags & BPF_F_NO_PREALLOC) === 0) return -EINVAL;
      return keySize < 5 || keySize > 4 + 256 || valueSize < 1 ? -EINVAL : 0;
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH: {
      if (maxEntries === 0 || keySize === 0 || valueSize === 0) return -EINVAL;
      const perCpu = type === BPF_MAP_TYPE_PERCPU_HASH || type === BPF_MAP_TYPE_LRU_PERCPU_HASH;
      return keySize + valueSize >= MAX_ELEMENT || (perCpu && valueSize > MAX_PERCPU_VALUE) ? -E2BIG : 0;
    }
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return maxEntries > 0 && keySize > 0 && valueSize === 4 ? 0 : -EINVAL;
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_CGROUP_ARRAY:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_XSKMAP:
      return maxEntries > 0 && keySize === 4 && valueSize === 4 ? 0 : -EINVAL;
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_CPUMAP:
      return maxEntries > 0 && keySize === 4 && (valueSize === 4 || valueSize === 8) ? 0 : -EINVAL;
    case BPF_MAP_TYPE_PERCPU_ARRAY:
      if (maxEntries === 0 || keySize !== 4 || valueSize === 0) return -EINVAL;
      return valueSize > MAX_PERCPU_VALUE ? -E2BIG : 0;
    case BPF_MAP_TYPE_ARRAY:
      if (maxEntries === 0 || keySize !== 4 || valueSize === 0) return -EINVAL;
      return valueSize > MAX_VALUE ? -E2BIG : 0;
    default:
      return 0;
  }
}
