// What is the program attached to, and may it be?
import { UnsupportedError } from '@rootlet/bytes';
import { BTF_KIND_FUNC, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import { EINVAL, ENOTSUPP, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { MEM_RDONLY, PTR_MAYBE_NULL, PTR_TO_BTF_ID, PTR_TO_BUF, PTR_TRUSTED } from '../state/reg.ts';
import type { TracedPointer } from '../state/traced.ts';
import { isGplCompatible } from '../state/license.ts';
import { ITERATORS, NULLABLE_ARGS } from '../tables/generated/traced.ts';
import { STRUCT_OPS } from '../tables/struct-ops.ts';
import { checkAttachProgram } from './attach-program.ts';
import { protoOf } from './proto.ts';
import { checkHookless, checkTrampoline, TRAMPOLINES } from './trampolines.ts';

const BPF_F_SLEEPABLE = 16;
/** Attach types of security hooks, which tracing programs may ask for, too. */
const HOOKS: readonly number[] = [uapi.BPF_LSM_MAC, uapi.BPF_LSM_CGROUP];
const RAW_TP_PREFIX = 'btf_trace_';

/** Finds what a tracing or struct_ops program is attached to; its context follows from that. */
export function checkAttachTarget(env: Env): Errno {
  const { progType: id } = env.input;
  if (id === uapi.BPF_PROG_TYPE_STRUCT_OPS) return checkStructOps(env);
  const isTracing = id === uapi.BPF_PROG_TYPE_TRACING;
  if (!isTracing && id !== uapi.BPF_PROG_TYPE_LSM && id !== uapi.BPF_PROG_TYPE_EXT) return 0;
  const { attachBtfId = 0, expectedAttachType = 0 } = env.input;
  if (attachBtfId === 0) return reject(env, EINVAL, 'Tracing programs must provide btf_id\n');
  if (env.input.attachTarget !== undefined) return checkAttachProgram(env, env.input.attachTarget, attachBtfId);
  const btf = env.input.vmlinux;
  if (btf === undefined) throw new UnsupportedError('a tracing program without the BTF of the kernel');
  if (attachBtfId >= btf.typeCount) return reject(env, EINVAL, `attach_btf_id ${attachBtfId} is invalid\n`);
  if (id === uapi.BPF_PROG_TYPE_EXT) return reject(env, EINVAL, 'Cannot replace kernel functions\n');
  if (!isTracing || TRAMPOLINES.includes(expectedAttachType)) return checkTrampoline(env, btf, attachBtfId);
  if (expectedAttachType === uapi.BPF_TRACE_RAW_TP) return checkTracepoint(env, btf, attachBtfId);
  if (expectedAttachType === uapi.BPF_TRACE_ITER) return checkIterator(env, btf, attachBtfId);
  if (HOOKS.includes(expectedAttachType)) return checkHookless(env, btf, attachBtfId);
  return EINVAL;
}

function checkTracepoint(env: Env, btf: Btf, id: number): Errno {
  if (btf.kind(id) !== BTF_KIND_TYPEDEF) return reject(env, EINVAL, `attach_btf_id ${id} is not a typedef\n`);
  const typeName = btf.name(id);
  if (!typeName.startsWith(RAW_TP_PREFIX)) {
    return reject(env, EINVAL, `attach_btf_id ${id} points to wrong type name ${typeName}\n`);
  }
  const name = typeName.slice(RAW_TP_PREFIX.length);
  const pointer = btf.refType(id);
  // The first argument is the tracepoint's own.
  const proto = pointer === 0 || btf.kind(pointer) !== BTF_KIND_PTR ? undefined : protoOf(btf, btf.refType(pointer), 1);
  if (proto === undefined) return EINVAL;
  const pointers: Record<number, TracedPointer> = {};
  for (const arg of NULLABLE_ARGS[name] ?? []) {
    pointers[arg] = { type: PTR_TO_BTF_ID, flags: PTR_TRUSTED | PTR_MAYBE_NULL, silent: false };
  }
  env.traced = { name, btf, ...proto, pointers, helpers: [], returns: 'read', struct: undefined };
  return 0;
}

function iteratorPointer(word: string): TracedPointer | undefined {
  const nullable = word.includes('or_null') ? PTR_MAYBE_NULL : 0;
  if (word.endsWith('buf_or_null')) {
    return { type: PTR_TO_BUF, flags: nullable | (word.startsWith('rdonly_') ? MEM_RDONLY : 0), silent: true };
  }
  if (nullable === 0 || !word.includes('ptr_')) return undefined;
  return { type: PTR_TO_BTF_ID, flags: nullable | (word.startsWith('trusted_') ? PTR_TRUSTED : 0), silent: true };
}

function checkIterator(env: Env, btf: Btf, id: number): Errno {
  if (btf.kind(id) !== BTF_KIND_FUNC) return reject(env, EINVAL, `attach_btf_id ${id} is not a function\n`);
  const name = btf.name(id);
  const row = ITERATORS[name];
  const proto = protoOf(btf, btf.refType(id), 0);
  if (row === undefined || proto === undefined) return EINVAL;
  const pointers: Record<number, TracedPointer> = {};
  row.args.forEach((word, arg) => {
    const pointer = iteratorPointer(word);
    if (pointer !== undefined) pointers[arg] = pointer;
  });
  env.traced = { name, btf, ...proto, pointers, helpers: row.helpers ?? [], returns: 'ranged', struct: undefined };
  return 0;
}

function checkStructOps(env: Env): Errno {
  const { attachBtfId = 0, expectedAttachType: idx = 0, flags = 0 } = env.input;
  if (!isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'struct ops programs must have a GPL compatible license\n');
  }
  if (attachBtfId === 0) return ENOTSUPP;
  const btf = env.input.vmlinux;
  if (btf === undefined) throw new UnsupportedError('a struct_ops program without the BTF of the kernel');
  const name = attachBtfId < btf.typeCount && btf.kind(attachBtfId) === BTF_KIND_STRUCT ? btf.name(attachBtfId) : '';
  const row = STRUCT_OPS[name];
  if (row === undefined) return reject(env, ENOTSUPP, `attach_btf_id ${attachBtfId} is not a supported struct\n`);
  const struct = btf.type(attachBtfId);
  const member = struct.kind === BTF_KIND_STRUCT ? struct.members[idx] : undefined;
  if (member === undefined) return reject(env, EINVAL, `attach to invalid member idx ${idx} of struct ${name}\n`);
  const pointer = btf.resolveType(member.type);
  const pointee = pointer !== 0 && btf.kind(pointer) === BTF_KIND_PTR ? btf.resolveType(btf.refType(pointer)) : 0;
  const proto = protoOf(btf, pointee, 0);
  if (proto === undefined) {
    return reject(env, EINVAL, `attach to invalid member ${member.name}(@idx ${idx}) of struct ${name}\n`);
  }
  const sleepable = (flags & BPF_F_SLEEPABLE) !== 0;
  const refused = row.unsupported[member.name] ?? (sleepable && row.sleepable?.includes(member.name) === false ? EINVAL : 0);
  if (refused !== 0) return reject(env, refused, `attach to unsupported member ${member.name} of struct ${name}\n`);
  const pointers = row.pointers(member.name, proto.args, btf);
  env.traced = {
    name: member.name,
    btf,
    ...proto,
    pointers: env.profile.features.nullableArgs ? pointers : withoutNulls(pointers),
    helpers: row.helpers,
    without: row.withheld?.[member.name] ?? [],
    returns: proto.returnType === 0 ? 'unread' : 'read',
    struct: name,
  };
  return 0;
}

/** As kernels see arguments that take no argument for null. */
function withoutNulls(pointers: Readonly<Record<number, TracedPointer>>): Record<number, TracedPointer> {
  return Object.fromEntries(Object.entries(pointers).map(([arg, pointer]) => [arg, { ...pointer, flags: pointer.flags & ~PTR_MAYBE_NULL }]));
}
