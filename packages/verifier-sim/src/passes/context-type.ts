// Is this type the context of the program's type?
import { BTF_KIND_FWD, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { Env } from '../state/env.ts';

/** Kernel structures that stand behind a context structure of the UAPI. */
const CTX_ALIASES: Readonly<Record<string, readonly string[]>> = {
  __sk_buff: ['sk_buff'],
  xdp_md: ['xdp_buff'],
  bpf_user_pt_regs_t: ['pt_regs'],
};

/**
 * Whether a pointee is the context of the program's type.
 *
 * @param declared a forward declaration of it will do
 */
export function isContextType(env: Env, btf: Btf, pointee: number, declared = false): boolean {
  return isContextNamed(env.prog.ctxStruct, btf, pointee, declared);
}

/** Whether a pointee is the context that a program type calls so. */
export function isContextNamed(ctxStruct: string, btf: Btf, pointee: number, declared: boolean): boolean {
  const named = btf.skipModifiers(pointee);
  if (ctxStruct === 'bpf_user_pt_regs_t' && named !== 0 && btf.kind(named) === BTF_KIND_TYPEDEF && btf.name(named) === ctxStruct) {
    return true;
  }
  const id = btf.resolveType(pointee);
  if (id === 0) return false;
  const kind = btf.kind(id);
  if (kind !== BTF_KIND_STRUCT && !(declared && kind === BTF_KIND_FWD)) return false;
  const name = btf.name(id);
  return name !== '' && (name === ctxStruct || (CTX_ALIASES[ctxStruct]?.includes(name) ?? false));
}

/**
 * Whether a call of a function in another program may change packet data. One that is not bound may do so when it is given the
 * context: without, it has nothing to change.
 *
 * @param off index of the provider, or -1 while there is none
 * @param btfId the function in the provider's BTF, or the extern in the program's own
 */
export function mayChangePacket(env: Env, off: number, btfId: number): boolean {
  if (off >= 0) return env.input.providerByIdx?.(off)?.changesPacketData(btfId) ?? true;
  if (env.input.externsKeepPacket === true) return false;
  const { btf } = env.input;
  if (btf === undefined || btfId <= 0 || btfId >= btf.typeCount) return true;
  const func = btf.type(btfId);
  const proto = func.kind === 12 ? btf.type(func.type) : undefined;
  if (proto?.kind !== 13) return true;
  if (btf.declTags(btfId).some(({ value }) => value === 'arg:ctx')) return true;
  return proto.params.some(({ type }) => {
    const id = btf.resolveType(type);
    return id !== 0 && btf.kind(id) === BTF_KIND_PTR && isContextType(env, btf, btf.refType(id), true);
  });
}
