// Do the kernel and the simulation agree on case files?
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { basename, dirname, relative } from 'node:path';
import { ROOT } from '../lib/workspace.mjs';
import { compareAnswers, firstDifference, isForbidden } from './answers.mjs';
import { askKernel, askSim, vmlinux } from './judges.mjs';
import { rootlet } from './rootlet.mjs';
import { Tally } from './tally.mjs';

const { formatCase, normalizeLog, parseCase } = rootlet;

/** Writes the kernel's answers into case files. */
export function recordCases(files) {
  for (const file of files) {
    const given = parseCase(readFileSync(file, 'utf8'), vmlinux);
    // Another kernel was asked: tools/kernel-profile.mjs.
    if (given.kernel !== undefined) continue;
    const [level2, level1] = [askKernel(given, 2), askKernel(given, 1)];
    if (isForbidden(level2)) {
      console.log(`${relative(ROOT, file)}: this machine lets nobody load it (EPERM)`);
      continue;
    }
    const verdict = level2.errno === 0 ? 'accept' : `reject ${level2.errno}`;
    writeFileSync(file, formatCase(given, verdict, normalizeLog(level2.log), normalizeLog(level1.log)));
  }
}

/** @returns {Tally} with a row for each folder */
export function compareCases(files, { quiet }) {
  const tally = new Tally();
  for (const file of files) {
    let given;
    try {
      given = parseCase(readFileSync(file, 'utf8'), vmlinux);
    } catch (error) {
      console.log(`${relative(ROOT, file)}: ${error.message}`);
      process.exitCode = 1;
      continue;
    }
    if (given.kernel !== undefined && !release().startsWith(`${given.kernel}.`)) continue;
    const [real, sim] = [askKernel(given, 2), askSim(given, 2)];
    const comparison = compareAnswers(real, sim);
    if (comparison.differs.length === 0 && comparison.forbidden !== true) {
      const silent = compareAnswers(askKernel(given, 1), askSim(given, 1));
      if (silent.differs.includes('log')) comparison.differs.push('log');
    }
    tally.add(basename(dirname(file)), real, comparison);
    if (quiet || (comparison.differs.length === 0 && files.length > 1)) continue;
    console.log(`${relative(ROOT, file)}: ${real.errno === 0 ? 'accept' : `reject ${real.errno}`}, ${comparison.forbidden === true ? 'not judged: this machine lets nobody load it (EPERM)' : comparison.differs.length === 0 ? 'same' : `differs in ${comparison.differs.join(', ')}`}`);
    if (files.length === 1) console.log(normalizeLog(real.log));
    if (comparison.differs.length === 0) continue;
    if (sim.crash !== undefined) console.log(sim.crash.stack);
    else if (sim.unsupported !== undefined) console.log(sim.unsupported);
    else {
      const { before, real: realLine, sim: simLine, idx } = firstDifference(normalizeLog(real.log), normalizeLog(sim.log));
      console.log([`line ${idx + 1}:`, ...before.map((line) => `      ${line}`), `real: ${realLine}`, `sim:  ${simLine}`].join('\n'));
    }
  }
  return tally;
}
