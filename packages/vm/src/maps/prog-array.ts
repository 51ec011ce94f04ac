// Where does a tail call go?
import type { Machine } from '../machine.ts';
import { FuncSlot } from '../program.ts';
import { ObjectMap } from './objects.ts';

/** `BPF_MAP_TYPE_PROG_ARRAY`: entry functions of programs, by index. */
export type ProgArrayMap = ObjectMap<FuncSlot>;

/**
 * The function that `bpf_tail_call(ctx, array, index)` continues with.
 *
 * @returns undefined when the slot is empty or out of range: the call falls through
 */
export function findTailCallTarget(m: Machine): FuncSlot | undefined {
  const map = m.handles.find(m.u32(2));
  if (!(map instanceof ObjectMap)) {
    m.stop('argument', 'tail call: argument 2 is no program array');
    return undefined;
  }
  const index = m.u32(3);
  if (index >= map.attr.maxEntries) return undefined;
  const found: unknown = map.byIndex(index);
  return found instanceof FuncSlot ? found : undefined;
}
