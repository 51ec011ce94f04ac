// Why was this program refused, in plain words?
import type { Insns } from '@rootlet/insn';
import type { VerifierResult } from '../types.ts';
import { traceRegister } from './history.ts';
import type { HistoryStep } from './history.ts';
import { parsePath } from './path.ts';
import type { PathStep, SourceLine } from './path.ts';
import { RULES } from './rules.ts';
import type { Rule } from './rule.ts';

/** Why a program was refused. */
export interface Explanation {
  /** Stable name of the kind of refusal, e.g. `null-check`; `other` for what has no words yet. */
  readonly rule: string;
  /** Where; undefined when it is about no instruction. */
  readonly insnIdx: number | undefined;
  /** That instruction as the log prints it. */
  readonly insn: string | undefined;
  /** Its line of C, where the program has line info. */
  readonly source: SourceLine | undefined;
  /** What is wrong. */
  readonly cause: string;
  /** What usually mends it; undefined for `other`. */
  readonly fix: string | undefined;
  /** The register that it is about. */
  readonly register: number | undefined;
  /** How that register, or what was acquired, came about: oldest first, the first one made the value. */
  readonly history: readonly HistoryStep[];
  /** Every instruction of the path that failed, with what was known after it. */
  readonly path: readonly PathStep[];
}

/**
 * Puts a rejection in plain words.
 *
 * @param insns the program as it was verified
 * @param result of `verify` with `logLevel: 1`, whose log holds the path that failed; without a log only cause and fix are told
 * @returns undefined for programs that were accepted
 */
export function explainRejection(insns: Insns, result: VerifierResult): Explanation | undefined {
  if (result.verdict === 'accept') return undefined;
  const { steps, messages } = parsePath(result.log);
  const text = messages.length > 0 ? messages.join('\n') : (result.error ?? '');
  const { rule, groups } = findRule(text);
  const last = steps.at(-1);
  const register = groups['reg'] === undefined ? undefined : Number(groups['reg']);
  return {
    rule: rule?.id ?? 'other',
    insnIdx: last?.insnIdx ?? result.insnIdx,
    insn: last?.text,
    source: last?.source,
    cause: rule === undefined ? (result.error ?? `refused with errno ${result.errno}`) : fill(rule.cause, groups),
    fix: rule?.fix,
    register,
    history: register === undefined ? acquired(steps, groups) : traceRegister(insns, steps, register),
    path: steps,
  };
}

function findRule(text: string): { rule: Rule | undefined; groups: Readonly<Record<string, string | undefined>> } {
  for (const rule of RULES) {
    const match = rule.pattern.exec(text);
    if (match !== null) return { rule, groups: match.groups ?? {} };
  }
  return { rule: undefined, groups: {} };
}

function fill(text: string, groups: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => groups[name] ?? '?');
}

/** The call that acquired what is not given back. */
function acquired(steps: readonly PathStep[], groups: Readonly<Record<string, string | undefined>>): readonly HistoryStep[] {
  if (groups['id'] === undefined || groups['insn'] === undefined) return [];
  const step = steps.findLast(({ insnIdx }) => insnIdx === Number(groups['insn']));
  return step === undefined ? [] : [{ ...step, register: 0, value: step.state.get('R0') }];
}
