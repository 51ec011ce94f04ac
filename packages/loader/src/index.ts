// What does @rootlet/loader offer?
export type * from './kernel.ts';
export { KernelError, LoadError } from './errors.ts';
export { LinkScope } from './scope.ts';
export type { PendingExtern, Provider } from './scope.ts';
