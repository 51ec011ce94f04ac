// What does the kernel say about what stands behind an fd?
import { bytesToHex } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import type { FdInfo } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { readlinkSync } from 'node:fs';
import { readField, readName } from './attr.ts';
import { query } from './info-query.ts';
import { readLinkPlace } from './link-info.ts';
import type { Ffi } from './ffi.ts';

/** Facts about an fd. @throws KernelError `EBADF`, or `EINVAL` when it is nothing of BPF */
export function readInfo(ffi: Ffi, fd: number): FdInfo {
  const kind = kindOf(fd);
  switch (kind) {
    case 'bpf-prog':
      return readProgInfo(ffi, fd);
    case 'bpf-map':
      return readMapInfo(ffi, fd);
    // The fd that creating a link gave, and one that was asked for by id.
    case 'bpf_link':
    case 'bpf-link':
      return readLinkInfo(ffi, fd);
    case 'btf':
      return readBtfInfo(ffi, fd);
    default:
      throw new KernelError('info', kind === undefined ? uapi.EBADF : uapi.EINVAL, `fd ${fd}`);
  }
}

/** The bytes of a loaded BTF. */
export function readBtfData(ffi: Ffi, btfFd: number): Uint8Array {
  const size = readField(uapi.BPF_BTF_INFO_LAYOUT, query(ffi, btfFd, uapi.BPF_BTF_INFO_LAYOUT, {}), 'btf_size');
  const data = new Uint8Array(size);
  query(ffi, btfFd, uapi.BPF_BTF_INFO_LAYOUT, { btf: ffi.address(data), btf_size: size });
  return data;
}

/** `bpf-prog` of `anon_inode:bpf-prog`; undefined when the fd is not open. */
function kindOf(fd: number): string | undefined {
  try {
    return /^anon_inode:\[?([\w-]+)\]?$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? 'other';
  } catch {
    return undefined;
  }
}

function readProgInfo(ffi: Ffi, fd: number): FdInfo {
  const layout = uapi.BPF_PROG_INFO_LAYOUT;
  const first = query(ffi, fd, layout, {});
  const count = readField(layout, first, 'nr_map_ids');
  const ids = new Uint32Array(count);
  const idBytes = new Uint8Array(ids.buffer);
  const info = count === 0 ? first : query(ffi, fd, layout, { nr_map_ids: count, map_ids: ffi.address(idBytes) });
  const tag = uapi.findField(layout, 'tag')?.byteOff ?? 8;
  return {
    kind: 'prog',
    id: readField(layout, info, 'id'),
    type: readField(layout, info, 'type'),
    name: readName(layout, info, 'name'),
    tag: bytesToHex(info.subarray(tag, tag + 8)),
    btfId: readField(layout, info, 'btf_id'),
    mapIds: [...ids],
    attachBtfId: readField(layout, info, 'attach_btf_id'),
    runCount: readField(layout, info, 'run_cnt'),
    runTimeNs: readField(layout, info, 'run_time_ns'),
    unbound: [],
  };
}

function readMapInfo(ffi: Ffi, fd: number): FdInfo {
  const layout = uapi.BPF_MAP_INFO_LAYOUT;
  const info = query(ffi, fd, layout, {});
  return {
    kind: 'map',
    id: readField(layout, info, 'id'),
    type: readField(layout, info, 'type'),
    name: readName(layout, info, 'name'),
    keySize: readField(layout, info, 'key_size'),
    valueSize: readField(layout, info, 'value_size'),
    maxEntries: readField(layout, info, 'max_entries'),
    flags: readField(layout, info, 'map_flags'),
    btfId: readField(layout, info, 'btf_id'),
    btfKeyTypeId: readField(layout, info, 'btf_key_type_id'),
    btfValueTypeId: readField(layout, info, 'btf_value_type_id'),
  };
}

function readLinkInfo(ffi: Ffi, fd: number): FdInfo {
  const layout = uapi.BPF_LINK_INFO_LAYOUT;
  const info = query(ffi, fd, layout, {});
  const type = readField(layout, info, 'type');
  const tracing = type === uapi.BPF_LINK_TYPE_TRACING;
  return {
    kind: 'link',
    id: readField(layout, info, 'id'),
    type,
    progId: readField(layout, info, 'prog_id'),
    targetObjId: tracing ? readField(layout, info, 'tracing.target_obj_id') : 0,
    targetBtfId: tracing ? readField(layout, info, 'tracing.target_btf_id') : 0,
    attachType: tracing ? readField(layout, info, 'tracing.attach_type') : 0,
    ...readLinkPlace(ffi, fd, type, info),
  };
}

/** Longest name of a module, its NUL included. */
const MAX_BTF_NAME = 64;

function readBtfInfo(ffi: Ffi, fd: number): FdInfo {
  const layout = uapi.BPF_BTF_INFO_LAYOUT;
  const name = new Uint8Array(MAX_BTF_NAME);
  const info = query(ffi, fd, layout, { name: ffi.address(name), name_len: name.length });
  const text = new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
  return { kind: 'btf', id: readField(layout, info, 'id'), name: text, size: readField(layout, info, 'btf_size') };
}
