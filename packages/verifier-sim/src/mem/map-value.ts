// May this part of a map value be accessed, and is its content known?
import { constValue, isConst } from '../domain/index.ts';
import { EACCES, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { specialFields } from '../state/map-value.ts';
import { constReg, REG_UNKNOWN } from '../state/reg.ts';
import { BPF_F_RDONLY_PROG, effectiveMapFlags } from '../tables/map-rules.ts';
import type { Reg } from '../state/reg.ts';
import type { VerifierMap } from '../types.ts';
import type { SpecialField } from '../state/special-fields.ts';
import { accessKptr, checkKptrPlace } from './kptr.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';
import { checkRegionAccess } from './region.ts';

const BPF_F_WRONLY_PROG = 256;

const FIELD_NAMES: Readonly<Record<string, string>> = {
  bpf_spin_lock: 'bpf_spin_lock',
  bpf_res_spin_lock: 'bpf_res_spin_lock',
  bpf_timer: 'bpf_timer',
  bpf_wq: 'bpf_wq',
  bpf_task_work: 'bpf_task_work',
};

/** The map's flags may forbid programs to read or to write. */
export function checkMapAccessKind(env: Env, map: VerifierMap, off: number, size: number, write: boolean): Errno {
  if (write && (effectiveMapFlags(map) & BPF_F_RDONLY_PROG) !== 0) {
    return reject(env, EACCES, `write into map forbidden, value_size=${map.valueSize} off=${off} size=${size}\n`);
  }
  if (!write && (map.flags & BPF_F_WRONLY_PROG) !== 0) {
    return reject(env, EACCES, `read from map forbidden, value_size=${map.valueSize} off=${off} size=${size}\n`);
  }
  return 0;
}

/** Fields that programs must not touch; older kernels know locks and timers only, the rest is memory to them. */
function guardedFields(env: Env, map: VerifierMap): readonly SpecialField[] {
  const fields = specialFields(map);
  const { resSpinLock, valueObjects } = env.profile.features;
  if (!valueObjects) return fields.filter(({ name }) => name === 'bpf_spin_lock' || name === 'bpf_timer');
  return resSpinLock ? fields : fields.filter(({ name }) => name !== 'bpf_res_spin_lock');
}

/** Bounds and special fields of a map value. */
export function checkMapAccess(env: Env, reg: Reg, regno: number, off: number, size: number, zeroAllowed: boolean, direct = false): Errno {
  const map = reg.map as VerifierMap;
  const err = checkRegionAccess(env, regno, off, size, map.valueSize, zeroAllowed);
  if (err !== 0) return err;
  const fields = guardedFields(env, map);
  if (fields.length === 0) return 0;
  const low = reg.scalar.smin + BigInt(off);
  const high = reg.scalar.umax + BigInt(off + size);
  for (const field of fields) {
    const start = BigInt(field.byteOff);
    if (low >= start + BigInt(field.size) || start >= high) continue;
    if (field.kptr !== undefined) {
      const bad = checkKptrPlace(env, reg, field, off, size, direct);
      if (bad !== 0) return bad;
      continue;
    }
    return reject(env, EACCES, `${FIELD_NAMES[field.name] ?? field.name} cannot be accessed directly by load/store\n`);
  }
  return 0;
}

/** Judges a load or store; loads from frozen read-only values yield constants. */
export function accessMapValue(env: Env, reg: Reg, what: MemAccess, signExtended: boolean): Errno {
  const { regno, off, size, access, valueRegno } = what;
  const map = reg.map as VerifierMap;
  let err = checkMapAccessKind(env, map, off, size, access !== READ);
  if (err !== 0) return err;
  err = checkMapAccess(env, reg, regno, off, size, false, true);
  if (err !== 0) return err;
  const kept = keptPointer(env, reg, map, off);
  if (kept?.kptr !== undefined && map.btf !== undefined) return accessKptr(env, kept.kptr, kept, map.btf, what);
  if (err !== 0 || access !== READ || valueRegno < 0) return err;
  const content = map.frozenValue;
  if (content !== undefined && isConst(reg.scalar) && (map.flags & BPF_F_RDONLY_PROG) !== 0) {
    const value = readValue(content, off + Number(BigInt.asIntN(64, constValue(reg.scalar))), size);
    setReg(env, valueRegno, constReg(signExtended ? BigInt.asIntN(size * 8, value) : value));
  } else {
    setReg(env, valueRegno, REG_UNKNOWN);
  }
  return 0;
}

/** The pointer that is kept at an offset. */
function keptPointer(env: Env, reg: Reg, map: VerifierMap, off: number): SpecialField | undefined {
  if (!isConst(reg.scalar)) return undefined;
  const at = off + Number(BigInt.asIntN(64, constValue(reg.scalar)));
  return guardedFields(env, map).find(({ kptr, byteOff }) => kptr !== undefined && byteOff === at);
}

function readValue(content: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(content[at + i] ?? 0);
  return value;
}
