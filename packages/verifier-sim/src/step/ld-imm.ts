// What does a two-slot load put into the register?
import { BTF_KIND_DATASEC, BTF_KIND_STRUCT, BTF_KIND_VAR } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { BPF_PSEUDO_BTF_ID, BPF_PSEUDO_FUNC, BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_IDX, LD_IMM64 } from '@rootlet/insn';
import { BPF_MAP_TYPE_ARENA } from '@rootlet/uapi';
import type { Insn } from '@rootlet/insn';
import { findSubprogAt } from '../passes/subprograms.ts';
import { EINVAL, newId, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { hasSpinLock } from '../state/map-value.ts';
import { CONST_PTR_TO_MAP, constReg, MEM_PERCPU, MEM_RDONLY, pointerReg, PTR_TO_BTF_ID, PTR_TO_MEM, PTR_TO_FUNC, PTR_TO_MAP_VALUE, REG_UNKNOWN } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { checkDstReg } from '../state/use.ts';

/** `dst = imm64`, a map, a value of a map, a function. */
export function stepLdImm(env: Env, insn: Insn): Errno {
  const { insnIdx } = env;
  if (insn.code !== LD_IMM64) return reject(env, EINVAL, 'invalid BPF_LD_IMM insn\n');
  if (insn.off !== 0) return reject(env, EINVAL, 'BPF_LD_IMM64 uses reserved fields\n');
  const err = checkDstReg(env, insn.dst);
  if (err !== 0) return err;
  if (insn.src === 0) {
    setReg(env, insn.dst, constReg(env.input.insns.imm64(insnIdx)));
    return 0;
  }
  if (insn.src === BPF_PSEUDO_FUNC) return loadFunction(env, insn);
  if (insn.src === BPF_PSEUDO_BTF_ID) {
    const reg = kernelSymbol(env, insn.imm);
    if (typeof reg === 'number') return reg;
    setReg(env, insn.dst, reg);
    return 0;
  }
  const map = env.aux[insnIdx]?.map;
  if (insn.src === BPF_PSEUDO_MAP_FD || insn.src === BPF_PSEUDO_MAP_IDX) {
    setReg(env, insn.dst, pointerReg(CONST_PTR_TO_MAP, { map }));
  } else if (map?.type === BPF_MAP_TYPE_ARENA) {
    // Where it lies in user space is a number.
    setReg(env, insn.dst, REG_UNKNOWN);
  } else {
    const off = env.input.insns.imm[insnIdx + 1] as number;
    const isNewLock = map !== undefined && hasSpinLock(map) && !env.profile.features.directLocks;
    setReg(env, insn.dst, pointerReg(PTR_TO_MAP_VALUE, { map, off, id: isNewLock ? newId(env) : 0 }));
  }
  return 0;
}

/** What is known of a function or variable of the kernel. */
function kernelSymbol(env: Env, id: number): Reg | Errno {
  const btf = env.input.vmlinux;
  // Code of the kernel: an address of nothing that may be read.
  if (btf === undefined || btf.kind(id) !== BTF_KIND_VAR) return pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY });
  const btfId = btf.skipModifiers(btf.refType(id));
  if (isPerCpu(btf, id)) return pointerReg(PTR_TO_BTF_ID, { flags: MEM_PERCPU, btf, btfId });
  const type = btf.resolveType(btfId);
  if (type !== 0 && btf.kind(type) === BTF_KIND_STRUCT) return pointerReg(PTR_TO_BTF_ID, { btf, btfId: type });
  try {
    return pointerReg(PTR_TO_MEM, { flags: MEM_RDONLY, memSize: btf.resolveSize(btfId) });
  } catch {
    return reject(env, EINVAL, `ldimm64 unable to resolve the size of type '${btf.name(btfId)}'\n`);
  }
}

/** Whether each processor has a variable of its own. */
function isPerCpu(btf: Btf, id: number): boolean {
  const section = btf.findByNameKind('.data..percpu', BTF_KIND_DATASEC);
  const datasec = section === undefined ? undefined : btf.type(section);
  return datasec?.kind === BTF_KIND_DATASEC && datasec.vars.some(({ type }) => type === id);
}

function loadFunction(env: Env, insn: Insn): Errno {
  const subprogno = findSubprogAt(env, env.insnIdx + insn.imm + 1);
  const subprog = env.subprogs[subprogno];
  if (subprog === undefined || subprog.btfId === 0) return reject(env, EINVAL, 'missing btf func_info\n');
  if (subprog.global) return reject(env, EINVAL, 'callback function not static\n');
  setReg(env, insn.dst, pointerReg(PTR_TO_FUNC, { subprogno }));
  return 0;
}
