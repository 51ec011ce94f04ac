// In which kind of region does the path run?
import type { Env } from './env.ts';

/** Objects that RCU protects stay: the program cannot sleep here, or holds the read lock. */
export function isInRcu(env: Env): boolean {
  const { cur } = env;
  return cur.activeRcuLocks > 0 || cur.activeLocks > 0 || !cur.inSleepable;
}
