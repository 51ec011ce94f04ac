// What does a program do with a packet?
import { bytesToHex } from '@rootlet/bytes';
import { SimKernel } from '@rootlet/libbpf';
import type { BpfObject, BpfProgram, LinkPlanEntry, TestRunResult } from '@rootlet/libbpf';
import { bytesArg } from '../args.ts';
import { errorToJson, isRootletError } from '../errors.ts';
import { EXIT_REJECTED, EXIT_USAGE, InputError } from '../io.ts';
import type { Io } from '../io.ts';
import { openObjects } from '../objects.ts';
import { lazyVmlinux } from '../vmlinux.ts';
import { formatPlanEntry } from './plan.ts';

interface RunOptions {
  readonly static?: true;
  readonly program?: string;
  readonly type?: number;
  readonly data?: string;
  readonly ctx?: string;
  readonly repeat: number;
  readonly json?: true;
}

/** One extern of the objects, with the object that asks for it. */
type RunPlanEntry = LinkPlanEntry & { readonly object: string };

/** `rootlet run FILE...` */
export function run(io: Io, paths: readonly string[], options: RunOptions): void {
  const dataIn = bytesArg(io, '--data', options.data);
  const ctxIn = bytesArg(io, '--ctx', options.ctx);
  const kernel = new SimKernel({ vmlinux: lazyVmlinux(io, undefined) });
  const plan: RunPlanEntry[] = [];
  let programName: string | undefined = options.program;
  try {
    const objects = openObjects(io, paths, kernel, options.static === true);
    const program = chooseProgram(objects, options.program);
    programName = program.name;
    if (options.type !== undefined) program.setType(options.type);
    for (const object of objects) object.load();
    for (const object of objects) plan.push(...boundPlan(object));
    const result = program.testRun({
      repeat: options.repeat,
      ...(dataIn === undefined ? {} : { dataIn }),
      ...(ctxIn === undefined ? {} : { ctxIn }),
    });
    report(io, options, program, plan, result);
  } catch (error) {
    if (!isRootletError(error)) throw error;
    io.fail(error.name === 'InputError' || error.name === 'DecodeError' || error.name === 'RelocError' ? EXIT_USAGE : EXIT_REJECTED);
    const json = errorToJson(error);
    if (options.json === true) {
      io.print(JSON.stringify({ program: programName ?? null, retval: null, dataOut: null, durationNs: null, insns: null, plan, error: json }));
      return;
    }
    for (const entry of plan) io.print(formatPlanEntry(io, entry.object, entry));
    if (json.log !== undefined) io.warn(json.log.trimEnd());
    io.warn(`${io.colors.red('error:')} ${json.message}`);
  }
}

/** The program asked for, or the only attachable one. @throws InputError */
function chooseProgram(objects: readonly BpfObject[], name: string | undefined): BpfProgram {
  const all = objects.flatMap((object) => object.programs);
  if (name !== undefined) {
    const program = all.find((candidate) => candidate.name === name);
    if (program !== undefined) return program;
    throw new InputError('--program', `no program '${name}'; there are: ${listNames(all)}`);
  }
  const attachable = all.filter((candidate) => !candidate.isLibrary && candidate.autoload);
  const [only] = attachable;
  if (only === undefined) throw new InputError('run', 'no object has a program that can be attached');
  if (attachable.length > 1) {
    throw new InputError('run', `several programs can be attached, choose one with --program: ${listNames(attachable)}`);
  }
  return only;
}

function listNames(programs: readonly BpfProgram[]): string {
  return programs.length === 0 ? 'none' : programs.map((program) => program.name).join(', ');
}

/** What bound each extern, after everything is loaded. */
function boundPlan(object: BpfObject): RunPlanEntry[] {
  return object.linkPlan().map((entry) => ({ object: object.name, ...entry }));
}

function report(
  io: Io,
  options: RunOptions,
  program: BpfProgram,
  plan: readonly RunPlanEntry[],
  result: TestRunResult,
): void {
  const dataOut = bytesToHex(result.dataOut);
  if (options.json === true) {
    io.print(
      JSON.stringify({
        program: program.name,
        retval: result.retval,
        dataOut,
        ...(result.ctxOut.length > 0 ? { ctxOut: bytesToHex(result.ctxOut) } : {}),
        durationNs: result.durationNs,
        insns: result.insns ?? null,
        plan,
        ...(result.printk === undefined || result.printk.length === 0 ? {} : { printk: result.printk }),
      }),
    );
    return;
  }
  const { bold, dim, green } = io.colors;
  for (const entry of plan) io.print(formatPlanEntry(io, entry.object, entry));
  for (const line of result.printk ?? []) io.print(`${dim('printk:')} ${line}`);
  const insns = result.insns === undefined ? '' : `, ${result.insns} instructions`;
  io.print(`${bold(program.name)} returned ${green(String(result.retval))} ${dim(`(${Math.round(result.durationNs)} ns a run${insns})`)}`);
  if (dataOut !== '') io.print(`packet: ${dataOut}`);
}
