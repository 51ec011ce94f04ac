// Do the kernel and the simulation agree on programs with a mistake: those of objects and cases, one instruction changed?
import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { ROOT } from '../lib/workspace.mjs';
import { compareAnswers, firstDifference } from './answers.mjs';
import { Random } from '../lib/random.mjs';
import { askKernel, askSim, OOPSES, vmlinux } from './judges.mjs';
import { listObjects, loadForJudges } from './objects.mjs';
import { rootlet } from './rootlet.mjs';
import { Tally } from './tally.mjs';

const { disasmKernelLine, Insns, LD_IMM64, normalizeLog, parseCase } = rootlet;
const CALL = 0x85;
const NOTHING = { code: 0x05, dst: 0, src: 0, off: 0, imm: 0 };
const STATS_LEVEL = 4;
/** Programs that take longer are compared by verdict and statistics alone. */
const LOGGED_INSNS = 20_000;

const classOf = ({ code }) => code & 7;
const isJump = (insn) => [5, 6].includes(classOf(insn));
const isMemory = (insn) => classOf(insn) < 4 && insn.code !== LD_IMM64;

/** Helpers that are common; one in place of another has other arguments. */
const HELPERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 23, 25, 26, 27, 28, 35, 44, 51, 54, 65, 67, 69, 84, 93, 95, 99, 107, 112, 113, 114, 115, 130, 131, 132, 133, 136, 148, 164, 181, 194, 197, 201, 202, 203];

/** What may be done to an instruction: each gives the changed one, or undefined where it has no meaning. `next` stands behind it. */
const CHANGES = {
  drop: () => NOTHING,
  repeat: (insn, random, next) => (next === undefined ? undefined : { ...insn, at: 1 }),
  dst: (insn, random) => ({ ...insn, dst: random.below(11) }),
  src: (insn, random) => (insn.code === LD_IMM64 || insn.code === CALL ? undefined : { ...insn, src: random.below(11) }),
  off: (insn, random) => (isMemory(insn) || isJump(insn) ? { ...insn, off: insn.off + random.pick([1, -1, 2, -2, 4, -4, 8, -8, 16, 64]) } : undefined),
  far: (insn, random) => (isMemory(insn) ? { ...insn, off: random.pick([0, -8, -512, -520, 32, 76, 512, 4096, 0x7fff, -0x8000]) } : undefined),
  imm: (insn, random) => (insn.code === LD_IMM64 || insn.code === CALL ? undefined : { ...insn, imm: random.imm() }),
  near: (insn, random) => (insn.code === LD_IMM64 || insn.code === CALL ? undefined : { ...insn, imm: insn.imm + random.pick([1, -1, 2, 4, 8, -8]) }),
  helper: (insn, random) => (insn.code === CALL && insn.src === 0 ? { ...insn, imm: random.chance(80) ? random.pick(HELPERS) : random.below(213) } : undefined),
  size: (insn, random) => (isMemory(insn) ? { ...insn, code: insn.code ^ random.pick([0x08, 0x10, 0x18]) } : isJump(insn) || insn.code === LD_IMM64 ? undefined : { ...insn, code: insn.code ^ 3 }),
  operation: (insn, random) => (isMemory(insn) || insn.code === LD_IMM64 || insn.code === CALL ? undefined : { ...insn, code: (insn.code & 0x0f) | (random.below(14) << 4) }),
  width: (insn) => (isJump(insn) ? { ...insn, code: insn.code ^ 3 } : undefined),
  operand: (insn) => (isMemory(insn) || insn.code === LD_IMM64 ? undefined : { ...insn, code: insn.code ^ 8 }),
  null: (insn) => (isMemory(insn) || isJump(insn) || insn.code === LD_IMM64 ? undefined : { code: 0xb7, dst: insn.dst, src: 0, off: 0, imm: 0 }),
  exit: () => ({ code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }),
  fill: (insn, random) => ({ code: random.pick([0x79, 0x61, 0x71]), dst: random.below(10), src: 10, off: -8 * random.between(1, 8), imm: 0 }),
  spill: (insn, random) => ({ code: random.pick([0x7b, 0x7b, 0x63]), dst: 10, src: random.below(10), off: -8 * random.between(1, 8), imm: 0 }),
  move: (insn, random) => ({ code: random.pick([0xbf, 0xbf, 0xbc]), dst: random.below(10), src: random.below(11), off: 0, imm: 0 }),
};
const NAMES = Object.keys(CHANGES);

const insnAt = (insns, idx) => ({ code: insns.code[idx], dst: insns.dst[idx], src: insns.src[idx], off: insns.off[idx], imm: insns.imm[idx] });

/**
 * Changes one instruction, sometimes two.
 *
 * @returns `{ insns, what }`; undefined when chance chose what cannot be
 */
export function mutateInsns(insns, random) {
  const records = Array.from({ length: insns.length }, (_, idx) => insnAt(insns, idx));
  const starts = records.map((_, idx) => idx).filter((idx) => idx === 0 || records[idx - 1].code !== LD_IMM64);
  const whats = [];
  for (let count = random.chance(25) ? 2 : 1; count > 0; count--) {
    const idx = random.pick(starts);
    const name = random.pick(NAMES);
    const changed = CHANGES[name](records[idx], random, records[idx + 1]);
    if (changed === undefined) continue;
    const { at = 0, ...insn } = changed;
    // Two slots make one instruction.
    if (insn.code === LD_IMM64 && at === 1) continue;
    const place = idx + at;
    if (records[place].code === LD_IMM64 && insn.code !== LD_IMM64) records[place + 1] = NOTHING;
    records[place] = { ...insn, off: (insn.off << 16) >> 16 };
    whats.push(`${name} at ${place}`);
  }
  return whats.length === 0 ? undefined : { insns: Insns.from(records), what: whats.join(', ') };
}

/**
 * Compares `count` mutants of every program of the objects and cases.
 *
 * @param {{ objects: string[], cases: string[], count: number, seed: number, most: number, seconds?: number, wanted?: string, only?: number }} options
 *   `most`: kinds of differences to show; `only`: a single mutant
 * @returns {Tally}
 */
export function compareMutants({ objects, cases, count, seed, most, seconds, wanted, only }) {
  const tally = new Tally();
  const seen = new Map();
  const until = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
  const compareAll = (area, name, insns, ask) => {
    let hash = seed;
    for (const char of name) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
    const [first, last] = only === undefined ? [0, count] : [only, only + 1];
    for (let index = first; index < last && Date.now() < until; index++) {
      const mutant = mutateInsns(insns, new Random(hash, index));
      if (mutant === undefined) continue;
      const { real, sim } = judge(mutant.insns, ask);
      const comparison = compareAnswers(real, sim);
      tally.add(area, real, comparison);
      if (comparison.differs.length === 0) continue;
      const known = seen.get(comparison.signature);
      seen.set(comparison.signature, (known ?? 0) + 1);
      if (known === undefined && seen.size <= most) show(`${name} ${index} of seed ${seed}: ${mutant.what}`, mutant.insns, comparison, real, sim);
    }
  };
  for (const file of cases) {
    const given = parseCase(readFileSync(file, 'utf8'), vmlinux);
    // Linux 6.18 itself falls (oops) where functions of a program with a callback for exceptions are never reached, or work is started with what is no map.
    if (given.kernel !== undefined || OOPSES.test(given.asm) || given.head.some((line) => line.includes('__exception_cb'))) continue;
    const ask = (insns) => [(level) => askKernel({ ...given, insns }, level), (level) => askSim({ ...given, insns }, level)];
    compareAll('cases', relative(ROOT, file), given.insns, ask);
  }
  for (const file of objects.flatMap(listObjects)) {
    if (Date.now() >= until) break;
    loadForJudges(file, (attr, askReal, askOurs) => {
      if (wanted !== undefined && attr.name !== wanted) return;
      compareAll(basename(file), `${basename(file)}:${attr.name}`, attr.insns, (insns) => [(level) => askReal(level, insns), (level) => simAnswer(askOurs(level, insns))]);
    });
  }
  for (const [signature, times] of [...seen].sort((a, b) => b[1] - a[1]).slice(0, 60)) console.log(`${String(times).padStart(6)}  ${signature}`);
  return tally;
}

function judge(insns, ask) {
  const [askReal, askOurs] = ask(insns);
  const quiet = askReal(STATS_LEVEL);
  const long = Number(/^processed (\d+)/m.exec(quiet.log)?.[1] ?? 0) > LOGGED_INSNS;
  return { real: long ? quiet : askReal(2), sim: askOurs(long ? STATS_LEVEL : 2) };
}

/** What the simulation said of an object's program, as of a case. */
function simAnswer({ verdict, errno, log, message }) {
  if (verdict === 'unsupported') return { errno: -1, log: '', unsupported: message };
  if (verdict === 'thrown') return { errno: -1, log: '', crash: new Error(message) };
  return { errno, log };
}

function show(title, insns, comparison, real, sim) {
  console.log(`\n${title}: differs in ${comparison.differs.join(', ')}`);
  if (sim.crash !== undefined) console.log(sim.crash.message.split('\n').slice(0, 8).join('\n'));
  else if (sim.unsupported !== undefined) console.log(sim.unsupported);
  else {
    for (const [, idx] of title.matchAll(/ at (\d+)/g)) console.log(`  now ${idx}: ${disasmKernelLine(insns, Number(idx))}`);
    const { before, real: realLine, sim: simLine } = firstDifference(normalizeLog(real.log), normalizeLog(sim.log));
    console.log([...before.map((line) => `      ${line}`), `real: ${realLine}`, `sim:  ${simLine}`, `real errno ${real.errno}, sim errno ${sim.errno}`].join('\n'));
  }
}
