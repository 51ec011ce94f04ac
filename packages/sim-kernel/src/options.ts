// What can be chosen about a simulated kernel?
import type { Btf } from '@rootlet/btf';
import type { KernelProfile, VerifierInput, VerifierOptions, VerifierResult } from '@rootlet/verifier-sim';
import type { VmEnvironment } from '@rootlet/vm';

/** Judges a program; `verify` of `@rootlet/verifier-sim` has this shape. */
export type Verifier = (input: VerifierInput, options: VerifierOptions) => VerifierResult;

/** How a simulated kernel is made. Everything has a default. */
export interface SimKernelOptions {
  /** Version and features that verdicts follow. */
  readonly profile?: KernelProfile;
  /** The kernel's own BTF, or how to get it when it is first asked for. None when absent. */
  readonly vmlinux?: Btf | (() => Btf | undefined);
  /** What programs observe of the world; deterministic when absent. */
  readonly environment?: Partial<VmEnvironment>;
  /** Seed of the random numbers of the default environment. */
  readonly seed?: number;
  /** Most bytes of memory for maps, packets and stack. Default 256 MiB. */
  readonly memoryLimit?: number;
  /** Most instructions of one run. Default 1,000,000,000. */
  readonly fuel?: number;
  /** Most open fds. Default 65,536. */
  readonly fdLimit?: number;
  /** Another judge than `@rootlet/verifier-sim`. */
  readonly verify?: Verifier;
  /** Called with the name of each program that is verified. */
  readonly onVerify?: (name: string) => void;
}

/** How much is alive in a kernel: for tests that prove that nothing leaks. */
export interface KernelCounts {
  readonly fds: number;
  readonly progs: number;
  readonly maps: number;
  readonly btfs: number;
  readonly links: number;
  readonly pins: number;
}
