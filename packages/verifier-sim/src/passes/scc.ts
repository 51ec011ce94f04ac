// Which instructions form loops?
import type { Env } from '../state/env.ts';

/**
 * Numbers the strongly connected components of the control-flow graph, functions apart, in the order in which Tarjan's
 * algorithm closes them. Single instructions that do not jump to themselves stay 0.
 */
export function computeScc(env: Env): void {
  const count = env.input.insns.length;
  const { successors } = env;
  const pre = new Int32Array(count);
  const low = new Int32Array(count);
  const CLOSED = 0x7fff_ffff;
  const open: number[] = [];
  const path: number[] = [];
  let order = 1;
  let nextScc = 1;
  for (let root = 0; root < count; root++) {
    if (pre[root] !== 0) continue;
    path.push(root);
    while (path.length > 0) {
      const at = path[path.length - 1] as number;
      if (pre[at] === 0) {
        low[at] = order;
        pre[at] = order++;
        open.push(at);
      }
      const next = successors[2 * at] as number;
      const target = successors[2 * at + 1] as number;
      const fresh = pre[next] === 0 ? next : pre[target] === 0 ? target : -1;
      if (fresh >= 0) {
        path.push(fresh);
        continue;
      }
      if (next >= 0) low[at] = Math.min(low[at] as number, low[next] as number);
      if (target >= 0) low[at] = Math.min(low[at] as number, low[target] as number);
      path.pop();
      if ((low[at] as number) < (pre[at] as number)) continue;
      const isLoop = open[open.length - 1] !== at || next === at || target === at;
      let member: number;
      do {
        member = open.pop() as number;
        low[member] = CLOSED;
        if (isLoop) (env.aux[member] as { scc: number }).scc = nextScc;
      } while (member !== at);
      if (isLoop) nextScc++;
    }
  }
}
