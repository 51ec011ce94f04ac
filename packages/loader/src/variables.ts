// Where does a variable that BTF names stand?
import type { VariableSpec } from './spec.ts';

/**
 * The variable of a name in a section. Of several static ones, the one at the offset that BTF gives: clang leaves offsets at
 * 0, but it never gives one object two variables of one name, and who links objects fills them in.
 */
export function findVariable(
  variables: ReadonlyMap<string, readonly VariableSpec[]>,
  name: string,
  sectionName: string,
  byteOff: number,
): VariableSpec | undefined {
  const found = variables.get(name)?.filter((variable) => variable.sectionName === sectionName) ?? [];
  return found.length > 1 ? found.find((variable) => variable.byteOff === byteOff) : found[0];
}
