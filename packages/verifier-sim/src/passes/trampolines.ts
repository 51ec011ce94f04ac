// May the program be attached to this function of the kernel: where it begins, where it ends, in its place, or as a security hook?
import { BTF_KIND_FUNC, BTF_KIND_UNION } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import { EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { isGplCompatible } from '../state/license.ts';
import { PTR_TO_BTF_ID, PTR_TRUSTED } from '../state/reg.ts';
import type { Traced } from '../state/traced.ts';
import { DENIED, LSM_HOOKS, MODIFIABLE, NORETURN, SLEEPABLE, WITH_D_PATH } from '../tables/generated/hooks.ts';
import type { LsmHook } from '../tables/generated/hooks.ts';
import { isStructKind, kindName } from '../state/btf-kinds.ts';
import { protoOf } from './proto.ts';
import type { Proto } from './proto.ts';

const BPF_F_SLEEPABLE = 16;
/** Arguments that registers and the trampoline's stack can hold. */
const MAX_ARGS = 12;
/** A struct that is passed by value lies in two registers. */
const MAX_STRUCT_BYTES = 16;
const LSM_PREFIX = 'bpf_lsm_';
/** Hooks at which a group's program has the locked socket in hand. */
const WITH_SOCKOPT: readonly string[] = ['inet_conn_established', 'inet_csk_clone', 'sock_graft', 'socket_post_create', 'socket_socketpair'].map((hook) => `${LSM_PREFIX}${hook}`);
const ZERO = [0n, 0n] as const;
const BOOL = [0n, 1n] as const;

/** Attach types of tracing programs that trampolines call. */
export const TRAMPOLINES: readonly number[] = [uapi.BPF_TRACE_FENTRY, uapi.BPF_TRACE_FEXIT, uapi.BPF_MODIFY_RETURN];

/** Finds what a program is attached to that a trampoline calls. */
export function checkTrampoline(env: Env, btf: Btf, id: number): Errno {
  const { expectedAttachType: attachType = 0 } = env.input;
  const proto = findCallable(env, btf, id);
  if (typeof proto === 'number') return proto;
  const name = btf.name(id);
  const isLsm = env.prog.id === uapi.BPF_PROG_TYPE_LSM;
  const hook = isLsm && name.startsWith(LSM_PREFIX) ? LSM_HOOKS[name.slice(LSM_PREFIX.length)] : undefined;
  const { trampolineRules } = env.profile.features;
  const sleepable = ((env.input.flags ?? 0) & BPF_F_SLEEPABLE) !== 0;
  if (sleepable && !(isLsm ? hook?.sleepable === true : trampolineRules && SLEEPABLE.includes(name))) return reject(env, EINVAL, `${name} is not sleepable\n`);
  if (!isLsm && attachType === uapi.BPF_MODIFY_RETURN && !isModifiable(name, trampolineRules)) return reject(env, EINVAL, `${name}() is not modifiable\n`);
  if (isLsm) {
    const err = checkHook(env, id, name, hook);
    if (err !== 0) return err;
    env.traced = hookOf(btf, name, proto, attachType === uapi.BPF_LSM_CGROUP, hook, trampolineRules);
    return 0;
  }
  if (isDenied(env, name)) return denied(env, name);
  if (trampolineRules && attachType !== uapi.BPF_TRACE_FENTRY && NORETURN.includes(name)) {
    return reject(env, EINVAL, 'Attaching fexit/fmod_ret to __noreturn functions is rejected.\n');
  }
  env.traced = functionOf(btf, name, proto, attachType);
  return 0;
}

/**
 * A tracing program with the attach type of security hooks is verified as if the function's end were traced, until it returns: there is
 * no rule for what it may return, and no trampoline would call it.
 */
export function checkHookless(env: Env, btf: Btf, id: number): Errno {
  const proto = findCallable(env, btf, id);
  if (typeof proto === 'number') return proto;
  const name = btf.name(id);
  if (isDenied(env, name)) return denied(env, name);
  const { returnType } = proto;
  env.traced = {
    name,
    btf,
    ...proto,
    pointers: {},
    helpers: WITH_D_PATH.includes(name) ? [uapi.BPF_FUNC_d_path] : [],
    elsewhere: SK_STORAGE,
    without: [uapi.BPF_FUNC_get_attach_cookie],
    returns: 'refused',
    struct: undefined,
    pointerFlags: 0,
    ...(returnType === 0 ? {} : { result: { typeId: returnType } }),
  };
  return 0;
}

/** The function's prototype, or an errno: not everything can be handed on. */
function findCallable(env: Env, btf: Btf, id: number): Proto | Errno {
  if (btf.kind(id) !== BTF_KIND_FUNC) return reject(env, EINVAL, `attach_btf_id ${id} is not a function\n`);
  const proto = protoOf(btf, btf.refType(id), 0);
  if (proto === undefined) return EINVAL;
  const unsupported = findUnsupported(env, btf, btf.name(id), proto);
  return unsupported === undefined ? proto : reject(env, EINVAL, unsupported);
}

/** What became a function of its own after the kernel that was asked for the list. */
const UNLISTED = '___migrate_enable';

/** Functions that trampolines themselves need. */
function isDenied({ profile }: Env, name: string): boolean {
  return name === UNLISTED || (DENIED.includes(name) && (profile.features.trampolineRules || !name.startsWith('__rcu_')));
}

function denied(env: Env, name: string): Errno {
  return env.profile.features.deniedText ? reject(env, EINVAL, `Attaching tracing programs to function '${name}' is rejected.\n`) : EINVAL;
}

/** What trampolines cannot hand on. @returns the message */
function findUnsupported({ profile }: Env, btf: Btf, name: string, { args, returnType }: Proto): string | undefined {
  if (args.length > MAX_ARGS) return `The function ${name} has ${args.length} arguments. Too many.\n`;
  const returned = btf.resolveType(returnType);
  if (returned !== 0 && isStructKind(btf.kind(returned))) return `The function ${name} return type ${kindName(btf.kind(returned))} is unsupported.\n`;
  for (const [arg, typeId] of args.entries()) {
    if (typeId === 0 && arg === args.length - 1) return `The function ${name} with variable args is unsupported.\n`;
    const id = btf.resolveType(typeId);
    const kind = id === 0 ? 0 : btf.kind(id);
    const size = isStructKind(kind) ? btf.resolveSize(id) : 1;
    if (size === 0) return `The function ${name} has malformed void argument.\n`;
    if (size > MAX_STRUCT_BYTES || (kind === BTF_KIND_UNION && !profile.features.unionArgs)) {
      return `The function ${name} arg${arg} type ${kindName(kind)} is unsupported.\n`;
    }
  }
  return undefined;
}

/** Functions whose result programs may replace: hooks of security, and those that the kernel lists. */
function isModifiable(name: string, listed: boolean): boolean {
  return name.startsWith('security_') || (listed && MODIFIABLE.includes(name));
}

function checkHook(env: Env, id: number, name: string, hook: LsmHook | undefined): Errno {
  if (!isGplCompatible(env.input.license)) return reject(env, EINVAL, 'LSM programs must have a GPL compatible license\n');
  if (hook?.disabled === true) return reject(env, EINVAL, `attach_btf_id ${id} points to disabled hook ${name}\n`);
  if (hook === undefined && !name.startsWith(LSM_PREFIX)) return reject(env, EINVAL, `attach_btf_id ${id} points to wrong type name ${name}\n`);
  return 0;
}

/** Helpers of programs that have a function's arguments. */
export const ARGUMENTS: readonly number[] = [uapi.BPF_FUNC_get_func_arg, uapi.BPF_FUNC_get_func_ret, uapi.BPF_FUNC_get_func_arg_cnt];
/** Helpers that keep something with sockets. */
export const SK_STORAGE: readonly number[] = [uapi.BPF_FUNC_sk_storage_get, uapi.BPF_FUNC_sk_storage_delete];
const OPTIONS: readonly number[] = [uapi.BPF_FUNC_setsockopt, uapi.BPF_FUNC_getsockopt];
const RETVAL: readonly number[] = [uapi.BPF_FUNC_get_retval, uapi.BPF_FUNC_set_retval];
/** Helpers of security hooks. */
const SECURITY: readonly number[] = [
  uapi.BPF_FUNC_inode_storage_get,
  uapi.BPF_FUNC_inode_storage_delete,
  uapi.BPF_FUNC_bprm_opts_set,
  uapi.BPF_FUNC_ima_inode_hash,
  uapi.BPF_FUNC_ima_file_hash,
];

/** Arguments may be freed meanwhile, so that they are not trusted. */
export function functionOf(btf: Btf, name: string, proto: Proto, attachType: number): Traced {
  const hasResult = attachType !== uapi.BPF_TRACE_FENTRY && proto.returnType !== 0;
  return {
    name,
    btf,
    ...proto,
    pointers: {},
    helpers: WITH_D_PATH.includes(name) ? [...ARGUMENTS, uapi.BPF_FUNC_d_path] : ARGUMENTS,
    ...(attachType === uapi.BPF_MODIFY_RETURN ? { without: SK_STORAGE } : {}),
    // Its own functions would call themselves.
    ...(name.startsWith('bpf_sk_storage') ? { elsewhere: SK_STORAGE } : {}),
    returns: 'read',
    struct: undefined,
    pointerFlags: 0,
    ...(hasResult ? { result: { typeId: proto.returnType } } : {}),
    ...(attachType === uapi.BPF_MODIFY_RETURN ? {} : { range: ZERO }),
  };
}

/** A hook: without a result it may return anything; at groups it allows with 1, and hooks without a result always do. */
function hookOf(btf: Btf, name: string, proto: Proto, isCgroup: boolean, hook: LsmHook | undefined, judged: boolean): Traced {
  const isVoid = proto.returnType === 0;
  const range = hook?.range ?? ([-4095n, 0n] as const);
  const untrusted = hook?.untrusted ?? [];
  const sleeps = hook?.sleepable === true;
  return {
    name,
    btf,
    ...proto,
    pointers: Object.fromEntries(untrusted.map((arg) => [arg, { type: PTR_TO_BTF_ID, flags: 0, silent: false }])),
    helpers: [...SECURITY, ...(isCgroup ? RETVAL : ARGUMENTS), ...(isCgroup && WITH_SOCKOPT.includes(name) ? OPTIONS : []), ...(sleeps ? [uapi.BPF_FUNC_d_path] : [])],
    ...(sleeps ? {} : { elsewhere: [uapi.BPF_FUNC_d_path] }),
    ...(isCgroup ? { without: [uapi.BPF_FUNC_get_attach_cookie] } : {}),
    returns: isVoid && !isCgroup ? 'unread' : 'read',
    struct: undefined,
    pointerFlags: PTR_TRUSTED,
    writable: true,
    ...(isVoid ? {} : { result: { range } }),
    ...(isCgroup ? { range: isVoid ? ([1n, 1n] as const) : BOOL } : isVoid || !judged ? {} : { range }),
    ...(isCgroup && isVoid ? { rangeNote: "Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!\n" } : {}),
  };
}
