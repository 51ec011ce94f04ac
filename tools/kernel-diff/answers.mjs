// In what do two answers to one program differ, and how bad is it?
import { rootlet } from './rootlet.mjs';

const { normalizeLog } = rootlet;
const STATS = /^processed (\d+) insns .*total_states (\d+) peak_states (\d+)/m;

const statsOf = (log) => STATS.exec(log)?.slice(1) ?? [];

/** The log's last line that is not statistics. */
export function lastLine(log) {
  const lines = log.split('\n').filter((line) => line !== '' && !/^(processed|stack depth|verification time) /.test(line));
  return lines.at(-1)?.replace(/verification time N usec$/, '') ?? '';
}

const EPERM = 1;

/** Whether the machine lets nobody load that, root included, and did not look at it: hardened kernels do so with some kinds of programs. */
export function isForbidden({ errno, log }) {
  return errno === EPERM && log.split('\n').every((line) => line === '' || /^(func#|processed 0 insns|stack depth [0+]+$|verification time )/.test(line));
}

/** First line in which two logs differ: `[real, sim]` and the lines before. */
export function firstDifference(real, sim) {
  const [a, b] = [real.split('\n'), sim.split('\n')];
  const at = a.findIndex((line, idx) => line !== b[idx]);
  const idx = at < 0 ? a.length : at;
  return { real: a[idx] ?? '(end)', sim: b[idx] ?? '(end)', before: a.slice(Math.max(0, idx - 4), idx), idx };
}

/** Text that is the same for differences of one kind: no numbers, no registers. */
function signature(text) {
  return text.replace(/\b0x[0-9a-f]+/g, 'N').replace(/-?\b\d+\b/g, 'N').replace(/\b[rRw]\d+\b/g, 'R').replace(/fp-?\d*N?/g, 'fp').slice(0, 90);
}

/** What a comparison counts, worst first. `count` tells whether a program takes part. */
export const MEASURES = [
  { key: 'falseAccept', title: 'kernel rejects, rootlet accepts' },
  { key: 'crash', title: 'rootlet throws' },
  { key: 'unsupported', title: 'not modelled yet' },
  { key: 'verdict', title: 'verdict or errno differs' },
  { key: 'line', title: 'last line differs' },
  { key: 'insns', title: 'processed insns differ' },
  { key: 'states', title: 'total or peak states differ' },
  { key: 'log', title: 'log differs' },
  { key: 'length', title: 'translated length differs' },
];

/**
 * @param {{ errno: number, log: string }} real
 * @param {{ errno: number, log: string, unsupported?: string, crash?: Error }} sim
 * @returns `{ differs: string[], worst, signature }`; `differs` empty when they agree; `forbidden` when the machine does not judge it
 */
export function compareAnswers(real, sim) {
  if (sim.errno !== EPERM && isForbidden(real)) return { differs: [], forbidden: true };
  if (sim.crash !== undefined) return { differs: ['crash'], worst: 'crash', signature: `crash ${signature(sim.crash.message ?? String(sim.crash))}` };
  if (sim.unsupported !== undefined) return { differs: ['unsupported'], worst: 'unsupported', signature: `unsupported ${signature(sim.unsupported)}` };
  const sameLength = real.errno !== 0 || sim.translated === undefined || real.translated === sim.translated;
  if (real.errno === sim.errno && real.log === sim.log && sameLength) return { differs: [] };
  const [a, b] = [normalizeLog(real.log), normalizeLog(sim.log)];
  const differs = [];
  if (real.errno !== 0 && sim.errno === 0) differs.push('falseAccept');
  if (real.errno !== sim.errno) differs.push('verdict');
  if (real.errno !== 0 && lastLine(a) !== lastLine(b)) differs.push('line');
  const [ours, theirs] = [statsOf(b), statsOf(a)];
  if (ours[0] !== theirs[0]) differs.push('insns');
  if (ours[1] !== theirs[1] || ours[2] !== theirs[2]) differs.push('states');
  if (a !== b) differs.push('log');
  if (!sameLength) differs.push('length');
  if (differs.length === 0) return { differs };
  if (differs[0] === 'length') return { differs, worst: 'length', signature: `length ${real.translated - sim.translated}` };
  const { real: realLine, sim: simLine } = firstDifference(a, b);
  const about = differs[0] === 'log' || differs[0] === 'insns' || differs[0] === 'states' ? `${signature(realLine)} | ${signature(simLine)}` : `${signature(lastLine(a))} | ${signature(lastLine(b))}`;
  return { differs, worst: differs[0], signature: `${differs[0]} ${about}` };
}
