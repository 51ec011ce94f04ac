// Does a library function hold on its own, where no EXT program can say so?
//
// Its body stands in a program of its own. A function whose prototype tells Linux enough is global there: verified from the
// prototype, whatever the caller passes. One with a sized buffer is static, and called with buffers of 0 to 4 elements that end
// where the stack ends: what reads past its size is refused. What passes is verified once more at each real call.
import { BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BtfBuilder, parseBtf } from '@rootlet/btf';
import { assemble, Insns } from '@rootlet/insn';
import { inferContext } from '@rootlet/loader';
import type { Bundle } from './bundle.ts';
import { addCaller, bufferSizes, paramsOf } from './prototype.ts';
import type { Unit } from './unit.ts';

/** Sizes that a function is called with, in elements. */
const SIZES = [0, 1, 2, 3, 4];
/** Stack bytes that the buffers of a call may take; with larger ones null is passed. */
const ROOM = 256;

/** A program that calls the function of a bundle, whose entry stands first. */
export function buildProbe(unit: Unit, entry: number, bundle: Bundle): Bundle {
  const builder = BtfBuilder.from(parseBtf(bundle.btf));
  const caller = addCaller(builder, unit.btf, entry);
  const buffers = bufferSizes(unit.btf, entry);
  const sized = buffers.some((size) => size !== undefined);
  builder.setLinkage(entry, sized ? BTF_FUNC_STATIC : BTF_FUNC_GLOBAL);
  const contextIdx = inferContext(unit.btf, entry).paramIdx;
  const args = paramsOf(unit.btf, entry).map((_, idx) => idx);
  const lines = ['r6 = r1'];
  for (const size of sized ? SIZES : [0]) {
    let used = 0;
    for (const idx of args) {
      const reg = `r${idx + 1}`;
      const elementBytes = buffers[idx];
      const bytes = (elementBytes ?? 0) * size;
      if (idx === contextIdx) lines.push(`${reg} = r6`);
      else if (idx > 0 && buffers[idx - 1] !== undefined) lines.push(`${reg} = ${size}`);
      else if (elementBytes === undefined || used + bytes > ROOM) lines.push(`${reg} = 0`);
      else {
        const end = used;
        used += Math.ceil(bytes / 8) * 8;
        for (let off = end + 8; off <= used; off += 8) lines.push(`*(u64 *)(r10 -${off}) = 0`);
        lines.push(`${reg} = r10`, `${reg} += ${-(end + bytes)}`);
      }
    }
    lines.push('call pc+0');
  }
  lines.push('r0 = 0', 'exit');
  const main = assemble(lines.join('\n'));
  const start = main.length;
  for (let idx = 0; idx < start; idx++) {
    if (main.code[idx] === 0x85) main.set(idx, { code: 0x85, dst: 0, src: 1, off: 0, imm: start - idx - 1 });
  }
  const [line] = bundle.lineInfo;
  return {
    insns: Insns.concat([main, bundle.insns]),
    btf: builder.encode(),
    funcInfo: [{ insnIdx: 0, typeId: caller }, ...bundle.funcInfo.map((info) => ({ ...info, insnIdx: info.insnIdx + start }))],
    lineInfo: [
      // A program with line info has one for the first instruction of each function.
      ...(line === undefined ? [] : [{ ...line, insnIdx: 0 }]),
      ...bundle.lineInfo.map((info) => ({ ...info, insnIdx: info.insnIdx + start })),
    ],
  };
}
