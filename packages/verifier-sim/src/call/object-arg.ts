// Is this the kernel object that the callee wants?
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import { structName, walkStruct } from '../mem/btf-walk.ts';
import { EACCES, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';

/**
 * Whether the struct `have` at `off` is, or begins with, struct `need`.
 *
 * @param strict only the struct itself will do
 */
export function structsMatch(env: Env, btf: Btf, have: number, off: number, needBtf: Btf, need: number, strict: boolean): boolean {
  if (strict) return off === 0 && isSame(btf, have, needBtf, need);
  let id = have;
  let at = off;
  while (at !== 0 || !isSame(btf, id, needBtf, need)) {
    const found = walkStruct(btf, id, at, 1, true);
    if (found.is === 'nothing') verbose(env, found.message);
    if (found.is !== 'struct') return false;
    id = found.btfId;
    at = 0;
  }
  return true;
}

function isSame(btf: Btf, id: number, needBtf: Btf, need: number): boolean {
  return btf === needBtf && id === need;
}

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
  const name = btf === undefined ? '' : structName(btf, btfId);
  return reject(env, EACCES, `R${regno} is of type ${name} but ${wanted} is expected\n`);
}
