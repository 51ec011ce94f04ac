// Does a store destroy a dynptr, iterator or saved flags on the stack?
import { UnsupportedError } from '@rootlet/bytes';
import type { Env, Errno } from '../state/env.ts';
import { slotType, STACK_DYNPTR } from '../state/stack.ts';
import type { Frame } from '../state/state.ts';

/** A dynptr loses its meaning when part of it is overwritten. */
export function destroyDynptrAt(env: Env, frame: Frame, spi: number): Errno {
  const slot = frame.stack[spi];
  if (slot === undefined || slotType(slot, 7) !== STACK_DYNPTR) return 0;
  throw new UnsupportedError('overwriting a dynptr', { insnIdx: env.insnIdx });
}
