// What does a helper leave in R0?
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import * as uapi from '@rootlet/uapi';
import { findViolation, scalarFromBounds, SCALAR_UNKNOWN } from '../domain/index.ts';
import type { Scalar } from '../domain/index.ts';
import { EINVAL, getReg, newId, reject, setReg, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  changeReg,
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  MEM_RINGBUF,
  pointerReg,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TRUSTED,
  REG_NOT_INIT,
  scalarReg,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { hasSpinLock } from '../state/map-value.ts';
import { NEVER_NULL_MAPS } from '../tables/map-rules.ts';
import { kptrTarget } from '../mem/kptr.ts';
import { kernelStruct } from './object-arg.ts';
import { acquireReference } from './references.ts';
import type { CallMeta } from './meta.ts';

/** Greatest errno, for results that are a size or minus an errno. */
const MAX_ERRNO = 4095;

/** CPUs of the machine that the profile describes. */
function cpuCount(env: Env): number {
  return env.profile.nrCpus ?? 2;
}

/** The numbers a helper may return. */
function resultRange(env: Env, meta: CallMeta): Scalar {
  switch (meta.funcId) {
    case uapi.BPF_FUNC_get_stack:
    case uapi.BPF_FUNC_get_task_stack:
    case uapi.BPF_FUNC_probe_read_str:
    case uapi.BPF_FUNC_probe_read_kernel_str:
    case uapi.BPF_FUNC_probe_read_user_str:
      return scalarFromBounds({
        smin: BigInt(-MAX_ERRNO),
        smax: meta.sizeMax,
        s32min: -MAX_ERRNO,
        s32max: Number(BigInt.asIntN(32, meta.sizeMax)),
      });
    case uapi.BPF_FUNC_get_smp_processor_id: {
      if (!env.profile.features.cpuNumberRange) return SCALAR_UNKNOWN;
      const last = cpuCount(env) - 1;
      return scalarFromBounds({ umax: BigInt(last), smin: 0n, smax: BigInt(last), u32max: last, s32min: 0, s32max: last });
    }
    default:
      return SCALAR_UNKNOWN;
  }
}

/** Whether a lookup cannot fail: an array has an element for every index below its length. */
function neverNull(meta: CallMeta): boolean {
  const { map, constKey, funcId } = meta;
  if (funcId !== uapi.BPF_FUNC_map_lookup_elem || map === undefined || constKey === undefined) return false;
  return NEVER_NULL_MAPS.includes(map.type) && constKey < BigInt(map.maxEntries);
}

function mapValue(env: Env, meta: CallMeta, flags: number): Reg {
  const { map, mapUid } = meta;
  const id = flags === 0 && map !== undefined && hasSpinLock(map) ? newId(env) : 0;
  return pointerReg(PTR_TO_MAP_VALUE, { flags, map, mapUid, id });
}

/** R0 by the row's return kind; undefined when the row is wrong about its arguments. */
function resultOf(env: Env, meta: CallMeta): Reg | undefined {
  switch (meta.row.ret) {
    case 'int':
      return scalarReg(resultRange(env, meta));
    case 'void':
      return REG_NOT_INIT;
    case 'map_value':
    case 'map_value_or_null':
      if (meta.map === undefined) return undefined;
      return mapValue(env, meta, meta.row.ret === 'map_value' || neverNull(meta) ? 0 : PTR_MAYBE_NULL);
    case 'sock_or_null':
      return pointerReg(PTR_TO_SOCKET, { flags: PTR_MAYBE_NULL });
    case 'sock_common_or_null':
      return pointerReg(PTR_TO_SOCK_COMMON, { flags: PTR_MAYBE_NULL });
    case 'tcp_sock_or_null':
      return pointerReg(PTR_TO_TCP_SOCK, { flags: PTR_MAYBE_NULL });
    case 'ringbuf_mem_or_null':
      return pointerReg(PTR_TO_MEM, { flags: PTR_MAYBE_NULL | MEM_RINGBUF, memSize: meta.memSize });
    case 'kptr_or_null': {
      if (meta.kptr === undefined) return undefined;
      const { btf, id, isLocal } = kptrTarget(env, meta.kptr.field, meta.kptr.btf);
      const own = isLocal ? MEM_ALLOC | (meta.kptr.field.kind === 'percpu' ? MEM_PERCPU : 0) : 0;
      return pointerReg(PTR_TO_BTF_ID, { flags: PTR_MAYBE_NULL | own, btf, btfId: id });
    }
    case 'dynptr_mem_or_null':
      return pointerReg(PTR_TO_MEM, {
        flags: PTR_MAYBE_NULL,
        memSize: meta.memSize,
        refObjId: meta.dynptr?.refObjId ?? 0,
        extra: { dynptrId: meta.dynptr?.id ?? 0 },
      });
    case 'btf':
    case 'btf_or_null': {
      const { retStruct } = meta.row;
      if (retStruct === undefined) throw new UnsupportedError(`helper ${meta.name}: return value`);
      const flags = meta.row.ret === 'btf_or_null' ? PTR_MAYBE_NULL : meta.row.retTrusted === true ? PTR_TRUSTED : 0;
      return pointerReg(PTR_TO_BTF_ID, { flags, btf: env.input.vmlinux, btfId: kernelStruct(env, retStruct) });
    }
    case 'mem_or_btf':
    case 'mem_or_btf_or_null':
      return perCpuResult(meta);
  }
}

/** One processor's part: of an object of the program's own, or of a variable of the kernel. */
function perCpuResult(meta: CallMeta): Reg | undefined {
  const { percpu } = meta;
  if (percpu?.btf === undefined) return undefined;
  const { btf, btfId } = percpu;
  if ((percpu.flags & MEM_RCU) !== 0) return pointerReg(PTR_TO_BTF_ID, { flags: MEM_ALLOC | MEM_RCU, btf, btfId });
  const nullable = meta.row.ret === 'mem_or_btf_or_null' ? PTR_MAYBE_NULL : 0;
  if (btf.kind(btfId) === BTF_KIND_STRUCT) return pointerReg(PTR_TO_BTF_ID, { flags: nullable, btf, btfId });
  return pointerReg(PTR_TO_MEM, { flags: nullable | MEM_RDONLY, memSize: btf.resolveSize(btfId) });
}

/** Whether the helper's result is a new reference, given the map. */
function isAcquired(meta: CallMeta): boolean {
  if (meta.row.acquires === true) return true;
  const type = meta.map?.type;
  return (
    meta.funcId === uapi.BPF_FUNC_map_lookup_elem &&
    (type === uapi.BPF_MAP_TYPE_SOCKMAP || type === uapi.BPF_MAP_TYPE_SOCKHASH)
  );
}

/** Puts the helper's result into R0. */
export function setReturn(env: Env, meta: CallMeta): Errno {
  let reg = resultOf(env, meta);
  if (reg === undefined) return reject(env, EINVAL, 'kernel subsystem misconfigured verifier\n');
  if ((reg.flags & PTR_MAYBE_NULL) !== 0) reg = changeReg(reg, { id: newId(env) });
  if (meta.row.casts === true) {
    reg = changeReg(reg, { refObjId: meta.refObjId });
  } else if (isAcquired(meta)) {
    const id = acquireReference(env, env.insnIdx);
    reg = changeReg(reg, { id, refObjId: id });
  }
  setReg(env, 0, reg);
  const violation = meta.row.ret === 'int' ? findViolation(getReg(env, 0).scalar, 'retval') : undefined;
  if (violation !== undefined) {
    verbose(env, `${violation.message}\n`);
    setReg(env, 0, changeReg(reg, { scalar: violation.repaired }));
  }
  return 0;
}
