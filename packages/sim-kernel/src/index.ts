// What does @rootlet/sim-kernel offer?
export { SimKernel } from './sim-kernel.ts';
export type { KernelCounts, SimKernelOptions, Verifier } from './options.ts';
export type { SimRunResult } from './test-run.ts';
export type { AttachedHook, HookPoint, HookRun } from './hooks.ts';
