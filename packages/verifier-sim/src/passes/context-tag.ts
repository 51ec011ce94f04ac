// What may a parameter that is tagged as the context point to?
import { BTF_KIND_INT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import type { Env } from '../state/env.ts';

/** Their context is anything that the program says. */
const ANYTHING: readonly number[] = [uapi.BPF_PROG_TYPE_TRACEPOINT, uapi.BPF_PROG_TYPE_SYSCALL];
const RAW_TRACEPOINTS: readonly number[] = [uapi.BPF_PROG_TYPE_RAW_TRACEPOINT, uapi.BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE];
/** Their contexts have no struct. */
const UNNAMED: readonly number[] = [uapi.BPF_PROG_TYPE_TRACING, uapi.BPF_PROG_TYPE_LSM, uapi.BPF_PROG_TYPE_STRUCT_OPS];
const RAW_ARGS = 'bpf_raw_tracepoint_args';
const REGS_TYPEDEF = 'bpf_user_pt_regs_t';

/** Judges the pointee of a parameter tagged `arg:ctx`. Measured on Linux 6.18. @returns undefined when it is right, else the message's end */
export function checkContextTag(env: Env, btf: Btf, pointee: number): string | undefined {
  const { id: progType, ctxStruct } = env.prog;
  const id = btf.resolveType(pointee);
  if (id === 0 || ANYTHING.includes(progType)) return undefined;
  const isWord = btf.kind(id) === BTF_KIND_INT && btf.resolveSize(id) === 8;
  const name = btf.kind(id) === BTF_KIND_STRUCT ? btf.name(id) : '';
  if (UNNAMED.includes(progType)) return isUnnamedContext(env.attachType, progType, isWord, name) ? undefined : 'should be void pointer';
  const isRegs = ctxStruct === REGS_TYPEDEF;
  const wanted = isRegs ? 'pt_regs' : ctxStruct;
  const named = btf.skipModifiers(pointee);
  if (name === wanted || (isRegs && btf.kind(named) === BTF_KIND_TYPEDEF && btf.name(named) === REGS_TYPEDEF)) return undefined;
  if (progType === uapi.BPF_PROG_TYPE_PERF_EVENT && name === 'pt_regs') return undefined;
  if (RAW_TRACEPOINTS.includes(progType) && isWord) return undefined;
  return `should be \`struct ${wanted} *\``;
}

function isUnnamedContext(attachType: number, progType: number, isWord: boolean, name: string): boolean {
  if (progType !== uapi.BPF_PROG_TYPE_TRACING) return isWord;
  if (attachType === uapi.BPF_TRACE_ITER) return name.startsWith('bpf_iter__');
  return isWord || (attachType === uapi.BPF_TRACE_RAW_TP && name === RAW_ARGS);
}
