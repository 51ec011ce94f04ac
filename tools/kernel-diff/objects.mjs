// Do the kernel and the simulation agree on the programs of clang-built objects?
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../lib/workspace.mjs';
import { compareProgram, firstDifference } from './compare.mjs';
import { rootlet } from './rootlet.mjs';
import { Tally } from './tally.mjs';
import { teeKernel } from './tee.mjs';

const { LinuxKernel, loadObject, parseObject } = rootlet;
export const EXAMPLES = ['docs/examples/programs', 'docs/examples/production', 'docs/examples/linking'].map((folder) => join(ROOT, folder));

/** @param {string[]} paths files and folders; the examples when empty. With `onDifferent` only what differs is printed, and it is called then; `onRow` gets every comparison. @returns {Tally} */
export function compareObjects(paths, { show, wanted, keep, tally = new Tally(), area, onDifferent, onRow }) {
  for (const file of (paths.length > 0 ? paths : EXAMPLES).flatMap(listObjects)) {
    const name = basename(file);
    loadForJudges(file, (attr, askReal, askSim) => {
      if (wanted !== undefined && attr.name !== wanted) return;
      const row = compareProgram(attr.name, askReal, askSim);
      const differs = row.forbidden ? [] : differences(row);
      if (onDifferent === undefined || differs.length > 0) print(name, row, show);
      if (differs.length > 0) onDifferent?.();
      onRow?.(row);
      if (keep !== undefined && !row.sameLevel2) for (const side of ['real', 'sim']) writeFileSync(join(keep, `${name}-${attr.name}.${side}`), row[`${side}Log`].join('\n'));
      tally.add(area ?? name, row.real, { differs, forbidden: row.forbidden });
    });
  }
  return tally;
}

let linux;

/** Loads an object, its maps and BTF into the running kernel; its programs go to `onProgram`, as tools/kernel-diff/tee.mjs says. */
export function loadForJudges(file, onProgram) {
  const name = basename(file);
  linux ??= new LinuxKernel();
  try {
    const spec = parseObject(readFileSync(file), { name: name.replace(/\.o$/, '') });
    // The running kernel has no calls between programs: objects with plain externs are for the simulation alone.
    if (spec.code.externs.some((ext) => ext.sectionName === undefined)) return;
    // Global functions of the context alone are programs to rootlet, of inferred type; here they are what others call.
    const programs = new Map(spec.programs.map((program) => [program.name, { autoload: !program.library && program.sectionName !== '.text', logLevel: 0 }]));
    loadObject(spec, teeKernel(linux, onProgram), { programs }).close();
  } catch (error) {
    console.log(`${name}: not loaded: ${error.message}`);
  }
}

/** The objects in a folder, or the one that is named. */
export function listObjects(path) {
  if (!existsSync(path)) throw new Error(`no such file: ${path}`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).filter((name) => name.endsWith('.o') && !name.endsWith('.bpfeb.o')).sort().map((name) => join(path, name));
}

function differences(row) {
  if (row.sim.verdict === 'unsupported') return ['unsupported'];
  if (row.sim.verdict === 'thrown') return ['crash'];
  const marks = [['falseAccept', !row.falseAccept], ['verdict', row.sameVerdict], ['line', row.sameLastLine], ['insns', row.sameInsns], ['states', row.sameStates], ['log', row.sameLevel2 && row.sameLevel1]];
  return marks.filter(([, same]) => !same).map(([key]) => key);
}

/** Microseconds an instruction takes in the kernel and here, without log and at level 2. */
function formatTimes({ insns, times }) {
  const each = (ms) => ((ms * 1000) / Math.max(1, insns)).toFixed(1);
  return `${each(times.real)}/${each(times.sim)} ${each(times.real2)}/${each(times.sim2)} us`;
}

function print(name, row, show) {
  const differ = row.forbidden ? [] : differences(row);
  const what = row.forbidden ? 'not judged: this machine lets nobody load it (EPERM)' : differ.length === 0 ? 'same' : `differs: ${differ.join(' ')}`;
  console.log(`${row.falseAccept && !row.forbidden ? 'FALSE ACCEPT ' : ''}${name}:${row.program}  ${row.real.verdict}  ${row.insns} insns  ${formatTimes(row)}${row.sameVerdict || row.forbidden ? '' : ` (sim: ${row.sim.verdict} ${row.sim.message})`}  ${what}`);
  if (!show || row.sameLevel2 || row.forbidden) return;
  const at = firstDifference(row.realLog, row.simLog);
  for (let idx = Math.max(0, at - 6); idx < at; idx++) console.log(`      ${row.realLog[idx]}`);
  console.log(`  real: ${row.realLog[at] ?? '(end)'}\n  sim:  ${row.simLog[at] ?? '(end)'}`);
}
