// How does a pending call get its function, after the program was verified?
import { KernelError } from '@rootlet/loader';
import type { BindAttr } from '@rootlet/loader';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { SimProg } from './objects.ts';
import type { SimExtern, SimFunc } from './objects.ts';
import { comparePrototypes } from './prototype.ts';
import { getFunction } from './provider.ts';
import type { KernelState } from './state.ts';

const OPERATION = 'prog bind';

/**
 * Binds the calls of an extern to a function of another program, or takes the binding back. The dependant holds its
 * provider, never the reverse. All calls change at once, also while the program runs: each takes effect at its next call.
 *
 * @throws KernelError `EINVAL` prototype, type or stack; `ELOOP` recursion; `ENOENT` no such extern or function
 */
export function bindExtern(state: KernelState, attr: BindAttr): void {
  const prog = state.fds.getKind(attr.progFd, SimProg, OPERATION);
  const places = [...prog.functions.values()].flatMap((func) =>
    func.externs.filter((extern) => extern.externBtfId === attr.externBtfId).map((extern) => ({ func, extern })),
  );
  if (places.length === 0) {
    throw new KernelError(OPERATION, ENOENT, `program '${prog.name}' has no pending call of BTF id ${attr.externBtfId}`);
  }
  const target = attr.providerFd < 0 ? undefined : findTarget(state, prog, attr);
  const before = places.map(({ extern }) => extern.target);
  if (target !== undefined) {
    state.graph.checkTypes(OPERATION, prog, target.prog);
    for (const { func } of places) state.graph.checkCycle(OPERATION, func, target);
    state.graph.checkHolders(OPERATION, prog, target.prog);
  }
  for (const { extern } of places) point(prog, extern, target);
  try {
    if (target !== undefined) {
      state.graph.checkExtent(OPERATION);
      state.graph.checkPackets(OPERATION);
    }
  } catch (error) {
    places.forEach(({ extern }, index) => point(prog, extern, before[index]));
    throw error;
  }
}

function findTarget(state: KernelState, prog: SimProg, attr: BindAttr): SimFunc {
  const provider = state.fds.getKind(attr.providerFd, SimProg, OPERATION);
  const target = getFunction(state, provider, attr.providerBtfId, OPERATION, true);
  const { btf } = prog;
  if (btf === undefined || target.prog.btf === undefined || target.btfId === undefined) {
    throw new KernelError(OPERATION, EINVAL, 'both programs need BTF');
  }
  const difference = comparePrototypes(
    { btf: btf.btf, id: attr.externBtfId },
    { btf: target.prog.btf.btf, id: target.btfId },
  );
  if (difference !== undefined) throw new KernelError(OPERATION, EINVAL, difference);
  return target;
}

/** Lets one call run another function, or none. */
function point(prog: SimProg, extern: SimExtern, target: SimFunc | undefined): void {
  const old = extern.target;
  if (target !== undefined) prog.depend(target.prog);
  extern.target = target;
  extern.call.target = target?.slot;
  if (old !== undefined) prog.undepend(old.prog);
}
