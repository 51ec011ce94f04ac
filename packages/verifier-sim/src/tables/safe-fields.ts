// Which pointers in kernel objects are as good as the pointer to the object?
import { BTF_KIND_PTR, BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { typeOf } from '../state/btf-types.ts';

/**
 * - `trusted`: valid as long as the object is, `trusted_or_null`: or null
 * - `rcu`: valid until the RCU read section ends
 */
export type Safety = 'trusted' | 'trusted_or_null' | 'rcu' | 'rcu_or_null';

const SAFETIES: readonly Safety[] = ['rcu', 'rcu_or_null', 'trusted', 'trusted_or_null'];

const cache: WeakMap<Btf, Map<string, Safety | undefined>> = /* @__PURE__ */ new WeakMap();

function pointeeOf(btf: Btf, typeId: number): number {
  const id = btf.resolveType(typeId);
  return id !== 0 && btf.kind(id) === BTF_KIND_PTR ? btf.resolveType(btf.refType(id)) : 0;
}

/** The kernel says so in its BTF: `struct file__safe_trusted` has the members of `struct file` that are. */
function findIn(btf: Btf, struct: string, member: string, pointee: number): Safety | undefined {
  return SAFETIES.find((safety) => {
    const id = btf.findByNameKind(`${struct}__safe_${safety}`, BTF_KIND_STRUCT);
    const type = id === undefined ? undefined : typeOf(btf, id);
    return type?.kind === BTF_KIND_STRUCT && type.members.some(({ name, type: pointer }) => name === member && pointeeOf(btf, pointer) === pointee);
  });
}

/** What the kernel promises of `member` of struct `structId`, a pointer to type `pointee`; undefined: nothing. */
export function findSafety(btf: Btf, structId: number, member: string, pointee: number): Safety | undefined {
  let known = cache.get(btf);
  if (known === undefined) cache.set(btf, (known = new Map<string, Safety | undefined>()));
  const struct = btf.name(structId);
  const key = `${struct}.${member}.${pointee}`;
  if (!known.has(key)) known.set(key, findIn(btf, struct, member, pointee));
  return known.get(key);
}
