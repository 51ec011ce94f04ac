// Which TypeScript reads and writes data of these types?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC, BTF_KIND_STRUCT, BTF_KIND_UNION } from './kinds.ts';
import type { TypeQuery } from './type-query.ts';
import { findQueried, parseTypeQuery } from './type-query.ts';
import { inOrder } from './type-order.ts';
import { TsModule } from './ts-module.ts';
import type { TsByteOrder } from './ts-scalar.ts';

/** What to generate. */
export interface GenerateTypeScriptOptions {
  /**
   * Types by name (`iphdr`, or `struct iphdr` where several kinds have the name; a variable gives its type) or by id. They come first in
   * the text and keep their names. All named structs, unions, enumerations and sections when absent.
   */
  readonly types?: Iterable<string | number> | undefined;
  /** Byte order of the data: fixed in the code, or given to each object's constructor. The BTF's when absent. */
  readonly byteOrder?: TsByteOrder | undefined;
}

/**
 * A TypeScript module without imports that declares types and all they contain: for each struct, union and section a class that reads and
 * writes data in place through a DataView (`SIZE`, `from(bytes, off)`, `$at(off)` to move, `$get()` and `$set(value)` for plain values) and
 * an interface of the plain value, which is what {@link decodeValue} gives; for each enumeration a `const` object and a union type.
 * Numbers that are written wrap, as in C.
 *
 * The same types give the same text, whatever their ids.
 *
 * @throws `BTF_NAME` when no type has a name; `BTF_NO_SIZE` for types without values; `BTF_DEPTH` for types that contain themselves or are
 *   nested without end; `BTF_KIND`, `BTF_SIZE` for integers and bitfields of sizes that JavaScript cannot read
 */
export function generateTypeScript(btf: Btf, options: GenerateTypeScriptOptions = {}): string {
  const module = new TsModule(btf, options.byteOrder ?? (btf.littleEndian ? 'little' : 'big'));
  const roots = options.types === undefined ? allRoots(btf) : chosenRoots(btf, [...options.types]);
  for (const id of roots) module.reserve(id);
  for (const id of roots) module.addRoot(id);
  return module.text();
}

function chosenRoots(btf: Btf, types: readonly (string | number)[]): number[] {
  const queries: TypeQuery[] = types.filter((type) => typeof type === 'string').map(parseTypeQuery);
  const found = findQueried(btf, queries);
  let next = 0;
  return types.flatMap((type) => (typeof type === 'number' ? [type] : inOrder(btf, withValues(btf, found[next]!, queries[next++]!.name))));
}

/** A function may have the name of a struct. */
function withValues(btf: Btf, ids: readonly number[], name: string): number[] {
  const kept = ids.filter((id) => btf.kind(id) !== BTF_KIND_FUNC);
  if (kept.length === 0) throw new DecodeError('BTF_NO_SIZE', `btf: '${name}'`, 'a function has no value');
  return kept;
}

function allRoots(btf: Btf): number[] {
  const ids: number[] = [];
  for (let id = 1; id < btf.typeCount; id++) {
    const kind = btf.kind(id);
    const isWanted = kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === BTF_KIND_DATASEC || ((kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64) && btf.vlen(id) > 0);
    if (isWanted && btf.name(id) !== '') ids.push(id);
  }
  return inOrder(btf, ids);
}
