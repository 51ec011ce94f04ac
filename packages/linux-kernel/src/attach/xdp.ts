// How is XDP attached to an interface without a link?
import { KernelError } from '@rootlet/loader';
import { EINVAL, XDP_FLAGS_DRV_MODE, XDP_FLAGS_HW_MODE, XDP_FLAGS_REPLACE, XDP_FLAGS_SKB_MODE } from '@rootlet/uapi';
import type { Ffi } from '../ffi.ts';
import { askNetlink, readAttrs, readU32 } from './netlink.ts';
import type { NetlinkAttr } from './netlink.ts';

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;
const IFINFO_BYTES = 16;
const IFLA_XDP = 43;
const IFLA_XDP_FD = 1;
const IFLA_XDP_ATTACHED = 2;
const IFLA_XDP_FLAGS = 3;
const IFLA_XDP_PROG_ID = 4;
const IFLA_XDP_DRV_PROG_ID = 5;
const IFLA_XDP_SKB_PROG_ID = 6;
const IFLA_XDP_HW_PROG_ID = 7;
const IFLA_XDP_EXPECTED_FD = 8;

/** Which programs an interface has. */
export interface XdpQuery {
  /** `XDP_ATTACHED_*`: 0 nothing, 1 driver, 2 generic, 3 hardware, 4 several. */
  readonly attachMode: number;
  /** Id of the program, unless there are several; 0 when there is none. */
  readonly progId: number;
  readonly drvProgId: number;
  readonly skbProgId: number;
  readonly hwProgId: number;
}

/** How to attach without a link. */
export interface XdpAttachOptions {
  /** `XDP_FLAGS_UPDATE_IF_NOEXIST`, `XDP_FLAGS_SKB_MODE`, `XDP_FLAGS_DRV_MODE`, `XDP_FLAGS_HW_MODE`. */
  readonly flags?: number;
  /** Refused with `EEXIST` unless this program is attached. */
  readonly oldProgFd?: number;
}

/** Attaches a program, or detaches what is there (-1). */
export function setXdp(ffi: Ffi, operation: string, ifindex: number, progFd: number, { flags = 0, oldProgFd }: XdpAttachOptions): void {
  const attrs: NetlinkAttr[] = [[IFLA_XDP_FD, progFd]];
  const wanted = oldProgFd === undefined ? flags : flags | XDP_FLAGS_REPLACE;
  if (wanted !== 0) attrs.push([IFLA_XDP_FLAGS, wanted]);
  if (oldProgFd !== undefined) attrs.push([IFLA_XDP_EXPECTED_FD, oldProgFd]);
  askNetlink(ffi, operation, `interface ${ifindex}`, { type: RTM_SETLINK, flags: 0, fixed: encodeIfInfo(ifindex), attrs: [[IFLA_XDP, attrs]] });
}

/** What is attached, with a link or without. */
export function queryXdp(ffi: Ffi, ifindex: number): XdpQuery {
  const operation = 'xdp query';
  const answers = askNetlink(ffi, operation, `interface ${ifindex}`, { type: RTM_GETLINK, flags: 0, fixed: encodeIfInfo(ifindex), attrs: [] });
  const link = answers.find(({ type }) => type === RTM_NEWLINK);
  if (link === undefined) throw new KernelError(operation, EINVAL, `interface ${ifindex}: not described`);
  const xdp = readAttrs(readAttrs(link.payload.subarray(IFINFO_BYTES)).get(IFLA_XDP) ?? new Uint8Array(0));
  const number = (type: number): number => readU32(xdp.get(type)) ?? 0;
  return {
    attachMode: xdp.get(IFLA_XDP_ATTACHED)?.[0] ?? 0,
    progId: number(IFLA_XDP_PROG_ID),
    drvProgId: number(IFLA_XDP_DRV_PROG_ID),
    skbProgId: number(IFLA_XDP_SKB_PROG_ID),
    hwProgId: number(IFLA_XDP_HW_PROG_ID),
  };
}

/** Id of the program of one mode, or of the only one. @param flags one of `XDP_FLAGS_*_MODE`, or 0 */
export function xdpProgId(query: XdpQuery, flags: number): number {
  const modes = flags & (XDP_FLAGS_SKB_MODE | XDP_FLAGS_DRV_MODE | XDP_FLAGS_HW_MODE);
  if (modes === XDP_FLAGS_SKB_MODE) return query.skbProgId;
  if (modes === XDP_FLAGS_DRV_MODE) return query.drvProgId;
  if (modes === XDP_FLAGS_HW_MODE) return query.hwProgId;
  if (modes !== 0) throw new KernelError('xdp query', EINVAL, 'flags name more than one mode');
  return query.progId;
}

function encodeIfInfo(ifindex: number): Uint8Array {
  const bytes = new Uint8Array(IFINFO_BYTES);
  new DataView(bytes.buffer).setInt32(4, ifindex, true);
  return bytes;
}
