// Which functions does the verifier judge at each call, and which once from their prototype?
import { STB_LOCAL, STV_HIDDEN, STV_INTERNAL, STV_PROTECTED } from '@rootlet/elf';
import type { CodeFunc, CodeModel } from './types.ts';

/**
 * Whether the verifier follows a function at each call, with what the caller knows about the arguments, instead of once
 * from its prototype.
 *
 * So it is for local functions, for hidden and internal ones, as libbpf has it, and for protected ones: that is how
 * `linkObjects` with `hideResolved` marks a definition that another of the linked objects calls. It binds locally and is
 * followed per call, yet it stays exported.
 *
 * @source libbpf: global functions with hidden or internal visibility become BTF_FUNC_STATIC at load
 */
export function isVerifiedPerCall(func: Pick<CodeFunc, 'binding' | 'visibility'>): boolean {
  const { binding, visibility } = func;
  if (binding === STB_LOCAL) return true;
  return visibility === STV_HIDDEN || visibility === STV_INTERNAL || visibility === STV_PROTECTED;
}

/** FUNC ids whose linkage must read `BTF_FUNC_STATIC` in the BTF that goes to the kernel. */
export function perCallFuncIds(model: CodeModel): Set<number> {
  const ids = new Set<number>();
  for (const func of model.funcs) if (func.btfId !== undefined && isVerifiedPerCall(func)) ids.add(func.btfId);
  return ids;
}
