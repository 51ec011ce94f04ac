// What stands in for a function that is not there yet?
import { assemble } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import type { Btf } from '@rootlet/btf';
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
