// What is behind an errno more often than not?
import { EPERM } from '@rootlet/uapi';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';

const UNLIMITED = 'unlimited';

/**
 * What the user may do about a refusal, to be put behind the message; empty when nobody knows.
 *
 * @param errno positive
 */
export function hintOf(errno: number): string {
  if (errno !== EPERM) return '';
  if (process.geteuid?.() !== 0) return ': need root, or CAP_BPF and what the type asks for (CAP_NET_ADMIN, CAP_PERFMON)';
  // Before 5.11 maps and programs counted as locked memory.
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const memlock = major > 5 || (major === 5 && minor >= 11) ? undefined : memlockLimit();
  if (memlock !== undefined && memlock !== UNLIMITED) return `: the limit of locked memory is ${memlock} bytes, which kernels before 5.11 count maps and programs in; raise it with ulimit -l unlimited`;
  return ': forbidden even to root here: in a container, by lockdown, or by an LSM';
}

/** Soft limit, bytes or `unlimited`; undefined where nobody tells. */
function memlockLimit(): string | undefined {
  try {
    return /^Max locked memory\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
