// How is a map created, and what is said when it is refused?
import { KernelError } from '@rootlet/loader';
import type { MapAttr } from '@rootlet/loader';
import { BPF_ATTR_MAP_CREATE_LAYOUT, BPF_MAP_CREATE, mapTypeStr } from '@rootlet/uapi';
import { encodeAttr, encodeName } from './attr.ts';
import type { AttrFields } from './attr.ts';
import type { Ffi } from './ffi.ts';
import { hintOf } from './hints.ts';
import { freshFd } from './maps/map-calls.ts';

/** @returns the fd @throws KernelError */
export function createMap(ffi: Ffi, attr: MapAttr): number {
  const fields: AttrFields = {
    map_type: attr.type,
    key_size: attr.keySize,
    value_size: attr.valueSize,
    max_entries: attr.maxEntries,
    map_flags: attr.flags,
    inner_map_fd: attr.innerMapFd,
    numa_node: attr.numaNode,
    map_name: encodeName(attr.name),
    btf_fd: attr.btfFd,
    btf_key_type_id: attr.btfKeyTypeId,
    btf_value_type_id: attr.btfValueTypeId,
    btf_vmlinux_value_type_id: attr.btfVmlinuxValueTypeId,
    value_type_btf_obj_fd: attr.valueTypeBtfObjFd,
    map_extra: attr.extra,
    excl_prog_hash: attr.exclusiveHash === undefined ? undefined : ffi.address(new Uint8Array(attr.exclusiveHash)),
    excl_prog_hash_size: attr.exclusiveHash?.length,
  };
  const described = ffi.bpf(BPF_MAP_CREATE, encodeAttr(BPF_ATTR_MAP_CREATE_LAYOUT, fields));
  if (described >= 0) return freshFd(described);
  // Types are for the reader only in most maps; those of nameless constants say nothing. libbpf tries again without them, too, whatever
  // the kernel said.
  const isPlain = attr.btfFd !== undefined && attr.btfVmlinuxValueTypeId === undefined;
  if (!isPlain) throw refused(attr, -described);
  const plain = { ...fields, btf_fd: undefined, btf_key_type_id: undefined, btf_value_type_id: undefined };
  const result = ffi.bpf(BPF_MAP_CREATE, encodeAttr(BPF_ATTR_MAP_CREATE_LAYOUT, plain));
  if (result < 0) throw refused(attr, -result);
  return freshFd(result);
}

function refused(attr: MapAttr, errno: number): KernelError {
  const { name, type, keySize, valueSize, maxEntries, flags } = attr;
  const kind = mapTypeStr(type) ?? `type ${type}`;
  const sizes = `${kind}, key ${keySize}, value ${valueSize}, ${maxEntries} entries, flags ${flags}`;
  return new KernelError('map create', errno, `map '${name}' (${sizes}) refused${hintOf(errno)}`);
}
