// Which kernel is simulated, and in what does it differ from Linux 6.18?
import type { KernelFeature, KernelProfile } from './types.ts';

/**
 * What came after Linux 6.1, with the version that brought it or, where that is not documented, the first of the recorded kernels
 * that has it.
 *
 * @source recorded cases on Debian's 6.1 and 6.12 (`tools/kernel-profile.mjs`); docs.kernel.org/bpf/standardization for instructions
 */
const SINCE: Readonly<Record<KernelFeature, string>> = {
  storeImmToContext: '6.4',
  deviceBound: '6.3',
  cpuV4: '6.6',
  callsUnderLock: '6.8',
  lazyGlobals: '6.8',
  returnRangeText: '6.8',
  exceptions: '6.7',
  mayGoto: '6.9',
  argTags: '6.8',
  regInvariants: '6.8',
  compareTwoRegisters: '6.12',
  cpuNumberRange: '6.12',
  directLocks: '6.12',
  equalByRange: '6.12',
  extensionMaps: '6.12',
  fastcalls: '6.12',
  gplObjects: '6.12',
  helperTypeText: '6.12',
  lockErrno: '6.12',
  notEqualBounds: '6.12',
  nestedTracing: '6.12',
  nullableArgs: '6.12',
  nullnessOfEquals: '6.12',
  numberlessLocks: '6.12',
  objectMemory: '6.12',
  overwrittenDynptrs: '6.12',
  packetEffects: '6.12',
  sleepableKinds: '6.12',
  storageOfNull: '6.12',
  trampolineRules: '6.12',
  valueObjects: '6.12',
  wholeArgs: '6.12',
  wholeSlots: '6.12',
  zeroSizeText: '6.12',
  privateStack: '6.13',
  constKeyNullness: '6.14',
  loadAcquire: '6.15',
  resSpinLock: '6.15',
  timedMayGoto: '6.15',
  untrustedArgs: '6.18',
  arenaSignExtension: '6.18',
  bareSums: '6.18',
  byteSwaps: '6.18',
  deniedText: '6.18',
  callbacksAwake: '6.18',
  exclusiveMaps: '6.18',
  globalsInRegions: '6.18',
  leakText: '6.18',
  mayGotoNext: '6.18',
  mixedKptrs: '6.18',
  moreReferencesDenied: '6.18',
  negationRange: '6.18',
  objectWrites: '6.18',
  probedMemory: '6.18',
  rcuKfuncs: '6.18',
  returnedReferences: '6.18',
  signedProducts: '6.18',
  stackAccessText: '6.18',
  tailCallReturns: '6.18',
  trustedKfuncArgs: '6.18',
  unionArgs: '6.18',
  untypedMemory: '6.18',
};

/** Linux 6.18, as the machine of the recordings has it: built without the addresses of variables. */
export const PROFILE_6_18: KernelProfile = /* @__PURE__ */ createProfile('6.18');

/** Linux 6.12, as Debian 13 builds it. */
export const PROFILE_6_12: KernelProfile = /* @__PURE__ */ createProfile('6.12', true);

/** Linux 6.1, as Debian 12 builds it. */
export const PROFILE_6_1: KernelProfile = /* @__PURE__ */ createProfile('6.1', true);

/**
 * The profile of a kernel version.
 *
 * @param version `6.1`, `6.12` or `6.18`
 * @returns undefined for others: each is what a kernel was seen to do
 */
export function profileOf(version: string): KernelProfile | undefined {
  return [PROFILE_6_18, PROFILE_6_12, PROFILE_6_1].find((profile) => profile.version === version);
}

function createProfile(version: string, knowsVariables = false): KernelProfile {
  const features = Object.entries(SINCE).map(([name, since]) => [name, order(version) >= order(since)] as const);
  return Object.freeze({ version, knowsVariables, features: Object.freeze(Object.fromEntries(features)) as KernelProfile['features'] });
}

/** `6.9` before `6.12`. */
function order(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1000 + minor;
}
