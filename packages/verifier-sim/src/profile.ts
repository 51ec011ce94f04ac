// Which kernel is simulated?
import type { KernelProfile } from './types.ts';

/** Linux 6.18. */
export const PROFILE_6_18: KernelProfile = /* @__PURE__ */ Object.freeze({ version: '6.18', features: Object.freeze({}) });
