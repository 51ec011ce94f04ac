// May this field of the context be accessed, and what does a load yield?
import { UnsupportedError } from '@rootlet/bytes';
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import { printLine } from '../log/insn.ts';
import { EACCES, newId, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { pointerReg, PTR_MAYBE_NULL, REG_UNKNOWN, SCALAR } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { Traced } from '../state/traced.ts';
import { loadArgument } from './btf-context.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';
import { checkPointerUnmoved } from './pointer-off.ts';


/** Judges an access to the context by the table of its program type. */
export function accessContext(env: Env, reg: Reg, what: MemAccess, signExtended: boolean): Errno {
  const { regno, off, size, access, valueRegno } = what;
  const err = checkPointerUnmoved(env, reg, regno, false);
  if (err !== 0) return err;
  if (env.traced !== undefined) return accessArguments(env, env.traced, what);
  const found = env.prog.findContextAccess(off, size, access !== READ, env.attachType, signExtended);
  if (found === undefined) return refused(env, what);
  if (access !== READ || valueRegno < 0) return 0;
  if (found.type === SCALAR) {
    setReg(env, valueRegno, REG_UNKNOWN);
    return 0;
  }
  const fields: { flags: number; id?: number; memSize?: number; btf?: Reg['btf']; btfId?: number } = { flags: found.flags };
  if ((found.flags & PTR_MAYBE_NULL) !== 0) fields.id = newId(env);
  if (found.memSize !== undefined) fields.memSize = found.memSize;
  if (found.btfStruct !== undefined) {
    const btfId = env.input.vmlinux?.findByNameKind(found.btfStruct, BTF_KIND_STRUCT);
    if (btfId === undefined) throw new UnsupportedError(`struct ${found.btfStruct} without kernel BTF`, { insnIdx: env.insnIdx });
    fields.btf = env.input.vmlinux;
    fields.btfId = btfId;
  }
  setReg(env, valueRegno, pointerReg(found.type, fields));
  return 0;
}

function refused(env: Env, { off, size }: MemAccess): Errno {
  reject(env, EACCES, `invalid bpf_context access off=${off} size=${size}\n`);
  printLine(env, env.insnIdx, '; ');
  return EACCES;
}

function accessArguments(env: Env, traced: Traced, what: MemAccess): Errno {
  const value = loadArgument(env, traced, what);
  if (value === undefined) return refused(env, what);
  if (what.valueRegno >= 0) setReg(env, what.valueRegno, value);
  return 0;
}
