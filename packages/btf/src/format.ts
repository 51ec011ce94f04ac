// What is this type called in C?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import type { FormatBudget } from './declarator.ts';
import { formatDeclarator, formatParams, formatTypeName } from './declarator.ts';
import { BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_VAR } from './kinds.ts';

function newBudget(): FormatBudget {
  return { left: 4096, depth: 16 };
}

/**
 * A type as C text: `const struct xdp_md *`, `int (*)(void *, int)`, `char[16]`.
 * Anonymous structs, unions and enums are shortened to `struct {...}`. Text that would not end is cut off with a comment.
 *
 * @param id a type; a FUNC or VAR gives its declaration
 * @throws `BTF_TYPE_ID`
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { formatType, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/helpers.el.btf'));
 * console.log(formatType(btf, 1)); // struct xdp_md *
 * ```
 */
export function formatType(btf: Btf, id: number): string {
  return formatDeclaration(btf, id, '');
}

/**
 * A declaration of `name` with a type, as C text without semicolon: `const struct xdp_md *ctx`, `int (*row)[3]`.
 *
 * @param name empty gives the type alone
 * @throws `BTF_TYPE_ID`
 * @libbpf btf_dump__emit_type_decl
 */
export function formatDeclaration(btf: Btf, id: number, name: string): string {
  switch (btf.kind(id)) {
    case BTF_KIND_FUNC:
      return formatFuncProto(btf, id);
    case BTF_KIND_VAR:
      return formatDeclarator(btf, btf.refType(id), btf.name(id), (base) => formatTypeName(btf, base), newBudget());
    case BTF_KIND_DATASEC:
      return `/* section ${btf.name(id)} */`;
    case BTF_KIND_DECL_TAG:
      return `__attribute__((btf_decl_tag("${btf.name(id)}")))`;
    default:
      return formatDeclarator(btf, id, name, (base) => formatTypeName(btf, base), newBudget());
  }
}

/**
 * A function's prototype as C text without semicolon: `int foo(struct xdp_md *ctx, int var)`.
 *
 * @param funcId a FUNC, or a FUNC_PROTO, which has no name
 * @throws `BTF_TYPE_ID`; `BTF_KIND` when it is neither
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BTF_KIND_FUNC, formatFuncProto, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/helpers.el.btf'));
 * console.log(formatFuncProto(btf, btf.findByNameKind('foo', BTF_KIND_FUNC) ?? 0)); // int foo(struct xdp_md *ctx, int var)
 * ```
 */
export function formatFuncProto(btf: Btf, funcId: number): string {
  const kind = btf.kind(funcId);
  const protoId = kind === BTF_KIND_FUNC ? btf.refType(funcId) : funcId;
  if (btf.kind(protoId) !== BTF_KIND_FUNC_PROTO) {
    throw new DecodeError('BTF_KIND', `btf: type ${funcId}`, 'no function', { have: `kind ${kind}` });
  }
  const budget = newBudget();
  const specifier = (base: number): string => formatTypeName(btf, base);
  const name = kind === BTF_KIND_FUNC ? btf.name(funcId) : '';
  // A function's declarator is its name with parameters; its return type is written around that.
  return formatDeclarator(btf, btf.refType(protoId), `${name}(${formatParams(btf, protoId, specifier, budget)})`, specifier, budget);
}
