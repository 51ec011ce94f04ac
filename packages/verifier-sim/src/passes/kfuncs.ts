// Are the functions that the program calls by BTF id functions at all?
import { BTF_KIND_FUNC } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { BPF_PSEUDO_KFUNC_CALL, CALL } from '@rootlet/insn';
import { UnsupportedError } from '@rootlet/bytes';
import { E2BIG, EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { isForDevice } from './device.ts';
import { isGplCompatible } from '../state/license.ts';

const EPROTO = -71;
/** Different functions that one program may call. */
const MAX_KFUNCS = 256;

const DEVICE_KFUNCS: readonly string[] = ['bpf_xdp_metadata_rx_timestamp', 'bpf_xdp_metadata_rx_hash', 'bpf_xdp_metadata_rx_vlan_tag'];

/**
 * Looks at one call of a function of the kernel, before anything else is known of the program.
 *
 * @param seen functions called before, by file and id; grows
 */
export function checkKfuncCall(env: Env, idx: number, seen: Set<string>): Errno {
  const { insns, vmlinux } = env.input;
  const id = insns.imm[idx] as number;
  const off = insns.off[idx] as number;
  if (!isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'cannot call kernel function from non-GPL compatible program\n');
  }
  // A call that relocation found nothing for; it must turn out to be dead.
  if (id === 0 && off === 0) return 0;
  if (seen.has(`${off}.${id}`)) return 0;
  if (seen.size >= MAX_KFUNCS) return reject(env, E2BIG, 'too many different kernel function calls\n');
  seen.add(`${off}.${id}`);
  if (off < 0) return reject(env, EINVAL, 'negative offset disallowed for kernel module function call\nfailed to find BTF for kernel function\n');
  const btf = off === 0 ? vmlinux : findModule(env, off);
  if (typeof btf === 'number') return reject(env, btf, 'failed to find BTF for kernel function\n');
  if (btf === undefined) throw new UnsupportedError('a kernel function without the BTF of the kernel', { insnIdx: idx });
  if (id <= 0 || id >= btf.typeCount || btf.kind(id) !== BTF_KIND_FUNC) {
    return reject(env, EINVAL, `kernel btf_id ${id >>> 0} is not a function\n`);
  }
  // Their meaning is the device's, for which the program would have to be loaded.
  if (DEVICE_KFUNCS.includes(btf.name(id)) && !isForDevice(env)) return reject(env, EINVAL, 'metadata kfuncs require device-bound program\n');
  return 0;
}

/** BTF of the module that an index of the fd array names, or an errno. */
function findModule(env: Env, fdIdx: number): Btf | Errno {
  const { input } = env;
  if (input.btfByIdx === undefined) return reject(env, EPROTO, 'kfunc offset > 0 without fd_array is invalid\n');
  const btf = input.btfByIdx(fdIdx);
  if (btf === undefined) return reject(env, EINVAL, 'invalid module BTF fd specified\n');
  return btf !== input.vmlinux && btf.base === undefined ? reject(env, EINVAL, 'BTF fd for kfunc is not a module BTF\n') : btf;
}

/** Calls that relocation found nothing for must be dead. */
export function checkUnboundKfuncs(env: Env): Errno {
  const { insns } = env.input;
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] !== CALL || insns.src[idx] !== BPF_PSEUDO_KFUNC_CALL || insns.imm[idx] !== 0 || insns.off[idx] !== 0) continue;
    if (env.aux[idx]?.seen === true) return reject(env, EINVAL, 'invalid kernel function call not eliminated in verifier pass\n');
  }
  return 0;
}
