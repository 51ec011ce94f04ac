// What is the smallest part of a program that still differs in the same way?

/** Makes immediates and offsets simple, one at a time. */
const SIMPLER = [
  (item) => (item.imm !== 0 && item.code !== 0x85 && item.code !== 0x18 ? { ...item, imm: 0 } : undefined),
  (item) => (Math.abs(item.imm) > 8 && item.code !== 0x85 && item.code !== 0x18 ? { ...item, imm: Math.trunc(item.imm / 2) } : undefined),
  (item) => (item.imm2 ? { ...item, imm2: 0 } : undefined),
];

/**
 * Takes instructions out, in ever smaller runs, then makes numbers simpler, as long as `differs` says that the rest differs still.
 *
 * @template {{ items: object[] }} T
 * @param {T} program
 * @param {(program: T) => boolean} differs
 * @returns {T}
 */
export function shrink(program, differs) {
  let best = program;
  const accept = (items) => {
    const candidate = { ...best, items };
    let still = false;
    try {
      still = differs(candidate);
    } catch {
      // A candidate that cannot be put together is none.
    }
    if (still) best = candidate;
    return still;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let run = Math.ceil(best.items.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
      for (let at = best.items.length - run; at >= 0; at--) {
        if (at + run > best.items.length) continue;
        const cut = best.items.slice(at, at + run).filter((item) => item.place === undefined);
        if (cut.length === 0) continue;
        const items = best.items.filter((item, idx) => idx < at || idx >= at + run || item.place !== undefined);
        changed = accept(items) || changed;
      }
      if (run === 1) break;
    }
    for (let at = 0; at < best.items.length; at++) {
      for (const simpler of SIMPLER) {
        const item = best.items[at].place === undefined ? simpler(best.items[at]) : undefined;
        if (item !== undefined && accept(best.items.with(at, item))) changed = true;
      }
    }
    if (best.flags !== 0) {
      const plain = { ...best, flags: 0 };
      if (differs(plain)) best = plain;
    }
  }
  return best;
}
