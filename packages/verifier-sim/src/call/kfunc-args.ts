// Do the registers fit the parameters of a kernel function?
import { constValue, isConst } from '../domain/index.ts';
import { formatRegType } from '../log/format-reg.ts';
import { structName } from '../mem/btf-walk.ts';
import { checkMemSizeReg } from '../mem/helper-mem.ts';
import { structsMatch } from '../mem/object-match.ts';
import { checkPassedOffset } from '../mem/pointer-off.ts';
import { READ, WRITE } from '../mem/types.ts';
import { EACCES, EFAULT, EINVAL, getReg, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  CONST_PTR_TO_DYNPTR,
  CONST_PTR_TO_MAP,
  DYNPTR_TYPE_SKB,
  DYNPTR_TYPE_SKB_META,
  DYNPTR_TYPE_XDP,
  mayBeNull,
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  NON_OWN_REF,
  PTR_TO_BTF_ID,
  PTR_TO_CTX,
  PTR_TO_FUNC,
  PTR_TO_MAP_VALUE,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TRUSTED,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { withoutNull } from '../state/nullness.ts';
import { objectFieldsOf } from '../state/special-fields.ts';
import { isNullReg, isObjectReg, isScalarKind, kfuncArgKind, pointeeOf } from './kfunc-kind.ts';
import type { KfuncArg } from './kfunc-kind.ts';
import type { KfuncMeta } from './kfunc-meta.ts';
import type { KfuncRow } from '../tables/kfuncs.ts';
import { checkDynptr, checkDynptrPlace, createDynptr } from './dynptr.ts';
import { checkGraphNode, checkGraphRoot, findRefcount, isAllocated, isNonOwning } from './kfunc-graph.ts';
import { checkIterator } from './kfunc-iter.ts';
import { checkIrqFlag } from './kfunc-irq.ts';
import { kernelStruct } from './object-arg.ts';
import { checkConstString } from './const-string.ts';
import { checkMapArg, checkResLock, checkWork } from './kfunc-fields.ts';
import { checkMemReg } from './prototype-args.ts';
import { kindName } from '../state/btf-kinds.ts';

/** Checks R1 to R5 and notes in `meta` what they tell. */
export function checkKfuncArgs(env: Env, meta: KfuncMeta): Errno {
  for (let i = 0; i < meta.params.length; i++) {
    const { name, type } = meta.params[i] as { name: string; type: number };
    if (name.endsWith('__ign') || name.endsWith('__prog')) continue;
    const id = meta.btf.resolveType(type);
    const kind = id === 0 ? 0 : meta.btf.kind(id);
    if (isScalarKind(kind)) {
      const err = checkNumber(env, meta, i, name);
      if (err !== 0) return err;
      continue;
    }
    const pointee = pointeeOf(meta.btf, type);
    if (pointee === undefined) return reject(env, EINVAL, `Unrecognized arg#${i} type ${kindName(kind)}\n`);
    const arg = checkPointer(env, meta, i, name, pointee);
    if (typeof arg === 'number') return arg;
    // The size was judged with its memory.
    if (arg === 'mem_len') i++;
  }
  if (meta.row.releases && meta.releaseRegno === 0) {
    return reject(env, EINVAL, `release kernel function ${meta.name} expects refcounted PTR_TO_BTF_ID\n`);
  }
  return 0;
}

function checkNumber(env: Env, meta: KfuncMeta, i: number, name: string): Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  if (reg.type !== SCALAR) return reject(env, EINVAL, `R${regno} is not a scalar\n`);
  if (!name.endsWith('__k')) return 0;
  if (!isConst(reg.scalar)) return reject(env, EINVAL, `R${regno} must be a known constant\n`);
  const err = env.engine.markChainPrecision(env, regno);
  meta.constant = constValue(reg.scalar);
  return err;
}

function checkPointer(env: Env, meta: KfuncMeta, i: number, name: string, pointee: number): KfuncArg | Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  const optional = name.endsWith('__nullable') || name.endsWith('__opt');
  if (trustOf(env, meta) !== undefined && !optional && (isNullReg(reg) || (reg.type !== SCALAR && mayBeNull(reg)))) {
    return reject(env, EACCES, `Possibly NULL pointer passed to trusted arg${i}\n`);
  }
  if (reg.refObjId !== 0) {
    if (meta.row.releases && meta.refObjId !== 0) {
      return reject(env, EFAULT, `more than one arg with ref_obj_id R${regno} ${reg.refObjId} ${meta.refObjId}\n`);
    }
    meta.refObjId = reg.refObjId;
    if (meta.row.releases) meta.releaseRegno = regno;
  }
  const kind = kfuncArgKind(env, meta, i, pointee);
  if (typeof kind === 'number') return kind;
  if (kind === 'null') return kind;
  let err = kind === 'map' ? checkMapArg(env, meta, i, reg) : 0;
  if (err === 0 && (kind === 'object' || kind === 'alloc' || kind === 'map')) err = checkTrust(env, meta, reg, regno);
  if (err === 0) err = checkPassedOffset(env, reg, regno, meta.row.releases && reg.refObjId !== 0);
  if (err === 0) err = checkKind(env, meta, i, kind, reg, pointee);
  return err === 0 ? kind : err;
}

function isTrusted(reg: Reg): boolean {
  if (reg.refObjId !== 0 || (reg.type !== PTR_TO_BTF_ID && isObjectReg(reg) && !mayBeNull(reg))) return true;
  const relevant = reg.flags & ~MEM_ALLOC & ~NON_OWN_REF;
  return relevant === PTR_TRUSTED || ((reg.flags & MEM_ALLOC) !== 0 && relevant === 0);
}

/** How far objects must be trusted: where nothing is said, older kernels take any. */
function trustOf(env: Env, meta: KfuncMeta): KfuncRow['trust'] {
  return meta.row.trust ?? (env.profile.features.trustedKfuncArgs ? 'trusted' : undefined);
}

function checkTrust(env: Env, meta: KfuncMeta, reg: Reg, regno: number): Errno {
  const trust = trustOf(env, meta);
  if (trust === undefined || isTrusted(reg)) return 0;
  if (trust === 'trusted') return reject(env, EINVAL, `R${regno} must be referenced or trusted\n`);
  return (reg.flags & MEM_RCU) !== 0 ? 0 : reject(env, EINVAL, `R${regno} must be a rcu pointer\n`);
}

function checkKind(env: Env, meta: KfuncMeta, i: number, kind: KfuncArg, reg: Reg, pointee: number): Errno {
  const regno = i + 1;
  switch (kind) {
    case 'ctx':
      if (reg.type === PTR_TO_CTX) return 0;
      return reject(env, EINVAL, `arg#${i} expected pointer to ctx, but got ${formatRegType(reg.type, reg.flags)}\n`);
    case 'object':
      return checkObjectArg(env, meta, i, reg, pointee);
    case 'mem': {
      const size = meta.btf.resolveSize(meta.btf.resolveType(pointee));
      return checkMemReg(env, regno, size);
    }
    case 'mem_len':
      return checkMemLen(env, meta, i);
    case 'dynptr':
      return checkDynptrParam(env, meta, i, reg);
    case 'list_head':
      return checkGraphRoot(env, meta, i, 'bpf_list_head');
    case 'rb_root':
      return checkGraphRoot(env, meta, i, 'bpf_rb_root');
    case 'list_node':
      return checkGraphNode(env, meta, i, 'bpf_list_node');
    case 'rb_node':
      return checkGraphNode(env, meta, i, 'bpf_rb_node');
    case 'alloc':
      return checkAllocated(env, meta, i, reg);
    case 'refcounted':
      return checkRefcounted(env, meta, i, reg);
    case 'callback':
      if (reg.type !== PTR_TO_FUNC) return reject(env, EINVAL, `arg${i} expected pointer to func\n`);
      meta.subprogno = reg.subprogno;
      return 0;
    case 'iter':
      return checkIterator(env, meta, i, pointee);
    case 'irq_flag':
      return checkIrqFlag(env, meta, i);
    case 'workqueue':
      return checkWork(env, meta, i, reg, 'bpf_wq');
    case 'task_work':
      return checkWork(env, meta, i, reg, 'bpf_task_work');
    case 'res_spin_lock':
      return checkResLock(env, meta, i, reg);
    case 'map':
      if (isObjectReg(reg)) return checkObjectArg(env, meta, i, reg, pointee, 'bpf_map');
      return notAnObject(env, i, reg);
    case 'const_str':
      if (reg.type !== PTR_TO_MAP_VALUE || reg.flags !== 0) return reject(env, EINVAL, `arg#${i} doesn't point to a const string\n`);
      return checkConstString(env, regno);
    default:
      return 0;
  }
}

/** What would do instead is told with what makes this one trusted. */
function notAnObject(env: Env, i: number, reg: Reg): Errno {
  const expected = formatRegType(reg.type, reg.flags & (MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF));
  return reject(env, EINVAL, `arg#${i} is ${formatRegType(reg.type, reg.flags)} expected ${expected} or socket\n`);
}

/** Types of the dynptrs that functions set up. */
const DYNPTR_TYPES: Readonly<Record<string, number>> = {
  bpf_dynptr_from_skb: DYNPTR_TYPE_SKB,
  bpf_dynptr_from_skb_meta: DYNPTR_TYPE_SKB_META,
  bpf_dynptr_from_xdp: DYNPTR_TYPE_XDP,
};

function checkDynptrParam(env: Env, meta: KfuncMeta, i: number, reg: Reg): Errno {
  const regno = i + 1;
  if (reg.type !== PTR_TO_STACK && reg.type !== CONST_PTR_TO_DYNPTR) {
    return reject(env, EINVAL, `arg#${i} expected pointer to stack or const struct bpf_dynptr\n`);
  }
  if (meta.params[i]?.name.endsWith('__uninit') === true) {
    const err = checkDynptrPlace(env, regno);
    if (err !== 0) return err;
    const type = DYNPTR_TYPES[meta.name] ?? meta.dynptr?.type ?? 0;
    return createDynptr(env, regno, type, meta.name === 'bpf_dynptr_clone' ? meta.dynptr : undefined);
  }
  const found = checkDynptr(env, regno, 0);
  if (typeof found === 'number') return found;
  meta.dynptr = found;
  return 0;
}

/** A struct that the program allocated, and gives back. */
function checkAllocated(env: Env, meta: KfuncMeta, i: number, reg: Reg): Errno {
  const isPercpu = meta.name === 'bpf_percpu_obj_drop_impl';
  if (!isAllocated(reg)) return reject(env, EINVAL, `arg#${i} expected pointer to allocated object\n`);
  if (((reg.flags & MEM_PERCPU) !== 0) !== isPercpu) {
    const other = isPercpu ? 'bpf_obj_drop_impl' : 'bpf_percpu_obj_drop_impl';
    return reject(env, EINVAL, `arg#${i} expected for ${other}()\n`);
  }
  if (reg.refObjId === 0) return reject(env, EINVAL, 'allocated object must be referenced\n');
  meta.object = reg.btf === undefined ? undefined : { btf: reg.btf, id: reg.btfId };
  return 0;
}

/** A struct that counts who holds it. */
function checkRefcounted(env: Env, meta: KfuncMeta, i: number, reg: Reg): Errno {
  if (!isAllocated(reg)) {
    return reject(env, EINVAL, `arg#${i} is neither owning or non-owning ref\n`);
  }
  const type = { btf: reg.btf as NonNullable<Reg['btf']>, id: reg.btfId };
  if (objectFieldsOf(type.btf, type.id).length === 0) return reject(env, EFAULT, `verifier bug: Couldn't find btf_record\n`);
  if (findRefcount(type) === undefined) {
    return reject(env, EINVAL, `arg#${i} doesn't point to a type with bpf_refcount field\n`);
  }
  meta.object = type;
  // Somebody else may let go of it meanwhile.
  meta.mayFail = isNonOwning(reg);
  return 0;
}

/** A buffer and its size: read and written. */
function checkMemLen(env: Env, meta: KfuncMeta, i: number): Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  const optional = meta.params[i]?.name.endsWith('__opt') === true;
  if (!(optional && isNullReg(reg))) {
    // Whether it is null is not asked, but what is behind it then.
    if (reg.type !== SCALAR && mayBeNull(reg)) setReg(env, regno, withoutNull(reg));
    let err = checkMemSizeReg(env, regno + 1, READ, true);
    if (err === 0) err = checkMemSizeReg(env, regno + 1, WRITE, true);
    setReg(env, regno, reg);
    if (err !== 0) {
      return reject(env, err, `arg#${i} arg#${i + 1} memory, len pair leads to invalid memory access\n`);
    }
  }
  if (meta.params[i + 1]?.name.endsWith('__szk') !== true) return 0;
  const size = getReg(env, regno + 1);
  if (!isConst(size.scalar)) return reject(env, EINVAL, `R${regno + 1} must be a known constant\n`);
  meta.memSize = Number(BigInt.asUintN(32, constValue(size.scalar)));
  return 0;
}

/** The object behind a register: a socket of the program stands for one of the kernel. */
function objectOf(env: Env, reg: Reg): { readonly btf: Reg['btf']; readonly id: number } {
  if (reg.type === PTR_TO_BTF_ID) return { btf: reg.btf, id: reg.btfId };
  const name = reg.type === CONST_PTR_TO_MAP ? 'bpf_map' : reg.type === PTR_TO_SOCKET ? 'sock' : reg.type === PTR_TO_SOCK_COMMON ? 'sock_common' : 'tcp_sock';
  return { btf: env.input.vmlinux, id: kernelStruct(env, name) };
}

/** @param struct what is wanted where the prototype does not say */
function checkObjectArg(env: Env, meta: KfuncMeta, i: number, reg: Reg, pointee: number, struct?: string): Errno {
  const regno = i + 1;
  // What else is said of a pointer makes it unsafe, but not while RCU protects it.
  const unsafe = reg.type === PTR_TO_BTF_ID ? reg.flags & ~(PTR_TRUSTED | MEM_ALLOC | NON_OWN_REF) : 0;
  if (unsafe !== 0 && (unsafe & MEM_RCU) === 0) {
    return notAnObject(env, i, reg);
  }
  const { btf, id } = objectOf(env, reg);
  const need = struct === undefined ? meta.btf.resolveType(pointee) : kernelStruct(env, struct);
  // What is given back, and what is being set up, must be the struct itself.
  const isGiven = meta.row.releases && reg.refObjId !== 0;
  const strict = trustOf(env, meta) !== undefined && (isGiven || (btf !== undefined && isOtherStage(meta.btf.name(need), btf.name(id))));
  if (btf !== undefined && structsMatch(env, btf, id, reg.off, meta.btf, need, strict)) return 0;
  if (btf !== undefined && isProjection(meta.btf.name(need), btf.name(id))) return 0;
  const wanted = `${kindName(meta.btf.kind(need))} ${meta.btf.name(need)}`;
  const have = btf === undefined ? '' : `${kindName(btf.kind(id))} ${structName(btf, id)}`;
  return reject(
    env,
    EINVAL,
    `kernel function ${meta.name} args#${i} expected pointer to ${wanted} but R${regno} has a pointer to ${have}\n`,
  );
}

/** Whether programs see the one where the kernel has the other. */
function isProjection(uapi: string, kernel: string): boolean {
  return (uapi === '__sk_buff' && kernel === 'sk_buff') || (uapi === 'xdp_md' && kernel === 'xdp_buff');
}

/** Whether one is the other before it is set up. */
function isOtherStage(a: string, b: string): boolean {
  return a === `${b}___init` || b === `${a}___init`;
}
