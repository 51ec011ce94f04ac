// Does the simulated verifier agree with the running kernel?
//
//   node tools/kernel-diff.mjs [--show] [--program NAME] [FILE|FOLDER...]
//
// Loads every program of every object in both, compares verdict, errno, log and statistics, and prints a table and a summary.
// Without files: all little-endian example objects. --show prints the first line in which the level 2 logs differ.
// Needs root and bpf(2). Fails when the kernel rejects something that the simulation accepts.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { parseObject } from '@rootlet/loader';
import { compareProgram, firstDifference } from './kernel-diff/compare.mjs';
import { ROOT } from './lib/workspace.mjs';

const args = process.argv.slice(2);
const show = args.includes('--show');
const wanted = args.includes('--program') ? args[args.indexOf('--program') + 1] : undefined;
const paths = args.filter((arg, idx) => !arg.startsWith('--') && args[idx - 1] !== '--program');
const files = (paths.length > 0 ? paths : [join(ROOT, 'docs/examples/programs'), join(ROOT, 'docs/examples/linking')]).flatMap(listObjects);

const linux = new LinuxKernel();
const rows = [];
for (const file of files) {
  let spec;
  try {
    spec = parseObject(readFileSync(file), { name: basename(file).replace(/\.o$/, '') });
  } catch (error) {
    console.log(`${relative(ROOT, file)}: not opened: ${error.message}`);
    continue;
  }
  // The running kernel has no calls between programs: objects with plain externs are for the simulation alone.
  if (spec.code.externs.some((ext) => ext.sectionName === undefined)) continue;
  for (const program of spec.programs) {
    if (program.library || (wanted !== undefined && program.name !== wanted)) continue;
    const row = { file: relative(ROOT, file), ...compareProgram(spec, program, linux) };
    if (row.real.verdict === 'error' && row.sim.verdict === 'error') continue;
    rows.push(row);
    print(row);
  }
}
summarize(rows);
process.exitCode = rows.some((row) => row.falseAccept) ? 1 : 0;

function listObjects(path) {
  if (!existsSync(path)) throw new Error(`no such file: ${path}`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).filter((name) => name.endsWith('.o') && !name.endsWith('.bpfeb.o')).sort().map((name) => join(path, name));
}

function print(row) {
  const marks = [
    ['verdict', row.sameVerdict],
    ['line', row.sameLastLine],
    ['insns', row.sameInsns],
    ['states', row.sameStates],
    ['log1', row.sameLevel1],
    ['log2', row.sameLevel2],
  ];
  const differ = marks.filter(([, same]) => !same).map(([name]) => name);
  const what = differ.length === 0 ? 'same' : `differs: ${differ.join(' ')}`;
  console.log(`${row.falseAccept ? 'FALSE ACCEPT ' : ''}${basename(row.file)}:${row.program}  ${row.real.verdict}${row.sameVerdict ? '' : ` (sim: ${row.sim.verdict} ${row.sim.message})`}  ${what}`);
  if (show && !row.sameLevel2) {
    const at = firstDifference(row.realLog, row.simLog);
    for (let idx = Math.max(0, at - 3); idx < at; idx++) console.log(`      ${row.realLog[idx]}`);
    console.log(`  real: ${row.realLog[at] ?? '(end)'}\n  sim:  ${row.simLog[at] ?? '(end)'}`);
  }
}

function summarize(all) {
  const rejected = all.filter((row) => row.real.verdict === 'reject');
  const share = (title, part, of) => console.log(`${title.padEnd(34)} ${String(part).padStart(5)} of ${String(of).padStart(5)}  ${of === 0 ? '' : `${((100 * part) / of).toFixed(1)} %`}`);
  console.log('');
  share('same verdict and errno', all.filter((row) => row.sameVerdict).length, all.length);
  share('false accepts', all.filter((row) => row.falseAccept).length, all.length);
  share('same last line of rejections', rejected.filter((row) => row.sameLastLine).length, rejected.length);
  share('same processed instructions', all.filter((row) => row.sameInsns).length, all.length);
  share('same total and peak states', all.filter((row) => row.sameStates).length, all.length);
  share('level 1 log identical', all.filter((row) => row.sameLevel1).length, all.length);
  share('level 2 log identical', all.filter((row) => row.sameLevel2).length, all.length);
}
