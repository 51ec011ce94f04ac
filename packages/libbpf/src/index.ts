// What does @rootlet/libbpf offer?
export { BpfObject } from './object.ts';
export type { ObjectLoadOptions, OpenOptions } from './object.ts';
export { BpfProgram } from './program.ts';
export type { AttachOptions, Replacement } from './program.ts';
export { BpfMap } from './map.ts';
export type { MapOwner } from './map.ts';
export { MapElements } from './map-elements.ts';
export type { MapData } from './map-elements.ts';
export { BpfLink } from './link.ts';
export { readKernelBtf } from './kernel-btf.ts';
export { PinnedLibrary } from './pinned-library.ts';
export { Ring, RingBuffer } from './streams/ring-buffer.ts';
export type { RawRecordCallback, RecordCallback, RingRecord } from './streams/ring-buffer.ts';
export { PerfBuffer } from './streams/perf-buffer.ts';
export type { PerfBufferOptions, PerfRecord } from './streams/perf-buffer.ts';
export { UserRingBuffer } from './streams/user-ring-buffer.ts';
export type { AbortSignalLike, MapRef, StreamOptions } from './streams/map-ref.ts';
export type { NamedBytes, ObjectSource } from './source.ts';
export { defineSkeleton, defineSubskeleton, Skeleton, Subskeleton } from './skeleton/skeleton.ts';
export type { SkeletonOptions, SkeletonSpec, SkeletonType, StructOpsFunctions, SubskeletonType } from './skeleton/skeleton.ts';
export { textOf } from './skeleton/layout.ts';
export type { LayoutClass, LayoutView } from './skeleton/layout.ts';
export { TypedMap } from './skeleton/typed-map.ts';
export { KernelError, LinkScope, LoadError } from '@rootlet/loader';
export type {
  Binding,
  FuncRef,
  Kernel,
  LinkInfo,
  MapBatch,
  MapBatchOptions,
  MapInfo,
  ProgInfo,
  Provider,
  TailCalls,
  TestRunOptions,
  TestRunResult,
} from '@rootlet/loader';
export { DecodeError, RootletError, UnsupportedError } from '@rootlet/bytes';
export { SimKernel } from '@rootlet/sim-kernel';
export type { BtfValue } from '@rootlet/btf';
export type { LinkPlanEntry } from '@rootlet/reloc';
