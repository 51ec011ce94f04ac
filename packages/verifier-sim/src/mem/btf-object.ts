// May this part of a kernel object be read, and what comes out?
import type { Btf } from '@rootlet/btf';
import { isConst } from '../domain/index.ts';
import { isGplCompatible } from '../state/license.ts';
import { EACCES, EFAULT, EINVAL, newId, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { isInRcu } from '../state/regions.ts';
import {
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  MEM_USER,
  NON_OWN_REF,
  pointerReg,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  REG_UNKNOWN,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { objectFieldsOf } from '../state/special-fields.ts';
import { checkObjectWrite } from '../tables/conntrack.ts';
import { STRUCT_OPS } from '../tables/struct-ops.ts';
import { isStructKind } from '../state/btf-kinds.ts';
import { findSafety } from '../tables/safe-fields.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';
import { structName, walkStruct } from './btf-walk.ts';
import { formatVarOff } from './pointer-off.ts';

type FoundObject = Extract<ReturnType<typeof walkStruct>, { is: 'object' }>;

/** What the kernel promises of a pointer that was read from an object. */
function flagsOfField(env: Env, reg: Reg, btf: Btf, found: FoundObject): number {
  const { member, btfId: pointee, inUnion } = found;
  const plain = inUnion ? PTR_UNTRUSTED : 0;
  if ((reg.flags & PTR_UNTRUSTED) !== 0) return PTR_UNTRUSTED;
  if ((reg.flags & (PTR_TRUSTED | MEM_RCU)) === 0 && reg.refObjId === 0) return plain;
  const safety = findSafety(btf, reg.btfId, member, pointee);
  if (safety === 'trusted' || safety === 'trusted_or_null') {
    if ((reg.flags & PTR_TRUSTED) !== 0 || reg.refObjId !== 0) return PTR_TRUSTED | (safety === 'trusted' ? 0 : PTR_MAYBE_NULL);
  }
  if (!isInRcu(env)) return PTR_UNTRUSTED;
  if (safety === 'rcu') return MEM_RCU;
  if (safety === 'rcu_or_null') return MEM_RCU | PTR_MAYBE_NULL;
  return plain;
}

function checkOffset(env: Env, reg: Reg, what: MemAccess, name: string): Errno {
  const { regno, off } = what;
  if (off < 0) return reject(env, EACCES, `R${regno} is ptr_${name} invalid negative access: off=${off}\n`);
  if (!isConst(reg.scalar) || reg.scalar.tnum.value !== 0n) {
    const bits = formatVarOff(reg.scalar);
    return reject(env, EACCES, `R${regno} is ptr_${name} invalid variable offset: off=${off}, var_off=${bits}\n`);
  }
  if ((reg.flags & MEM_USER) !== 0) return reject(env, EACCES, `R${regno} is ptr_${name} access user memory: off=${off}\n`);
  if ((reg.flags & MEM_PERCPU) !== 0) return reject(env, EACCES, `R${regno} is ptr_${name} access percpu memory: off=${off}\n`);
  return 0;
}

/** Judges an access through a pointer to a kernel object. */
export function accessObject(env: Env, reg: Reg, what: MemAccess): Errno {
  const { off, size, access, valueRegno } = what;
  const { btf, btfId } = reg;
  if (btf === undefined) return EACCES;
  const name = structName(btf, btfId);
  if (env.profile.features.gplObjects && btf === env.input.vmlinux && !isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, `Cannot access kernel 'struct ${btf.name(btfId)}' from non-GPL compatible program\n`);
  }
  const err = checkOffset(env, reg, what, btf.name(btfId));
  if (err !== 0) return err;
  if (access !== READ && (reg.flags & MEM_ALLOC) === 0) {
    // Untrusted memory is not written, whoever could write the object.
    if ((reg.flags & PTR_UNTRUSTED) !== 0) return reject(env, EACCES, 'only read is supported\n');
    const row = env.traced?.struct === undefined ? undefined : STRUCT_OPS[env.traced.struct];
    const refused = row === undefined ? checkObjectWrite(env.prog.id, btf, name, off, size) : row.checkWrite(btf, name, off, size);
    return refused === undefined ? 0 : reject(env, EACCES, refused);
  }
  if ((reg.flags & MEM_ALLOC) !== 0) {
    // Arithmetic that made another register lost whose it is.
    if ((reg.flags & (NON_OWN_REF | MEM_RCU)) === 0 && reg.refObjId === 0) return reject(env, EFAULT, 'verifier bug: ref_obj_id for allocated object must be non-zero\n');
    const field = objectFieldsOf(btf, btfId).find(({ byteOff, size: bytes }) => off < byteOff + bytes && byteOff < off + size);
    if (field !== undefined) return reject(env, EACCES, `direct access to ${field.name} is disallowed\n`);
  }
  const whole = btf.resolveType(btfId);
  if (!isStructKind(btf.kind(whole))) return reject(env, EINVAL, `Type '${btf.name(whole)}' is not a struct\n`);
  // How long an allocated object is, is known.
  const found = walkStruct(btf, btfId, off, size, { endless: (reg.flags & MEM_ALLOC) === 0 });
  if (found.is === 'nothing') return reject(env, found.errno, found.message);
  if (access !== READ || valueRegno < 0) return 0;
  setReg(env, valueRegno, loaded(env, reg, btf, found));
  return 0;
}

function loaded(env: Env, reg: Reg, btf: Btf, found: Exclude<ReturnType<typeof walkStruct>, { is: 'nothing' }>): Reg {
  if (found.is === 'memory' && env.profile.features.untypedMemory) return pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY | PTR_UNTRUSTED });
  // What a program wrote into its object is no object because its type says so.
  if (found.is !== 'object' || (reg.flags & MEM_ALLOC) !== 0) return REG_UNKNOWN;
  const flags = flagsOfField(env, reg, btf, found);
  return pointerReg(PTR_TO_BTF_ID, { flags, btf, btfId: found.btfId, id: (flags & PTR_MAYBE_NULL) === 0 ? 0 : newId(env) });
}
