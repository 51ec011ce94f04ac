// Is this the list or tree, and the node, that a function works on, and is its lock held?
import { constValue, isConst } from '../domain/index.ts';
import { EINVAL, getReg, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { changeReg, MEM_ALLOC, MEM_RCU, NON_OWN_REF, pointerReg, PTR_TO_BTF_ID, PTR_TO_MAP_VALUE } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { mapRegisters } from '../state/registers.ts';
import { objectFieldsOf, specialFieldsOf, theField } from '../state/special-fields.ts';
import type { SpecialField } from '../state/special-fields.ts';
import { kfuncName } from '../passes/calls.ts';
import { curFrame, REF_LOCK } from '../state/state.ts';
import type { KfuncMeta, TypeRef } from './kfunc-meta.ts';
import { releaseReference } from './references.ts';

/** Whether it is a struct that the program allocated. */
export function isAllocated(reg: Reg): boolean {
  return reg.type === PTR_TO_BTF_ID && (reg.flags & MEM_ALLOC) !== 0;
}

export function isNonOwning(reg: Reg): boolean {
  return isAllocated(reg) && (reg.flags & NON_OWN_REF) !== 0;
}

/** The BTF type that a register's memory has, when it may have special fields. */
function typeBehind(reg: Reg): TypeRef | undefined {
  if (reg.type === PTR_TO_MAP_VALUE) {
    const { map } = reg;
    return map?.btf === undefined || map.btfValueTypeId === undefined ? undefined : { btf: map.btf, id: map.btfValueTypeId };
  }
  return reg.btf === undefined ? undefined : { btf: reg.btf, id: reg.btfId };
}

/** What identifies a lock: the map or BTF behind the pointer, and its id. */
function lockIsHeld(env: Env, reg: Reg): boolean {
  const { cur } = env;
  const ptr = reg.type === PTR_TO_MAP_VALUE ? reg.map : reg.btf;
  if (cur.activeLocks === 0) return false;
  if (cur.refs.some((ref) => ref.type >= REF_LOCK && ref.ptr === ptr && ref.id === reg.id)) return true;
  verbose(env, 'held lock and object are not in the same allocation\n');
  return false;
}

/** Checks the head of a list or the root of a tree. */
export function checkGraphRoot(env: Env, meta: KfuncMeta, i: number, name: string): Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  if (!(reg.type === PTR_TO_MAP_VALUE && reg.flags === 0) && !(reg.type === PTR_TO_BTF_ID && reg.flags === MEM_ALLOC)) {
    return reject(env, EINVAL, `arg#${i} expected pointer to map value or allocated object\n`);
  }
  if (isAllocated(reg) && reg.refObjId === 0) return reject(env, EINVAL, 'allocated object must be referenced\n');
  if (!isConst(reg.scalar)) {
    return reject(env, EINVAL, `R${regno} doesn't have constant offset. ${name} has to be at the constant offset\n`);
  }
  const off = reg.off + Number(BigInt.asIntN(64, constValue(reg.scalar)));
  const behind = typeBehind(reg);
  const fields = behind === undefined ? [] : reg.type === PTR_TO_MAP_VALUE ? specialFieldsOf(behind.btf, behind.id) : objectFieldsOf(behind.btf, behind.id);
  const field = fields.find((candidate) => candidate.name === name && candidate.byteOff === off);
  if (field?.graph === undefined || behind === undefined) return reject(env, EINVAL, `${name} not found at offset=${off >>> 0}\n`);
  if (!lockIsHeld(env, reg)) {
    // Of another lock the message knows nothing: the offset is an errno.
    const lock = theField(fields, 'bpf_spin_lock');
    return reject(env, EINVAL, `bpf_spin_lock at off=${lock?.byteOff ?? EINVAL} must be held for ${name}\n`);
  }
  meta.object = { btf: behind.btf, id: field.graph.typeId };
  meta.fieldOff = field.graph.nodeOff;
  return 0;
}

/** Whether this is the function that compares nodes of a tree, itself. */
export function isInLess(env: Env): boolean {
  const frame = curFrame(env.cur);
  return frame.inCallback && kfuncName(env, frame.callsite) === 'bpf_rbtree_add_impl';
}

/** Checks the node of an element. */
export function checkGraphNode(env: Env, meta: KfuncMeta, i: number, name: string): Errno {
  const regno = i + 1;
  const reg = getReg(env, regno);
  const isPush = meta.name.includes('push') || meta.name.includes('_add');
  if (isPush) {
    if (!isAllocated(reg) || reg.flags !== MEM_ALLOC) return reject(env, EINVAL, `arg#${i} expected pointer to allocated object\n`);
    if (reg.refObjId === 0) return reject(env, EINVAL, 'allocated object must be referenced\n');
  } else {
    if (!isNonOwning(reg) && reg.refObjId === 0) {
      return reject(env, EINVAL, `${meta.name} can only take non-owning or refcounted bpf_rb_node pointer\n`);
    }
    if (isInLess(env)) return reject(env, EINVAL, `${meta.name} not allowed in rbtree cb\n`);
  }
  if (!isConst(reg.scalar)) {
    return reject(env, EINVAL, `R${regno} doesn't have constant offset. ${name} has to be at the constant offset\n`);
  }
  const off = reg.off + Number(BigInt.asIntN(64, constValue(reg.scalar)));
  const { btf, btfId } = reg;
  const field = btf === undefined ? undefined : objectFieldsOf(btf, btfId).find((f) => f.name === name && f.byteOff === off);
  if (field === undefined || btf === undefined) return reject(env, EINVAL, `${name} not found at offset=${off >>> 0}\n`);
  const root = name === 'bpf_list_node' ? 'bpf_list_head' : 'bpf_rb_root';
  const wanted = meta.object;
  if (wanted?.btf !== btf || wanted.id !== btfId) {
    const need = `offset=${meta.fieldOff} in struct ${wanted?.btf.name(wanted.id) ?? ''}`;
    const text = `operation on ${root} expects arg#1 ${name} at ${need}, but arg is at offset=${off} in struct ${btf.name(btfId)}\n`;
    return reject(env, EINVAL, text);
  }
  if (meta.fieldOff !== off) {
    const text = `arg#1 offset=${off}, but expected ${name} at offset=${meta.fieldOff} in struct ${btf.name(btfId)}\n`;
    return reject(env, EINVAL, text);
  }
  return 0;
}

/** Whether objects of the type count who holds them. */
export function findRefcount(type: TypeRef): SpecialField | undefined {
  return objectFieldsOf(type.btf, type.id).find(({ name }) => name === 'bpf_refcount');
}

/** A pointer to an object that somebody else owns, good while the lock is held. */
export function nonOwning(type: TypeRef, off: number): Reg {
  const flags = MEM_ALLOC | NON_OWN_REF | (findRefcount(type) === undefined ? 0 : MEM_RCU);
  return pointerReg(PTR_TO_BTF_ID, { flags, btf: type.btf, btfId: type.id, off });
}

/** The object belongs to a list or tree now: pointers to it stay, its reference goes. */
export function giveToGraph(env: Env, refObjId: number): Errno {
  mapRegisters(env.cur, (reg) => {
    if (reg.refObjId !== refObjId || reg.btf === undefined) return reg;
    const { flags } = nonOwning({ btf: reg.btf, id: reg.btfId }, 0);
    return changeReg(reg, { flags, refObjId: 0 });
  });
  return releaseReference(env, refObjId);
}
