// Would the kernel load this program, and what would it say?
import { BPF_F_SLEEPABLE, BPF_F_TEST_REG_INVARIANTS, BPF_F_TEST_RND_HI32, BPF_PROG_TYPE_UNSPEC } from '@rootlet/uapi';
import { extensionRow, isExtension } from './passes/attach-program.ts';
import { checkAttachTarget } from './passes/attach-target.ts';
import { checkBtfInfo, checkFuncRecords } from './passes/btf-info.ts';
import { checkCfg } from './passes/cfg.ts';
import { checkDeadFunctions } from './translate/dead-functions.ts';
import { dropFastcalls, findFastcalls } from './passes/fastcall.ts';
import { checkJumpRange } from './translate/jump-range.ts';
import { computeLiveRegisters } from './passes/live-registers.ts';
import { checkUnboundKfuncs } from './passes/kfuncs.ts';
import { checkLoadAttributes, checkSleepable } from './passes/load-attributes.ts';
import { resolvePseudo } from './passes/resolve.ts';
import { computeScc } from './passes/scc.ts';
import { checkMaxStackDepth } from './passes/stack-depth.ts';
import { findPostorders, findSuccessors } from './passes/successors.ts';
import { checkSubprograms, findSubprograms } from './passes/subprograms.ts';
import { translatedLength, translateProgram } from './translate/program.ts';
import { explorePaths, entryState } from './explore/explore.ts';
import type { Explorer } from './explore/explore.ts';
import { finalStackDepths } from './explore/final-stack.ts';
import { LiveStackAnalysis } from './explore/live-stack.ts';
import { Paths } from './explore/paths.ts';
import { forgetWanted, markChainPrecision, markSlotPrecision } from './explore/precision.ts';
import { VisitedStates } from './explore/visited.ts';
import { widenImprecise } from './explore/widen.ts';
import { BPF_LOG_STATS, Log } from './log/log.ts';
import { LIBRARY_ROW } from './library.ts';
import { PROFILE_6_18 } from './profile.ts';
import { scratchAll, verbose } from './state/env.ts';
import type { Engine, Env, Errno, InsnAux } from './state/env.ts';
import { NOT_INIT } from './state/reg.ts';
import { initEntry } from './step/entry.ts';
import { rowOn } from './tables/older.ts';
import { findProgType } from './tables/prog-types.ts';
import type { ProgTypeRow } from './tables/types.ts';
import type { KernelProfile, VerifierInput, VerifierOptions, VerifierResult } from './types.ts';

const BPF_F_STRICT_ALIGNMENT = 1;
const BPF_F_ANY_ALIGNMENT = 2;
const BPF_F_TEST_STATE_FREQ = 8;
const NOWHERE: Int32Array = /* @__PURE__ */ new Int32Array(0);

/**
 * Verifies one program on a simulated kernel.
 *
 * @param input the program, its maps and what it calls
 * @param options kernel, log level, progress; default: Linux 6.18, no log
 * @returns the verdict with log and statistics; a rejection is a value
 * @throws `UNSUPPORTED` naming what rootlet cannot judge
 */
export function verify(input: VerifierInput, options: VerifierOptions = {}): VerifierResult {
  forgetWanted();
  const log = new Log(options.logLevel ?? 0);
  const liveStack = new LiveStackAnalysis();
  const visited = new VisitedStates(liveStack, options.prune);
  const paths = new Paths();
  const explorer: Explorer = { paths, visited, liveStack, onProgress: options.onProgress, onInsn: options.onInsn };
  const env = createEnv(input, options, log, liveStack, createEngine(paths, visited));
  const refused = checkLoadAttributes(env, rowOf(input.progType, input.library === true, env.profile));
  const errno = refused !== 0 ? refused : run(env, explorer);
  const error = errno === 0 ? undefined : log.lastLine;
  if ((log.level & BPF_LOG_STATS) !== 0 && refused === 0) {
    verbose(env, 'verification time 0 usec\n');
    const depths = env.codeIsFinal ? finalStackDepths(env) : env.subprogs.map(({ stackDepth }) => stackDepth);
    verbose(env, `stack depth ${depths.join('+')}\n`);
  }
  const stats = {
    insns: env.insnProcessed,
    maxStatesPerInsn: visited.maxPerInsn,
    totalStates: visited.total,
    peakStates: visited.peak,
    markRead: 0,
  };
  const counts = `total_states ${stats.totalStates} peak_states ${stats.peakStates} mark_read ${stats.markRead}`;
  if (refused === 0) verbose(env, `processed ${stats.insns} insns (limit 1000000) max_states_per_insn ${stats.maxStatesPerInsn} ${counts}\n`);
  return {
    verdict: errno === 0 ? 'accept' : 'reject',
    errno: 0 - errno,
    error,
    insnIdx: errno === 0 ? undefined : env.insnIdx,
    log: log.text(),
    stats,
    translatedInsns: env.translatedInsns,
    subprograms: env.subprogs.map((subprog) => ({
      insnIdx: subprog.start,
      name: subprog.name,
      stackDepth: subprog.stackDepth,
      btfId: subprog.btfId === 0 ? undefined : subprog.btfId,
      changesPacketData: subprog.changesPktData,
      reached: env.aux[subprog.start]?.seen === true,
      reliable: !subprog.unreliable,
      isExceptionCallback: subprog.isException,
      calls: subprog.calls,
    })),
  };
}

function createEngine(paths: Paths, visited: VisitedStates): Engine {
  return {
    markChainPrecision: (env, regno) => Math.min(markChainPrecision(env, env.cur, regno), 0),
    markSlotPrecision: (env, frameno, spi) => Math.min(markSlotPrecision(env, env.cur, frameno, spi), 0),
    pushState: (env, insnIdx, prevInsnIdx) => paths.push(env, insnIdx, prevInsnIdx),
    pushAsync: (env, subprogno, sleepable) => {
      const state = entryState(env, subprogno);
      // Older kernels ask the program, whoever runs.
      state.inSleepable = sleepable || (!env.profile.features.callbacksAwake && ((env.input.flags ?? 0) & BPF_F_SLEEPABLE) !== 0);
      state.firstInsnIdx = 0;
      state.lastInsnIdx = 0;
      return paths.pushState(env, state, env.subprogs[subprogno]?.start ?? 0, env.insnIdx, true);
    },
    widenLoop: (env, insnIdx, next) => {
      // The newest is this very visit's.
      const own = env.cur.parent;
      const old = own === undefined ? undefined : visited.findEntry(env, own, insnIdx);
      if (old !== undefined) widenImprecise(old, next);
    },
    widenAfterCallback: (env) => {
      const old = visited.findEntry(env, env.cur, env.insnIdx);
      if (old !== undefined) widenImprecise(old, env.cur);
    },
  };
}

function createEnv(input: VerifierInput, options: VerifierOptions, log: Log, liveStack: LiveStackAnalysis, engine: Engine): Env {
  const profile = options.profile ?? PROFILE_6_18;
  const { row, attachType } = roleOf(input, profile);
  const flags = input.flags ?? 0;
  const aux: InsnAux[] = [];
  for (let idx = 0; idx < input.insns.length; idx++) aux.push(createAux());
  const env: Env = {
    input,
    profile,
    log,
    engine,
    prog: row,
    attachType,
    traced: undefined,
    aux,
    successors: NOWHERE,
    postorders: new Map(),
    touched: undefined,
    subprogs: [],
    liveStack,
    cur: undefined as unknown as Env['cur'],
    insnIdx: 0,
    prevInsnIdx: -1,
    idGen: 0,
    historyIsCurrent: false,
    insnProcessed: 0,
    jmpsProcessed: 0,
    strictAlignment: (flags & (BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT)) === BPF_F_STRICT_ALIGNMENT,
    testInvariants: (flags & BPF_F_TEST_REG_INVARIANTS) !== 0,
    testStateFreq: (flags & BPF_F_TEST_STATE_FREQ) !== 0,
    usedMaps: [],
    scratchedRegs: 0,
    scratchedSlotsLow: 0,
    scratchedSlotsHigh: 0,
    prevLine: -1,
    codeIsFinal: false,
    translatedInsns: undefined,
    seenDirectWrite: false,
  };
  return env;
}

function createAux(): InsnAux {
  return {
    liveRegs: 0,
    prunePoint: false,
    forceCheckpoint: false,
    jumpPoint: false,
    iterNext: false,
    callsCallback: false,
    isFastcall: false,
    seen: false,
    scc: 0,
    ptrType: NOT_INIT,
    ptrFlags: 0,
    map: undefined,
    calledMap: undefined,
    takesPercpuObject: false,
    upperHalfRead: false,
    insn: undefined,
    operand: undefined,
  };
}

/** What replaces a function may do what the program may whose function it is. */
function roleOf(input: VerifierInput, profile: KernelProfile): { row: ProgTypeRow; attachType: number } {
  const { progType, expectedAttachType = 0, library = false, attachTarget } = input;
  if (!isExtension(input) || attachTarget === undefined) return { row: rowOf(progType, library, profile), attachType: expectedAttachType };
  return { row: extensionRow(rowOf(attachTarget.type, true, profile)), attachType: attachTarget.expectedAttachType };
}

/** @param library there need be no type */
function rowOf(type: number, library: boolean, profile: KernelProfile): ProgTypeRow {
  const row = library && type === BPF_PROG_TYPE_UNSPEC ? LIBRARY_ROW : findProgType(type);
  // What no kernel knows, or none of those that are simulated: no attach type fits.
  return row === undefined ? { ...LIBRARY_ROW, id: type, name: '', attachTypes: [] } : rowOn(profile.version, row);
}

/** The kernel's order; the first failure ends it. */
function run(env: Env, explorer: Explorer): Errno {
  let err = checkFuncRecords(env);
  if (err === 0) err = findSubprograms(env);
  if (err === 0) err = checkSubprograms(env);
  if (err === 0) err = checkBtfInfo(env);
  if (err === 0) err = resolvePseudo(env);
  if (err === 0) err = checkCfg(env);
  if (err === 0) err = checkSleepable(env);
  if (err === 0) err = checkAttachTarget(env);
  if (err !== 0) return err;
  env.successors = findSuccessors(env);
  env.postorders = findPostorders(env);
  computeScc(env);
  computeLiveRegisters(env);
  findFastcalls(env);
  const { lazyGlobals } = env.profile.features;
  err = lazyGlobals ? 0 : exploreGlobals(env, explorer);
  if (err === 0) err = exploreFunction(env, explorer, 0);
  if (err === 0 && lazyGlobals) err = exploreGlobals(env, explorer);
  if (err === 0) dropFastcalls(env);
  if (err === 0) err = checkMaxStackDepth(env);
  env.codeIsFinal = err === 0;
  if (err === 0) err = checkUnboundKfuncs(env);
  if (err !== 0) return err;
  const translation = translateProgram(env);
  err = checkJumpRange(env, translation);
  if (err === 0) err = checkDeadFunctions(env, translation);
  const isPadded = ((env.input.flags ?? 0) & BPF_F_TEST_RND_HI32) !== 0;
  if (err === 0 && !isPadded) env.translatedInsns = translatedLength(translation);
  return err;
}

function exploreFunction(env: Env, explorer: Explorer, subprogno: number): Errno {
  env.cur = entryState(env, subprogno);
  env.insnIdx = env.cur.insnIdx;
  // Where it stands is said anew.
  env.prevLine = -1;
  explorer.paths.clear();
  explorer.visited.clear();
  const err = initEntry(env, subprogno);
  if (err !== 0) return err;
  scratchAll(env);
  const result = explorePaths(env, explorer);
  if (result === 0 && !env.log.level2) env.log.reset(0);
  return result;
}

/** Global functions that something reachable calls, each alone, until no new one is found; once it was all, and before the main function. */
function exploreGlobals(env: Env, explorer: Explorer): Errno {
  const done = new Set<number>();
  for (let again = true; again; ) {
    again = false;
    for (let no = 1; no < env.subprogs.length; no++) {
      const subprog = env.subprogs[no];
      if (subprog === undefined || !subprog.global || (env.profile.features.lazyGlobals && !subprog.called) || done.has(no)) continue;
      done.add(no);
      again = true;
      const err = exploreFunction(env, explorer, no);
      if (err !== 0) return err;
      if (env.log.verboseStates) verbose(env, `Func#${no} ('${subprog.name}') is safe for any args that match its prototype\n`);
    }
  }
  return 0;
}

