// What does @rootlet/linux-kernel offer?
export { LinuxKernel } from './linux-kernel.ts';
export { createKoffiFfi } from './ffi.ts';
export type { Ffi } from './ffi.ts';
export type { DirectAttach, HasFd, ProgAttachOptions, ProgQuery } from './attach/direct.ts';
export type { TcAttached, TcFilter, TcHook, TcPoint } from './attach/tc.ts';
export type { XdpAttachOptions, XdpQuery } from './attach/xdp.ts';
export { BpfCalls } from './sys/low-level.ts';
export type { PathOptions, TaskFd } from './sys/low-level.ts';
export { KernelProbes } from './sys/probes.ts';
export type { FeatureName } from './sys/probe-features.ts';
export type { LinuxStreams } from './ring/streams.ts';
