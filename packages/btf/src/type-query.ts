// Which types does a person mean by a name?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import {
  BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FUNC, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF,
  BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';

const KINDS_BY_WORD: Readonly<Record<string, readonly number[]>> = {
  struct: [BTF_KIND_STRUCT],
  union: [BTF_KIND_UNION],
  enum: [BTF_KIND_ENUM, BTF_KIND_ENUM64],
  typedef: [BTF_KIND_TYPEDEF],
  func: [BTF_KIND_FUNC],
  var: [BTF_KIND_VAR],
  datasec: [BTF_KIND_DATASEC],
  int: [BTF_KIND_INT],
  float: [BTF_KIND_FLOAT],
};

const KINDS_WITH_NAMES: readonly number[] = [
  BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_TYPEDEF, BTF_KIND_FUNC, BTF_KIND_VAR, BTF_KIND_DATASEC, BTF_KIND_INT, BTF_KIND_FLOAT,
  BTF_KIND_FWD,
];

/** A name, and the kinds of types that are meant. */
export interface TypeQuery {
  readonly name: string;
  readonly kinds: readonly number[];
}

/** Reads `name`, `struct name`, `enum name`, `typedef name`, `func name`, `var name`, `datasec name`. A base type may have spaces: `unsigned int`. */
export function parseTypeQuery(text: string): TypeQuery {
  const space = text.indexOf(' ');
  const kinds = space < 0 ? undefined : Object.hasOwn(KINDS_BY_WORD, text.slice(0, space)) ? KINDS_BY_WORD[text.slice(0, space)] : undefined;
  return kinds === undefined ? { name: text, kinds: KINDS_WITH_NAMES } : { name: text.slice(space + 1), kinds };
}

/**
 * Ids of all types that each query names, in the order of the queries. Forward declarations count where there is no definition.
 *
 * @throws `BTF_NAME` when there is none
 */
export function findQueried(btf: Btf, queries: readonly TypeQuery[]): number[][] {
  const byName = new Map<string, number[]>(queries.map(({ name }) => [name, []]));
  for (let id = 1; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    if (KINDS_WITH_NAMES.includes(kind)) byName.get(btf.name(id))?.push(id);
  }
  return queries.map(({ name, kinds }) => {
    const all = (byName.get(name) ?? []).filter((id) => kinds.includes(btf.kind(id)));
    const defined = all.filter((id) => btf.kind(id) !== BTF_KIND_FWD);
    if (all.length === 0 || name === '') throw new DecodeError('BTF_NAME', `btf: '${name}'`, 'no type of that name');
    return defined.length === 0 ? all : defined;
  });
}
