// Would an object fit these kernels, by their types alone?
import { parseBtfFile } from '@rootlet/btf';
import { CoreTarget, explainRelocations, openCoreObject } from '@rootlet/reloc';
import type { CoreExplanation, CoreReport } from '@rootlet/reloc';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { EXIT_REJECTED } from '../io.ts';
import type { Io } from '../io.ts';

/** A kernel by files: its own BTF, and those of its modules. */
export interface KernelFiles {
  readonly path: string;
  readonly modules: readonly string[];
}

interface CoreOptions {
  readonly kernels: readonly KernelFiles[];
  readonly json?: true;
  readonly all?: true;
}

/** What one kernel makes of the object. */
interface Column {
  readonly path: string;
  readonly report: CoreReport;
}

/** Where the running kernel has its BTF, and beside it its modules'. */
const SYS_BTF = '/sys/kernel/btf';
export const VMLINUX_BTF: string = `${SYS_BTF}/vmlinux`;

/** `rootlet core FILE --btf A --module A1 --btf B…` */
export function core(io: Io, path: string, options: CoreOptions): void {
  const object = openCoreObject(io.read(path));
  const kernels = options.kernels.length === 0 ? [{ path: VMLINUX_BTF, modules: runningModules() }] : options.kernels;
  const columns = kernels.map((kernel): Column => ({ path: kernel.path, report: explainRelocations(object, readTarget(io, kernel)) }));
  if (columns.some(({ report }) => !report.fits)) io.fail(EXIT_REJECTED);
  if (options.json === true) {
    for (const column of columns) io.print(columnToJson(path, column));
    return;
  }
  printMatrix(io, columns, options.all === true);
}

function runningModules(): string[] {
  try {
    return readdirSync(SYS_BTF).filter((name) => name !== 'vmlinux').map((name) => `${SYS_BTF}/${name}`);
  } catch {
    return [];
  }
}

function readTarget(io: Io, { path, modules }: KernelFiles): CoreTarget {
  const { btf } = parseBtfFile(io.read(path));
  return new CoreTarget(btf, modules.map((file) => ({ name: basename(file).replace(/\.(ko|btf)$/, ''), btf: parseBtfFile(io.read(file), { base: btf }).btf })));
}

function columnToJson(object: string, { path, report }: Column): string {
  const { fits, relocations } = report;
  return JSON.stringify({ object, btf: path, fits, relocations }, (_key, value: unknown) => (typeof value === 'bigint' ? numberToJson(value) : value));
}

/** JSON has no large integers: they are text. */
function numberToJson(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** One line a question, one cell a kernel; then why some did not fit. */
function printMatrix(io: Io, columns: readonly Column[], all: boolean): void {
  const { bold, dim, green, red } = io.colors;
  const [first] = columns;
  if (first === undefined) return;
  const questions = first.report.relocations.map((one, at) => ({ one, cells: columns.map(({ report }) => report.relocations[at]!) }));
  const seen = new Set<string>();
  const rows: string[][] = [];
  for (const { one, cells } of questions) {
    const texts = cells.map(cellText);
    const row = [one.funcName, one.kind, one.access, ...texts];
    // The same question is asked again and again; without --all it is one line, and those that nothing happens to are none.
    const key = row.join('\0');
    if (!all && seen.has(key)) continue;
    seen.add(key);
    rows.push(row);
  }
  const names = columns.map(({ path }) => shortName(path, columns));
  const table = [['program', 'question', 'about', ...names], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const [at, row] of table.entries()) {
    const padded = row.map((text, column) => (column === row.length - 1 ? text : text.padEnd(widths[column]!)));
    io.print(at === 0 ? bold(padded.join('  ')) : padded.map((text, column) => (column < 3 ? text : paint(text))).join('  '));
  }
  for (const { path, report } of columns) {
    const bad = report.relocations.filter(isBad);
    const guarded = report.relocations.filter((one) => one.outcome === 'poison' && !one.reachable).length;
    const note = guarded === 0 ? '' : dim(` (${guarded} not there, and out of reach)`);
    io.print(`${path}: ${report.fits ? green('fits') : red(`does not fit: ${bad.length} of ${report.relocations.length}`)}${note}`);
    for (const one of bad) io.print(`  ${problemText(one)}`);
  }

  function paint(text: string): string {
    return /^(MISSING|ERROR)/.test(text) ? red(text) : /^-/.test(text) ? dim(text) : text;
  }
}

function isBad(one: CoreExplanation): boolean {
  return one.outcome === 'error' || (one.outcome === 'poison' && one.reachable);
}

/** `1264`, `- ` for what is not there and out of reach, `MISSING`, `ERROR`. */
function cellText(one: CoreExplanation): string {
  if (one.outcome === 'error') return 'ERROR';
  if (one.outcome === 'poison') return one.reachable ? 'MISSING' : '-';
  return `${one.newValue}${one.resized === undefined ? '' : ` (${one.resized.to} bytes)`}`;
}

/** `prog: insn 3 (prog.c:12 "t->state"): byte_off struct task_struct.state: [114] struct task_struct has no member 'state'`. */
function problemText(one: CoreExplanation): string {
  const source = one.source === undefined ? '' : ` (${basename(one.source.file)}:${one.source.line})`;
  return `${one.funcName}: insn ${one.insnIdx}${source}: ${one.kind} ${one.access}: ${one.problem ?? ''}`;
}

/** The file's name, or the whole path where two have the same. */
function shortName(path: string, columns: readonly Column[]): string {
  const name = basename(path);
  return columns.filter((other) => basename(other.path) === name).length > 1 ? path : name;
}
