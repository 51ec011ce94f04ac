// Has what replaces a function the function's prototype?
import { BTF_FUNC_GLOBAL, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_INT, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_PTR, BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf, BtfParam } from '@rootlet/btf';
import { kindName } from '../state/btf-kinds.ts';
import { EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';

/** A FUNC of a BTF. */
export interface FuncType {
  readonly btf: Btf;
  readonly id: number;
}

interface Side {
  readonly btf: Btf;
  readonly name: string;
  readonly global: boolean;
  readonly params: readonly BtfParam[];
  readonly returnType: number;
}

function sideOf({ btf, id }: FuncType): Side | undefined {
  const func = btf.type(id);
  const proto = func.kind === BTF_KIND_FUNC ? btf.type(func.type) : undefined;
  if (func.kind !== BTF_KIND_FUNC || proto?.kind !== BTF_KIND_FUNC_PROTO) return undefined;
  return { btf, name: func.name, global: func.linkage === BTF_FUNC_GLOBAL, params: proto.params, returnType: proto.returnType };
}

/** As the kernel compares them: names of structs, sizes of numbers, and no more. */
export function compareExtension(env: Env, own: FuncType, original: FuncType): Errno {
  const [mine, theirs] = [sideOf(own), sideOf(original)];
  if (mine === undefined || theirs === undefined) return EINVAL;
  for (const { name, global } of [mine, theirs]) if (!global) return reject(env, EINVAL, `${name}() is not a global function\n`);
  const counts = [mine, theirs].map(({ name, params }) => `${name}() has ${params.length} args`);
  if (mine.params.length !== theirs.params.length) return reject(env, EINVAL, `${counts.join(' while ')}\n`);
  const [returned, wanted] = [kindOf(mine.btf, mine.returnType), kindOf(theirs.btf, theirs.returnType)];
  if (returned !== wanted) {
    const text = `Return type ${kindName(returned)} of ${mine.name}() doesn't match type ${kindName(wanted)} of ${theirs.name}()\n`;
    return reject(env, EINVAL, text);
  }
  for (let i = 0; i < mine.params.length; i++) {
    const err = compareArg(env, mine, theirs, i);
    if (err !== 0) return err;
  }
  return 0;
}

function kindOf(btf: Btf, typeId: number): number {
  const id = btf.resolveType(typeId);
  return id === 0 ? 0 : btf.kind(id);
}

function compareArg(env: Env, mine: Side, theirs: Side, i: number): Errno {
  const [id, original] = [mine, theirs].map(({ btf, params }) => btf.resolveType(params[i]?.type ?? 0)) as [number, number];
  const [kind, wanted] = [kindOf(mine.btf, id), kindOf(theirs.btf, original)];
  if (kind !== wanted) return reject(env, EINVAL, `arg${i} in ${mine.name}() is ${kindName(kind)} while ${theirs.name}() has ${kindName(wanted)}\n`);
  if (kind === BTF_KIND_INT || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) {
    const [size, needed] = [mine.btf.resolveSize(id), theirs.btf.resolveSize(original)];
    return size === needed ? 0 : reject(env, EINVAL, `arg${i} in ${mine.name}() has size ${size} while ${theirs.name}() has ${needed}\n`);
  }
  if (kind !== BTF_KIND_PTR) return EINVAL;
  const [struct, expected] = [structBehind(mine.btf, id), structBehind(theirs.btf, original)];
  if (struct === undefined || expected === undefined) return reject(env, EINVAL, `arg${i} in ${mine.name}() is not a pointer to context\n`);
  if (struct === expected) return 0;
  return reject(env, EINVAL, `arg${i} ${mine.name}(struct ${struct} *) doesn't match ${theirs.name}(struct ${expected} *)\n`);
}

/** Name of the struct that a pointer is to. */
function structBehind(btf: Btf, pointer: number): string | undefined {
  const id = btf.resolveType(btf.refType(pointer));
  return id !== 0 && btf.kind(id) === BTF_KIND_STRUCT ? btf.name(id) : undefined;
}
