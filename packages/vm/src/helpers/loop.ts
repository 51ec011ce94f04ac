// How do programs repeat a function?
import { BPF_FUNC_loop, BPF_MAX_LOOPS, E2BIG, EINVAL } from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import { functionArgument } from './map.ts';
import type { HelperRow } from './row.ts';

/** bpf_loop(nr_loops, callback, ctx, flags). @returns turns made */
function loop(m: Machine): number {
  const turns = m.u32(1);
  const callback = functionArgument(m, 2);
  if (callback === undefined) return 0;
  if (!m.isNull(4)) return -EINVAL;
  if (turns > BPF_MAX_LOOPS) return -E2BIG;
  const context = m.u32(3);
  for (let turn = 0; turn < turns; turn++) {
    const answer = m.callBack(callback, turn, context);
    if (m.fault !== undefined) return 0;
    if (answer !== 0) return turn + 1;
  }
  return turns;
}

/** Repetition by callback. */
export const LOOP_HELPERS: readonly HelperRow[] = [[BPF_FUNC_loop, loop]];
