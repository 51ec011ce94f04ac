// Which programs does loading load?
import type { LoadOptions } from './options.ts';
import { applyMapOverride } from './settings.ts';
import type { ObjectSpec } from './spec.ts';

/**
 * Names of the programs that `load()` loads: those that the user chose; of a struct_ops table all when it is created, and none when
 * it is not; else as their sections say.
 *
 * @libbpf bpf_program__set_autoload
 */
export function programsToLoad(spec: ObjectSpec, options: LoadOptions): ReadonlySet<string> {
  const inTables = new Map<string, boolean>();
  for (const map of spec.maps) {
    if (map.structOps === undefined) continue;
    const { autocreate, structOps } = applyMapOverride(spec, map, options.maps?.get(map.name));
    for (const { program } of structOps ?? []) inTables.set(program, autocreate || inTables.get(program) === true);
  }
  const wanted = spec.programs.filter(({ name, autoload }) => options.programs?.get(name)?.autoload ?? inTables.get(name) ?? autoload);
  return new Set(wanted.map(({ name }) => name));
}
