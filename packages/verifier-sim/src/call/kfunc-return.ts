// What does a kernel function leave in R0?
import { BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_UNION } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import { EINVAL, newId, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  changeReg,
  constReg,
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  pointerReg,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  REG_UNKNOWN,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { hasLock } from '../state/nullness.ts';
import { objectFieldsOf } from '../state/special-fields.ts';
import { nonOwning } from './kfunc-graph.ts';
import { findKfunc, isIteratorNext } from '../tables/kfuncs.ts';
import { takesResLock } from './kfunc-fields.ts';
import { isNumbersOnly } from './kfunc-kind.ts';
import type { KfuncMeta } from './kfunc-meta.ts';
import { acquireReference } from './references.ts';
import { isStructKind } from '../state/btf-kinds.ts';

/** Puts the result into R0; void leaves it unset. */
export function setKfuncReturn(env: Env, meta: KfuncMeta): Errno {
  const { btf, returnType } = meta;
  const id = btf.resolveType(returnType);
  if (id === 0) return 0;
  const kind = btf.kind(id);
  if (kind === BTF_KIND_INT || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) {
    // A lock that was refused is another path.
    setReg(env, 0, takesResLock(meta.name) ? constReg(0n) : REG_UNKNOWN);
    return 0;
  }
  if (kind !== BTF_KIND_PTR) throw new UnsupportedError(`kernel function ${meta.name}: its result`, { insnIdx: env.insnIdx });
  const special = specialResult(env, meta);
  if (typeof special === 'number') return special;
  let reg = special ?? pointerResult(meta, id);
  const nullable = meta.name === 'bpf_refcount_acquire_impl' ? meta.mayFail : meta.row.nullable;
  if (nullable) reg = changeReg(reg, { flags: reg.flags | PTR_MAYBE_NULL, id: newId(env) });
  if (meta.row.acquires) {
    const ref = acquireReference(env, env.insnIdx);
    reg = changeReg(reg, { refObjId: ref, id: nullable ? ref : reg.id });
  }
  if (reg.id === 0 && hasLock(reg)) reg = changeReg(reg, { id: newId(env) });
  setReg(env, 0, reg);
  return 0;
}

/** A pointer to an object as its BTF names it. */
function pointerResult(meta: KfuncMeta, pointerId: number): Reg {
  const { btf } = meta;
  const pointee = btf.resolveType(btf.refType(pointerId));
  if (pointee !== 0 && isStructKind(btf.kind(pointee))) {
    // What was not looked up for the program may be gone already.
    const flags = meta.name === 'bpf_get_kmem_cache' ? PTR_UNTRUSTED : isIteratorNext(meta.name) ? elementFlags(meta) : 0;
    return pointerReg(PTR_TO_BTF_ID, { flags, btf, btfId: pointee });
  }
  const kind = pointee === 0 ? 0 : btf.kind(pointee);
  if (kind === BTF_KIND_INT && isIteratorNext(meta.name)) {
    return pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY, memSize: btf.resolveSize(pointee), refObjId: meta.refObjId });
  }
  if (kind === BTF_KIND_INT) return pointerReg(PTR_TO_MEM, { memSize: btf.resolveSize(pointee), refObjId: meta.refObjId });
  throw new UnsupportedError(`kernel function ${meta.name}: its result`);
}

/** Elements are protected as their iterator is. */
function elementFlags(meta: KfuncMeta): number {
  return findKfunc(meta.name.replace(/_next$/, '_new'))?.rcuProtected === true ? MEM_RCU : PTR_TRUSTED;
}

/** Results that depend on the arguments. */
function specialResult(env: Env, meta: KfuncMeta): Reg | Errno | undefined {
  switch (meta.name) {
    case 'bpf_rdonly_cast':
      return castResult(env, meta);
    case 'bpf_cast_to_kern_ctx':
      return contextResult(env);
    case 'bpf_obj_new_impl':
    case 'bpf_percpu_obj_new_impl':
      return newObject(env, meta);
    case 'bpf_refcount_acquire_impl':
    case 'bpf_list_pop_front':
    case 'bpf_list_pop_back':
    case 'bpf_rbtree_remove':
      return meta.object === undefined
        ? EINVAL
        : pointerReg(PTR_TO_BTF_ID, { flags: MEM_ALLOC, btf: meta.object.btf, btfId: meta.object.id, off: meta.fieldOff });
    case 'bpf_list_front':
    case 'bpf_list_back':
    case 'bpf_rbtree_first':
    case 'bpf_rbtree_root':
    case 'bpf_rbtree_left':
    case 'bpf_rbtree_right':
      return meta.object === undefined ? EINVAL : nonOwning(meta.object, meta.fieldOff);
    case 'bpf_arena_alloc_pages':
      // Programs cast it.
      return REG_UNKNOWN;
    case 'bpf_dynptr_slice':
    case 'bpf_dynptr_slice_rdwr':
      return sliceResult(env, meta);
    default:
      return undefined;
  }
}

const PERCPU_MAX = 512;

/** A new object of a struct of the program's own. */
function newObject(env: Env, meta: KfuncMeta): Reg | Errno {
  const { btf } = env.input;
  const isPercpu = meta.name === 'bpf_percpu_obj_new_impl';
  const constant = meta.constant ?? 0n;
  if (constant > 0xffff_ffffn) return reject(env, EINVAL, 'local type ID argument must be in range [0, U32_MAX]\n');
  if (btf === undefined) return reject(env, EINVAL, 'bpf_obj_new/bpf_percpu_obj_new requires prog BTF\n');
  const id = Number(constant);
  if (id <= 0 || id >= btf.typeCount || btf.kind(id) !== BTF_KIND_STRUCT) {
    return reject(env, EINVAL, 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct\n');
  }
  if (isPercpu && btf.rawSize(id) > PERCPU_MAX) {
    return reject(env, EINVAL, `bpf_percpu_obj_new type size (${btf.rawSize(id)}) is greater than ${PERCPU_MAX}\n`);
  }
  // Memory of no bytes is not set aside; nothing is said.
  if (isPercpu && btf.rawSize(id) === 0) return reject(env, EINVAL, '');
  if (isPercpu && !isNumbersOnly(env, btf, id, 0)) {
    return reject(env, EINVAL, 'bpf_percpu_obj_new type ID argument must be of a struct of scalars\n');
  }
  if (isPercpu && objectFieldsOf(btf, id).length > 0) {
    return reject(env, EINVAL, 'bpf_percpu_obj_new type ID argument must not contain special fields\n');
  }
  return pointerReg(PTR_TO_BTF_ID, { flags: MEM_ALLOC | (isPercpu ? MEM_PERCPU : 0), btf, btfId: id });
}

/** Part of what a dynptr stands for, or the buffer it was copied to. */
function sliceResult(env: Env, meta: KfuncMeta): Reg | Errno {
  const { dynptr } = meta;
  const type = dynptr?.type ?? 0;
  const readOnly = meta.name === 'bpf_dynptr_slice';
  if (!readOnly) {
    if (!env.prog.packetWrite) return reject(env, EINVAL, 'the prog does not allow writes to packet data\n');
    env.seenDirectWrite = true;
  }
  return pointerReg(PTR_TO_MEM, {
    flags: (readOnly ? MEM_RDONLY : 0) | type,
    memSize: meta.memSize,
    extra: { dynptrId: dynptr?.id ?? 0 },
  });
}

function castResult(env: Env, meta: KfuncMeta): Reg | Errno {
  const typeId = Number(BigInt.asUintN(32, meta.constant ?? 0n));
  const { btf } = meta;
  const { untypedMemory } = env.profile.features;
  if (typeId === 0 && untypedMemory) return pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY | PTR_UNTRUSTED });
  if (typeId >= btf.typeCount) return reject(env, EINVAL, `Unknown type ID ${BigInt.asIntN(64, meta.constant ?? 0n)} passed to kfunc bpf_rdonly_cast\n`);
  // The message says less than the kernel takes.
  if (btf.kind(typeId) === BTF_KIND_STRUCT || btf.kind(typeId) === BTF_KIND_UNION) return pointerReg(PTR_TO_BTF_ID, { flags: PTR_UNTRUSTED, btf, btfId: typeId });
  return reject(env, EINVAL, `kfunc bpf_rdonly_cast type ID argument must be of a struct${untypedMemory ? ' or void' : ''}\n`);
}

/** What the kernel has where programs see their context: members of a struct that is there for BTF's sake. */
function contextResult(env: Env): Reg | Errno {
  const btf = env.input.vmlinux;
  const table = btf?.findByNameKind('bpf_ctx_convert', BTF_KIND_STRUCT);
  const type = table === undefined ? undefined : btf?.type(table);
  const wanted = `BPF_PROG_TYPE_${env.prog.name.toUpperCase()}_kern`;
  const member = type?.kind === BTF_KIND_STRUCT ? type.members.find(({ name }) => name === wanted) : undefined;
  if (btf === undefined || member === undefined) return reject(env, EINVAL, '');
  const id = member.type;
  if (id === 0 || btf.kind(id) !== BTF_KIND_STRUCT) return reject(env, EINVAL, `kern ctx type id ${id} is not a struct\n`);
  return pointerReg(PTR_TO_BTF_ID, { flags: PTR_TRUSTED, btf, btfId: id });
}
