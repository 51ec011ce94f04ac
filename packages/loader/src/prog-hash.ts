// Which program is this, whatever its maps' fds are?
import { BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE, encodeInsns } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { sha256 } from './sha256.ts';

/** Maps by fd. By their index in the array of fds they say the same at every load. */
const MAP_SOURCES: readonly number[] = [BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE];

/**
 * The hash that Linux 6.18 knows a program by: SHA-256 over its instructions, with the fds of maps left out. Its tag is the first 8
 * bytes.
 *
 * @param insns as they are loaded
 */
export function progHash(insns: Insns): Uint8Array {
  const plain = insns.slice();
  for (let idx = 0; idx < plain.length; idx++) {
    if (!plain.isWide(idx)) continue;
    if (MAP_SOURCES.includes(plain.src[idx] as number)) {
      plain.imm[idx] = 0;
      if (idx + 1 < plain.length) plain.imm[idx + 1] = 0;
    }
    idx++;
  }
  return sha256(encodeInsns(plain, true));
}
