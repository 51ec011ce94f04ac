// Does this register fit the argument?
import { constValue, isConst } from '../domain/index.ts';
import { checkAlignment } from '../mem/align.ts';
import { READ, WRITE } from '../mem/types.ts';
import type { Access, RawAccess } from '../mem/types.ts';
import { checkHelperMemAccess, checkMemSizeReg } from '../mem/helper-mem.ts';
import { checkPassedOffset } from '../mem/pointer-off.ts';
import * as uapi from '@rootlet/uapi';
import { EACCES, EFAULT, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { DYNPTR_TYPE_RINGBUF, CONST_PTR_TO_DYNPTR, isPacketPointer, PTR_TO_BTF_ID, PTR_TO_STACK, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { REF_LOCK } from '../state/state.ts';
import { checkSrcReg } from '../state/use.ts';
import type { ArgKind } from '../tables/helper-row.ts';
import { isSocketMap, NEVER_NULL_MAPS } from '../tables/map-rules.ts';
import { checkArgType, isNullable, isReleased } from './arg-type.ts';
import { findConstKey } from './const-key.ts';
import { checkConstString } from './const-string.ts';
import { checkDynptr, checkDynptrPlace, ownsReference } from './dynptr.ts';
import { checkKptr, checkKptrNew } from './kptr-arg.ts';
import { checkObject } from './object-arg.ts';
import type { CallMeta } from './meta.ts';
import { isInLess } from './kfunc-graph.ts';
import { checkSpinLock } from './spin-lock.ts';
import { checkMapField } from './map-field.ts';

/** Program types whose helpers may be given packet pointers at all; and those where every helper may. */
const PACKET_TYPES: readonly number[] = [
  uapi.BPF_PROG_TYPE_LWT_IN,
  uapi.BPF_PROG_TYPE_LWT_OUT,
  uapi.BPF_PROG_TYPE_LWT_SEG6LOCAL,
  uapi.BPF_PROG_TYPE_LWT_XMIT,
  uapi.BPF_PROG_TYPE_SK_REUSEPORT,
  uapi.BPF_PROG_TYPE_FLOW_DISSECTOR,
  uapi.BPF_PROG_TYPE_CGROUP_SKB,
  uapi.BPF_PROG_TYPE_SCHED_CLS,
  uapi.BPF_PROG_TYPE_SCHED_ACT,
  uapi.BPF_PROG_TYPE_XDP,
  uapi.BPF_PROG_TYPE_SK_SKB,
  uapi.BPF_PROG_TYPE_SK_MSG,
];

/** Whether a packet pointer may be an argument of this helper. */
function mayPassPacket(env: Env, meta: CallMeta): boolean {
  if (env.prog.id === uapi.BPF_PROG_TYPE_CGROUP_SOCKOPT) return true;
  return PACKET_TYPES.includes(env.prog.id) && meta.row.pkt === true;
}

/** The kind that an argument really is: about a map's value for the map at hand, about a storage's owner for the kernel. */
function resolveKind(env: Env, kind: ArgKind, meta: CallMeta): ArgKind | Errno {
  if (kind === 'btf_or_null' && !env.profile.features.storageOfNull) return 'btf';
  if (kind !== 'value' && kind !== 'value_or_null' && kind !== 'value_uninit') return kind;
  const { map } = meta;
  if (map === undefined) return reject(env, EACCES, 'invalid map_ptr to access map->value\n');
  if (isSocketMap(map.type)) {
    if (kind === 'value') return 'btf_sock_common';
    return reject(env, EINVAL, 'invalid arg_type for sockmap/sockhash\n');
  }
  // Membership is asked for a value that the program knows.
  const isPeek = map.type === uapi.BPF_MAP_TYPE_BLOOM_FILTER && meta.funcId === uapi.BPF_FUNC_map_peek_elem;
  return isPeek ? 'value' : kind;
}

function isNull(reg: Reg): boolean {
  return reg.type === SCALAR && isConst(reg.scalar) && constValue(reg.scalar) === 0n;
}

/** References that come with the argument: given back, or carried over to the result. */
function noteReference(env: Env, reg: Reg, regno: number, kind: ArgKind, meta: CallMeta): Errno {
  if (isReleased(kind)) {
    if (reg.refObjId === 0 && !isNull(reg)) {
      return reject(env, EINVAL, `R${regno} must be referenced when passed to release function\n`);
    }
    meta.releaseRegno = regno;
  }
  // An object in which a pointer is kept stays the program's: its reference is no part of the exchange.
  if (reg.refObjId === 0 || kind === 'kptr') return 0;
  if (meta.refObjId !== 0) {
    const text = `more than one arg with ref_obj_id R${regno} ${reg.refObjId} ${meta.refObjId}`;
    // Linux ends this line nowhere: what is said next follows it.
    return env.profile.features.moreReferencesDenied ? reject(env, EACCES, text) : reject(env, EFAULT, `verifier internal error: ${text}\n`);
  }
  meta.refObjId = reg.refObjId;
  return 0;
}

function checkMap(env: Env, reg: Reg, regno: number, meta: CallMeta): Errno {
  // A map before this one came with a timer: the timer must be this map's.
  if (meta.map !== undefined) {
    if (meta.map !== reg.map || meta.mapUid !== reg.mapUid) {
      const text = `timer pointer in R1 map_uid=${meta.mapUid} doesn't match map pointer in R${regno} map_uid=${reg.mapUid}\n`;
      return reject(env, EINVAL, text);
    }
  }
  meta.map = reg.map;
  meta.mapUid = reg.mapUid;
  return 0;
}

function checkKey(env: Env, regno: number, meta: CallMeta): Errno {
  const { map } = meta;
  if (map === undefined) return reject(env, EACCES, 'invalid map_ptr to access map->key\n');
  const err = checkHelperMemAccess(env, regno, map.keySize, READ, false);
  if (err !== 0) return err;
  if (!NEVER_NULL_MAPS.includes(map.type)) return 0;
  const key = env.profile.features.constKeyNullness ? findConstKey(env, regno, map.keySize) : undefined;
  meta.constKey = key?.value;
  return key === undefined || key.spi < 0 ? 0 : env.engine.markSlotPrecision(env, key.frameno, key.spi);
}

function checkValue(env: Env, regno: number, kind: ArgKind, meta: CallMeta): Errno {
  const isWrite = kind === 'value_uninit';
  return checkHelperMemAccess(env, regno, meta.map?.valueSize ?? 0, isWrite ? WRITE : READ, false, isWrite ? meta.raw : undefined);
}

/** Memory of a size that the row gives. */
function checkFixedMem(env: Env, regno: number, size: number, access: Access, isAligned: boolean, raw?: RawAccess): Errno {
  const err = checkHelperMemAccess(env, regno, size, access, false, raw);
  return err !== 0 || !isAligned ? err : checkAlignment(env, getReg(env, regno), 0, size, true);
}

function checkAllocSize(env: Env, regno: number, meta: CallMeta): Errno {
  const { scalar } = getReg(env, regno);
  if (!isConst(scalar)) return reject(env, EACCES, `R${regno} is not a known constant'\n`);
  meta.memSize = Number(BigInt.asUintN(32, constValue(scalar)));
  return env.engine.markChainPrecision(env, regno);
}

/** Whether the memory before a size is written by the helper. */
function isWritten(kind: ArgKind | undefined): boolean {
  return kind === 'mem_uninit' || kind === 'mem_write' || kind === 'mem_write_or_null';
}

/** A size, and with it the memory before it. */
function checkSize(env: Env, regno: number, zeroOk: boolean, meta: CallMeta): Errno {
  meta.sizeMax = getReg(env, regno).scalar.umax;
  const access = isWritten(meta.row.args[regno - 2]) ? WRITE : READ;
  return checkMemSizeReg(env, regno, access, zeroOk, meta.rawMode ? meta.raw : undefined);
}

function checkDynptrArg(env: Env, regno: number, kind: ArgKind, meta: CallMeta): Errno {
  const isReleased = kind === 'ringbuf_dynptr';
  if (isReleased) {
    if (getReg(env, regno).type === CONST_PTR_TO_DYNPTR) return reject(env, EINVAL, 'cannot release unowned const bpf_dynptr\n');
    if (!ownsReference(env, regno)) return reject(env, EINVAL, `arg ${regno} is an unacquired reference\n`);
    meta.releaseRegno = regno;
  }
  const found = checkDynptr(env, regno, isReleased ? DYNPTR_TYPE_RINGBUF : 0);
  if (typeof found === 'number') return found;
  meta.dynptr = found;
  return 0;
}

/** Whether the argument may be an object of the kernel of a certain struct. */
function isObject(kind: ArgKind): boolean {
  return kind === 'btf' || kind === 'btf_or_null' || kind === 'btf_sock_common' || kind === 'btf_sock_common_or_null' || kind === 'release_sock';
}

/** What each kind asks for beyond its type. */
function checkContents(env: Env, reg: Reg, regno: number, kind: ArgKind, meta: CallMeta): Errno {
  if (typeof kind === 'object') return checkFixedMem(env, regno, kind.fixed, READ, false);
  switch (kind) {
    case 'map':
      return checkMap(env, reg, regno, meta);
    case 'key':
      return checkKey(env, regno, meta);
    case 'value':
    case 'value_uninit':
    case 'value_or_null':
      return kind === 'value_or_null' && isNull(reg) ? 0 : checkValue(env, regno, kind, meta);
    case 'mem':
    case 'mem_or_null':
    case 'mem_write':
    case 'mem_write_or_null':
    case 'mem_uninit':
      meta.rawMode = kind === 'mem_uninit';
      return 0;
    case 'size':
    case 'size0':
      return checkSize(env, regno, kind === 'size0', meta);
    case 'alloc_size':
      return checkAllocSize(env, regno, meta);
    case 'long':
      return checkFixedMem(env, regno, 8, WRITE, true, meta.raw);
    case 'int':
      return checkFixedMem(env, regno, 4, WRITE, true);
    case 'spin_lock':
      if (isInLess(env)) return reject(env, EACCES, "can't spin_{lock,unlock} in rbtree cb\n");
      return checkSpinLock(env, regno, { type: REF_LOCK, isLock: meta.funcId === uapi.BPF_FUNC_spin_lock });
    case 'timer':
      return checkMapField(env, regno, 'bpf_timer', meta);
    case 'func':
      meta.subprogno = reg.subprogno;
      return 0;
    case 'const_str':
      return checkConstString(env, regno);
    case 'dynptr':
    case 'ringbuf_dynptr':
      return checkDynptrArg(env, regno, kind, meta);
    case 'dynptr_uninit':
      meta.dynptrRegno = regno;
      return checkDynptrPlace(env, regno);
    case 'kptr':
      return checkKptr(env, regno, meta);
    case 'percpu_btf':
      meta.percpu = reg;
      return 0;
    default:
      return 0;
  }
}

/** Checks argument `regno` (1 to 5) of a helper call and notes in `meta` what it tells. */
export function checkArg(env: Env, regno: number, meta: CallMeta): Errno {
  const wanted = meta.row.args[regno - 1];
  if (wanted === undefined) return 0;
  let err = checkSrcReg(env, regno);
  if (err !== 0 || wanted === 'any') return err;
  const reg = getReg(env, regno);
  if (isPacketPointer(reg) && !mayPassPacket(env, meta)) {
    return reject(env, EACCES, 'helper access to the packet is not allowed\n');
  }
  const kind = resolveKind(env, wanted, meta);
  if (typeof kind === 'number') return kind;
  if (!(isNull(reg) && isNullable(kind))) {
    err = checkArgType(env, reg, regno, kind, meta);
    if (err === 0 && kind === 'kptr_new_or_null') err = checkKptrNew(env, regno, meta);
    if (err === 0 && isObject(kind) && reg.type === PTR_TO_BTF_ID) err = checkObject(env, reg, regno, meta.row.structs?.[regno] ?? 'sock_common');
    // A dynptr on the stack is found by its place; one that was handed over must be as it came.
    if (err === 0) err = checkPassedOffset(env, reg, regno, isReleased(kind) || (kind === 'ringbuf_dynptr' && reg.type !== PTR_TO_STACK));
    if (err !== 0) return err;
  }
  err = noteReference(env, reg, regno, kind, meta);
  return err !== 0 ? err : checkContents(env, reg, regno, kind, meta);
}
