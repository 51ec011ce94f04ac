// How many CPUs may this machine have?
import { readFileSync } from 'node:fs';

/** Number of possible CPUs, from a list such as `0-3,8`. */
export function readPossibleCpus(): number {
  const text = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim();
  return text.split(',').reduce((sum, range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}
