// Is this a place where a pointer is kept, and may this one be kept there?
import { formatMapName } from '../log/format-reg.ts';
import { constValue, isConst } from '../domain/index.ts';
import { checkKptrValue } from '../mem/kptr.ts';
import { EACCES, EFAULT, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MEM_ALLOC, MEM_RCU, mayBeNull, PTR_TO_MAP_VALUE } from '../state/reg.ts';
import { objectFieldsOf, specialFieldsOf } from '../state/special-fields.ts';
import type { CallMeta } from './meta.ts';

/** Checks the first argument of `bpf_kptr_xchg`. */
export function checkKptr(env: Env, regno: number, meta: CallMeta): Errno {
  const reg = getReg(env, regno);
  const unplaced = `R${regno} doesn't have constant offset. kptr has to be at the constant offset\n`;
  // Older kernels ask that first.
  if (!env.profile.features.valueObjects && !isConst(reg.scalar)) return reject(env, EACCES, unplaced);
  const { map } = reg;
  const isMap = reg.type === PTR_TO_MAP_VALUE;
  const btf = isMap ? map?.btf : reg.btf;
  const typeId = isMap ? map?.btfValueTypeId : reg.btfId;
  if (btf === undefined || typeId === undefined) {
    return reject(env, EINVAL, `map '${formatMapName(map)}' has to have BTF in order to use bpf_kptr_xchg\n`);
  }
  if (!isConst(reg.scalar)) return reject(env, EINVAL, unplaced);
  const kptrs = (isMap ? specialFieldsOf(btf, typeId) : objectFieldsOf(btf, typeId)).filter(({ kptr }) => kptr !== undefined && kptr.kind !== 'user');
  if (kptrs.length === 0) return reject(env, EINVAL, `R${regno} has no valid kptr\n`);
  const off = reg.off + Number(BigInt.asIntN(64, constValue(reg.scalar)));
  const field = kptrs.find(({ byteOff }) => byteOff === off);
  if (field?.kptr === undefined) return reject(env, EACCES, `off=${off} doesn't point to kptr\n`);
  if (field.kptr.kind !== 'ref' && field.kptr.kind !== 'percpu') {
    return reject(env, EACCES, `off=${off} kptr isn't referenced kptr\n`);
  }
  meta.kptr = { field: field.kptr, btf };
  return 0;
}

/** Checks the second: what is kept from now on. */
export function checkKptrNew(env: Env, regno: number, meta: CallMeta): Errno {
  if (meta.kptr === undefined) return EACCES;
  const reg = getReg(env, regno);
  // An object of the program that it only reads through RCU, or that may be missing, is one that nobody thought of.
  const isOdd = (reg.flags & MEM_ALLOC) !== 0 && (mayBeNull(reg) || (reg.flags & MEM_RCU) !== 0);
  if (isOdd) return reject(env, EFAULT, 'verifier bug: invalid PTR_TO_BTF_ID register for type match\n');
  if (mayBeNull(reg)) return reject(env, EACCES, `Possibly NULL pointer passed to helper arg${regno}\n`);
  return checkKptrValue(env, regno, meta.kptr.field, meta.kptr.btf) === 0 ? 0 : EACCES;
}
