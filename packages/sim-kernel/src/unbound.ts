// Which functions does a program need that nothing provides yet?
import { KernelError } from '@rootlet/loader';
import type { SimProg } from './objects.ts';
import type { KernelState } from './state.ts';

/** Names of the strong externs that can be reached and are bound to nothing. */
export function unboundNames(state: KernelState, prog: SimProg): string[] {
  return [...new Set(state.graph.unbound(prog.entry).map((extern) => extern.name))];
}

/** @throws KernelError naming every missing symbol, and who wants it where that is not the program itself */
export function requireBound(state: KernelState, prog: SimProg, operation: string, errno: number): void {
  const missing = state.graph.unbound(prog.entry);
  if (missing.length === 0) return;
  const owners = new Map([...state.progs.values()].flatMap((other) => externsOf(other).map((extern) => [extern, other] as const)));
  const names = missing.map((extern) => {
    const owner = owners.get(extern);
    return owner === undefined || owner === prog ? `'${extern.name}'` : `'${extern.name}' (wanted by ${owner.name})`;
  });
  throw new KernelError(operation, errno, `program '${prog.name}' calls what nothing provides: ${names.join(', ')}`);
}

function externsOf(prog: SimProg): SimProg['entry']['externs'][number][] {
  return [...prog.functions.values()].flatMap((func) => func.externs);
}
