// Is the BTF of an object with `.ksyms` the one that libbpf loads, but for what stands in `.ksyms`?
//
// libbpf makes externs of the kernel global variables and functions, lists a variable `dummy_ksym` in their place, and names parameters
// after it. Here that is the business of @rootlet/linux-kernel: the simulated kernel knows externs.
import { BTF_FUNC_EXTERN, BTF_KIND_FUNC, BTF_KIND_VAR, BTF_VAR_GLOBAL_EXTERN, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

/** @returns the first type that differs, in words; undefined when none does */
export function compareKsymBtf(ownBytes: Uint8Array, peerBytes: Uint8Array): string | undefined {
  const own = parseBtf(ownBytes);
  const peer = parseBtf(peerBytes);
  const ksyms = own.findByName('.ksyms');
  const changed = findChanged(own, ksyms);
  if (peer.typeCount !== own.typeCount + (changed.funcs ? 1 : 0)) return `${own.typeCount} types, libbpf ${peer.typeCount}`;
  for (let id = 1; id < own.typeCount; id++) {
    const isSame = changed.ids.has(id) ? own.kind(id) === peer.kind(id) && own.name(id) === peer.name(id) : describe(own, id) === describe(peer, id);
    if (!isSame) return `type ${id}: ${describe(own, id)}\n    libbpf ${describe(peer, id)}`;
  }
  return undefined;
}

function describe(btf: Btf, id: number): string {
  return JSON.stringify(btf.type(id), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** What libbpf changes: `.ksyms`, what it lists, and prototypes of functions among these. */
function findChanged(btf: Btf, ksyms: number | undefined): { readonly ids: ReadonlySet<number>; readonly funcs: boolean } {
  const ids = new Set<number>();
  let funcs = false;
  const datasec = ksyms === undefined ? undefined : btf.type(ksyms);
  if (datasec === undefined || !('vars' in datasec)) return { ids, funcs };
  ids.add(datasec.id);
  for (const { type: id } of datasec.vars) {
    const type = btf.type(id);
    if (type.kind === BTF_KIND_VAR && type.linkage === BTF_VAR_GLOBAL_EXTERN) ids.add(id);
    if (type.kind !== BTF_KIND_FUNC || type.linkage !== BTF_FUNC_EXTERN) continue;
    funcs = true;
    ids.add(id).add(type.type);
  }
  return { ids, funcs };
}
