// May this part of the kernel's description of a map be read?
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import { EACCES, ENOTSUPP, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MEM_RDONLY, pointerReg, PTR_TO_BTF_ID, PTR_TO_MEM, PTR_UNTRUSTED, REG_UNKNOWN } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { MAP_STRUCTS } from '../tables/map-structs.ts';
import { walkStruct } from './btf-walk.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';

/** Judges an access through a pointer to a map. */
export function accessMapPointer(env: Env, reg: Reg, what: MemAccess): Errno {
  const { regno, off, size, access, valueRegno } = what;
  const btf = env.input.vmlinux;
  if (btf === undefined) return reject(env, ENOTSUPP, 'map_ptr access not supported without CONFIG_DEBUG_INFO_BTF\n');
  const name = MAP_STRUCTS[reg.map?.type ?? 0] ?? 'bpf_array';
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
  } else if (found.is === 'memory' && env.profile.features.untypedMemory) {
    setReg(env, valueRegno, pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY | PTR_UNTRUSTED }));
  } else {
    setReg(env, valueRegno, REG_UNKNOWN);
  }
  return 0;
}
