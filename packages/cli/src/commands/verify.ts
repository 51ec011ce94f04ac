// Would the kernel accept these programs, and if not, why?
import type { Btf } from '@rootlet/btf';
import { SimKernel } from '@rootlet/libbpf';
import { loadObject, parseObject } from '@rootlet/loader';
import type { LoadOptions, ObjectSpec, ProgramSpec } from '@rootlet/loader';
import { progTypeStr } from '@rootlet/uapi';
import { explainRejection, PROFILE_6_18, verify } from '@rootlet/verifier-sim';
import type { Explanation, HistoryStep, KernelProfile, VerifierInput, VerifierOptions, VerifierResult } from '@rootlet/verifier-sim';
import { errorToJson, isRootletError } from '../errors.ts';
import { EXIT_REJECTED, EXIT_USAGE, InputError } from '../io.ts';
import type { Io } from '../io.ts';
import { nameOf } from '../objects.ts';
import { lazyVmlinux } from '../vmlinux.ts';

interface VerifyOptions {
  readonly program?: string;
  readonly type?: number;
  readonly logLevel: number;
  readonly btf?: string;
  /** Profiles, one after the other; absent: the newest. */
  readonly kernel?: readonly KernelProfile[];
  readonly json?: true;
}

/** An {@link Explanation} as it is printed. */
type Reason = Omit<Explanation, 'path' | 'history'> & { readonly history: readonly Omit<HistoryStep, 'state'>[] };

/** What `verify --json` prints for each program. */
interface Verdict {
  readonly file: string;
  readonly program: string | null;
  readonly section: string | null;
  readonly type: string | null;
  /** Version of the simulated kernel. */
  readonly kernel: string;
  readonly verdict: 'accept' | 'reject' | 'unsupported' | 'error';
  readonly errno: number;
  readonly insns: number;
  readonly totalStates: number;
  readonly peakStates: number;
  /** The log's last line that is not statistics, or what is wrong with the object. */
  readonly error: string | null;
  /** Why, in plain words, and how the register that it is about came about; without the whole path. */
  readonly explanation: Reason | null;
  readonly log: string;
}

/** A path of more instructions explains nothing to anybody, and its log is large. */
const LONGEST_EXPLAINED = 100_000;

const NO_COUNTS = { errno: 0, insns: 0, totalStates: 0, peakStates: 0, explanation: null, log: '' } as const;

/** `rootlet verify FILE...`: each file stands for itself. */
export function verifyCommand(io: Io, paths: readonly string[], options: VerifyOptions): void {
  const vmlinux = lazyVmlinux(io, options.btf);
  let found = false;
  for (const path of paths) {
    const spec = openFile(io, path, options);
    if (spec === undefined) {
      found = true;
      continue;
    }
    for (const program of spec.programs) {
      if (options.program !== undefined && program.name !== options.program) continue;
      found = true;
      for (const profile of options.kernel ?? [PROFILE_6_18]) report(io, verifyProgram(io, path, spec, program, options, vmlinux, profile), options);
    }
  }
  if (!found) throw new InputError('verify', options.program === undefined ? 'no file has programs' : `no file has a program '${options.program}'`);
}

/** The spec of a file; undefined when it cannot be read, which is reported. */
function openFile(io: Io, path: string, options: VerifyOptions): ObjectSpec | undefined {
  try {
    return parseObject(io.read(path), { name: nameOf(path) });
  } catch (error) {
    const { message } = errorToJson(error);
    io.fail(EXIT_USAGE);
    if (options.json === true) {
      const verdict: Verdict = { file: path, program: null, section: null, type: null, kernel: (options.kernel?.[0] ?? PROFILE_6_18).version, verdict: 'error', ...NO_COUNTS, error: message };
      io.print(JSON.stringify(verdict));
    } else {
      io.warn(`${io.colors.red('error:')} ${path}: ${message}`);
    }
    return undefined;
  }
}

function verifyProgram(
  io: Io,
  path: string,
  spec: ObjectSpec,
  program: ProgramSpec,
  options: VerifyOptions,
  vmlinux: () => Btf | undefined,
  profile: KernelProfile,
): Verdict {
  const type = options.type ?? program.type;
  const head = { file: path, program: program.name, section: program.sectionName, type: progTypeStr(type) ?? null, kernel: profile.version };
  let result: VerifierResult | undefined;
  let explanation: Explanation | undefined;
  const kernel = new SimKernel({
    vmlinux,
    profile,
    verify: (input, verifierOptions) => {
      const onProgress = (count: number): void => io.progress(`${program.name}: ${count} instructions`);
      const judged = verify(input, { ...verifierOptions, logLevel: options.logLevel, onProgress });
      // The first judgement is the verdict; a kernel may ask again what it rests on.
      if (input.name === program.name && result === undefined) {
        result = judged;
        explanation = explain(input, verifierOptions, judged, options);
      }
      return judged;
    },
  });
  try {
    loadObject(spec, kernel, onlyProgram(spec, program, options)).close();
  } catch (error) {
    if (!isRootletError(error)) throw error;
    if (result === undefined || result.verdict === 'accept') {
      const verdict = error.code === 'UNSUPPORTED' ? 'unsupported' : 'error';
      return { ...head, ...NO_COUNTS, verdict, errno: error.errno ?? 0, error: error.message };
    }
  } finally {
    kernel[Symbol.dispose]();
  }
  if (result === undefined) return { ...head, ...NO_COUNTS, verdict: 'error', error: 'the program was not verified' };
  return {
    ...head,
    verdict: result.verdict,
    errno: result.errno,
    insns: result.stats.insns,
    totalStates: result.stats.totalStates,
    peakStates: result.stats.peakStates,
    error: result.error ?? null,
    explanation: explanation === undefined ? null : toReason(explanation),
    log: result.log,
  };
}

/** Asks again for the path that failed, which only the log of level 1 has alone. */
function explain(input: VerifierInput, verifierOptions: VerifierOptions, judged: VerifierResult, options: VerifyOptions): Explanation | undefined {
  const tooLong = judged.stats.insns > LONGEST_EXPLAINED;
  const again = judged.verdict === 'accept' || tooLong || options.logLevel === 1 ? judged : verify(input, { ...verifierOptions, logLevel: 1 });
  return explainRejection(input.insns, tooLong ? { ...again, log: '' } : again);
}

/** What is printed of an explanation: not the path, and of each step what it did to the register. */
function toReason({ rule, insnIdx, insn, source, cause, fix, register, history }: Explanation): Reason {
  const steps = history.map((step) => ({ insnIdx: step.insnIdx, text: step.text, register: step.register, value: step.value, source: step.source }));
  return { rule, insnIdx, insn, source, cause, fix, register, history: steps };
}

/** Loads one program of an object and no other. */
function onlyProgram(spec: ObjectSpec, program: ProgramSpec, options: VerifyOptions): LoadOptions {
  return {
    logLevel: options.logLevel,
    programs: new Map(
      spec.programs.map((other) => [
        other.name,
        other === program
          ? { autoload: true, ...(options.type === undefined ? {} : { type: options.type }) }
          : { autoload: false },
      ]),
    ),
  };
}

function report(io: Io, verdict: Verdict, options: VerifyOptions): void {
  if (verdict.verdict !== 'accept') io.fail(EXIT_REJECTED);
  if (options.json === true) {
    io.print(JSON.stringify(verdict));
    return;
  }
  const { bold, dim, green, red, yellow } = io.colors;
  const color = { accept: green, reject: red, unsupported: yellow, error: red }[verdict.verdict];
  const counts = verdict.insns > 0 ? dim(` ${verdict.insns} instructions, ${verdict.totalStates} states`) : '';
  const what = `${verdict.type ?? verdict.section ?? ''}${options.kernel === undefined ? '' : `, linux ${verdict.kernel}`}`;
  if (verdict.log !== '') io.write(verdict.log);
  io.print(`${color(verdict.verdict)} ${verdict.file}: ${bold(verdict.program ?? '')} ${dim(`(${what})`)}${counts}`);
  if (verdict.error !== null) io.print(`  ${verdict.error}`);
  if (verdict.explanation !== null) printExplanation(io, verdict.explanation);
}

function printExplanation(io: Io, { rule, insnIdx, insn, source, cause, fix, history }: Reason): void {
  const { bold, dim } = io.colors;
  const place = (line: Explanation['source']): string => (line === undefined ? '' : dim(`   ${line.file}:${line.line}: ${line.text}`));
  if (insn !== undefined) io.print(`  at ${insnIdx}: ${insn}${place(source)}`);
  for (const step of history) {
    io.print(`     ${step.insnIdx}: ${step.text}${step.value === undefined ? '' : ` → r${step.register} = ${step.value}`}${place(step.source)}`);
  }
  if (rule === 'other') return;
  io.print(`  ${bold('cause')} ${cause} ${dim(`[${rule}]`)}`);
  if (fix !== undefined) io.print(`  ${bold('fix')}   ${fix}`);
}
