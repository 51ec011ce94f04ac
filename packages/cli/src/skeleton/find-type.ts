// Which type has the name that somebody gave?
import { BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

const KINDS: Readonly<Record<string, readonly number[]>> = {
  struct: [BTF_KIND_STRUCT],
  union: [BTF_KIND_UNION],
  enum: [BTF_KIND_ENUM, BTF_KIND_ENUM64],
};
const ANY: readonly number[] = [BTF_KIND_TYPEDEF, BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT];

/** @param name `event`, or `struct event` where several kinds have it */
export function findType(btf: Btf, name: string): number | undefined {
  const [, kind = '', bare = ''] = /^(?:(struct|union|enum)\s+)?(.*)$/.exec(name.trim()) ?? [];
  for (const each of KINDS[kind] ?? ANY) {
    const id = btf.findByNameKind(bare, each);
    if (id !== undefined) return id;
  }
  return undefined;
}
