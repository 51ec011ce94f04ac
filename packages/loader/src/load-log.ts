// What does a verifier's log mean for who wrote the program?
import { externRank, POISON_CALL_BASE, POISON_CORE_HELPER, POISON_MAP_BASE, resolveCoreLog } from '@rootlet/reloc';
import type { RelocatedProgram } from '@rootlet/reloc';
import type { KernelError } from './errors.ts';
import { LoadError } from './errors.ts';
import type { LoadContext } from './loaded.ts';

/** A call of a helper that no kernel has, and what the verifier says of it. */
const UNKNOWN_CALL = /^(\d+): \(85\) call unknown#(\d+)\n.*invalid func unknown#\2$/m;

/** A log, and what was found to be wrong. */
interface Finding {
  readonly log: string;
  /** Undefined when the verifier's own words say it. */
  readonly problem: string | undefined;
}

/**
 * Turns a kernel's refusal into an error that names the program and carries the log.
 *
 * Calls of helpers that no kernel has stand for what is missing. In the log they are replaced by words, as libbpf does it.
 *
 * @param relocated what the kernel was given
 */
export function progLoadError(what: string, error: unknown, context: LoadContext, relocated: RelocatedProgram): unknown {
  if (!(error instanceof Error) || error.name !== 'KernelError') return error;
  const { code, errno, log, message } = error as KernelError;
  if (log === undefined || log === '') return new LoadError('PROG_LOAD', what, message, { errno, log, cause: error });
  const found = explainLog(log, context, relocated);
  const problem = found.problem ?? `rejected by the verifier: ${lastLine(log)}`;
  return new LoadError('PROG_LOAD', what, `${problem} (${code})`, { errno, log: found.log, cause: error });
}

/** @source libbpf: what it writes into logs of rejected programs */
function explainLog(log: string, { spec, code, unresolved }: LoadContext, relocated: RelocatedProgram): Finding {
  const helper = Number(UNKNOWN_CALL.exec(log)?.[2] ?? 0);
  if (helper === POISON_CORE_HELPER) {
    const repaired = resolveCoreLog(log, relocated, unresolved);
    return { log: repaired, problem: /^failed to resolve CO-RE relocation .*$/m.exec(repaired)?.[0] };
  }
  const ext = code.externs.find(({ index, sectionName }) => sectionName !== '.kconfig' && externRank(code, index) === helper - POISON_CALL_BASE);
  if (ext !== undefined) {
    const said = `kfunc '${ext.name}' is referenced but wasn't resolved`;
    const repaired = log.replace(UNKNOWN_CALL, (_, at: string) => `${at}: <invalid kfunc call>\n${said}`);
    return { log: repaired, problem: ext.sectionName === '.ksyms' ? said : `extern '${ext.name}' is called, but nothing provides it` };
  }
  const map = spec.maps[helper - POISON_MAP_BASE];
  if (map === undefined) return { log, problem: undefined };
  const said = `BPF map '${map.name}' is referenced but wasn't created`;
  return { log: log.replace(UNKNOWN_CALL, (_, at: string) => `${at}: <invalid BPF map reference>\n${said}`), problem: said };
}

/** The log's last line that is not statistics. */
function lastLine(log: string): string {
  const lines = log.split('\n').filter((line) => line !== '' && !/^(processed \d+ insns|verification time|stack depth)/.test(line));
  return lines.at(-1) ?? 'no log';
}
