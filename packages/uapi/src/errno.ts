// Which error is this number?
import { ERRNO_NAMES } from './generated/errno.ts';

/** Name of an error number of Linux, e.g. `EINVAL` for 22 and for -22; undefined when there is none. @libbpf libbpf_strerror */
export function errnoName(errno: number): string | undefined {
  return ERRNO_NAMES[Math.abs(errno)];
}

/** Number of an error, e.g. 22 for `EINVAL`; undefined when Linux has no such name. Second names count: `EWOULDBLOCK` is 11. */
export function errnoNumber(name: string): number | undefined {
  const wanted = SECOND_NAMES[name] ?? name;
  for (const [number, text] of Object.entries(ERRNO_NAMES)) if (text === wanted) return Number(number);
  return undefined;
}

const SECOND_NAMES: Readonly<Record<string, string>> = { EWOULDBLOCK: 'EAGAIN', EDEADLOCK: 'EDEADLK' };
