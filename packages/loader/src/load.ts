// How does a spec become an object in a kernel?
import { BPF_MAP_TYPE_PROG_ARRAY, EINVAL } from '@rootlet/uapi';
import { programsToLoad } from './autoload.ts';
import { btfToLoad } from './btf-load.ts';
import { fitToKernel } from './core.ts';
import { createMaps, fillSlots } from './create-maps.ts';
import { LoadError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { resolveKconfig } from './kconfig.ts';
import { LoadedObject } from './loaded.ts';
import type { LoadOptions } from './options.ts';
import { Rollback } from './rollback.ts';
import type { ObjectSpec } from './spec.ts';
import { StructOpsTables } from './struct-ops-kernel.ts';

/**
 * Loads an object: BTF, maps, programs; offers its exported functions to other objects and binds the calls that waited
 * for them. On failure everything that was created is undone, and what was loaded before is as it was.
 *
 * @throws LoadError naming the map, program or extern that failed, with errno and, for programs, the verifier log
 * @libbpf bpf_object__load
 */
export function loadObject(spec: ObjectSpec, kernel: Kernel, options: LoadOptions = {}): LoadedObject {
  if (!spec.littleEndian) {
    throw new LoadError('OBJECT_ENDIAN', `object '${spec.name}'`, `is big-endian; kernel ${kernel.name} is little-endian`, {
      errno: EINVAL,
    });
  }
  const rollback = new Rollback();
  try {
    const btfFd = loadBtf(spec, kernel, options);
    if (btfFd !== undefined) rollback.add(() => kernel.close(btfFd));
    const structOps = new StructOpsTables(spec, kernel, options);
    const maps = createMaps({ spec, kernel, options, btfFd, kconfig: kconfigValue(spec, kernel, options), structOps }, rollback);
    const { model, unresolved } = fitToKernel(spec, kernel, options);
    const object = new LoadedObject({
      spec,
      code: model,
      unresolved,
      kernel,
      options,
      btfFd,
      maps,
      structOps,
    });
    // From here on the object itself knows how to undo everything.
    rollback.commit();
    rollback.add(() => object.close());
    for (const { pinnedAt } of maps) if (pinnedAt !== undefined) rollback.add(() => kernel.objUnpin(pinnedAt));
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

/** What the `.kconfig` variables hold in this kernel; undefined when there are none. */
function kconfigValue(spec: ObjectSpec, kernel: Kernel, options: LoadOptions): Uint8Array | undefined {
  if (spec.kconfig.length === 0) return undefined;
  return resolveKconfig(spec, { text: options.kconfig ?? '', kernelText: () => kernel.kconfig?.(), release: kernel.release });
}

/** A kernel that does not take the object's BTF may still take its programs, unless calls are to be bound by it. */
function loadBtf(spec: ObjectSpec, kernel: Kernel, options: LoadOptions): number | undefined {
  const bytes = btfToLoad(spec, options.maps);
  if (bytes === undefined) return undefined;
  try {
    return kernel.btfLoad(bytes);
  } catch (error) {
    const refused = error instanceof Error && error.name === 'KernelError';
    if (refused && !kernel.features.nativeCalls) return undefined;
    throw error;
  }
}
