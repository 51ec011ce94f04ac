// What does a user need to know when an attachment is refused?
import { KernelError } from '@rootlet/loader';
import { EACCES, EBUSY, EEXIST, EOPNOTSUPP, EPERM } from '@rootlet/uapi';

/** What usually helps, by errno. */
const HINTS: Readonly<Record<number, string>> = {
  [EPERM]: 'needs root, or CAP_BPF with CAP_PERFMON (tracing) or CAP_NET_ADMIN (network); kernels before 5.11 want a higher limit of locked memory (ulimit -l), and lockdown may forbid it',
  [EACCES]: 'needs root, or CAP_BPF with CAP_PERFMON (tracing) or CAP_NET_ADMIN (network); kernel.perf_event_paranoid may forbid it',
  [EBUSY]: 'something else is attached there',
  [EEXIST]: 'something is attached there already',
  [EOPNOTSUPP]: 'this kernel cannot attach so',
  // ENOTSUPP, which is no error of user space.
  524: 'this kernel cannot attach so',
};

/** The error with the object and program it is about, and what helps; anything but a kernel's refusal as it is. */
export function attachError(error: unknown, objectName: string, programName: string): unknown {
  if (!(error instanceof Error) || error.name !== 'KernelError') return error;
  const { operation, errno, code, log, message } = error as KernelError;
  const problem = message.replace(`${operation}: `, '').replace(` (${code})`, '');
  const hint = HINTS[errno];
  const text = `object '${objectName}': program '${programName}': ${problem}${hint === undefined ? '' : `; ${hint}`}`;
  return new KernelError(operation, errno, text, { cause: error, ...(log === undefined ? {} : { log }) });
}
