// Which sizes does a map type ask for, whatever its definition says?
import { BPF_MAP_TYPE_RINGBUF, BPF_MAP_TYPE_USER_RINGBUF } from '@rootlet/uapi';

/** Ring buffers are whole pages of this many bytes. */
const PAGE_BYTES = 4096;

/**
 * The number of entries that a map is made with: a ring buffer's bytes are rounded up to a power of two of pages.
 *
 * @libbpf bpf_map__set_max_entries
 */
export function fitMaxEntries(type: number, maxEntries: number): number {
  if ((type !== BPF_MAP_TYPE_RINGBUF && type !== BPF_MAP_TYPE_USER_RINGBUF) || maxEntries === 0) return maxEntries;
  let bytes = PAGE_BYTES;
  while (bytes < maxEntries) bytes *= 2;
  // What no 32-bit number holds stays as it is, for the kernel to refuse.
  return bytes < 2 ** 32 ? bytes : maxEntries;
}
