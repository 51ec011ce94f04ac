#!/usr/bin/env node
// Do the running kernel and the simulation agree on everything of a kind, one by one?
//
//   sudo node tools/sweep-diff.mjs [arguments|context|exit|insns|flags|maps|history|pace|records …] [--show N] [--part I/N]
//
// context: each place of the context of each program type and attach type, read, written, sign-extended, atomically, strict or not;
// exit: what each of them may return; insns: each opcode with odd fields; flags: each flag of loading with each program type;
// maps: each map with each helper that takes one, and its values directly; arguments: parameters of global functions, by type and tag;
// history: each kind of step in loops of each kind and length; pace: loops of many iterations and long bodies; records: those of functions and lines, changed. Whole logs at level 2 are compared.
import { parseArgs } from 'node:util';
import { compareAnswers, lastLine } from './kernel-diff/answers.mjs';
import { askKernel, askSim, vmlinux } from './kernel-diff/judges.mjs';
import { rootlet } from './kernel-diff/rootlet.mjs';
import { SWEEPS } from './kernel-diff/sweeps.mjs';
import { Tally } from './kernel-diff/tally.mjs';
import { checkUsage } from './lib/usage.mjs';

checkUsage(import.meta.url, process.argv.slice(2), ['show', 'part']);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { show: { type: 'string' }, part: { type: 'string' } } });
const most = Number(values.show ?? 20);
const [part, parts] = (values.part ?? '0/1').split('/').map(Number);
const { parseCase } = rootlet;

/** A program as the judges want it: of case text, or of raw instructions. */
function programOf(given) {
  if (given.text !== undefined) return { ...parseCase(given.text, vmlinux), records: given.records };
  return { progType: given.type, attachType: given.attach ?? 0, attachBtfId: given.btfId ?? 0, license: 'GPL', flags: given.flags ?? 0, fds: undefined, device: undefined, target: undefined, maps: [], insns: given.insns, btf: undefined };
}

/** What is given, and of what depends on a program's records, each. */
function* each(list) {
  for (const given of list) {
    if (given.many === undefined) yield given;
    else yield* given.many(programOf(given));
  }
}

/** Whether the simulation takes more instructions: a program that tells no more than a short one. */
function takesLonger(program, most) {
  let insns = 0;
  askSim(program, 0, (processed) => {
    insns = processed;
    if (processed > most) throw new Error('takes longer');
  });
  return insns > most;
}

const started = Date.now();
const tally = new Tally();
const seen = new Map();
for (const name of positionals.length > 0 ? positionals : Object.keys(SWEEPS)) {
  let index = 0;
  for (const given of each(SWEEPS[name]())) {
    if (index++ % parts !== part) continue;
    let program;
    try {
      program = programOf(given);
    } catch (error) {
      console.log(`${name}: ${given.what}: ${error.message}`);
      continue;
    }
    if (given.most !== undefined && takesLonger(program, given.most)) continue;
    const level = given.level ?? 2;
    let real;
    try {
      real = askKernel(program, level);
    } catch {
      continue;
    }
    const sim = askSim(program, level);
    const comparison = compareAnswers(real, sim);
    tally.add(name, real, comparison);
    if (comparison.differs.length === 0) continue;
    seen.set(comparison.signature, (seen.get(comparison.signature) ?? 0) + 1);
    if (seen.get(comparison.signature) > 1 || seen.size > most) continue;
    console.log(`${name}: ${given.what}: ${comparison.differs.join(', ')}\n  real ${real.errno}: ${lastLine(real.log)}\n  sim  ${sim.errno}: ${sim.crash?.stack ?? sim.unsupported ?? lastLine(sim.log)}`);
  }
}
for (const [signature, times] of [...seen].sort((a, b) => b[1] - a[1]).slice(0, 60)) console.log(`${String(times).padStart(6)}  ${signature}`);
console.log(`\n${tally.table()}\n${tally.total().programs} programs in ${((Date.now() - started) / 1000).toFixed(1)} s`);
process.exitCode = tally.failures().length > 0 ? 1 : 0;
