// What stands in for a function that is not there yet?
import { assemble } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import type { Btf } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import { bufferSizes } from './prototype.ts';

/** Bytes of a buffer that a stub takes; more is no buffer of a BPF program. */
const MAX_BUFFER_BYTES = 1 << 28;

/**
 * Body of a stub. It returns 0, and touches first and last byte of each buffer with a size, so that a caller whose buffer is too
 * small is refused before there is a provider. Such a stub is to be a static function: verified at each call.
 */
export function buildStub(btf: Btf, funcId: number): Insns {
  const lines: string[] = [];
  bufferSizes(btf, funcId).forEach((bytes, idx) => {
    if (bytes === undefined) return;
    const [array, size] = [`r${idx + 1}`, `r${idx + 2}`];
    lines.push(
      `if ${size} == 0 goto L${idx}`,
      `r0 = ${size}`,
      'r0 += -1',
      `if r0 > ${Math.floor(MAX_BUFFER_BYTES / Math.max(bytes, 1))} goto L9`,
      `r0 *= ${bytes}`,
      `r6 = *(u8 *)(${array} +0)`,
      `${array} += r0`,
      `r6 = *(u8 *)(${array} +${Math.max(bytes, 1) - 1})`,
      `L${idx}:`,
    );
  });
  const buffers = lines.length > 0;
  lines.push('r0 = 0', 'exit');
  // A size without a bound: what is refused is the access to nothing.
  if (buffers) lines.push('L9: r0 = 0', 'r0 = *(u8 *)(r0 +0)', 'exit');
  return assemble(lines.join('\n'));
}

/** What makes packet pointers void and does nothing else, by type of program; types without packets have none. */
const PACKET_MOVERS: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [uapi.BPF_PROG_TYPE_XDP, `r2 = 0\ncall helper#${uapi.BPF_FUNC_xdp_adjust_tail}`],
  ...[
    uapi.BPF_PROG_TYPE_SCHED_CLS,
    uapi.BPF_PROG_TYPE_SCHED_ACT,
    uapi.BPF_PROG_TYPE_SK_SKB,
    uapi.BPF_PROG_TYPE_LWT_IN,
    uapi.BPF_PROG_TYPE_LWT_OUT,
    uapi.BPF_PROG_TYPE_LWT_XMIT,
  ].map((type): [number, string] => [type, `r2 = 1\ncall helper#${uapi.BPF_FUNC_skb_pull_data}`]),
  [uapi.BPF_PROG_TYPE_SK_MSG, `r2 = 0\nr3 = 0\nr4 = 0\ncall helper#${uapi.BPF_FUNC_msg_pull_data}`],
]);

/** Instructions after which packet pointers are void; undefined where programs of a type have none. @param type `BPF_PROG_TYPE_*` */
export function packetMover(type: number): string | undefined {
  return PACKET_MOVERS.get(type);
}

/**
 * Body of a stub that tail-calls with the context. What runs there returns in its place. Nothing there, or 33 tail calls done: 0,
 * a number that the verifier does not know, since all it sees of the call is this way.
 *
 * @param mover from {@link packetMover}; undefined where callers keep their packet pointers
 */
export function buildSlotStub(arrayFd: number, slotIdx: number, mover: string | undefined): Insns {
  const moves = mover === undefined ? [] : ['r1 = r6', mover];
  const lines = ['r6 = r1', `r2 = map[fd:${arrayFd}]`, `r3 = ${slotIdx}`, `call helper#${uapi.BPF_FUNC_tail_call}`, ...moves];
  return assemble([...lines, `call helper#${uapi.BPF_FUNC_get_prandom_u32}`, 'r1 = r0', 'r0 ^= r1', 'exit'].join('\n'));
}
