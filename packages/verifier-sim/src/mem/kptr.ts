// May a pointer that is kept in a map's value be loaded or stored, and what is it?
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { BPF_MEM, BPF_ST, insnClass, insnMode } from '@rootlet/insn';
import { constValue, isConst } from '../domain/index.ts';
import { formatRegType } from '../log/format-reg.ts';
import { EACCES, EINVAL, getReg, newId, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  NON_OWN_REF,
  pointerReg,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { isInRcu } from '../state/regions.ts';
import { objectFieldsOf } from '../state/special-fields.ts';
import type { KptrField, SpecialField } from '../state/special-fields.ts';
import { structsMatch } from './object-match.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';

/** Objects of the kernel that are not freed inside an RCU read section. Measured. */
const RCU_PROTECTED: readonly string[] = ['task_struct', 'cgroup', 'bpf_cpumask', 'bpf_crypto_ctx', 'prog_test_ref_kfunc'];

/** Members by which an object is in a list or tree, which may let go of it. */
const NODES: readonly string[] = ['bpf_list_node', 'bpf_rb_node'];

/** The struct behind a kept pointer: the kernel's of that name, or the program's own. */
export interface KptrTarget {
  readonly btf: Btf;
  readonly id: number;
  readonly isLocal: boolean;
}

export function kptrTarget(env: Env, kptr: KptrField, mapBtf: Btf): KptrTarget {
  const { vmlinux } = env.input;
  const id = vmlinux?.findByNameKind(kptr.name, BTF_KIND_STRUCT);
  if (vmlinux !== undefined && id !== undefined) return { btf: vmlinux, id, isLocal: false };
  return { btf: mapBtf, id: kptr.typeId, isLocal: true };
}

/** Place and size of an access that touches a kept pointer. */
export function checkKptrPlace(env: Env, reg: Reg, field: SpecialField, off: number, size: number, direct: boolean): Errno {
  const what = field.name;
  if (!direct) return reject(env, EACCES, `${what} cannot be accessed indirectly by helper\n`);
  if (!isConst(reg.scalar)) return reject(env, EACCES, `${what} access cannot have variable offset\n`);
  const at = off + Number(BigInt.asIntN(64, constValue(reg.scalar)));
  if (at !== field.byteOff) return reject(env, EACCES, `${what} access misaligned expected=${field.byteOff} off=${at}\n`);
  return size === 8 ? 0 : reject(env, EACCES, `${what} access size must be BPF_DW\n`);
}

/** Whether a register may be kept. */
export function checkKptrValue(env: Env, regno: number, kptr: KptrField, mapBtf: Btf): Errno {
  const reg = getReg(env, regno);
  const target = kptrTarget(env, kptr, mapBtf);
  const isRef = kptr.kind !== 'untrusted';
  const isKernels = reg.btf === env.input.vmlinux;
  const allowed = PTR_MAYBE_NULL | (isKernels ? PTR_TRUSTED | MEM_RCU | (isRef ? 0 : PTR_UNTRUSTED) : MEM_ALLOC | (kptr.kind === 'percpu' ? MEM_PERCPU : 0));
  const mixes = env.profile.features.mixedKptrs || kptr.kind !== 'percpu' || (reg.flags & MEM_PERCPU) !== 0;
  const fits = mixes && reg.type === PTR_TO_BTF_ID && (reg.flags & ~allowed) === 0 && reg.btf !== undefined;
  if (fits && reg.off >= 0 && structsMatch(env, reg.btf, reg.btfId, reg.off, target.btf, target.id, isRef)) return 0;
  // What an object of another kind is called is not looked up.
  const have = `${formatRegType(reg.type, reg.flags)}${fits ? (reg.btf?.name(reg.btfId) ?? '') : ''}`;
  const want = `ptr_${kptr.name}`;
  return reject(env, EINVAL, `invalid kptr access, R${regno} type=${have} expected=${want}${isRef ? '' : ` or untrusted_ptr_${kptr.name}`}\n`);
}

/** Judges a load or store of a kept pointer whose place was found good. */
export function accessKptr(env: Env, kptr: KptrField, field: SpecialField, mapBtf: Btf, what: MemAccess): Errno {
  const { access, valueRegno } = what;
  const code = env.input.insns.code[env.insnIdx] as number;
  if (insnMode(code) !== BPF_MEM) return reject(env, EACCES, 'kptr in map can only be accessed using BPF_MEM instruction mode\n');
  if (access !== READ) return storeKptr(env, kptr, field, mapBtf, valueRegno);
  if (valueRegno < 0) return 0;
  if (kptr.kind === 'user') {
    // Memory that user space shares, as large as the struct.
    setReg(env, valueRegno, pointerReg(PTR_TO_MEM, { flags: PTR_MAYBE_NULL, memSize: mapBtf.rawSize(kptr.typeId), id: newId(env) }));
    return 0;
  }
  const { btf, id: btfId, isLocal } = kptrTarget(env, kptr, mapBtf);
  const isSafe = kptr.kind !== 'untrusted' && isInRcu(env) && (isLocal || RCU_PROTECTED.includes(kptr.name));
  const shared = isLocal && objectFieldsOf(btf, btfId).some(({ name }) => NODES.includes(name)) ? NON_OWN_REF : 0;
  const own = kptr.kind === 'percpu' ? MEM_PERCPU : isLocal ? MEM_ALLOC : 0;
  const flags = PTR_MAYBE_NULL | (isSafe ? MEM_RCU | own | shared : PTR_UNTRUSTED);
  setReg(env, valueRegno, pointerReg(PTR_TO_BTF_ID, { flags, btf, btfId, id: newId(env) }));
  return 0;
}

function storeKptr(env: Env, kptr: KptrField, field: SpecialField, mapBtf: Btf, valueRegno: number): Errno {
  if (kptr.kind === 'user') return reject(env, EACCES, 'store to uptr disallowed\n');
  if (kptr.kind !== 'untrusted') return reject(env, EACCES, 'store to referenced kptr disallowed\n');
  const { insns } = env.input;
  if (insnClass(insns.code[env.insnIdx] as number) === BPF_ST) {
    if (insns.imm[env.insnIdx] === 0) return 0;
    return reject(env, EACCES, `BPF_ST imm must be 0 when storing to kptr at off=${field.byteOff}\n`);
  }
  const value = valueRegno < 0 ? undefined : getReg(env, valueRegno);
  if (value === undefined || (value.type === SCALAR && isConst(value.scalar) && constValue(value.scalar) === 0n)) return 0;
  return checkKptrValue(env, valueRegno, kptr, mapBtf) === 0 ? 0 : EACCES;
}
