// What does @rootlet/loader offer?
export type {
  BindAttr,
  FdInfo,
  Kernel,
  KernelFeatures,
  LinkAttr,
  LinkInfo,
  MapAttr,
  MapBatch,
  MapBatchOptions,
  MapInfo,
  MapMemory,
  ModuleBtf,
  ProgAttr,
  ProgInfo,
  ProgLoadResult,
  TestRunOptions,
  TestRunResult,
} from './kernel.ts';
export type {
  AttachOrder,
  AttachPlace,
  AttachRequest,
  FdRequest,
  IterRequest,
  KprobeMultiRequest,
  KprobeRequest,
  KsyscallRequest,
  NetfilterRequest,
  OrderedRequest,
  PerfEventRequest,
  ProbeMode,
  RawTracepointRequest,
  TraceRequest,
  TracepointRequest,
  UprobeMultiRequest,
  UprobeRequest,
  UsdtRequest,
  XdpRequest,
} from './attach-request.ts';
export { KernelError, LoadError } from './errors.ts';
export type { KernelStreams, PerfOptions, PerfReader, RecordView, RingReader, RingWriter, StreamPoll } from './streams.ts';
export { LinkScope } from './scope.ts';
export type { PendingExtern, Provider } from './scope.ts';
export { parseObject } from './parse.ts';
export type { ParseOptions } from './parse.ts';
export { LIBBPF_PIN_BY_NAME, LIBBPF_PIN_NONE } from './spec.ts';
export type { ExportSpec, KconfigVarSpec, MapSpec, ObjectSpec, ProgramSpec, VariableSpec } from './spec.ts';
export { findAttachTypeByName, findProgTypeByName, findSectionDef, listSectionNames } from './sections.ts';
export type { SectionDef } from './sections.ts';
export { parseAttachTarget } from './attach-target.ts';
export type { AttachTarget } from './attach-target.ts';
export { inferContext } from './context.ts';
export type { ContextInference } from './context.ts';
export { loadObject, loadPrepared } from './load.ts';
export { PreparedObject, prepareObject } from './prepare.ts';
export { progHash } from './prog-hash.ts';
export type { RelocatedUnit } from './relocated-unit.ts';
export { LoadedObject } from './loaded.ts';
export type { LoadedProgram } from './loaded.ts';
export type { Binding } from './unit-linker.ts';
export type { LoadedMap } from './create-maps.ts';
export type { FuncRef, LoadOptions, MapOverride, ProgramOverride } from './options.ts';
export { planObject } from './resolve.ts';
export type { TailCalls } from './tail-calls.ts';
export type { Resolver } from './resolve.ts';
export { applyMapOverride, DEFAULT_PIN_ROOT, findResizedArray, mapPinPath } from './settings.ts';
export type { ResizedArray } from './settings.ts';
