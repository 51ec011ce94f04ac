// Is the access aligned, where it must be?
import { isConst, tnumAdd, tnumConst, tnumIsAligned } from '../domain/index.ts';
import { formatVarOff } from './pointer-off.ts';
import { EACCES, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  isPacketPointer,
  PTR_TO_ARENA,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';

/** Packets begin two bytes behind a four-byte boundary, so that the IP header is aligned. */
const NET_IP_ALIGN = 2;

const DESCRIPTIONS: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [PTR_TO_FLOW_KEYS, 'flow keys '],
  [PTR_TO_MAP_KEY, 'key '],
  [PTR_TO_MAP_VALUE, 'value '],
  [PTR_TO_CTX, 'context '],
  [PTR_TO_STACK, 'stack '],
  [PTR_TO_SOCKET, 'sock '],
  [PTR_TO_SOCK_COMMON, 'sock_common '],
  [PTR_TO_TCP_SOCK, 'tcp_sock '],
  [PTR_TO_XDP_SOCK, 'xdp_sock '],
]);

/** Stack accesses must always be aligned, others when the program asks for it or the instruction does (`strict`). */
export function checkAlignment(env: Env, reg: Reg, off: number, size: number, strict: boolean): Errno {
  if (reg.type === PTR_TO_ARENA || size === 1) return 0;
  if (!strict && !env.strictAlignment && reg.type !== PTR_TO_STACK) return 0;
  const packet = isPacketPointer(reg);
  const fixed = (packet ? NET_IP_ALIGN : 0) + reg.off + off;
  const known = isConst(reg.scalar);
  if (known ? ((reg.scalar.valueLo + fixed) & (size - 1)) === 0 : tnumIsAligned(tnumAdd(reg.scalar.tnum, tnumConst(BigInt(fixed))), size)) return 0;
  const bits = formatVarOff(reg.scalar);
  if (packet) return reject(env, EACCES, `misaligned packet access off ${NET_IP_ALIGN}+${bits}+${reg.off}+${off} size ${size}\n`);
  // What may be null, or is only read, has no name here.
  const kind = reg.flags === 0 ? (DESCRIPTIONS.get(reg.type) ?? '') : '';
  return reject(env, EACCES, `misaligned ${kind}access off ${bits}+${reg.off}+${off} size ${size}\n`);
}
