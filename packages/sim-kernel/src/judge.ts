// Does the verifier take a program, and what does it take for granted?
import { BPF_PSEUDO_PROG_CALL, CALL } from '@rootlet/insn';
import { KernelError, progHash } from '@rootlet/loader';
import type { ProgAttr } from '@rootlet/loader';
import { verify as verifyProgram } from '@rootlet/verifier-sim';
import type { VerifierInput, VerifierMap, VerifierProvider, VerifierResult, VerifierTarget } from '@rootlet/verifier-sim';
import type { SimMap, SimProg } from './objects.ts';
import type { Parts } from './prog-load.ts';
import { findFunction } from './provider.ts';
import type { KernelState } from './state.ts';

/** What is known of a program that was accepted. */
export interface Judgement {
  readonly result: VerifierResult;
  /** It is safe only as long as the functions it calls in other programs leave the packet alone. */
  readonly needsPacketKept: boolean;
  /** Whether it is safe only as long as its own global functions leave the packet alone; found out when it is asked. */
  readonly reliesOnGlobals: () => boolean;
}

/**
 * Verifies a program. An extern that nothing provides yet is taken to leave the packet alone, so that the verdict does not
 * depend on what was loaded first; whether the program relies on that is found out, for whoever binds the extern.
 *
 * @throws KernelError with errno and log when the program is rejected
 */
export function judge(state: KernelState, parts: Parts): Judgement {
  const { attr } = parts;
  state.options.onVerify?.(attr.name);
  const profile = state.options.profile === undefined ? {} : { profile: state.options.profile };
  const verify = state.options.verify ?? verifyProgram;
  const input = createInput(state, rememberParts(parts), true);
  const result = verify(input, { ...profile, logLevel: attr.logLevel ?? 0 });
  if (result.verdict === 'accept') {
    const needsPacketKept = callsOthers(parts) && verify(createInput(state, parts, false), profile).verdict === 'reject';
    let relies: boolean | undefined;
    const reliesOnGlobals = (): boolean => (relies ??= verify({ ...input, globalsMovePacket: true }, profile).verdict === 'reject');
    return { result, needsPacketKept, reliesOnGlobals };
  }
  // Whoever asked for no log wants one now, as libbpf does.
  const log = (attr.logLevel ?? 0) === 0 ? verify(input, { ...profile, logLevel: 1 }).log : result.log;
  const detail = result.insnIdx === undefined ? {} : { insnIdx: result.insnIdx };
  throw new KernelError('prog load', result.errno, `program '${attr.name}' is rejected: ${result.error ?? 'no reason given'}`, {
    ...detail,
    log,
  });
}

/** What fds named when the program was loaded, also for those who ask later. */
function rememberParts(parts: Parts): Parts {
  const remember = <T>(find: (key: number) => T): ((key: number) => T) => {
    const known = new Map<number, T>();
    return (key) => {
      if (!known.has(key)) known.set(key, find(key));
      return known.get(key) as T;
    };
  };
  return {
    attr: parts.attr,
    btf: parts.btf,
    target: parts.target,
    mapByFd: remember((fd) => parts.mapByFd(fd)),
    mapByIdx: remember((fdIdx) => parts.mapByIdx(fdIdx)),
    progByIdx: remember((fdIdx) => parts.progByIdx(fdIdx)),
    btfByIdx: remember((fdIdx) => parts.btfByIdx(fdIdx)),
  };
}

/** @param keepPacket whether externs leave the packet alone, as far as nothing else is known; otherwise all may change it */
function createInput(state: KernelState, parts: Parts, keepPacket: boolean): VerifierInput {
  const { attr, btf, target } = parts;
  return {
    name: attr.name,
    progType: attr.type,
    expectedAttachType: attr.expectedAttachType,
    insns: attr.insns,
    license: attr.license,
    flags: attr.flags,
    ...(btf === undefined ? {} : { btf: btf.btf, funcInfo: attr.funcInfo ?? [], lineInfo: attr.lineInfo ?? [] }),
    library: attr.library ?? false,
    externsKeepPacket: keepPacket,
    mapByFd: (fd) => viewFor(attr, parts.mapByFd(fd)),
    mapByIdx: (fdIdx) => viewFor(attr, parts.mapByIdx(fdIdx)),
    providerByIdx: (fdIdx) => toProvider(state, parts.progByIdx(fdIdx), keepPacket),
    fdByIdx: (fdIdx) => attr.fdArray?.[fdIdx] ?? 0,
    ...(attr.fdArray === undefined ? {} : { btfByIdx: (fdIdx: number) => parts.btfByIdx(fdIdx)?.btf }),
    ...(attr.attachBtfId === undefined ? {} : { attachBtfId: attr.attachBtfId }),
    ...(target === undefined ? {} : { attachTarget: toTarget(state, target) }),
    // Parsed only when a program asks for it.
    get vmlinux() {
      return state.vmlinux();
    },
  };
}

/** A map as this program sees it. */
function viewFor({ insns }: ProgAttr, map: SimMap | undefined): VerifierMap | undefined {
  const { exclusiveHash } = map?.parts ?? {};
  if (map === undefined || exclusiveHash === undefined) return map?.view();
  const hash = progHash(insns);
  return exclusiveHash.every((byte, idx) => byte === hash[idx]) ? map.view() : { ...map.view(), forAnother: true };
}

function toProvider(state: KernelState, prog: SimProg | undefined, keepPacket: boolean): VerifierProvider | undefined {
  if (prog?.btf === undefined) return undefined;
  return {
    name: prog.name,
    type: prog.type,
    expectedAttachType: prog.attr.expectedAttachType,
    btf: prog.btf.btf,
    changesPacketData: (btfId) => {
      const func = findFunction(state, prog, btfId);
      return !keepPacket || func === undefined || state.graph.changesPacketData(func);
    },
  };
}

function toTarget(state: KernelState, prog: SimProg): VerifierTarget {
  const { expectedAttachType, funcInfo = [] } = prog.attr;
  return {
    type: prog.type,
    expectedAttachType,
    btf: funcInfo.length === 0 ? undefined : prog.btf?.btf,
    functions: prog.verified.map((sub) => {
      const func = prog.functions.get(sub.insnIdx);
      return func === undefined ? sub : { ...sub, changesPacketData: state.graph.changesPacketData(func) };
    }),
    target: prog.target === undefined ? undefined : toTarget(state, prog.target),
  };
}

/** Whether the program calls functions of other programs. */
function callsOthers({ attr: { insns } }: Parts): boolean {
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] === CALL && insns.src[idx] === BPF_PSEUDO_PROG_CALL) return true;
  }
  return false;
}
