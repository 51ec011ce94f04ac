// In which order do types stand, whatever their ids?
import type { Btf } from './btf.ts';
import { formatDeclaration } from './format.ts';

/** Types in an order that does not depend on ids: by name, kind, size, then what is in them. */
export function inOrder(btf: Btf, ids: readonly number[]): number[] {
  if (ids.length < 2) return [...ids];
  const text = new Map<number, string>();
  const textOf = (id: number): string => {
    let known = text.get(id);
    if (known === undefined) text.set(id, (known = contentText(btf, id)));
    return known;
  };
  return [...ids].sort(
    (a, b) => compareTexts(btf.name(a), btf.name(b)) || btf.kind(a) - btf.kind(b) || btf.rawSize(b) - btf.rawSize(a) || btf.vlen(b) - btf.vlen(a) || compareTexts(textOf(a), textOf(b)),
  );
}

/** Order of code units. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a definition says, as text. */
export function contentText(btf: Btf, id: number): string {
  const type = btf.type(id);
  if ('members' in type) return JSON.stringify(type.members.map((member) => [member.bitOff, member.bitfieldSize, formatDeclaration(btf, member.type, member.name)]));
  if ('values' in type) return JSON.stringify(type.values.map(({ name, value }) => [name, String(value)]));
  return 'type' in type ? formatDeclaration(btf, type.type, '') : '';
}
