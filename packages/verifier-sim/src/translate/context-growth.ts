// How many instructions more does an access to the context, or to a socket, become?
import { accessBytes, BPF_LDX, BPF_MEMSX, BPF_ST, insnClass, insnMode } from '@rootlet/insn';
import type { Env } from '../state/env.ts';
import { PTR_TO_CTX, PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK, PTR_TO_XDP_SOCK } from '../state/reg.ts';
import { findField } from '../tables/context.ts';
import type { ContextField } from '../tables/types.ts';
import { fieldsOf } from '../mem/socket.ts';

const WORD_BYTES = 4;
const [TIME, CLOCK] = ['tstamp', 'tstamp_type'];

/**
 * What the kernel makes of the load or store at `idx`, beyond the first instruction; 0 of all else.
 *
 * @param plainTime whether {@link asksClock}
 */
export function contextGrowth(env: Env, idx: number, plainTime: boolean): number {
  const { insns } = env.input;
  const code = insns.code[idx] as number;
  const field = findAccessed(env, idx);
  if (field === undefined) return 0;
  const isPlain = plainTime && field.name === TIME;
  const [full = 1, target = WORD_BYTES, store = 1, same = full, storeImm = store] = isPlain ? [] : Array.from(field.length ?? '', Number);
  if (insnClass(code) !== BPF_LDX) return (insnClass(code) === BPF_ST ? storeImm : store) - 1;
  const at = ((insns.off[idx] as number) - field.byteOff) % Math.max(target, WORD_BYTES);
  // Less than is loaded is masked, what is not at its beginning shifted before.
  const narrow = accessBytes(code) >= target ? 0 : at === 0 ? 1 : 2;
  return (insns.dst[idx] === insns.src[idx] ? same : full) - 1 + narrow + (insnMode(code) === BPF_MEMSX ? 1 : 0);
}

/** Whether the program asks what clock a packet's time is of: then it is trusted to understand the time, which is loaded as it is. */
export function asksClock(env: Env): boolean {
  return env.aux.some(({ ptrType }, idx) => ptrType === PTR_TO_CTX && findAccessed(env, idx)?.name === CLOCK);
}

function findAccessed(env: Env, idx: number): ContextField | undefined {
  const type = env.aux[idx]?.ptrType;
  const off = env.input.insns.off[idx] as number;
  switch (type) {
    case PTR_TO_CTX:
      return env.traced === undefined ? env.prog.findTranslatedField(off, env.attachType) : undefined;
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_SOCKET:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
      return findField(fieldsOf(type), off);
    default:
      return undefined;
  }
}
