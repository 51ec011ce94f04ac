// What does @rootlet/reloc offer?
export type {
  CodeExtern,
  CodeFunc,
  CodeModel,
  CodeReloc,
  CodeRelocTarget,
  DataReloc,
  ExternBinding,
  MissingMap,
  RelocatedProgram,
  RelocResolver,
} from './types.ts';
export { RelocError } from './errors.ts';
export type { JumpTable } from './jump-tables.ts';
export { changeFunc } from './code-func.ts';
export { collectCode } from './collect.ts';
export { BOUND_FUNC_ADDRESS, externRank, POISON_CALL_BASE, POISON_MAP_BASE, relocateProgram } from './relocate.ts';
export { isVerifiedPerCall, perCallFuncIds } from './visibility.ts';
export { checkPrototype } from './prototype.ts';
export type { FuncRef, PrototypeMismatch } from './prototype.ts';
export { checkStackDepth, findCallCycle, MAX_CALL_FRAMES, MAX_STACK_BYTES } from './call-graph.ts';
export type { CallEdges, StackNode, StackOverflow } from './call-graph.ts';
export { formatLinkPlan, planLinks } from './plan.ts';
export type { LinkCandidate, LinkPlanEntry, LinkPlanInput, LinkProblem, LinkStrategy, TailCallWish } from './plan.ts';
export { findExtObstacle } from './ext-obstacle.ts';
export { BpfLinker, linkObjects } from './link/link-objects.ts';
export type { LinkOptions } from './link/link-objects.ts';
export type { LinkInput } from './link/units.ts';
export { applyCoreRelos } from './core/apply.ts';
export type { CoreResult, UnresolvedCoreRelo } from './core/apply.ts';
export { POISON_CORE_HELPER } from './core/patch.ts';
export { CoreTarget } from './core/target.ts';
export type { CoreModule } from './core/target.ts';
export { formatTypeRef } from './core/format.ts';
export { areTypesAlike, essentialName } from './core/alike.ts';
export { explainRelocations, openCoreObject } from './core/explain.ts';
export type { CoreCandidateReport, CoreExplanation, CoreObject, CoreReport, CoreSource } from './core/explain.ts';
export { minCoreBtf } from './core/min-core.ts';
export { formatCoreLog, resolveCoreLog } from './core/log.ts';
