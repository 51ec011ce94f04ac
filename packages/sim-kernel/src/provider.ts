// Which function does a pair of program and BTF id name?
import { KernelError } from '@rootlet/loader';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import type { SimFunc, SimProg } from './objects.ts';
import type { KernelState } from './state.ts';

/**
 * The function with FUNC id `btfId` of a program, to be called or replaced from outside.
 *
 * For calls of library functions the id may be that of another function of the same BTF object: each function of a library
 * is a program of its own, and one fd of the library stands for all of them.
 *
 * @throws KernelError `ENOENT` when there is none, `EINVAL` when it is static
 */
export function getFunction(state: KernelState, prog: SimProg, btfId: number, operation: string, siblings: boolean): SimFunc {
  const func = findIn(prog, btfId) ?? (siblings ? findSibling(state, prog, btfId) : undefined);
  if (func === undefined) {
    throw new KernelError(operation, ENOENT, `program '${prog.name}' has no function with BTF id ${btfId}`);
  }
  if (!func.global) {
    throw new KernelError(operation, EINVAL, `function '${func.name}' of program '${prog.name}' is static, so it is private`);
  }
  return func;
}

/** As `getFunction`, without errors. */
export function findFunction(state: KernelState, prog: SimProg, btfId: number): SimFunc | undefined {
  return findIn(prog, btfId) ?? findSibling(state, prog, btfId);
}

function findIn(prog: SimProg, btfId: number): SimFunc | undefined {
  for (const func of prog.functions.values()) if (func.btfId === btfId) return func;
  return undefined;
}

function findSibling(state: KernelState, prog: SimProg, btfId: number): SimFunc | undefined {
  if (!prog.isLibrary || prog.btf === undefined) return undefined;
  for (const other of state.progs.values()) {
    if (other.isLibrary && other.btf === prog.btf && other.entry.btfId === btfId) return other.entry;
  }
  return undefined;
}
