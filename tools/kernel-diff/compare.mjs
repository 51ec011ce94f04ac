// Do the running kernel and the simulated one say the same of a program?
import { loadObject } from '@rootlet/loader';
import { SimKernel } from '@rootlet/sim-kernel';

/** Load one program of an object and none of the others. */
function onlyProgram(spec, program, logLevel) {
  return {
    logLevel,
    programs: new Map(spec.programs.map((other) => [other.name, { autoload: other === program }])),
  };
}

/**
 * What a kernel says of one program.
 *
 * @returns {{ verdict: 'accept' | 'reject' | 'unsupported' | 'error', errno: number, log: string, message: string }}
 */
function judge(spec, program, kernel, logLevel) {
  try {
    const object = loadObject(spec, kernel, onlyProgram(spec, program, logLevel));
    const log = object.programs.get(program.name)?.log ?? '';
    object.close();
    return { verdict: 'accept', errno: 0, log, message: '' };
  } catch (error) {
    if (error.code === 'UNSUPPORTED') return { verdict: 'unsupported', errno: 0, log: '', message: error.message };
    // What never reached the verifier is a refusal of the loader, the same for both.
    if (error.code !== 'PROG_LOAD') return { verdict: 'error', errno: error.errno ?? 0, log: '', message: error.message };
    return { verdict: 'reject', errno: error.errno, log: error.log ?? '', message: error.message };
  }
}

/** A log without what differs between two runs of the same kernel: addresses, times, fds. */
export function normalizeLog(log) {
  return log
    .split('\n')
    .filter((line) => line !== '' && !/^(verification time|stack depth)/.test(line))
    .map((line) => line.replace(/(\(18\) r\d+ = )0xffff[0-9a-f]{12}/, '$1MAP'));
}

const STATS = /^processed (\d+) insns .*total_states (\d+) peak_states (\d+)/m;

function statsOf(log) {
  const match = STATS.exec(log);
  return match === null ? undefined : { insns: Number(match[1]), totalStates: Number(match[2]), peakStates: Number(match[3]) };
}

/** The log's last line that is not statistics. */
export function lastLine(log) {
  return normalizeLog(log).filter((line) => !line.startsWith('processed ')).at(-1) ?? '';
}

/** First line in which two logs differ; undefined when none does. */
export function firstDifference(a, b) {
  for (let idx = 0; idx < Math.max(a.length, b.length); idx++) if (a[idx] !== b[idx]) return idx;
  return undefined;
}

/**
 * Compares both kernels on one program.
 *
 * @param {import('@rootlet/loader').ObjectSpec} spec
 * @param {import('@rootlet/loader').ProgramSpec} program
 */
export function compareProgram(spec, program, linux) {
  const real = judge(spec, program, linux, 2);
  const realLevel1 = judge(spec, program, linux, 1);
  const sim = judge(spec, program, new SimKernel({ vmlinux: () => linux.vmlinuxBtf() }), 2);
  const simLevel1 = judge(spec, program, new SimKernel({ vmlinux: () => linux.vmlinuxBtf() }), 1);
  const [realStats, simStats] = [statsOf(real.log), statsOf(sim.log)];
  const [realLog, simLog] = [normalizeLog(real.log), normalizeLog(sim.log)];
  return {
    program: program.name,
    real,
    sim,
    realLog,
    simLog,
    sameVerdict: real.verdict === sim.verdict && real.errno === sim.errno,
    falseAccept: real.verdict === 'reject' && sim.verdict === 'accept',
    sameLastLine: lastLine(real.log) === lastLine(sim.log),
    sameInsns: realStats !== undefined && realStats.insns === simStats?.insns,
    sameStates: realStats !== undefined && realStats.totalStates === simStats?.totalStates && realStats.peakStates === simStats.peakStates,
    sameLevel1: firstDifference(normalizeLog(realLevel1.log), normalizeLog(simLevel1.log)) === undefined,
    sameLevel2: firstDifference(realLog, simLog) === undefined,
  };
}
