// Can a slot of a program array stand for an extern function, and was that asked for?
import { BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_INT, formatType } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import type { CodeExtern, TailCallWish } from '@rootlet/reloc';
import { inferContext } from './context.ts';

/** Externs to be slots: by name, or true for all that can be. */
export type TailCalls = readonly string[] | boolean;

/** @returns undefined where nobody asked for a slot */
export function tailCallWish(asked: TailCalls | undefined, btf: Btf | undefined, ext: Pick<CodeExtern, 'name' | 'btfId'>): TailCallWish | undefined {
  const named = Array.isArray(asked) && asked.includes(ext.name);
  if (!named && asked !== true) return undefined;
  const obstacle = btf === undefined || ext.btfId === undefined ? 'BTF does not declare it' : findTailCallObstacle(btf, ext.btfId);
  return obstacle === undefined ? { named } : { named, obstacle };
}

/**
 * What keeps a tail call from standing for the call of a function: it hands over the context and nothing else, and what it gives
 * back is the number that a program returns.
 *
 * @param funcId FUNC id
 */
function findTailCallObstacle(btf: Btf, funcId: number): string | undefined {
  const protoId = btf.kind(funcId) === BTF_KIND_FUNC ? btf.refType(funcId) : 0;
  const proto = btf.type(protoId);
  if (proto.kind !== BTF_KIND_FUNC_PROTO) return 'it is no function';
  const count = proto.params.length;
  if (count !== 1) return `it takes ${count} arguments, and a tail call hands over the context only`;
  if (!inferContext(btf, funcId).only) return `its argument '${formatType(btf, proto.params[0]?.type ?? 0)}' is not the context of a program`;
  const isNumber = [BTF_KIND_INT, BTF_KIND_ENUM, BTF_KIND_ENUM64].includes(btf.kind(btf.resolveType(proto.returnType)));
  return isNumber ? undefined : `it returns '${formatType(btf, proto.returnType)}', and a program returns a number`;
}
