// May this function stand where that one is declared?
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
  BTF_KIND_UNION,
  formatFuncProto,
} from '@rootlet/btf';
import type { Btf, BtfFuncProto } from '@rootlet/btf';

/** A function in its BTF. */
export interface FuncRef {
  readonly btf: Btf;
  /** FUNC id. */
  readonly id: number;
}

const MAX_DEPTH = 32;

/**
 * Compares prototypes as far as a kernel must to stay safe: number of arguments, kinds, sizes, names and sizes of structs.
 * The loader compares more, before, and says it better.
 *
 * @returns what differs; undefined when nothing does
 */
export function comparePrototypes(declared: FuncRef, provided: FuncRef): string | undefined {
  const left = protoOf(declared);
  const right = protoOf(provided);
  if (left === undefined || right === undefined) return 'no function in BTF';
  const show = `${text(declared)} is wanted, ${text(provided)} is there`;
  if (left.params.length !== right.params.length) return `number of arguments differs: ${show}`;
  for (const [index, param] of left.params.entries()) {
    const other = right.params[index];
    if (other === undefined || !agree(declared.btf, param.type, provided.btf, other.type, 0)) {
      return `argument ${index + 1} differs: ${show}`;
    }
  }
  if (!agree(declared.btf, left.returnType, provided.btf, right.returnType, 0)) return `return type differs: ${show}`;
  return undefined;
}

/** Prototype of a FUNC; undefined when the id is none. */
export function protoOf({ btf, id }: FuncRef): BtfFuncProto | undefined {
  if (id <= 0 || id >= btf.typeCount || btf.kind(id) !== BTF_KIND_FUNC) return undefined;
  const proto = btf.type(btf.refType(id));
  return proto.kind === BTF_KIND_FUNC_PROTO ? proto : undefined;
}

function text({ btf, id }: FuncRef): string {
  return formatFuncProto(btf, id);
}

function agree(left: Btf, leftId: number, right: Btf, rightId: number, depth: number): boolean {
  const a = left.resolveType(leftId);
  const b = right.resolveType(rightId);
  if (a === 0 || b === 0) return a === b;
  const kind = left.kind(a);
  const other = right.kind(b);
  switch (kind) {
    case BTF_KIND_PTR:
      return other === BTF_KIND_PTR && (depth > MAX_DEPTH || agree(left, left.refType(a), right, right.refType(b), depth + 1));
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
    case BTF_KIND_FWD:
      return agreeComposite(left, a, right, b);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return other === kind && left.name(a) === right.name(b) && left.rawSize(a) === right.rawSize(b);
    case BTF_KIND_INT:
      return other === BTF_KIND_INT && left.rawSize(a) === right.rawSize(b);
    case BTF_KIND_ARRAY:
      return other === BTF_KIND_ARRAY && left.resolveSize(a) === right.resolveSize(b);
    default:
      return kind === other;
  }
}

/** Same name; same size where both are defined. */
function agreeComposite(left: Btf, a: number, right: Btf, b: number): boolean {
  const composite = (kind: number): boolean => kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === BTF_KIND_FWD;
  if (!composite(right.kind(b)) || left.name(a) !== right.name(b)) return false;
  if (left.kind(a) === BTF_KIND_FWD || right.kind(b) === BTF_KIND_FWD) return true;
  return left.kind(a) === right.kind(b) && left.rawSize(a) === right.rawSize(b);
}
