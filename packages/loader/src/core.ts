// How does an object's code fit the kernel it is loaded into?
import { applyCoreRelos, changeFunc, CoreTarget } from '@rootlet/reloc';
import type { CodeModel, CoreResult } from '@rootlet/reloc';
import type { Btf } from '@rootlet/btf';
import { ESRCH } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { programsToLoad } from './autoload.ts';
import type { LoadOptions } from './options.ts';
import type { ObjectSpec } from './spec.ts';

/** Indexed targets by kernel, or by the BTF that a user gave: each is indexed once for all objects. */
const targets = /* @__PURE__ */ new WeakMap<Kernel | Btf, CoreTarget>();

/**
 * The object's code with its CO-RE relocations applied against the kernel's BTF and its modules', or the one in the options.
 *
 * @throws LoadError `NO_KERNEL_BTF` when there are relocations and no BTF to answer them; RelocError `CORE_…`
 * @libbpf bpf_object_open_opts.btf_custom_path
 */
export function fitToKernel(spec: ObjectSpec, kernel: Kernel, options: LoadOptions): CoreResult {
  const { btf, code } = spec;
  if (btf === undefined || code.funcs.every((func) => func.coreRelos.length === 0)) return { model: code, unresolved: [] };
  const kernelBtf = options.kernelBtf ?? kernel.vmlinuxBtf();
  if (kernelBtf === undefined) {
    throw new LoadError('NO_KERNEL_BTF', `object '${spec.name}'`, `has CO-RE relocations, and kernel ${kernel.name} no BTF to answer them: it wants CONFIG_DEBUG_INFO_BTF=y, or its BTF as the option kernelBtf`, {
      errno: ESRCH,
    });
  }
  const key = options.kernelBtf ?? kernel;
  let target = targets.get(key);
  if (target?.btf !== kernelBtf) {
    // As libbpf has it: what the user gave is a whole kernel.
    target = new CoreTarget(kernelBtf, options.kernelBtf === undefined ? () => kernel.moduleBtfs?.() ?? [] : []);
    targets.set(key, target);
  }
  return applyCoreRelos(withoutUnloaded(spec, options), btf, target);
}

/** Programs that are not loaded may ask what the kernel cannot answer: nobody asks it. */
function withoutUnloaded(spec: ObjectSpec, options: LoadOptions): CodeModel {
  const { code, programs } = spec;
  const loaded = programsToLoad(spec, options);
  const unloaded = new Set<number>();
  for (const { name, funcIdx } of programs) if (!loaded.has(name)) unloaded.add(funcIdx);
  if (unloaded.size === 0) return code;
  return { ...code, funcs: code.funcs.map((func) => (unloaded.has(func.index) ? changeFunc(func, { coreRelos: [] }) : func)) };
}
