// Which ways of loading does the running kernel offer?
import type { KernelFeatures } from '@rootlet/loader';
import type { UsdtMaps } from './attach/usdt.ts';
import type { KernelProbes } from './sys/probes.ts';

/** What can be asked for is asked when it is wanted. */
export function featuresOf(probes: KernelProbes, usdt: UsdtMaps): KernelFeatures {
  return {
    progCalls: true,
    nativeCalls: false,
    get uprobeMulti() {
      // Told apart by address, static probes are attached to one by one.
      return usdt.hasCookies && probes.feature('uprobeMulti');
    },
  };
}
