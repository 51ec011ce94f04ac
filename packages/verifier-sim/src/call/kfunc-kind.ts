// What does this parameter of a kernel function want, for the register at hand?
import {
  BTF_KIND_ENUM,
  BTF_KIND_ENUM64,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_INT,
  BTF_KIND_PTR,
  BTF_KIND_STRUCT,
} from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { constValue, isConst } from '../domain/index.ts';
import { structName } from '../mem/btf-walk.ts';
import { isContextType } from '../passes/context-type.ts';
import { EINVAL, getReg, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  CONST_PTR_TO_MAP,
  PTR_TO_BTF_ID,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { KfuncMeta } from './kfunc-meta.ts';
import { isStructKind, kindName } from '../state/btf-kinds.ts';
import { typeOf } from '../state/btf-types.ts';

/** Kinds of arguments. */
export type KfuncArg =
  | 'ignored'
  | 'scalar'
  | 'null'
  | 'ctx'
  | 'alloc'
  | 'refcounted'
  | 'dynptr'
  | 'iter'
  | 'list_head'
  | 'list_node'
  | 'rb_root'
  | 'rb_node'
  | 'workqueue'
  | 'task_work'
  | 'res_spin_lock'
  | 'irq_flag'
  | 'const_str'
  | 'callback'
  | 'map'
  | 'object'
  | 'mem'
  | 'mem_len';

const STRUCT_KINDS: Readonly<Record<string, KfuncArg>> = {
  bpf_dynptr: 'dynptr',
  bpf_list_head: 'list_head',
  bpf_list_node: 'list_node',
  bpf_rb_root: 'rb_root',
  bpf_rb_node: 'rb_node',
  bpf_wq: 'workqueue',
  bpf_task_work: 'task_work',
  bpf_res_spin_lock: 'res_spin_lock',
};

/** Structs that are looked into for nothing but numbers. */
const MAX_NESTING = 4;

/** Whether a register is the number 0. */
export function isNullReg(reg: Reg): boolean {
  return reg.type === SCALAR && isConst(reg.scalar) && constValue(reg.scalar) === 0n;
}

export function isScalarKind(kind: number): boolean {
  return kind === BTF_KIND_INT || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64;
}

/** Whether registers of the kind stand for an object that BTF describes. */
export function isObjectReg(reg: Reg): boolean {
  switch (reg.type) {
    case PTR_TO_BTF_ID:
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_TCP_SOCK:
    case CONST_PTR_TO_MAP:
      return true;
    default:
      return false;
  }
}

/** Whether a struct holds numbers, arrays of numbers, and structs of such, not too deep. */
export function isNumbersOnly(env: Env, btf: Btf, id: number, depth: number): boolean {
  if (depth >= MAX_NESTING) {
    verbose(env, 'max struct nesting depth exceeded\n');
    return false;
  }
  const type = typeOf(btf, id);
  if (type.kind !== BTF_KIND_STRUCT && type.kind !== 5) return false;
  return type.members.every(({ type: memberType }) => {
    let inner = btf.resolveType(memberType);
    const array = inner === 0 ? undefined : typeOf(btf, inner);
    if (array?.kind === 3) inner = btf.resolveType(array.type);
    if (inner === 0) return false;
    const kind = btf.kind(inner);
    if (array?.kind === 3) return isScalarKind(kind);
    return isStructKind(kind) ? isNumbersOnly(env, btf, inner, depth + 1) : isScalarKind(kind);
  });
}

/** Whether the next parameter is the size of this one. */
function hasSize(env: Env, meta: KfuncMeta, i: number): boolean {
  const next = meta.params[i + 1];
  if (next === undefined || !(next.name.endsWith('__sz') || next.name.endsWith('__szk'))) return false;
  const id = meta.btf.resolveType(next.type);
  return id !== 0 && isScalarKind(meta.btf.kind(id)) && getReg(env, i + 2).type === SCALAR;
}

function isIteratorArg(meta: KfuncMeta, i: number): boolean {
  return i === 0 && /^bpf_iter_\w+_(new|next|destroy)$/.test(meta.name);
}

/** The kind of argument `i`. @returns an errno, with the kernel's message, when there is none */
export function kfuncArgKind(env: Env, meta: KfuncMeta, i: number, pointee: number): KfuncArg | Errno {
  const { btf, params, name } = meta;
  const paramName = params[i]?.name ?? '';
  const reg = getReg(env, i + 1);
  if (name === 'bpf_cast_to_kern_ctx') return 'ctx';
  const id = btf.resolveType(pointee);
  const kind = id === 0 ? 0 : btf.kind(id);
  if (kind !== 0 && isContextType(env, btf, pointee)) return 'ctx';
  if (paramName.endsWith('__nullable') && isNullReg(reg)) return 'null';
  if (paramName.endsWith('__alloc')) return 'alloc';
  if (paramName.endsWith('__refcounted_kptr')) return 'refcounted';
  if (isIteratorArg(meta, i)) return 'iter';
  const special = kind === BTF_KIND_STRUCT ? STRUCT_KINDS[btf.name(id)] : undefined;
  if (special !== undefined) return special;
  if (paramName.endsWith('__str')) return 'const_str';
  if (paramName.endsWith('__map')) return 'map';
  if (paramName.endsWith('__irq_flag')) return 'irq_flag';
  if (isObjectReg(reg)) {
    if (isStructKind(kind)) return 'object';
    return reject(env, EINVAL, `kernel function ${name} args#${i} pointer type ${kindName(kind)} ${kind === 0 ? '' : btf.name(id)} is not supported\n`);
  }
  if (kind === BTF_KIND_FUNC_PROTO) return 'callback';
  const sized = hasSize(env, meta, i);
  if (!isScalarKind(kind) && !(isStructKind(kind) && isNumbersOnly(env, btf, id, 0)) && !(kind === 0 && sized)) {
    const what = `arg#${i} pointer type ${kindName(kind)} ${kind === 0 ? '' : structName(btf, id)}`;
    return reject(env, EINVAL, `${what} must point to ${sized ? 'void, ' : ''}scalar, or struct with scalar\n`);
  }
  return sized ? 'mem_len' : 'mem';
}

/** The type a parameter points to; undefined when it is no pointer. */
export function pointeeOf(btf: Btf, typeId: number): number | undefined {
  const id = btf.resolveType(typeId);
  return id !== 0 && btf.kind(id) === BTF_KIND_PTR ? btf.refType(id) : undefined;
}
