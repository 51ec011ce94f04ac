// Do function and line records fit the program, and what are its functions called?
import { BTF_FUNC_GLOBAL, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC, BTF_KIND_INT } from '@rootlet/btf';
import type { Btf, BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import { EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Subprogram } from './subprograms.ts';

const FUNC_INFO_BYTES = 8;
const LINE_INFO_BYTES = 16;
const MAX_RECORD_BYTES = 252;

/** Records may be longer than those the kernel knows. */
function isRecordSize(size: number, known: number): boolean {
  return size >= known && size <= MAX_RECORD_BYTES && size % 4 === 0;
}

/** Whether each function record by itself makes sense: asked before functions are looked for. These messages end without a newline. */
export function checkFuncRecords(env: Env): Errno {
  const { btf, funcInfo = [], funcInfoRecSize = FUNC_INFO_BYTES } = env.input;
  if (btf === undefined || funcInfo.length === 0) return 0;
  if (!isRecordSize(funcInfoRecSize, FUNC_INFO_BYTES)) return reject(env, EINVAL, `invalid func info rec size ${funcInfoRecSize}\n`);
  let prev = 0;
  for (let i = 0; i < funcInfo.length; i++) {
    const { insnIdx, typeId } = funcInfo[i] as BtfFuncInfo;
    if (i === 0 && insnIdx !== 0) return reject(env, EINVAL, `nonzero insn_off ${insnIdx} for the first func info record`);
    if (i > 0 && insnIdx <= prev) {
      return reject(env, EINVAL, `same or smaller insn offset (${insnIdx}) than previous func info record (${prev})`);
    }
    if (typeId <= 0 || typeId >= btf.typeCount || btf.kind(typeId) !== BTF_KIND_FUNC) {
      return reject(env, EINVAL, `invalid type id ${typeId | 0} in func info`);
    }
    prev = insnIdx;
  }
  return 0;
}

/** Checks the records against the program and names the subprograms. */
export function checkBtfInfo(env: Env): Errno {
  const err = checkFuncInfo(env);
  return err !== 0 ? err : checkLineInfo(env);
}

function checkFuncInfo(env: Env): Errno {
  const { btf, funcInfo = [] } = env.input;
  if (btf === undefined || funcInfo.length === 0) return checkAbnormalReturn(env);
  if (funcInfo.length !== env.subprogs.length) {
    return reject(env, EINVAL, "number of funcs in func_info doesn't match number of subprogs\n");
  }
  for (let no = 0; no < funcInfo.length; no++) {
    const err = nameSubprogram(env, btf, env.subprogs[no] as Subprogram, funcInfo[no] as BtfFuncInfo, no);
    if (err !== 0) return err;
  }
  return 0;
}

function nameSubprogram(env: Env, btf: Btf, subprog: Subprogram, record: BtfFuncInfo, no: number): Errno {
  if (record.insnIdx !== subprog.start) {
    return reject(env, EINVAL, "func_info BTF section doesn't match subprog layout in BPF program\n");
  }
  const type = btf.type(record.typeId);
  if (type.kind !== 12) return EINVAL;
  subprog.name = type.name;
  subprog.btfId = record.typeId;
  subprog.global = type.linkage === BTF_FUNC_GLOBAL;
  if (no > 0 && !returnsScalar(btf, type.type)) {
    if (subprog.hasLdAbs) return reject(env, EINVAL, "LD_ABS is only allowed in functions that return 'int'.\n");
    if (subprog.hasTailCall) return reject(env, EINVAL, "tail_call is only allowed in functions that return 'int'.\n");
  }
  return 0;
}

/** Whether a function prototype returns an integer or enumeration. */
export function returnsScalar(btf: Btf, protoId: number): boolean {
  const proto = btf.type(protoId);
  if (proto.kind !== 13 || proto.returnType === 0) return false;
  const kind = btf.kind(btf.resolveType(proto.returnType));
  return kind === BTF_KIND_INT || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64;
}

/** Functions without BTF must return the ordinary way. */
function checkAbnormalReturn(env: Env): Errno {
  for (const subprog of env.subprogs.slice(1)) {
    if (subprog.hasLdAbs) return reject(env, EINVAL, 'LD_ABS is not allowed in subprogs without BTF\n');
    if (subprog.hasTailCall) return reject(env, EINVAL, 'tail_call is not allowed in subprogs without BTF\n');
  }
  return 0;
}

function hasString(btf: Btf, strOff: number): boolean {
  try {
    return btf.string(strOff) !== undefined;
  } catch (error) {
    if ((error as { code?: string }).code === 'BTF_STRING_OFF') return false;
    throw error;
  }
}

function checkLineInfo(env: Env): Errno {
  const { btf, lineInfo = [], lineInfoRecSize = LINE_INFO_BYTES, insns } = env.input;
  if (btf === undefined || lineInfo.length === 0) return 0;
  if (!isRecordSize(lineInfoRecSize, LINE_INFO_BYTES)) return EINVAL;
  let prev = 0;
  let sub = 0;
  for (let i = 0; i < lineInfo.length; i++) {
    const { insnIdx, lineOff, fileNameOff } = lineInfo[i] as BtfLineInfo;
    if ((i > 0 && insnIdx <= prev) || insnIdx >= insns.length) {
      return reject(
        env,
        EINVAL,
        `Invalid line_info[${i}].insn_off:${insnIdx} (prev_offset:${prev} prog->len:${insns.length})\n`,
      );
    }
    if (insns.code[insnIdx] === 0) return reject(env, EINVAL, `Invalid insn code at line_info[${i}].insn_off\n`);
    if (!hasString(btf, lineOff) || !hasString(btf, fileNameOff)) {
      return reject(env, EINVAL, `Invalid line_info[${i}].line_off or .file_name_off\n`);
    }
    const next = env.subprogs[sub];
    if (next !== undefined) {
      if (insnIdx === next.start) sub++;
      else if (next.start < insnIdx) return reject(env, EINVAL, `missing bpf_line_info for func#${sub}\n`);
    }
    prev = insnIdx;
  }
  if (sub !== env.subprogs.length) {
    return reject(env, EINVAL, `missing bpf_line_info for ${env.subprogs.length - sub} funcs starting from func#${sub}\n`);
  }
  return 0;
}
