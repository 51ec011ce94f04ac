// What is known of a replacement in slots, for which the kernel has no link?
import type { LinkInfo } from '@rootlet/loader';
import { BPF_LINK_TYPE_TRACING } from '@rootlet/uapi';
import type { Ffi } from '../ffi.ts';
import { readInfo } from '../info.ts';
import type { DynamicLinker } from './linker.ts';

/** As a link would tell it. @param fd stands for the link, and names the program that runs in the slots */
export function slotLinkInfo(ffi: Ffi, linker: DynamicLinker, fd: number): LinkInfo {
  const target = linker.slotLink(fd)?.target;
  // Of a function whose object was closed only the slots are left.
  const targetObjId = target === undefined || target.fd < 0 ? 0 : readInfo(ffi, target.fd).id;
  return { id: 0, type: BPF_LINK_TYPE_TRACING, progId: readInfo(ffi, fd).id, targetObjId, targetBtfId: target?.entryBtfId ?? 0, attachType: 0 };
}
