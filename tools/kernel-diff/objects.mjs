// Do the kernel and the simulation agree on the programs of clang-built objects?
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { parseObject } from '@rootlet/loader';
import { ROOT } from '../lib/workspace.mjs';
import { compareProgram, firstDifference } from './compare.mjs';
import { Tally } from './tally.mjs';

const EXAMPLES = ['docs/examples/programs', 'docs/examples/linking'].map((folder) => join(ROOT, folder));

/** @param {string[]} paths files and folders; the examples when empty @returns {Tally} */
export function compareObjects(paths, { show, wanted }) {
  const tally = new Tally();
  const linux = new LinuxKernel();
  for (const file of (paths.length > 0 ? paths : EXAMPLES).flatMap(listObjects)) {
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
      print(row, show);
      tally.add(basename(file), row.real, { differs: differences(row) });
    }
  }
  return tally;
}

function listObjects(path) {
  if (!existsSync(path)) throw new Error(`no such file: ${path}`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).filter((name) => name.endsWith('.o') && !name.endsWith('.bpfeb.o')).sort().map((name) => join(path, name));
}

function differences(row) {
  if (row.sim.verdict === 'unsupported') return ['unsupported'];
  const marks = [['falseAccept', !row.falseAccept], ['verdict', row.sameVerdict], ['line', row.sameLastLine], ['insns', row.sameInsns], ['states', row.sameStates], ['log', row.sameLevel2 && row.sameLevel1]];
  return marks.filter(([, same]) => !same).map(([key]) => key);
}

function print(row, show) {
  const differ = differences(row);
  const what = differ.length === 0 ? 'same' : `differs: ${differ.join(' ')}`;
  console.log(`${row.falseAccept ? 'FALSE ACCEPT ' : ''}${basename(row.file)}:${row.program}  ${row.real.verdict}${row.sameVerdict ? '' : ` (sim: ${row.sim.verdict} ${row.sim.message})`}  ${what}`);
  if (!show || row.sameLevel2) return;
  const at = firstDifference(row.realLog, row.simLog);
  for (let idx = Math.max(0, at - 3); idx < at; idx++) console.log(`      ${row.realLog[idx]}`);
  console.log(`  real: ${row.realLog[at] ?? '(end)'}\n  sim:  ${row.simLog[at] ?? '(end)'}`);
}
