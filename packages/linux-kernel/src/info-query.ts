// How is the kernel asked about what stands behind an fd?
import { KernelError } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { encodeAttr, encodeFull } from './attr.ts';
import type { Ffi } from './ffi.ts';

/** An info struct; `fields` are those that the kernel reads first, such as where texts go. */
export function query(
  ffi: Ffi,
  fd: number,
  layout: uapi.StructLayout,
  fields: Readonly<Record<string, number | bigint>>,
): Uint8Array<ArrayBuffer> {
  const info = encodeFull(layout, fields);
  const attr = encodeAttr(uapi.BPF_ATTR_INFO_LAYOUT, { bpf_fd: fd, info_len: info.length, info: ffi.address(info) });
  const result = ffi.bpf(uapi.BPF_OBJ_GET_INFO_BY_FD, attr);
  if (result < 0) throw new KernelError('info', -result, `fd ${fd}`);
  return info;
}
