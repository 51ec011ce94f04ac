// How does a spec become an object in a kernel?
import { BPF_MAP_TYPE_PROG_ARRAY } from '@rootlet/uapi';
import { programsToLoad } from './autoload.ts';
import { fillSlots } from './create-maps.ts';
import type { Kernel } from './kernel.ts';
import type { LoadedObject } from './loaded.ts';
import type { LoadOptions } from './options.ts';
import { prepareObject } from './prepare.ts';
import type { PreparedObject } from './prepare.ts';
import { Rollback } from './rollback.ts';
import type { ObjectSpec } from './spec.ts';

/**
 * Loads an object: BTF, maps, programs; offers its exported functions to other objects and binds the calls that waited
 * for them. On failure everything that was created is undone, and what was loaded before is as it was.
 *
 * @throws LoadError naming the map, program or extern that failed, with errno and, for programs, the verifier log
 * @libbpf bpf_object__load
 */
export function loadObject(spec: ObjectSpec, kernel: Kernel, options: LoadOptions = {}): LoadedObject {
  return loadPrepared(prepareObject(spec, kernel, options), options);
}

/**
 * Loads the programs of an object that is prepared. On failure its preparation is undone, too.
 *
 * @param options those it was prepared with; settings of programs may have changed since
 * @throws LoadError naming the program or extern that failed, with errno and the verifier log
 * @libbpf bpf_object__load
 */
export function loadPrepared(prepared: PreparedObject, options: LoadOptions = prepared.context.options): LoadedObject {
  const { spec, kernel, maps } = prepared.context;
  const rollback = new Rollback();
  rollback.add(() => prepared.close());
  for (const { pinnedAt } of maps) if (pinnedAt !== undefined) rollback.add(() => kernel.objUnpin(pinnedAt));
  try {
    const object = prepared.toLoaded(options);
    rollback.add(() => object.close());
    const wanted = programsToLoad(spec, options);
    for (const program of spec.programs) if (wanted.has(program.name)) object.loadProgram(program);
    for (const { spec: map, fd } of maps) {
      if (fd >= 0 && map.type === BPF_MAP_TYPE_PROG_ARRAY) {
        fillSlots(spec, kernel, map, fd, (symbol) => object.programs.get(symbol)?.fd);
      }
    }
    object.offerExports();
    object.bindWaiting(rollback);
    for (const unit of object.programs.values()) object.wantExterns(unit);
    rollback.commit();
    return object;
  } catch (error) {
    rollback.run();
    throw error;
  }
}
