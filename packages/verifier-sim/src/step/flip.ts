// Which comparison says the same with its operands exchanged?
import { BPF_JGE, BPF_JGT, BPF_JLE, BPF_JLT, BPF_JSGE, BPF_JSGT, BPF_JSLE, BPF_JSLT } from '@rootlet/insn';

const FLIPPED: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [BPF_JGE, BPF_JLE],
  [BPF_JGT, BPF_JLT],
  [BPF_JLE, BPF_JGE],
  [BPF_JLT, BPF_JGT],
  [BPF_JSGE, BPF_JSLE],
  [BPF_JSGT, BPF_JSLT],
  [BPF_JSLE, BPF_JSGE],
  [BPF_JSLT, BPF_JSGT],
]);

/** The operation with its operands exchanged. */
export function flipOp(op: number): number {
  return FLIPPED.get(op) ?? op;
}
