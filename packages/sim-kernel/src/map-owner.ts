// Which programs may share a map whose elements are programs, or run some?
import { BTF_KIND_FUNC, BTF_KIND_PTR, BTF_KIND_TYPEDEF } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { ProgAttr } from '@rootlet/loader';
import {
  BPF_F_XDP_HAS_FRAGS,
  BPF_MAP_TYPE_CPUMAP,
  BPF_MAP_TYPE_DEVMAP,
  BPF_MAP_TYPE_PROG_ARRAY,
  BPF_PROG_TYPE_UNSPEC,
} from '@rootlet/uapi';
import type { SimMap } from './objects.ts';

/** What programs have in common that share one; the first that names the map decides. Asked of Linux 6.1, 6.12 and 6.18. */
export interface MapOwner {
  readonly type: number;
  readonly attachType: number;
  /** Whether packets may lie in several buffers. */
  readonly hasFrags: boolean;
  /** Prototype of what is traced, in the kernel's BTF; 0 for none. */
  readonly protoId: number;
}

const OWNED: readonly number[] = [BPF_MAP_TYPE_PROG_ARRAY, BPF_MAP_TYPE_DEVMAP, BPF_MAP_TYPE_CPUMAP];

/** @param vmlinux called when the program traces something */
export function ownerOf(attr: ProgAttr, vmlinux: () => Btf | undefined): MapOwner {
  return {
    type: attr.type,
    attachType: attr.expectedAttachType ?? 0,
    hasFrags: ((attr.flags ?? 0) & BPF_F_XDP_HAS_FRAGS) !== 0,
    protoId: attr.attachBtfId === undefined || attr.attachProgFd !== undefined ? 0 : protoOf(vmlinux(), attr.attachBtfId),
  };
}

function protoOf(btf: Btf | undefined, id: number): number {
  if (btf === undefined || id <= 0 || id >= btf.typeCount) return 0;
  if (btf.kind(id) === BTF_KIND_FUNC) return btf.refType(id);
  const pointer = btf.kind(id) === BTF_KIND_TYPEDEF ? btf.refType(id) : 0;
  return pointer !== 0 && btf.kind(pointer) === BTF_KIND_PTR ? btf.refType(pointer) : 0;
}

/** Whether a program may use the map beside those that do. */
export function mayShare(map: SimMap, other: MapOwner): boolean {
  const { owner } = map;
  const { type } = map.map.attr;
  if (owner === undefined || other.type === BPF_PROG_TYPE_UNSPEC || !OWNED.includes(type)) return true;
  if (owner.type !== other.type || owner.hasFrags !== other.hasFrags) return false;
  return type !== BPF_MAP_TYPE_PROG_ARRAY || (owner.attachType === other.attachType && owner.protoId === other.protoId);
}

/** Makes it the program's, when it is nobody's. */
export function claim(map: SimMap, owner: MapOwner): void {
  if (OWNED.includes(map.map.attr.type) && owner.type !== BPF_PROG_TYPE_UNSPEC) map.owner ??= owner;
}
