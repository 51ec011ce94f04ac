// What is a program given when it is run, and what comes back?
import { KernelError } from '@rootlet/loader';
import type { TestRunOptions, TestRunResult } from '@rootlet/loader';
import {
  BPF_PROG_TYPE_EXT,
  BPF_PROG_TYPE_UNSPEC,
  EFAULT,
  EINVAL,
  ENOEXEC,
  ENOMEM,
} from '@rootlet/uapi';
import { formatFault } from '@rootlet/vm';
import type { Redirect, VmContext } from '@rootlet/vm';
import { contextInput, contextOut, dataOut } from './contexts.ts';
import type { SimProg } from './objects.ts';
import type { KernelState } from './state.ts';
import { requireBound } from './unbound.ts';

const OPERATION = 'prog test run';
const MAX_REPEAT = 100_000_000;

/** Result of a run in the simulated kernel. */
export interface SimRunResult extends TestRunResult {
  readonly insns: number;
  readonly printk: readonly string[];
  /** Where the last run wanted the packet sent. */
  readonly redirect?: Redirect;
  /** Copies that the last run sent. */
  readonly clones: readonly Redirect[];
}

/**
 * Runs a program on a packet or context, as `BPF_PROG_TEST_RUN` does. Runs follow each other on the same packet and context.
 *
 * @throws KernelError `ENOEXEC` naming what is unbound; `EINVAL` for library functions and bad input; `EFAULT` when the
 * program does what no verified program should
 */
export function testRun(state: KernelState, prog: SimProg, options: TestRunOptions): SimRunResult {
  if (prog.isLibrary || prog.type === BPF_PROG_TYPE_UNSPEC || prog.type === BPF_PROG_TYPE_EXT) {
    throw new KernelError(OPERATION, EINVAL, `'${prog.name}' is a function for other programs and cannot be run by itself`);
  }
  requireBound(state, prog, OPERATION, ENOEXEC);
  return runOn(state, prog, options, OPERATION, 0n);
}

/** Runs a program that is allowed to. */
export function runOn(state: KernelState, prog: SimProg, options: TestRunOptions, operation: string, cookie: bigint): SimRunResult {
  const repeat = Math.max(1, options.repeat ?? 1);
  if (!Number.isInteger(repeat) || repeat > MAX_REPEAT) throw new KernelError(operation, EINVAL, `repeat ${repeat}`);
  const context = state.vm.createContext(contextInput(prog.type, options, operation));
  if (context === undefined) throw new KernelError(operation, ENOMEM, 'no memory for packet and context');
  try {
    const result = repeatRun(state, prog, context, repeat, operation, cookie);
    // As Linux: who gives no context gets none.
    return options.ctxIn === undefined ? { ...result, ctxOut: new Uint8Array(0) } : result;
  } finally {
    context.dispose();
  }
}

function repeatRun(
  state: KernelState,
  prog: SimProg,
  context: VmContext,
  repeat: number,
  operation: string,
  cookie: bigint,
): SimRunResult {
  state.printed = [];
  const start = performance.now();
  let result = state.vm.run(prog.program, context, cookie);
  for (let round = 1; round < repeat && result.fault === undefined; round++) {
    result = state.vm.run(prog.program, context, cookie);
  }
  const ns = (performance.now() - start) * 1e6;
  prog.runTimeNs += ns;
  if (result.fault !== undefined) {
    throw new KernelError(operation, EFAULT, formatFault(result.fault), { insnIdx: result.fault.insnIdx, cause: result.fault });
  }
  const { redirect, clones } = result;
  return {
    retval: result.retval,
    dataOut: dataOut(context),
    ctxOut: contextOut(prog.type, context),
    durationNs: Math.round(ns / repeat),
    insns: result.insns,
    printk: state.printed,
    ...(redirect === undefined ? {} : { redirect }),
    clones,
  };
}
