// What does @rootlet/linux-kernel offer?
export { LinuxKernel } from './linux-kernel.ts';
export { createKoffiFfi } from './ffi.ts';
export type { Ffi } from './ffi.ts';
