// May a program under this licence call what is reserved for the GPL?

const COMPATIBLE: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

/** Whether the kernel takes `license` for compatible with the GPL; the text must be exact. */
export function isGplCompatible(license: string): boolean {
  return COMPATIBLE.has(license);
}
