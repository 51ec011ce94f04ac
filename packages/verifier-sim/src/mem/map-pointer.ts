// May this part of the kernel's description of a map be read?
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import { EACCES, ENOTSUPP, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MEM_RDONLY, pointerReg, PTR_TO_BTF_ID, PTR_TO_MEM, PTR_UNTRUSTED, REG_UNKNOWN } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { walkStruct } from './btf-walk.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';

/** The kernel's struct of each type of map. */
const STRUCTS: Readonly<Record<number, string>> = {
  [uapi.BPF_MAP_TYPE_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_LRU_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_PERCPU_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_LRU_PERCPU_HASH]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_HASH_OF_MAPS]: 'bpf_htab',
  [uapi.BPF_MAP_TYPE_RINGBUF]: 'bpf_ringbuf_map',
  [uapi.BPF_MAP_TYPE_USER_RINGBUF]: 'bpf_ringbuf_map',
  [uapi.BPF_MAP_TYPE_LPM_TRIE]: 'lpm_trie',
  [uapi.BPF_MAP_TYPE_QUEUE]: 'bpf_queue_stack',
  [uapi.BPF_MAP_TYPE_STACK]: 'bpf_queue_stack',
  [uapi.BPF_MAP_TYPE_DEVMAP]: 'bpf_dtab',
  [uapi.BPF_MAP_TYPE_DEVMAP_HASH]: 'bpf_dtab',
  [uapi.BPF_MAP_TYPE_CPUMAP]: 'bpf_cpu_map',
  [uapi.BPF_MAP_TYPE_SOCKMAP]: 'bpf_stab',
  [uapi.BPF_MAP_TYPE_SOCKHASH]: 'bpf_shtab',
  [uapi.BPF_MAP_TYPE_XSKMAP]: 'xsk_map',
  [uapi.BPF_MAP_TYPE_STACK_TRACE]: 'bpf_stack_map',
  [uapi.BPF_MAP_TYPE_SK_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_INODE_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_TASK_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_CGRP_STORAGE]: 'bpf_local_storage_map',
  [uapi.BPF_MAP_TYPE_CGROUP_STORAGE]: 'bpf_cgroup_storage_map',
  [uapi.BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE]: 'bpf_cgroup_storage_map',
  [uapi.BPF_MAP_TYPE_REUSEPORT_SOCKARRAY]: 'reuseport_array',
  [uapi.BPF_MAP_TYPE_BLOOM_FILTER]: 'bpf_bloom_filter',
  [uapi.BPF_MAP_TYPE_ARENA]: 'bpf_arena',
  [uapi.BPF_MAP_TYPE_STRUCT_OPS]: 'bpf_struct_ops_map',
};

/** Judges an access through a pointer to a map. */
export function accessMapPointer(env: Env, reg: Reg, what: MemAccess): Errno {
  const { regno, off, size, access, valueRegno } = what;
  const btf = env.input.vmlinux;
  if (btf === undefined) return reject(env, ENOTSUPP, 'map_ptr access not supported without CONFIG_DEBUG_INFO_BTF\n');
  const name = STRUCTS[reg.map?.type ?? 0] ?? 'bpf_array';
  const id = btf.findByNameKind(name, BTF_KIND_STRUCT);
  if (id === undefined) return reject(env, ENOTSUPP, `map_ptr access not supported for map type ${reg.map?.type ?? 0}\n`);
  if (off < 0) return reject(env, EACCES, `R${regno} is ${name} invalid negative access: off=${off}\n`);
  if (access !== READ) return reject(env, EACCES, `only read from ${name} is supported\n`);
  const found = walkStruct(btf, id, off, size);
  if (found.is === 'nothing') return reject(env, found.errno, found.message);
  if (valueRegno < 0) return 0;
  if (found.is === 'object') {
    const flags = found.inUnion ? PTR_UNTRUSTED : 0;
    setReg(env, valueRegno, pointerReg(PTR_TO_BTF_ID, { flags, btf, btfId: found.btfId }));
  } else if (found.is === 'memory') {
    setReg(env, valueRegno, pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY | PTR_UNTRUSTED }));
  } else {
    setReg(env, valueRegno, REG_UNKNOWN);
  }
  return 0;
}
