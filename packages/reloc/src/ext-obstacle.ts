// Can Linux replace a function of this prototype by another program (BPF_PROG_TYPE_EXT)?
import {
  BTF_KIND_ARRAY,
  BTF_KIND_ENUM,
  BTF_KIND_ENUM64,
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_FWD,
  BTF_KIND_INT,
  BTF_KIND_PTR,
  BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF,
  BTF_KIND_UNION,
  formatType,
} from '@rootlet/btf';
import type { Btf, BtfFuncProto } from '@rootlet/btf';

/** Most arguments of a function that stands in registers. */
const MAX_ARGS = 5;

/**
 * What keeps a function from being replaced on Linux, and so from being a stub.
 *
 * An argument may be a number, or a pointer to something of known size: a context, a struct, or, with rewritten BTF,
 * anything else. The function must return a number.
 *
 * @param funcId FUNC id
 * @returns undefined when nothing does, otherwise the reason in words
 * @source measured on Linux 6.1 and 6.12: docs/linking.md, section 5
 */
export function findExtObstacle(btf: Btf, funcId: number): string | undefined {
  const protoId = btf.kind(funcId) === BTF_KIND_FUNC ? btf.refType(funcId) : 0;
  if (btf.kind(protoId) !== BTF_KIND_FUNC_PROTO) return 'it is no function';
  const proto = btf.type(protoId) as BtfFuncProto;
  if (proto.params.length > MAX_ARGS) return `${proto.params.length} arguments, at most ${MAX_ARGS} are possible`;
  const returned = btf.resolveType(proto.returnType);
  if (!isNumber(btf, returned)) return `it returns '${formatType(btf, proto.returnType)}', not a number`;
  for (const [argIdx, param] of proto.params.entries()) {
    if (isBufferSize(btf, param.type)) return `argument ${argIdx + 1} '${formatType(btf, param.type)}' is the size of a buffer, of which Linux takes one element`;
    const type = btf.resolveType(param.type);
    if (isNumber(btf, type)) continue;
    const text = `argument ${argIdx + 1} '${formatType(btf, param.type)}'`;
    if (btf.kind(type) !== BTF_KIND_PTR) return `${text} is neither number nor pointer`;
    if (!hasKnownSize(btf, btf.resolveType(btf.refType(type)))) return `${text} points to something of unknown size`;
  }
  return undefined;
}

/** @source docs/linking.md: `(T *array, bpf_size_t size)` */
function isBufferSize(btf: Btf, id: number): boolean {
  const at = btf.skipModifiers(id);
  return btf.kind(at) === BTF_KIND_TYPEDEF && btf.name(at) === 'bpf_size_t';
}

function isNumber(btf: Btf, id: number): boolean {
  const kind = btf.kind(id);
  return kind === BTF_KIND_INT || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64;
}

function hasKnownSize(btf: Btf, id: number): boolean {
  const kind = btf.kind(id);
  if (kind === BTF_KIND_FWD || id === 0) return false;
  return [BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ARRAY, BTF_KIND_PTR].includes(kind) || isNumber(btf, id);
}
