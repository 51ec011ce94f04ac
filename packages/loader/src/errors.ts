// How does a refused operation look?
import { errnoName } from '@rootlet/uapi';
import { RootletError } from '@rootlet/bytes';
import type { ErrorDetail } from '@rootlet/bytes';

/** A kernel, simulated or real, refused an operation. `code` is the errno's name, e.g. `EINVAL`. */
export class KernelError extends RootletError {
  /** Positive errno, e.g. 22. */
  readonly errno: number;
  /** The operation, e.g. `prog load`. */
  readonly operation: string;
  /** The verifier log, where there is one. */
  readonly log: string | undefined;

  constructor(operation: string, errno: number, problem: string, detail: ErrorDetail & { log?: string | undefined } = {}) {
    const name = errnoName(errno) ?? `errno ${errno}`;
    super('KernelError', name, operation, `${operation}: ${problem} (${name})`, detail);
    this.errno = errno;
    this.operation = operation;
    this.log = detail.log;
  }
}

/** An object, map or program could not be loaded, linked, run or attached: for the program's author. */
export class LoadError extends RootletError {
  /** Positive errno of the kernel's answer, or the one libbpf would return. */
  readonly errno: number;
  /** The verifier log, where there is one. */
  readonly log: string | undefined;

  constructor(
    code: string,
    what: string,
    problem: string,
    detail: ErrorDetail & { errno: number; log?: string | undefined },
  ) {
    super('LoadError', code, what, `${what}: ${problem}`, detail);
    this.errno = detail.errno;
    this.log = detail.log;
  }
}
