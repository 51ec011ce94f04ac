// Which function is called when the program throws?
import { BTF_FUNC_GLOBAL, BTF_KIND_FUNC } from '@rootlet/btf';
import { EINVAL, ENOENT, reject } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { kfuncName } from './calls.ts';

/** Slots that the function takes which the kernel writes behind a program that throws. */
export const WRITTEN_CALLBACK = 2;

const EEXIST = -17;
const TAG = 'exception_callback:';

/** First instruction of the callback that the main function's tag names; 0 when there is none, or an errno. */
export function findExceptionCallback(env: Env): number {
  const { btf, funcInfo = [] } = env.input;
  const main = funcInfo[0]?.typeId ?? 0;
  if (!env.profile.features.exceptions || btf === undefined || main <= 0 || main >= btf.typeCount) return 0;
  const names = btf.declTags(main).filter(({ value, componentIdx }) => componentIdx < 0 && value.startsWith(TAG));
  const name = names[0]?.value.slice(TAG.length);
  if (name === undefined) return 0;
  if (names.length > 1) return reject(env, EEXIST, 'multiple exception callback tags for main subprog\n');
  const id = btf.findByNameKind(name, BTF_KIND_FUNC);
  if (id === undefined) return reject(env, ENOENT, `exception callback '${name}' could not be found in BTF\n`);
  const func = btf.type(id);
  if (func.kind !== BTF_KIND_FUNC || func.linkage !== BTF_FUNC_GLOBAL) {
    return reject(env, EINVAL, `exception callback '${name}' must have global linkage\n`);
  }
  const record = funcInfo.find(({ typeId }) => typeId === id);
  if (record === undefined) return reject(env, EINVAL, 'exception callback type id not found in func_info\n');
  if (record.insnIdx !== 0) return record.insnIdx;
  return reject(env, EINVAL, 'invalid exception callback insn_off in func_info: 0\n');
}

/** Whether a path throws, and the program has no callback of its own for it: the kernel writes one, a function behind all others. */
export function throws(env: Env): boolean {
  if (env.subprogs.some(({ isException }) => isException)) return false;
  for (let idx = 0; idx < env.input.insns.length; idx++) if (env.aux[idx]?.seen === true && kfuncName(env, idx) === 'bpf_throw') return true;
  return false;
}
