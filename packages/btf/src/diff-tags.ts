// Which declaration tags does a type have, and which are not what they were?
import type { Btf } from './btf.ts';
import type { BtfBeforeAfter } from './diff-types.ts';
import { BTF_KIND_DECL_TAG } from './kinds.ts';
import { RECORD_WORDS } from './layout.ts';

/** The declaration tags of one side, by what they are put on. */
export class DeclTags {
  /** By type: values by index of the member or parameter; -1 for the type itself. */
  readonly #byId: Map<number, Map<number, string[]>> = new Map();

  constructor(btf: Btf) {
    for (let id = 1; id < btf.typeCount; id++) {
      if (btf.kind(id) !== BTF_KIND_DECL_TAG) continue;
      const words = btf.recordWords(id);
      const at = btf.recordIdx(id);
      const component = words[at + RECORD_WORDS]! | 0;
      let ofType = this.#byId.get(words[at + 2]!);
      if (ofType === undefined) this.#byId.set(words[at + 2]!, (ofType = new Map<number, string[]>()));
      const values = ofType.get(component);
      if (values === undefined) ofType.set(component, [btf.name(id)]);
      else values.push(btf.name(id));
    }
    // Their order means nothing.
    for (const ofType of this.#byId.values()) for (const values of ofType.values()) values.sort();
  }

  /** Whether a type or one of its parts has any. */
  has(id: number): boolean {
    return this.#byId.has(id);
  }

  /** Values in order. @param component index of a member or parameter; -1 for the type itself */
  of(id: number, component: number): readonly string[] {
    return this.#byId.get(id)?.get(component) ?? NO_TAGS;
  }

  /** All of a type's as one text, equal where they are. */
  textOf(id: number): string {
    const ofType = this.#byId.get(id);
    return ofType === undefined ? '' : JSON.stringify([...ofType].sort((x, y) => x[0] - y[0]));
  }
}

const NO_TAGS: readonly string[] = /* @__PURE__ */ Object.freeze([]);

/** Both lists, unless they are the same. */
export function differingTags(before: readonly string[], after: readonly string[]): BtfBeforeAfter<readonly string[]> | undefined {
  return before.length === after.length && before.every((value, at) => value === after[at]) ? undefined : { before, after };
}
