// Where does each extern find what it names, by which means, and why?
import type { Btf } from '@rootlet/btf';
import { findExtObstacle } from './ext-obstacle.ts';
import { checkPrototype } from './prototype.ts';
import type { CodeExtern } from './types.ts';

/** How an extern is provided. */
export type LinkStrategy =
  /** Linked into the same object: an ordinary subprogram, or data of the object. */
  | 'static'
  /** Call of a loaded function; the simulated kernel only. */
  | 'call'
  /** A synthesised global function takes the place; the real one will replace it when it is loaded. */
  | 'stub-ext'
  /** The provider, verified against a synthesised carrier, replaces a synthesised global function. */
  | 'carrier-ext'
  /** The provider's prototype cannot replace a function on Linux: linked anew, and the program swapped. */
  | 'relink'
  /** As asked: the program tail-calls a slot of a program array, in which the provider stands. */
  | 'tail-call'
  /** Nothing provides it yet; the program loads and cannot run. */
  | 'pending'
  /** Weak, and nothing provides it: its address is 0. */
  | 'null'
  /** A kernel function. */
  | 'kfunc'
  /** A kernel variable. */
  | 'ksym'
  /** A kernel configuration value. */
  | 'kconfig'
  /** A map of another object. */
  | 'map'
  /** A weak function that nothing overrides: its own body. */
  | 'own';

/** One line of the plan. */
export interface LinkPlanEntry {
  /** Name of the extern. */
  readonly extern: string;
  readonly kind: 'func' | 'var';
  readonly weak: boolean;
  readonly strategy: LinkStrategy;
  readonly provider?: { readonly objectName: string; readonly symbol: string };
  /** In words, lower case. */
  readonly why: string;
  /** Why loading will fail; undefined when it will not, as far as names and prototypes tell. */
  readonly problem?: LinkProblem;
}

/** Why an extern cannot be provided. */
export interface LinkProblem {
  readonly code: 'AMBIGUOUS_PROVIDER' | 'PROTOTYPE_MISMATCH' | 'KERNEL_SYMBOL' | 'TAIL_CALL';
  readonly message: string;
}

/** A function that an extern may be bound to. */
export interface LinkCandidate {
  readonly symbol: string;
  readonly objectName: string;
  readonly weak: boolean;
  readonly btf: Btf;
  /** FUNC id. */
  readonly btfId: number;
  /** Given to the same `open([…])`: linked statically, before anything that is loaded. */
  readonly linked?: boolean;
}

/** An extern that is to be a slot of a program array. */
export interface TailCallWish {
  /** Why a tail call cannot stand for it; absent when one can. */
  readonly obstacle?: string;
  /** Whether it was asked for by name: an obstacle is a problem then. */
  readonly named: boolean;
}

/** What a plan is made from. */
export interface LinkPlanInput {
  readonly externs: readonly CodeExtern[];
  /** Weak functions that the object defines itself: a strong provider that is loaded already beats them. */
  readonly weakFuncs?: readonly Pick<CodeExtern, 'name' | 'btfId'>[];
  /** The object's own BTF: prototypes of the externs. */
  readonly btf?: Btf | undefined;
  /** What may be used: linked ones, then loaded ones in order of loading. Scopes are the caller's. */
  readonly candidates: readonly LinkCandidate[];
  /** Kernel that knows calls between programs, or Linux. */
  readonly target: 'native' | 'linux';
  /** Why no program can be put over another one's function there, e.g. a machine that refuses EXT programs; absent where one can. */
  readonly extObstacle?: string;
  /** Extern name → name under which it is looked up. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Whether an extern is to be a slot of a program array; undefined where nobody asked for that. */
  readonly tailCall?: (ext: Pick<CodeExtern, 'name' | 'btfId'>) => TailCallWish | undefined;
  /** Whether the kernel has a symbol (`.ksyms`) or a configuration value (`.kconfig`). */
  readonly kernelHas?: (ext: CodeExtern) => boolean;
}

/**
 * Plans where every extern finds its provider. Decides nothing but by names, prototypes and binding; loads nothing.
 *
 * One strong provider wins; two are a problem that names both; among weak ones the first wins. What was linked comes
 * before what was loaded.
 *
 * @returns an entry an extern, in their order, then one for each weak function that is overridden or could be
 */
export function planLinks(input: LinkPlanInput): LinkPlanEntry[] {
  const entries = input.externs.map((ext) => planExtern(input, ext));
  for (const func of input.weakFuncs ?? []) entries.push(planWeakFunc(input, func));
  return entries;
}

type EntryHead = Pick<LinkPlanEntry, 'extern' | 'kind' | 'weak'>;

function planExtern(input: LinkPlanInput, ext: CodeExtern): LinkPlanEntry {
  const head: EntryHead = { extern: ext.name, kind: ext.kind, weak: ext.weak };
  if (ext.sectionName === '.maps') return { ...head, strategy: 'map', why: 'an extern map: another object defines it' };
  if (ext.sectionName !== undefined || ext.kind === 'var') return planKernelSymbol(input, ext, head);
  const found = chooseCandidate(input, ext.name);
  const entry = planFunc(input, ext, head, found);
  const wish = entry.strategy === 'static' ? undefined : input.tailCall?.(ext);
  return wish === undefined ? entry : planTailCall(input, entry, wish, found);
}

/** As asked for, where a tail call can stand for the call; a kernel that knows calls needs none. */
function planTailCall(input: LinkPlanInput, entry: LinkPlanEntry, { obstacle, named }: TailCallWish, found: Choice): LinkPlanEntry {
  if (obstacle !== undefined) {
    const why = `${entry.why}; no slot: ${obstacle}`;
    const message = `'${entry.extern}' cannot be a slot for tail calls: ${obstacle}`;
    return named && entry.problem === undefined ? { ...entry, why, problem: { code: 'TAIL_CALL', message } } : { ...entry, why };
  }
  if (input.target === 'native') return { ...entry, why: `${entry.why}; this kernel knows calls, which need no slot` };
  if (entry.strategy === 'null') return entry;
  const absent = `no object provides '${input.aliases?.[entry.extern] ?? entry.extern}' yet; its slot is empty until one is loaded`;
  return { ...entry, strategy: 'tail-call', why: found.candidate === undefined ? absent : `${found.why}; a slot, as asked` };
}

function planFunc(input: LinkPlanInput, ext: CodeExtern, head: EntryHead, found: Choice): LinkPlanEntry {
  if (found.candidate === undefined) {
    const absent = `no object provides '${input.aliases?.[ext.name] ?? ext.name}'`;
    if (ext.weak) return { ...head, strategy: 'null', why: `${absent}; the extern is weak, so its address is 0` };
    if (input.target === 'native') {
      return { ...head, strategy: 'pending', why: `${absent} yet; it is bound when one is loaded` };
    }
    const obstacle = input.extObstacle ?? (ext.btfId === undefined ? 'it has no BTF' : input.btf && findExtObstacle(input.btf, ext.btfId));
    if (obstacle !== undefined) {
      return { ...head, strategy: 'relink', why: `${absent} yet, and then nothing can be put over a stub: ${obstacle}` };
    }
    return { ...head, strategy: 'stub-ext', why: `${absent} yet; a stub stands in until one is loaded` };
  }
  return { ...head, ...planProvider(input, ext, found.candidate, found.why), ...found.problem };
}

function planKernelSymbol(input: LinkPlanInput, ext: CodeExtern, head: EntryHead): LinkPlanEntry {
  const strategy = ext.sectionName === '.kconfig' ? 'kconfig' : ext.kind === 'func' ? 'kfunc' : 'ksym';
  const what = { kconfig: 'configuration value', kfunc: 'kernel function', ksym: 'kernel variable' }[strategy];
  if (input.kernelHas?.(ext) ?? true) {
    const where = ext.sectionName === undefined ? 'a variable that no section claims is one of the kernel' : `declared in ${ext.sectionName}`;
    return { ...head, strategy, why: `${where}: a ${what}` };
  }
  if (ext.weak) return { ...head, strategy: 'null', why: `the kernel has no ${what} of this name, and it is weak` };
  const message = `${what} '${ext.name}' not found in the kernel`;
  return { ...head, strategy, why: `declared as a ${what}`, problem: { code: 'KERNEL_SYMBOL', message } };
}

function planProvider(
  input: LinkPlanInput,
  wanted: Pick<CodeExtern, 'name' | 'btfId'>,
  candidate: LinkCandidate,
  why: string,
): Pick<LinkPlanEntry, 'strategy' | 'provider' | 'why' | 'problem'> {
  const provider = { objectName: candidate.objectName, symbol: candidate.symbol };
  const mismatch =
    input.btf !== undefined && wanted.btfId !== undefined
      ? checkPrototype({ btf: input.btf, id: wanted.btfId }, { btf: candidate.btf, id: candidate.btfId })
      : undefined;
  const problem: { readonly problem?: LinkProblem } =
    mismatch === undefined ? {} : { problem: { code: 'PROTOTYPE_MISMATCH', message: mismatch.message } };
  if (candidate.linked === true) return { strategy: 'static', provider, why, ...problem };
  if (input.target === 'native') return { strategy: 'call', provider, why, ...problem };
  const obstacle = input.extObstacle ?? findExtObstacle(candidate.btf, candidate.btfId);
  if (obstacle === undefined) return { strategy: 'carrier-ext', provider, why, ...problem };
  return { strategy: 'relink', provider, why: `${why}; it cannot replace a stub: ${obstacle}`, ...problem };
}

/** A strong provider that is loaded already beats an object's own weak body. */
function planWeakFunc(input: LinkPlanInput, func: Pick<CodeExtern, 'name' | 'btfId'>): LinkPlanEntry {
  const head: EntryHead = { extern: func.name, kind: 'func', weak: true };
  const found = chooseCandidate(input, func.name);
  if (found.candidate === undefined || found.candidate.weak) {
    return { ...head, strategy: 'own', why: 'its own weak body: nothing strong provides it' };
  }
  return { ...head, ...planProvider(input, func, found.candidate, `${found.why}, and beats the weak body`), ...found.problem };
}

interface Choice {
  readonly candidate?: LinkCandidate;
  readonly why: string;
  readonly problem?: Pick<LinkPlanEntry, 'problem'>;
}

/** Who provides a name. Exported names only, so nothing is hidden here. */
function chooseCandidate(input: LinkPlanInput, name: string): Choice {
  const alias = input.aliases?.[name];
  const all = input.candidates.filter((candidate) => candidate.symbol === (alias ?? name));
  const linked = all.filter((candidate) => candidate.linked === true);
  const found = linked.length > 0 ? linked : all;
  const strong = found.filter((candidate) => !candidate.weak);
  const candidate = strong[0] ?? found[0];
  if (candidate === undefined) return { why: '' };
  const state = candidate.linked === true ? 'opened together with' : 'loaded from';
  const choice = candidate.weak
    ? `${found.length > 1 ? 'first of the weak providers' : 'weak provider'}, ${state}`
    : `${strongChoice(found.length, strong.length)}, ${state}`;
  const via = alias === undefined ? '' : `, alias of '${name}'`;
  const why = `${choice} '${candidate.objectName}'${via}`;
  if (strong.length < 2) return { candidate, why };
  const owners = strong.map((one) => `'${one.objectName}'`).join(' and ');
  const message = `'${alias ?? name}' is provided by ${owners}; choose with scope or aliases`;
  return { candidate, why, problem: { problem: { code: 'AMBIGUOUS_PROVIDER', message } } };
}

function strongChoice(found: number, strong: number): string {
  if (strong > 1) return `one of ${strong} strong providers`;
  return found > strong ? 'strong provider beats weak ones' : 'only strong provider';
}

/** The plan as text, a line an extern: `func foo  call  helpers:foo  only strong provider, …`. */
export function formatLinkPlan(entries: readonly LinkPlanEntry[]): string {
  const rows = entries.map((entry) => [
    `${entry.weak ? 'weak ' : ''}${entry.kind} ${entry.extern}`,
    entry.strategy,
    entry.provider === undefined ? '-' : `${entry.provider.objectName}:${entry.provider.symbol}`,
    entry.problem === undefined ? entry.why : `${entry.why}; problem: ${entry.problem.message}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('');
}
