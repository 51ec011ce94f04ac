// Who calls whom: is there a cycle, and is the stack deep enough?
import { RelocError } from './errors.ts';

/** Callee names by caller name, in order of calls. */
export type CallEdges = ReadonlyMap<string, readonly string[]>;

/** Bytes of stack that one unit (a program with its subprograms) may use. */
export const MAX_STACK_BYTES = 512;

/** Frames that one unit may have: the entry and seven calls. */
export const MAX_CALL_FRAMES = 8;

/** One function, or one loaded unit, as stack depth sees it. */
export interface StackNode {
  readonly name: string;
  /** Bytes of stack it uses itself; for a unit the depth of its deepest chain. */
  readonly stackBytes: number;
  /** Frames it uses itself: 1 for a function. */
  readonly frames: number;
  /** Names of what it calls. */
  readonly calls: readonly string[];
}

/** A chain of calls that goes too deep. */
export interface StackOverflow {
  readonly limit: 'bytes' | 'frames';
  /** Names from the outermost caller on. */
  readonly chain: readonly string[];
  /** Bytes, or frames, of the whole chain. */
  readonly total: number;
  /** The most that is allowed. */
  readonly max: number;
  /** `stack of 704 bytes exceeds 512: main (200) -> foo (504)`. */
  readonly message: string;
}

/**
 * Finds a cycle in a call graph.
 *
 * @returns names of the cycle in call order, the first one repeated at the end; undefined when there is none
 */
export function findCallCycle(edges: CallEdges): string[] | undefined {
  const done = new Set<string>();
  for (const root of edges.keys()) {
    const path: string[] = [];
    const onPath = new Map<string, number>();
    const stack: { readonly name: string; next: number }[] = [];
    const enter = (name: string): void => {
      onPath.set(name, path.length);
      path.push(name);
      stack.push({ name, next: 0 });
    };
    if (!done.has(root)) enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const callee = edges.get(top.name)?.[top.next++];
      if (callee === undefined) {
        stack.pop();
        path.pop();
        onPath.delete(top.name);
        done.add(top.name);
        continue;
      }
      const start = onPath.get(callee);
      if (start !== undefined) return [...path.slice(start), callee];
      if (!done.has(callee)) enter(callee);
    }
  }
  return undefined;
}

/**
 * Finds the deepest chain of calls that exceeds a limit.
 *
 * Use it twice. Within a unit with its functions and the kernel's limits, the default. For a composition with a node a
 * unit: each unit has its own frames there (a call into another program starts afresh in the verifier), but the frames
 * of all units on a chain are on the stack at once, so the composition has limits of its own.
 *
 * @param nodes every function or unit; names that are called and not listed count nothing
 * @returns undefined when every chain fits
 * @throws `RELOC_CALL_CYCLE` when the graph has a cycle
 */
export function checkStackDepth(
  nodes: readonly StackNode[],
  limits: { readonly maxBytes: number; readonly maxFrames: number } = { maxBytes: MAX_STACK_BYTES, maxFrames: MAX_CALL_FRAMES },
): StackOverflow | undefined {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const cycle = findCallCycle(new Map(nodes.map((node) => [node.name, node.calls])));
  if (cycle !== undefined) {
    throw new RelocError('RELOC_CALL_CYCLE', 'reloc: call graph', `recursion: ${cycle.join(' -> ')}`);
  }
  return (
    checkLimit('bytes', nodes, byName, limits.maxBytes, (node) => node.stackBytes) ??
    checkLimit('frames', nodes, byName, limits.maxFrames, (node) => node.frames)
  );
}

/** The deepest chain from one node on. */
interface Depth {
  readonly total: number;
  readonly next: string | undefined;
}

function checkLimit(
  limit: 'bytes' | 'frames',
  nodes: readonly StackNode[],
  byName: ReadonlyMap<string, StackNode>,
  max: number,
  weigh: (node: StackNode) => number,
): StackOverflow | undefined {
  const depths = new Map<string, Depth>();
  for (const node of calleesFirst(nodes, byName)) {
    let deepest: Depth = { total: 0, next: undefined };
    for (const name of node.calls) {
      const depth = depths.get(name);
      if (depth !== undefined && depth.total > deepest.total) deepest = { total: depth.total, next: name };
    }
    depths.set(node.name, { total: weigh(node) + deepest.total, next: deepest.next });
  }
  let worst: string | undefined;
  for (const { name } of nodes) {
    const total = (depths.get(name) as Depth).total;
    if (total > max && total > (worst === undefined ? 0 : (depths.get(worst) as Depth).total)) worst = name;
  }
  if (worst === undefined) return undefined;
  const { total } = depths.get(worst) as Depth;
  const chain: string[] = [];
  for (let name: string | undefined = worst; name !== undefined; name = depths.get(name)?.next) chain.push(name);
  const steps = chain.map((name) => `${name} (${weigh(byName.get(name) as StackNode)})`).join(' -> ');
  const what = limit === 'bytes' ? `stack of ${total} bytes` : `call depth of ${total} frames`;
  return { limit, chain, total, max, message: `${what} exceeds ${max}: ${steps}` };
}

/** Every node after all that it calls. The graph has no cycle. */
function calleesFirst(nodes: readonly StackNode[], byName: ReadonlyMap<string, StackNode>): StackNode[] {
  const order: StackNode[] = [];
  const seen = new Set<string>();
  for (const root of nodes) {
    if (seen.has(root.name)) continue;
    seen.add(root.name);
    const stack = [{ node: root, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const name = top.node.calls[top.next++];
      const callee = name === undefined ? undefined : byName.get(name);
      if (name === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (callee !== undefined && !seen.has(name)) {
        seen.add(name);
        stack.push({ node: callee, next: 0 });
      }
    }
  }
  return order;
}
