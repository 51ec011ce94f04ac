// Which kernel do objects share when none is named?
import type { Kernel } from '@rootlet/loader';
import { SimKernel } from '@rootlet/sim-kernel';

let shared: Kernel | undefined;

/** The simulated kernel that objects opened without `kernel` share, so that they find each other's functions. */
export function defaultKernel(): Kernel {
  shared ??= new SimKernel();
  return shared;
}
