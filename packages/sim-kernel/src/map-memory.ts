// How does a user share the memory of a simulated array?
import { KernelError } from '@rootlet/loader';
import type { MapMemory } from '@rootlet/loader';
import { BPF_F_MMAPABLE, EINVAL, ENOTSUPP, EPERM } from '@rootlet/uapi';
import type { SimMap } from './objects.ts';

const PAGE = 4096;

/** The machine's memory moves when it grows, so `bytes` is to be taken anew. @throws KernelError */
export function shareMemory(owner: SimMap, byteLen: number, address: bigint): MapMemory {
  const { attr, memory, stride } = owner.map;
  const at = owner.map.directAddress();
  if (at === undefined || (attr.flags & BPF_F_MMAPABLE) === 0) throw new KernelError('map memory', ENOTSUPP, `map '${attr.name}'`);
  if (owner.frozen) throw new KernelError('map memory', EPERM, `map '${attr.name}' is frozen`);
  const size = attr.maxEntries * stride;
  if (address !== 0n || byteLen > Math.ceil(size / PAGE) * PAGE) throw new KernelError('map memory', EINVAL, `${byteLen} bytes of map '${attr.name}'`);
  owner.hold();
  owner.writers++;
  const zeros = new Uint8Array(0);
  let view: Uint8Array | undefined;
  let open = true;
  return {
    address: BigInt(at),
    get bytes() {
      if (!open) return zeros;
      if (view?.buffer !== memory.bytes.buffer) view = memory.bytes.subarray(at, at + Math.min(size, byteLen));
      return view;
    },
    unmap() {
      if (!open) return;
      open = false;
      owner.writers--;
      owner.release();
    },
  };
}
