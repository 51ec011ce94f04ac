// Do the kernel and the simulation agree on random programs?
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, ROOT } from '../lib/workspace.mjs';
import { compareAnswers, firstDifference } from './answers.mjs';
import { AREAS, generate } from './generate/index.mjs';
import { assembleItems, itemsToCase } from './generate/program.mjs';
import { askKernel, askSim } from './judges.mjs';
import { rootlet } from './rootlet.mjs';
import { shrink } from './shrink.mjs';
import { Tally } from './tally.mjs';

const { normalizeLog } = rootlet;

/**
 * Compares `count` programs of each area.
 *
 * @param {{ areas: string[], count: number, seed: number, level: number, most: number, only?: number, from?: number, worst: string[], quiet: boolean, seconds?: number }} options
 *   `most`: kinds of differences to shrink and show; `only`: index of a single program; `from`: index of the first; `seconds`: time to stop after
 * @returns {Tally}
 */
export function compareGenerated({ areas, count, seed, level, most, only, from = 0, worst, quiet, seconds }) {
  const tally = new Tally();
  const seen = new Map();
  const until = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
  const [first, last] = only === undefined ? [from, from + count] : [only, only + 1];
  // One program of each area in turn, so that a limit on time leaves no area out.
  for (let index = first; index < last && Date.now() < until; index++) {
    for (const area of areas) {
      const program = generate(area, seed, index);
      const answer = judge(program, level);
      tally.add(area, answer.real, answer.comparison);
      const { comparison } = answer;
      if (comparison.differs.length === 0 || (worst.length > 0 && !worst.includes(comparison.worst))) continue;
      const known = seen.get(comparison.signature);
      seen.set(comparison.signature, (known ?? 0) + 1);
      if (known !== undefined || quiet || seen.size > most) continue;
      show(program, { area, seed, index, level }, answer, seen.size);
    }
  }
  if (!quiet) for (const [signature, times] of [...seen].sort((a, b) => b[1] - a[1]).slice(0, 40)) console.log(`${String(times).padStart(6)}  ${signature}`);
  return tally;
}

/** Programs that take longer are compared by verdict and statistics alone: their logs have hundreds of megabytes. */
const LOGGED_INSNS = 50_000;
const STATS_LEVEL = 4;
const ENOSPC = 28;

function judge(program, level) {
  const assembled = assembleItems(program);
  const quiet = askKernel(assembled, STATS_LEVEL);
  const insns = Number(/^processed (\d+)/m.exec(quiet.log)?.[1] ?? 0);
  const logged = insns > LOGGED_INSNS ? undefined : askKernel(assembled, level);
  // Fewer instructions, too, may fill the kernel's buffer with precision.
  const long = logged === undefined || logged.errno === ENOSPC;
  const real = long ? quiet : logged;
  const sim = askSim(assembled, long ? STATS_LEVEL : level);
  return { real, sim, long, comparison: compareAnswers(real, sim) };
}

function show(program, { area, seed, index, level }, answer, number) {
  const { comparison } = answer;
  const small = answer.long ? program : shrink(program, (candidate) => judge(candidate, level).comparison.signature === comparison.signature);
  const { real, sim, comparison: still } = judge(small, level);
  const text = itemsToCase(small, `${area} ${index} of seed ${seed}: ${still.worst}`);
  const folder = join(CACHE, 'kernel-diff');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${number}.case`);
  writeFileSync(file, text);
  console.log(`\n${relative(ROOT, file)}: ${area} ${index} of seed ${seed} differs in ${comparison.differs.join(', ')}\n${text}`);
  if (sim.crash !== undefined) console.log(String(sim.crash.stack).split('\n').slice(0, 8).join('\n'));
  else if (sim.unsupported !== undefined) console.log(sim.unsupported);
  else {
    const { before, real: realLine, sim: simLine } = firstDifference(normalizeLog(real.log), normalizeLog(sim.log));
    console.log([...before.map((line) => `      ${line}`), `real: ${realLine}`, `sim:  ${simLine}`, `real errno ${real.errno}, sim errno ${sim.errno}`].join('\n'));
  }
}

export { AREAS };
