// Do the kernel and the simulation agree on calls with arguments of every kind?
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, ROOT } from '../lib/workspace.mjs';
import { compareAnswers, firstDifference } from './answers.mjs';
import { writeProgram } from './call-program.mjs';
import { Random } from '../lib/random.mjs';
import { askKernel, askSim, vmlinux } from './judges.mjs';
import { joinCase, shrinkLines } from './mutate-lines.mjs';
import { rootlet } from './rootlet.mjs';
import { Tally } from './tally.mjs';

const { normalizeLog, parseCase } = rootlet;
const ENOSPC = 28;
const STATS_LEVEL = 4;
const LEVELS = [2, 2, 2, 1];
const FOLDER = join(CACHE, 'kernel-diff');
/** Should the kernel fall, this is what it was asked. */
const LAST = join(FOLDER, 'call-last.case');

function judge(program, title, wanted) {
  let given;
  try {
    given = parseCase(joinCase(program, title), vmlinux);
    const logged = askKernel(given, wanted);
    // Logs that are too long for the kernel are compared by what they end with.
    const level = logged.errno === ENOSPC ? STATS_LEVEL : wanted;
    const real = level === wanted ? logged : askKernel(given, level);
    const sim = askSim(given, level);
    return { real, sim, level, comparison: compareAnswers(real, sim) };
  } catch (error) {
    // Lines that make no program while it is made smaller; maps and BTF that the kernel does not make.
    if (given === undefined || /errno \d+$/.test(error.message)) return undefined;
    throw error;
  }
}

/** Compares `count` programs. @returns {Tally} */
export function compareCalled({ count, seed, most, seconds, only, write = writeProgram, note = () => {} }) {
  mkdirSync(FOLDER, { recursive: true });
  const tally = new Tally();
  const seen = new Map();
  const until = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
  let unwritten = 0;
  const [first, last] = only === undefined ? [0, count] : [only, only + 1];
  for (let index = first; index < last && Date.now() < until; index++) {
    const random = new Random(seed, index);
    const program = write(random);
    const title = `call ${index} of seed ${seed}`;
    writeFileSync(LAST, joinCase(program, title));
    const answer = judge(program, title, random.pick(LEVELS));
    if (answer === undefined) {
      unwritten++;
      continue;
    }
    note(program, answer.real.errno);
    tally.add(program.head[0].replace('prog ', ''), answer.real, answer.comparison);
    if (answer.comparison.differs.length === 0) continue;
    const { signature } = answer.comparison;
    const known = seen.get(signature);
    seen.set(signature, (known ?? 0) + 1);
    if (known === undefined && seen.size <= most) show(program, title, answer, seen.size);
  }
  for (const [signature, times] of [...seen].sort((a, b) => b[1] - a[1]).slice(0, 60)) console.log(`${String(times).padStart(6)}  ${signature}`);
  if (unwritten > 0) console.log(`${unwritten} could not be put together`);
  return tally;
}

function show(program, title, answer, number) {
  const { comparison, level } = answer;
  const started = Date.now();
  // Made smaller, a call that starts work may get what Linux 6.18.44 oopses at in place of its map.
  const isSafe = !program.asm.some((line) => /call bpf_(wq|task_work)_/.test(line));
  const small = !isSafe ? program : shrinkLines(program, (candidate) => Date.now() - started < 12_000 && judge(candidate, title, level)?.comparison.signature === comparison.signature);
  const text = joinCase(small, title);
  const file = join(FOLDER, `call-${number}.case`);
  writeFileSync(file, text);
  console.log(`\n${relative(ROOT, file)}: differs in ${comparison.differs.join(', ')} at level ${level}\n${text}`);
  const { real, sim } = judge(small, title, level) ?? answer;
  if (sim.crash !== undefined) console.log(String(sim.crash.stack).split('\n').slice(0, 8).join('\n'));
  else if (sim.unsupported !== undefined) console.log(sim.unsupported);
  else {
    const { before, real: realLine, sim: simLine } = firstDifference(normalizeLog(real.log), normalizeLog(sim.log));
    console.log([...before.map((line) => `      ${line}`), `real: ${realLine}`, `sim:  ${simLine}`, `real errno ${real.errno}, sim errno ${sim.errno}`].join('\n'));
  }
}
