#!/usr/bin/env node
// Do our rules for numbers give what the running kernel gives?
//
// Loads random straight-line programs of arithmetic and comparisons with log_level 2 and compares the text of every register.
//
//   node tools/domain-diff.mjs [--seed N] [--count N] [--record FILE]
//
// --record writes every program with what the kernel's log says, as test data that is replayed without a kernel.
import { writeFileSync } from 'node:fs';
import { importTs } from './lib/import-ts.mjs';
import { loadProgram } from './bpf-syscall.mjs';

function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
}

/** A small generator of good quality (mulberry32), so that a seed means the same everywhere. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

function generate(next) {
  const pick = (list) => list[next() % list.length];
  const chance = (percent) => next() % 100 < percent;
  const imm = () => {
    switch (next() % 6) {
      case 0: return next() % 16;
      case 1: return -(next() % 16);
      case 2: return (1 << (next() % 32)) + (next() % 3) - 1;
      case 3: return pick([0x7fffffff, -0x80000000, 0, 1, -1, 0xff, 0xffff, 0x7fff, 0x80, 0x8000]);
      case 4: return next() >>> (next() % 32);
      default: return next() | 0;
    }
  };
  const body = [];
  const jumps = [];
  const emit = (code, dst, src, off, value) => body.push([code, dst, src, off, value | 0]);
  const regs = [6, 7, 8, 9];
  for (const reg of regs) {
    emit(0x85, 0, 0, 0, 5);
    emit(0xbf, reg, 0, 0, 0);
  }
  emit(0xb7, 0, 0, 0, 0);
  const jump = (reg) => {
    const op = pick([0x10, 0x50, 0x20, 0x30, 0xa0, 0xb0, 0x60, 0x70, 0xc0, 0xd0, 0x40]);
    const kind = pick([5, 6]);
    jumps.push(body.length);
    if (chance(60)) emit(op | kind, reg, 0, 0, imm());
    else emit(op | kind | 8, reg, pick(regs.filter((r) => r !== reg)), 0, 0);
  };
  const alu = (reg) => {
    const op = pick([0x00, 0x00, 0x10, 0x10, 0x20, 0x40, 0x50, 0x50, 0xa0, 0x60, 0x70, 0xc0, 0x60, 0x70, 0xc0, 0x80, 0xb0, 0x30, 0x90, 0xd0].filter((o) => (o !== 0x30 && o !== 0x90 && o !== 0xd0) || chance(15)));
    const kind = pick([4, 7]);
    const bits = kind === 7 ? 64 : 32;
    const other = pick(regs.filter((r) => r !== reg));
    if (op === 0xd0) emit(kind === 7 ? 0xd7 : pick([0xd4, 0xdc]), reg, 0, 0, pick([16, 32, 64]));
    else if (op === 0x80) emit(op | kind, reg, 0, 0, 0);
    else if (op === 0xb0) {
      if (chance(20)) emit(op | kind, reg, 0, 0, imm());
      else {
        emit(op | kind | 8, reg, other, pick(kind === 7 ? [8, 16, 32] : [0, 8, 16]), 0);
        // Breaks the tie between the two, which is not this room's matter.
        emit(0xa7, other, 0, 0, imm());
      }
    } else if (op === 0x60 || op === 0x70 || op === 0xc0) {
      if (chance(90)) emit(op | kind, reg, 0, 0, pick([next() % bits, next() % 8, bits / 2, bits - 1]));
      else emit(op | kind | 8, reg, other, 0, 0);
    } else if (op === 0x30 || op === 0x90) {
      const signed = chance(50) ? 1 : 0;
      if (chance(50)) emit(op | kind, reg, 0, signed, imm() || 3);
      else emit(op | kind | 8, reg, other, signed, 0);
    } else if (chance(55)) emit(op | kind, reg, 0, 0, imm());
    else emit(op | kind | 8, reg, other, 0, 0);
  };
  const length = 8 + (next() % 30);
  for (let i = 0; i < length; i++) {
    const reg = pick(regs);
    const what = next() % 100;
    if (what < 6) {
      emit(0x18, reg, 0, 0, imm());
      emit(0, 0, 0, 0, imm());
    } else if (what < 10) {
      emit(0x85, 0, 0, 0, 5);
      emit(0xbf, reg, 0, 0, 0);
      emit(0xb7, 0, 0, 0, 0);
    } else if (what < 45) jump(reg);
    else alu(reg);
  }
  emit(0xb7, 0, 0, 0, 0);
  emit(0x95, 0, 0, 0, 0);
  for (const at of jumps) {
    body[at][3] = body.length - at - 1;
    emit(0xb7, 0, 0, 0, 0);
    emit(0x95, 0, 0, 0, 0);
  }
  return body;
}

function assemble(slots) {
  const bytes = Buffer.alloc(slots.length * 8);
  slots.forEach(([code, dst, src, off, imm], i) => {
    bytes[i * 8] = code;
    bytes[i * 8 + 1] = (src << 4) | dst;
    bytes.writeInt16LE(off, i * 8 + 2);
    bytes.writeInt32LE(imm, i * 8 + 4);
  });
  return bytes;
}

/** Only what the comparison reads. */
function condense(log) {
  return log.split('\n').filter((line) => /^\d+: \([0-9a-f]{2}\).*; R|^from \d+ to \d+: |^verifier bug: /.test(line)).map((line) => line.replace(/^(\d+: \([0-9a-f]{2}\)) .*?; /, '$1 ; ')).join('\n');
}

const { findDifferences, countFacts } = await importTs('packages/verifier-sim/test/domain-replay.ts');
const seed = Number(option('seed', '1'));
const count = Number(option('count', '2000'));
const recordFile = option('record');
const recorded = [];
const tally = { programs: 0, refused: 0, facts: 0, differing: 0 };
for (let i = 0; i < count; i++) {
  const slots = generate(random(seed * 1_000_003 + i));
  const bytes = assemble(slots);
  const { errno, log } = loadProgram({ type: 1, insns: bytes });
  tally.programs++;
  if (errno !== 0) {
    tally.refused++;
    if (tally.refused <= 3) console.log(`refused (errno ${errno}): ${log.split('\n').slice(-4).join(' | ')}`);
    continue;
  }
  tally.facts += countFacts(log);
  if (recordFile !== undefined) recorded.push({ insns: bytes.toString('hex'), log: condense(log) });
  const differences = findDifferences(slots, log);
  if (differences.length > 0 && tally.differing++ < 5) {
    console.log(`\nprogram ${i} of seed ${seed}: first difference`, differences[0]);
    const at = Number.parseInt(differences[0].place, 10);
    const lines = log.split('\n');
    const line = lines.findIndex((text) => text.startsWith(`${at}: (`));
    console.log(lines.slice(Math.max(0, line - 6), line + 2).join('\n'));
  }
}
console.log(`${tally.programs} programs, ${tally.refused} refused, ${tally.facts} register texts, ${tally.differing} programs differ`);
if (recordFile !== undefined) writeFileSync(recordFile, `${JSON.stringify({ kernel: '6.18', seed, programs: recorded }, null, 1)}\n`);
process.exitCode = tally.differing > 0 ? 1 : 0;
