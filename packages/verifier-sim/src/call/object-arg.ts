// Is this the kernel object that the callee wants?
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import { structsMatch } from '../mem/object-match.ts';
import { EACCES, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';

/** The kernel's struct `name`. */
export function kernelStruct(env: Env, name: string): number {
  const id = env.input.vmlinux?.findByNameKind(name, BTF_KIND_STRUCT);
  if (id === undefined) throw new UnsupportedError(`struct ${name} without kernel BTF`, { insnIdx: env.insnIdx });
  return id;
}

/** Compares the object behind a register with the struct that a helper wants. */
export function checkObject(env: Env, reg: Reg, regno: number, wanted: string): Errno {
  const need = kernelStruct(env, wanted);
  const { vmlinux } = env.input;
  const { btf, btfId, off } = reg;
  if (btf !== undefined && vmlinux !== undefined && structsMatch(env, btf, btfId, off, vmlinux, need, false)) return 0;
  const name = btf?.name(btfId) ?? '';
  return reject(env, EACCES, `R${regno} is of type ${name} but ${wanted} is expected\n`);
}
