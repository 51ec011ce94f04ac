// Where in the kernel do these symbols stand?
import { readFileSync } from 'node:fs';

/**
 * Addresses of symbols from `/proc/kallsyms`. A symbol that stands twice, or whose address the kernel keeps to itself
 * (zero without CAP_SYSLOG), is left out: an address that may be the wrong one is worse than none.
 */
export function readKallsyms(names: ReadonlySet<string>, path = '/proc/kallsyms'): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint>();
  const twice = new Set<string>();
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return found;
  }
  for (const name of names) {
    // ` T name`, then a tab and the module, or the end of the line.
    for (const [, address = '0'] of text.matchAll(new RegExp(`^([0-9a-f]+) \\S ${escapeRegExp(name)}(?=[\\t\\n])`, 'gm'))) {
      const value = BigInt(`0x${address}`);
      if (found.has(name) && found.get(name) !== value) twice.add(name);
      if (value !== 0n) found.set(name, value);
    }
  }
  for (const name of twice) found.delete(name);
  return found;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
