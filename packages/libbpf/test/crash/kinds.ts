// What does a process hold that is about to be killed?
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of one process by kind, ascending. */
export type Held = Record<'prog' | 'map' | 'link' | 'btf', number[]>;

/** What of BPF the fds of this process stand for. */
export function heldHere(): Held {
  const found = { prog: new Set<number>(), map: new Set<number>(), link: new Set<number>(), btf: new Set<number>() };
  for (const fd of readdirSync('/proc/self/fdinfo')) {
    let text: string;
    try {
      text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    } catch {
      // The one that the folder was read through.
      continue;
    }
    const id = (name: string): number | undefined => Number(new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)?.[1] ?? NaN) || undefined;
    const link = id('link_id');
    // A link's fdinfo names its program, too.
    const [kind, value] = link !== undefined ? (['link', link] as const) : id('map_id') !== undefined ? (['map', id('map_id')] as const) : id('btf_id') !== undefined && id('prog_id') === undefined ? (['btf', id('btf_id')] as const) : (['prog', id('prog_id')] as const);
    if (value !== undefined) found[kind].add(value);
  }
  const sorted = (ids: ReadonlySet<number>): number[] => [...ids].sort((a, b) => a - b);
  return { prog: sorted(found.prog), map: sorted(found.map), link: sorted(found.link), btf: sorted(found.btf) };
}
