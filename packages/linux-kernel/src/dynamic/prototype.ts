// Which prototypes does Linux let an EXT program replace, and how are others made so?
import { BTF_FUNC_GLOBAL, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION } from '@rootlet/btf';
import type { Btf, BtfBuilder, BtfParam } from '@rootlet/btf';

/**
 * Rewrites pointers to what is no struct as pointers to a struct of the same size, whose name tells the size: EXT compares
 * structs by name and takes no other pointer but the context. Done alike for a stub and for what is put over it, so that both agree.
 *
 * @source experiment on 6.1 and 6.12: `int *` is refused ("arg0 … is not a pointer to context"), a struct of 4 bytes is not
 */
export function rewritePrototype(builder: BtfBuilder, btf: Btf, funcId: number): void {
  const params = paramsOf(btf, funcId);
  const sizes = params.map(({ type }) => plainPointee(btf, type));
  if (sizes.every((size) => size === undefined)) return;
  const protoId = btf.refType(funcId);
  const rewritten = params.map((param, idx) => {
    const size = sizes[idx];
    return size === undefined ? param : { name: param.name, type: builder.addPtr(addBytesStruct(builder, size)) };
  });
  builder.setRefType(funcId, builder.addFuncProto(btf.refType(protoId), rewritten));
}

/** A BTF that has nothing but one function of this prototype, and a program that calls it. */
export function addCaller(builder: BtfBuilder, btf: Btf, funcId: number): number {
  const ret = builder.addInt('int', 4, 1);
  const [first] = paramsOf(btf, funcId);
  return builder.addFunc('rootlet_carrier', builder.addFuncProto(ret, [{ name: 'ctx', type: first?.type ?? builder.addPtr(0) }]), BTF_FUNC_GLOBAL);
}

/** Parameters of a function. */
export function paramsOf(btf: Btf, funcId: number): readonly BtfParam[] {
  const proto = btf.type(btf.refType(funcId));
  return proto.kind === BTF_KIND_FUNC_PROTO ? proto.params : [];
}

/**
 * Of each parameter that is a buffer with a size, a pointer followed by a `bpf_size_t`: bytes of an element. Undefined for others.
 *
 * @source docs/linking.md, row S9
 */
export function bufferSizes(btf: Btf, funcId: number): readonly (number | undefined)[] {
  const params = paramsOf(btf, funcId);
  return params.map(({ type }, idx) => {
    const at = btf.resolveType(type);
    const size = params[idx + 1];
    return size === undefined || !isSizeType(btf, size.type) || btf.kind(at) !== BTF_KIND_PTR ? undefined : btf.resolveSize(btf.refType(at));
  });
}

function isSizeType(btf: Btf, type: number): boolean {
  const at = btf.skipModifiers(type);
  return btf.kind(at) === BTF_KIND_TYPEDEF && btf.name(at) === 'bpf_size_t';
}

/** Why Linux cannot judge a call by this prototype, so that it is judged at each call; undefined when it can. */
export function perCallReason(btf: Btf, funcId: number): string | undefined {
  const params = paramsOf(btf, funcId);
  if (params.some(({ type }) => isSizeType(btf, type))) return 'a stock kernel takes a buffer with a size as one element';
  const opaque = params.some(({ type }) => {
    const at = btf.resolveType(type);
    const pointee = btf.kind(at) === BTF_KIND_PTR ? btf.resolveType(btf.refType(at)) : at;
    return btf.kind(at) === BTF_KIND_PTR && (pointee === 0 || btf.kind(pointee) === BTF_KIND_FWD);
  });
  return opaque ? 'it takes a pointer to something of unknown size' : undefined;
}

/** Bytes that a pointer to neither struct nor union points to; undefined for those and for all other types. */
function plainPointee(btf: Btf, type: number): number | undefined {
  const at = btf.resolveType(type);
  if (btf.kind(at) !== BTF_KIND_PTR) return undefined;
  const pointee = btf.resolveType(btf.refType(at));
  const kind = btf.kind(pointee);
  if (pointee === 0 || kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === BTF_KIND_FWD || kind === BTF_KIND_FUNC_PROTO) return undefined;
  return btf.resolveSize(pointee);
}

function addBytesStruct(builder: BtfBuilder, size: number): number {
  const byte = builder.addInt('unsigned char', 1);
  const index = builder.addInt('unsigned int', 4);
  const bytes = builder.addArray(byte, index, size);
  const struct = builder.addStruct(`rootlet_${size}_bytes`, size);
  builder.addField('bytes', bytes, 0);
  return struct;
}
