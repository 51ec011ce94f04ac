// What does this type say, when it is asked again and again?
import type { Btf, BtfType } from '@rootlet/btf';

const caches: WeakMap<Btf, Map<number, BtfType>> = /* @__PURE__ */ new WeakMap();

/** Programs name a few types; a struct of the kernel has hundreds of members. */
const MAX_TYPES = 1024;

/** `btf.type(id)`, decoded once: loads and calls in a loop ask for the same types a thousand times. */
export function typeOf(btf: Btf, id: number): BtfType {
  let types = caches.get(btf);
  if (types === undefined) caches.set(btf, (types = new Map<number, BtfType>()));
  const known = types.get(id);
  if (known !== undefined) return known;
  const type = btf.type(id);
  if (types.size >= MAX_TYPES) types.clear();
  types.set(id, type);
  return type;
}
