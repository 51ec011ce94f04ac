// What does @rootlet/uapi offer? The generated files are lists of names, so they are passed on whole.
export * from './generated/prog-type.ts';
export * from './generated/map-type.ts';
export * from './generated/attach-type.ts';
export * from './generated/link-type.ts';
export * from './generated/cmd.ts';
export * from './generated/func-id.ts';
export * from './generated/flags.ts';
export * from './generated/constants.ts';
export * from './generated/errno.ts';
export * from './generated/contexts.ts';
export * from './generated/structs.ts';
export * from './generated/attr.ts';
export {
  BPF_COMPLEXITY_LIMIT_INSNS,
  BPF_MAX_LOOPS,
  BPF_MAXINSNS,
  MAX_BPF_FUNC_REG_ARGS,
  MAX_BPF_STACK,
  MAX_CALL_FRAMES,
  MAX_TAIL_CALL_CNT,
  MAX_USED_MAPS,
} from './limits.ts';
export { findField, findFieldAt } from './layout.ts';
export type { StructField, StructLayout } from './layout.ts';
export {
  attachTypeName,
  attachTypeStr,
  cmdName,
  findAttachType,
  findMapType,
  findProgType,
  helperId,
  helperName,
  linkTypeName,
  linkTypeStr,
  mapTypeName,
  mapTypeStr,
  progTypeName,
  progTypeStr,
} from './names.ts';
export { errnoName, errnoNumber } from './errno.ts';
