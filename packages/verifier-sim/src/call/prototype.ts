// What does the prototype of a global function promise of its arguments?
import {
  BTF_FUNC_EXTERN,
  BTF_KIND_CONST,
  BTF_KIND_ENUM,
  BTF_KIND_ENUM64,
  BTF_KIND_FWD,
  BTF_KIND_INT,
  BTF_KIND_PTR,
  BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF,
} from '@rootlet/btf';
import type { Btf, BtfParam } from '@rootlet/btf';
import { returnsScalar } from '../passes/btf-info.ts';
import { checkContextTag } from '../passes/context-tag.ts';
import { isContextType } from '../passes/context-type.ts';
import { EINVAL, ENOENT, EOPNOTSUPP, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';

/** Arguments of a function, as many as registers carry. */
const MAX_ARGS = 5;

/** Typedef that makes a parameter the number of elements of the pointer before it (LINKING.md S9). */
export const BPF_SIZE_T = 'bpf_size_t';

/** Elements that a sized buffer may have: more cannot be verified, since loops over them are walked through. See docs/verifier.md. */
export const MAX_SIZED_ELEMENTS = 2048;

/** What one argument must be. */
export type ArgContract =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'ctx' }
  | { readonly kind: 'dynptr' }
  /** An object of the kernel. */
  | { readonly kind: 'object'; readonly btfId: number; readonly nullable: boolean }
  /** An address that may be anything; with a struct behind it when `btfId` is not 0. */
  | { readonly kind: 'untrusted'; readonly btfId: number }
  | { readonly kind: 'arena' }
  | { readonly kind: 'mem'; readonly size: number; readonly nullable: boolean }
  /** A structure that is only declared: nothing but null is known to be good. */
  | { readonly kind: 'incomplete'; readonly name: string }
  /** Memory of as many elements as the next argument says. */
  | { readonly kind: 'sized'; readonly elemSize: number; readonly readOnly: boolean }
  | { readonly kind: 'size' };

/** Result of reading a prototype: contracts, or the errno of what does not fit (the message is in the log). */
export type Prototype = { readonly args: readonly ArgContract[]; readonly err: 0 } | { readonly args: undefined; readonly err: Errno };

const POINTER_TAGS: readonly string[] = ['ctx', 'trusted', 'untrusted', 'nonnull', 'nullable', 'arena'];

/** Name of a kind as messages write it. */
const KIND_NAMES: readonly string[] = [
  'UNKNOWN',
  'INT',
  'PTR',
  'ARRAY',
  'STRUCT',
  'UNION',
  'ENUM',
  'FWD',
  'TYPEDEF',
  'VOLATILE',
  'CONST',
  'RESTRICT',
  'FUNC',
  'FUNC_PROTO',
  'VAR',
  'DATASEC',
  'FLOAT',
  'DECL_TAG',
  'TYPE_TAG',
  'ENUM64',
];

/**
 * Reads the prototype of FUNC `btfId`.
 *
 * @param global static functions are only compared where they take the context and numbers
 * @param sized pointers followed by a `bpf_size_t` are buffers of that many elements
 */
export function readPrototype(env: Env, btf: Btf, btfId: number, global: boolean, sized: boolean): Prototype {
  const func = btf.type(btfId);
  const proto = func.kind === 12 ? btf.type(func.type) : func;
  if (func.kind !== 12 || proto.kind !== 13) return fail(env, global, `Type of ${func.name}() is not a function\n`);
  const { params } = proto;
  if (params.length > MAX_ARGS) {
    return fail(env, global, `Global function ${func.name}() with ${params.length} > ${MAX_ARGS} args. Buggy compiler.\n`);
  }
  if (!returnsScalar(btf, func.type)) {
    return fail(env, global, `Global function ${func.name}() doesn't return scalar. Only those are supported.\n`);
  }
  const tags = argTags(btf, btfId);
  // Between programs a forward declaration is enough; Linux asks for the whole struct.
  const linked = sized && (env.input.library === true || func.linkage === BTF_FUNC_EXTERN);
  const args: ArgContract[] = [];
  for (let i = 0; i < params.length; i++) {
    const param = params[i] as BtfParam;
    const isSize = sized && isBpfSize(btf, param.type) && args[i - 1]?.kind === 'sized';
    const nextIsSize = sized && i + 1 < params.length && isBpfSize(btf, (params[i + 1] as BtfParam).type);
    const arg = isSize ? { kind: 'size' as const } : readParam(env, btf, func.name, param, i, tags[i] ?? [], global, nextIsSize, linked);
    if (typeof arg === 'number') return { args: undefined, err: arg };
    args.push(arg);
  }
  return { args, err: 0 };
}

function fail(env: Env, global: boolean, text: string): Prototype {
  if (global) verbose(env, text);
  return { args: undefined, err: EINVAL };
}

/** `arg:` decl tags by argument. */
function argTags(btf: Btf, btfId: number): string[][] {
  const tags: string[][] = [];
  for (const { value, componentIdx } of btf.declTags(btfId)) {
    if (componentIdx >= 0 && value.startsWith('arg:')) (tags[componentIdx] ??= []).push(value.slice('arg:'.length));
  }
  return tags;
}

/** Whether a type is the typedef `bpf_size_t`. */
function isBpfSize(btf: Btf, typeId: number): boolean {
  const id = btf.skipModifiers(typeId);
  return id !== 0 && btf.kind(id) === BTF_KIND_TYPEDEF && btf.name(id) === BPF_SIZE_T;
}

function readParam(
  env: Env,
  btf: Btf,
  funcName: string,
  param: BtfParam,
  i: number,
  tags: readonly string[],
  global: boolean,
  nextIsSize: boolean,
  linked: boolean,
): ArgContract | Errno {
  const id = btf.resolveType(param.type);
  const kind = id === 0 ? 0 : btf.kind(id);
  const { argTags: knowsTags, untrustedArgs } = env.profile.features;
  if (!knowsTags) tags = [];
  for (const tag of tags) {
    if (!global) return reject(env, EOPNOTSUPP, `arg#${i} type tag is not supported in static functions\n`);
    if (kind !== BTF_KIND_PTR) return reject(env, EINVAL, `arg#${i} has pointer tag, but is not a pointer type\n`);
    if (!POINTER_TAGS.includes(tag) || (tag === 'untrusted' && !untrustedArgs)) return reject(env, EOPNOTSUPP, `arg#${i} has unsupported set of tags\n`);
  }
  /** Only these tags go together with what the parameter is. */
  const only = (arg: ArgContract, ...allowed: string[]): ArgContract | Errno =>
    tags.every((tag) => allowed.includes(tag)) ? arg : reject(env, EINVAL, `arg#${i} has invalid combination of tags\n`);
  if (kind === BTF_KIND_PTR) {
    const pointee = btf.refType(id);
    const nullable = tags.includes('nullable');
    if (tags.includes('ctx')) {
      const wrong = linked || tags.some((tag) => tag !== 'ctx') ? undefined : checkContextTag(env, btf, pointee);
      return wrong === undefined ? only({ kind: 'ctx' }, 'ctx') : reject(env, EINVAL, `arg#${i} ${wrong}\n`);
    }
    if (isContextType(env, btf, pointee, linked)) return only({ kind: 'ctx' });
    if (knowsTags && isDynptr(btf, pointee)) return only({ kind: 'dynptr' });
    if (tags.includes('trusted')) {
      if (tags.includes('nonnull')) return reject(env, EINVAL, `arg#${i} has invalid combination of tags\n`);
      const btfId = findKernelStruct(env, btf, pointee, i);
      return btfId < 0 ? btfId : { kind: 'object', btfId, nullable };
    }
    if (tags.includes('untrusted')) {
      if (tags.some((tag) => tag !== 'untrusted')) {
        return reject(env, EINVAL, `arg#${i} untrusted cannot be combined with any other tags\n`);
      }
      const target = btf.resolveType(pointee);
      if (target === 0 || btf.kind(target) === BTF_KIND_INT) return { kind: 'untrusted', btfId: 0 };
      const btfId = findKernelStruct(env, btf, pointee, i);
      return btfId < 0 ? btfId : { kind: 'untrusted', btfId };
    }
    if (tags.includes('arena')) {
      if (tags.every((tag) => tag === 'arena')) return { kind: 'arena' };
      return reject(env, EINVAL, `arg#${i} arena cannot be combined with any other tags\n`);
    }
    if (!global) return EINVAL;
    if (tags.some((tag) => tag !== 'nonnull')) return reject(env, EINVAL, `arg#${i} has invalid combination of tags\n`);
    return readPointer(env, btf, pointee, i, tags.includes('nonnull'), nextIsSize, linked);
  }
  if (kind === BTF_KIND_INT || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) return { kind: 'scalar' };
  return global ? reject(env, EINVAL, `Arg#${i} type ${KIND_NAMES[kind] ?? 'UNKNOWN'} in ${funcName}() is not supported yet.\n`) : EINVAL;
}

/** The kernel's type of the same name and kind. @returns its id, or an errno */
function findKernelStruct(env: Env, btf: Btf, pointee: number, i: number): number {
  const id = btf.resolveType(pointee);
  const { vmlinux } = env.input;
  const [kind, name] = id === 0 ? [0, ''] : [btf.kind(id), btf.name(id)];
  if (name === '') return reject(env, EINVAL, `arg#${i} reference type('${KIND_NAMES[kind] ?? 'UNKNOWN'} (anon)') candidate matching error: -22\n`);
  const found = vmlinux?.findByNameKind(name.replace(/___.*$/, ''), kind);
  return found ?? reject(env, ENOENT, `arg#${i} reference type('${KIND_NAMES[kind] ?? 'UNKNOWN'} ${name}') has no matches\n`);
}

function isDynptr(btf: Btf, pointee: number): boolean {
  const id = btf.resolveType(pointee);
  return id !== 0 && btf.kind(id) === BTF_KIND_STRUCT && btf.name(id) === 'bpf_dynptr';
}

function readPointer(env: Env, btf: Btf, pointee: number, i: number, nonNull: boolean, nextIsSize: boolean, linked: boolean): ArgContract | Errno {
  const id = btf.resolveType(pointee);
  let size: number;
  if (linked && id !== 0 && btf.kind(id) === BTF_KIND_FWD) return { kind: 'incomplete', name: btf.name(id) };
  try {
    if (id === 0) throw new Error('void');
    size = btf.resolveSize(id);
  } catch {
    const shown = btf.skipModifiers(pointee);
    const kind = shown === 0 ? 0 : btf.kind(shown);
    const name = shown === 0 ? '' : btf.name(shown);
    return reject(env, EINVAL, `arg#${i} reference type('${KIND_NAMES[kind] ?? 'UNKNOWN'} ${name}') size cannot be determined: -22\n`);
  }
  if (nextIsSize && size > 0) return { kind: 'sized', elemSize: size, readOnly: isConst(btf, pointee) };
  return { kind: 'mem', size, nullable: !nonNull };
}

/** Whether a type is `const`, typedefs looked through. */
function isConst(btf: Btf, typeId: number): boolean {
  let id = typeId;
  for (let depth = 0; id !== 0 && depth < 32; depth++) {
    if (btf.kind(id) === BTF_KIND_CONST) return true;
    const next = btf.refType(id);
    if (next === 0 || btf.kind(id) === BTF_KIND_PTR) return false;
    id = next;
  }
  return false;
}
