// Do the running kernel and the simulated one say the same of a program of an object?
import { isForbidden } from './answers.mjs';

/** A log without what differs between two runs of the same kernel: addresses, times, fds. */
export function normalizeLog(log) {
  return log
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('verification time'))
    .map((line) => line.replace(/(\(18\) r\d+ = )0xffff[0-9a-f]{12}/, '$1MAP'));
}

/** Programs that take longer are compared by verdict and statistics alone. */
const LOGGED_INSNS = 150_000;
const STATS = /^processed (\d+) insns .*total_states (\d+) peak_states (\d+)/m;

function statsOf(log) {
  const match = STATS.exec(log);
  return match === null ? undefined : { insns: Number(match[1]), totalStates: Number(match[2]), peakStates: Number(match[3]) };
}

/** Bytes of stack by function, at level 4. */
const stackOf = (log) => /^stack depth (.*)/m.exec(log)?.[1];

/** The log's last line that is not statistics. */
export function lastLine(log) {
  return normalizeLog(log).filter((line) => !/^(processed|stack depth) /.test(line)).at(-1) ?? '';
}

/** First line in which two logs differ; undefined when none does. */
export function firstDifference(a, b) {
  for (let idx = 0; idx < Math.max(a.length, b.length); idx++) if (a[idx] !== b[idx]) return idx;
  return undefined;
}

/**
 * Compares both judges on one program.
 *
 * @param {string} program its name
 * @param {(level: number) => object} askReal answers of the running kernel
 * @param {(level: number) => object} askSim answers of the simulation
 */
export function compareProgram(program, askReal, askSim) {
  const [realQuiet, simQuiet] = [askReal(4), askSim(4)];
  const sameStack = stackOf(realQuiet.log) === stackOf(simQuiet.log);
  // A log of hundreds of megabytes tells no more than its statistics.
  const tooLong = (statsOf(realQuiet.log)?.insns ?? 0) > LOGGED_INSNS;
  const [real, realLevel1, sim, simLevel1] = tooLong ? [realQuiet, realQuiet, simQuiet, simQuiet] : [askReal(2), askReal(1), askSim(2), askSim(1)];
  const [realStats, simStats] = [statsOf(real.log), statsOf(sim.log)];
  const [realLog, simLog] = [normalizeLog(real.log), normalizeLog(sim.log)];
  return {
    program,
    real,
    sim,
    realLog,
    simLog,
    insns: realStats?.insns ?? 0,
    times: { real: realQuiet.ms, sim: simQuiet.ms, real2: real.ms, sim2: sim.ms },
    forbidden: sim.errno !== real.errno && isForbidden(real),
    sameVerdict: real.verdict === sim.verdict && real.errno === sim.errno,
    falseAccept: real.verdict === 'reject' && sim.verdict === 'accept',
    sameLastLine: lastLine(real.log) === lastLine(sim.log),
    sameInsns: realStats !== undefined && realStats.insns === simStats?.insns,
    sameStates: realStats !== undefined && realStats.totalStates === simStats?.totalStates && realStats.peakStates === simStats.peakStates,
    sameLevel1: sameStack && firstDifference(normalizeLog(realLevel1.log), normalizeLog(simLevel1.log)) === undefined,
    sameLevel2: firstDifference(realLog, simLog) === undefined,
  };
}
