// Is every slot an instruction, and what do the pseudo immediates name?
import { UnsupportedError } from '@rootlet/bytes';
import {
  BPF_LDX,
  BPF_MEM,
  BPF_MEMSX,
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  insnClass,
  insnMode,
  isValidOpcode,
  LD_IMM64,
} from '@rootlet/insn';
import { BPF_MAP_TYPE_ARENA, BPF_MAP_TYPE_ARRAY } from '@rootlet/uapi';
import { BTF_KIND_FUNC, BTF_KIND_VAR } from '@rootlet/btf';
import { E2BIG, EINVAL, ENOENT, reject } from '../state/env.ts';
import { checkOpcodeKnown } from './insn-set.ts';
import { checkMapUse } from './map-use.ts';
import type { Env, Errno } from '../state/env.ts';
import { PTR_TO_FUNC } from '../state/reg.ts';

const EBADF = -9;
const STDERR = 2;
const EPROTO = -71;
const MAX_USED_MAPS = 64;
/** Offsets beyond this are refused everywhere. */
export const BPF_MAX_VAR_OFF: number = 1 << 29;

/** Checks opcodes and two-slot loads, and looks the maps up. */
export function resolvePseudo(env: Env): Errno {
  const { insns } = env.input;
  for (let idx = 0; idx < insns.length; idx++) {
    const code = insns.code[idx] as number;
    if (insnClass(code) === BPF_LDX) {
      const mode = insnMode(code);
      if ((mode !== BPF_MEM && mode !== BPF_MEMSX) || insns.imm[idx] !== 0) {
        return reject(env, EINVAL, 'BPF_LDX uses reserved fields\n');
      }
    }
    if (code === LD_IMM64) {
      const err = resolveWide(env, idx);
      if (err !== 0) return err;
      idx++;
      continue;
    }
    const known = checkOpcodeKnown(env, code);
    if (known !== 0) return known;
    if (!isValidOpcode(code)) return reject(env, EINVAL, `unknown opcode ${code.toString(16).padStart(2, '0')}\n`);
  }
  return 0;
}

function resolveWide(env: Env, idx: number): Errno {
  const { insns } = env.input;
  const next = idx + 1;
  if (next >= insns.length || insns.code[next] !== 0 || insns.dst[next] !== 0 || insns.src[next] !== 0 || insns.off[next] !== 0) {
    return reject(env, EINVAL, 'invalid bpf_ld_imm64 insn\n');
  }
  const src = insns.src[idx] as number;
  const aux = env.aux[idx] as { ptrType: number };
  switch (src) {
    case 0:
      return 0;
    case BPF_PSEUDO_BTF_ID:
      return resolveKernelSymbol(env, idx);
    case BPF_PSEUDO_FUNC:
      aux.ptrType = PTR_TO_FUNC;
      return 0;
    case BPF_PSEUDO_MAP_FD:
    case BPF_PSEUDO_MAP_IDX:
      if (insns.imm[next] !== 0) return reject(env, EINVAL, 'unrecognized bpf_ld_imm64 insn\n');
      return resolveMap(env, idx, false, src === BPF_PSEUDO_MAP_IDX);
    case BPF_PSEUDO_MAP_VALUE:
    case BPF_PSEUDO_MAP_IDX_VALUE:
      return resolveMap(env, idx, true, src === BPF_PSEUDO_MAP_IDX_VALUE);
    default:
      return reject(env, EINVAL, 'unrecognized bpf_ld_imm64 insn\n');
  }
}

/** The address of a function of the kernel or, where it knows them, of a variable. */
function resolveKernelSymbol(env: Env, idx: number): Errno {
  const { insns } = env.input;
  const id = insns.imm[idx] as number;
  const fd = insns.imm[idx + 1] as number;
  const btf = fd === 0 ? env.input.vmlinux : undefined;
  if (btf === undefined) {
    if (fd === 0) throw new UnsupportedError('a kernel symbol without the BTF of the kernel', { insnIdx: idx });
    return reject(env, EINVAL, 'invalid module BTF object FD specified.\n');
  }
  if (id < 0 || id >= btf.typeCount) return reject(env, ENOENT, `ldimm64 insn specifies invalid btf_id ${id}.\n`);
  const kind = id === 0 ? 0 : btf.kind(id);
  if (kind !== BTF_KIND_VAR && kind !== BTF_KIND_FUNC) {
    return reject(env, EINVAL, `pseudo btf_id ${id} in ldimm64 isn't KIND_VAR or KIND_FUNC\n`);
  }
  if (kind === BTF_KIND_VAR && env.profile.knowsVariables !== true) {
    return reject(env, ENOENT, `ldimm64 failed to find the address for kernel symbol '${btf.name(id)}'.\n`);
  }
  return 0;
}

function resolveMap(env: Env, idx: number, value: boolean, byIdx: boolean): Errno {
  const { input } = env;
  const { insns } = input;
  const imm = insns.imm[idx] as number;
  if (byIdx && input.mapByIdx === undefined) return reject(env, EPROTO, 'fd_idx without fd_array is invalid\n');
  const map = byIdx ? input.mapByIdx?.(imm) : input.mapByFd(imm);
  if (map === undefined) {
    const fd = byIdx ? (input.fdByIdx?.(imm) ?? imm) : imm;
    // Standard input, output and error are open, but no maps.
    const isOpen = fd >= 0 && fd <= STDERR;
    return reject(env, isOpen ? EINVAL : EBADF, `fd ${fd} is not pointing to valid bpf_map\n`);
  }
  if (!env.usedMaps.includes(map)) {
    if (env.usedMaps.length >= MAX_USED_MAPS) {
      return reject(env, E2BIG, `The total number of maps per program has reached the limit of ${MAX_USED_MAPS}\n`);
    }
    const err = checkMapUse(env, map);
    if (err !== 0) return err;
    env.usedMaps.push(map);
  }
  (env.aux[idx] as { map: unknown }).map = map;
  if (!value) return 0;
  const off = (insns.imm[idx + 1] as number) >>> 0;
  if (off >= BPF_MAX_VAR_OFF) return reject(env, EINVAL, `direct value offset of ${off} is not allowed\n`);
  if (map.type === BPF_MAP_TYPE_ARENA) return 0;
  if (map.type !== BPF_MAP_TYPE_ARRAY) {
    return reject(env, EINVAL, 'no direct value access support for this map type\n');
  }
  if (map.maxEntries !== 1 || off >= map.valueSize) {
    const errno = map.maxEntries !== 1 ? -524 : EINVAL;
    return reject(env, errno, `invalid access to map value pointer, value_size=${map.valueSize} off=${off}\n`);
  }
  return 0;
}
