// Do the kernel and the simulation agree on what comes of cases when lines are changed, or two are put together?
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, ROOT } from '../lib/workspace.mjs';
import { compareAnswers, firstDifference } from './answers.mjs';
import { Random } from '../lib/random.mjs';
import { askKernel, askSim, OOPSES, vmlinux } from './judges.mjs';
import { joinCase, mutateLines, shrinkLines, splitCase } from './mutate-lines.mjs';
import { rootlet } from './rootlet.mjs';
import { Tally } from './tally.mjs';

const { normalizeLog, parseCase } = rootlet;
const STATS_LEVEL = 4;
/** Programs that take longer are compared by verdict and statistics alone. */
const LOGGED_INSNS = 20_000;
const ENOSPC = 28;
/** Mostly level 2; branches alone, statistics alone, and both. */
const LEVELS = [2, 2, 2, 1, 4, 6];

/** Cases for other kernels are not asked; and Linux 6.18 itself falls (oops) where functions of a program with a callback for exceptions are never reached. */
const isSafe = (line) => !line.startsWith('kernel ') && !line.includes('__exception_cb');

function judge(given, wanted) {
  const quiet = askKernel(given, STATS_LEVEL);
  const long = Number(/^processed (\d+)/m.exec(quiet.log)?.[1] ?? 0) > LOGGED_INSNS;
  const logged = long ? undefined : askKernel(given, wanted);
  const level = long || logged.errno === ENOSPC ? STATS_LEVEL : wanted;
  const real = level === STATS_LEVEL ? quiet : logged;
  const sim = askSim(given, level);
  return { real, sim, level, comparison: compareAnswers(real, sim) };
}

/**
 * Compares `count` rounds over the cases.
 *
 * @param {{ cases: string[], count: number, seed: number, most: number, seconds?: number, only?: number, wanted?: string }} options `most`: kinds of
 *   differences to make small and show; `only`: a single round; `wanted`: part of a case's path
 * @returns {Tally}
 */
export function compareRecombined({ cases, count, seed, most, seconds, only, wanted }) {
  const tally = new Tally();
  const seen = new Map();
  const until = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
  const all = cases.map((file) => ({ file: relative(ROOT, file), lines: splitCase(readFileSync(file, 'utf8')) })).filter(({ lines }) => lines.head.every(isSafe));
  const [first, last] = only === undefined ? [0, count] : [only, only + 1];
  for (let index = first; index < last && Date.now() < until; index++) {
    for (const { file, lines } of all) {
      if (Date.now() >= until) break;
      if (wanted !== undefined && !file.includes(wanted)) continue;
      let hash = seed;
      for (const char of file) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
      const random = new Random(hash, index);
      const level = random.pick(LEVELS);
      const mutant = mutateLines(lines, random, () => random.pick(all).lines);
      // Nor are programs that throw, or that start work with what may be no map: some of them make it fall, too.
      if (mutant === undefined || mutant.program.asm.some((line) => line.includes('bpf_throw') || OOPSES.test(line))) continue;
      const title = `${file.replace(/.*cases\//, '')} ${index} of seed ${seed}: ${mutant.what}`;
      const answer = tryJudge(mutant.program, title, level);
      if (answer === undefined) continue;
      tally.add('recombined', answer.real, answer.comparison);
      if (answer.comparison.differs.length === 0) continue;
      const { signature } = answer.comparison;
      const known = seen.get(signature);
      seen.set(signature, (known ?? 0) + 1);
      if (known === undefined && seen.size <= most) show(mutant.program, title, answer, seen.size);
    }
  }
  for (const [signature, times] of [...seen].sort((a, b) => b[1] - a[1]).slice(0, 60)) console.log(`${String(times).padStart(6)}  ${signature}`);
  return tally;
}

/** Undefined where the lines make no program, or the kernel makes no such map or BTF. */
function tryJudge(program, title, level) {
  let given;
  try {
    given = parseCase(joinCase(program, title), vmlinux);
  } catch {
    return undefined;
  }
  try {
    return judge(given, level);
  } catch (error) {
    if (/errno \d+$/.test(error.message)) return undefined;
    throw error;
  }
}

function show(program, title, answer, number) {
  const { comparison, level } = answer;
  const started = Date.now();
  const small = shrinkLines(program, (candidate) => Date.now() - started < 8000 && tryJudge(candidate, title, level)?.comparison.signature === comparison.signature);
  const text = joinCase(small, title);
  const folder = join(CACHE, 'kernel-diff');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `mutant-${number}.case`);
  writeFileSync(file, text);
  console.log(`\n${relative(ROOT, file)}: differs in ${comparison.differs.join(', ')} at level ${level}\n${text}`);
  const { real, sim } = tryJudge(small, title, level) ?? answer;
  if (sim.crash !== undefined) console.log(String(sim.crash.stack).split('\n').slice(0, 8).join('\n'));
  else if (sim.unsupported !== undefined) console.log(sim.unsupported);
  else {
    const { before, real: realLine, sim: simLine } = firstDifference(normalizeLog(real.log), normalizeLog(sim.log));
    console.log([...before.map((line) => `      ${line}`), `real: ${realLine}`, `sim:  ${simLine}`, `real errno ${real.errno}, sim errno ${sim.errno}`].join('\n'));
  }
}
