// Is what an object declares what the kernel has?
import type { Btf } from '@rootlet/btf';
import { areTypesCompatible } from './compat.ts';
import { CoreBtf } from './side.ts';

/** A name without its flavour: `task_struct` of `task_struct___old`. A flavour begins at the last `___` with something else on both sides. */
export function essentialName(name: string): string {
  return name.replace(/^(.*[^_])___[^_].*$/s, '$1');
}

/**
 * Whether two types of different BTFs are of the same sort: pointers and prototypes are followed, names, members and the sizes
 * of numbers not looked at. So a kernel's variable or function is compared with its declaration.
 *
 * @returns false also when the comparison does not end
 * @source libbpf: how the types of ksym externs are compared
 */
export function areTypesAlike(local: Btf, localId: number, target: Btf, targetId: number): boolean {
  return areTypesCompatible(CoreBtf.of(local), localId, CoreBtf.of(target), targetId) === true;
}
