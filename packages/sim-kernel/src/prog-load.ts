// How does a program get into the kernel?
import { BTF_KIND_FUNC } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import {
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
} from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { KernelError, progHash } from '@rootlet/loader';
import type { ProgAttr } from '@rootlet/loader';
import {
  BPF_COMPLEXITY_LIMIT_INSNS,
  BPF_PROG_TYPE_LWT_XMIT,
  BPF_PROG_TYPE_SCHED_ACT,
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_SK_SKB,
  BPF_PROG_TYPE_UNSPEC,
  E2BIG,
  EBADF,
  EINVAL,
  ENOMEM,
} from '@rootlet/uapi';
import type { VerifierResult } from '@rootlet/verifier-sim';
import { findKfunc } from '@rootlet/vm';
import type { HelperBody, VmProgram } from '@rootlet/vm';
import { divideIntoFunctions } from './functions.ts';
import { SimBtf, SimMap, SimProg } from './objects.ts';
import type { SimFunc } from './objects.ts';
import { judge } from './judge.ts';
import { claim, mayShare, ownerOf } from './map-owner.ts';
import { getFunction } from './provider.ts';
import type { KernelState } from './state.ts';

const OPERATION = 'prog load';

/** What a program is loaded from, with fds resolved. */
export interface Parts {
  readonly attr: ProgAttr;
  readonly btf: SimBtf | undefined;
  readonly target: SimProg | undefined;
  mapByFd(fd: number): SimMap | undefined;
  mapByIdx(fdIdx: number): SimMap | undefined;
  progByIdx(fdIdx: number): SimProg | undefined;
  btfByIdx(fdIdx: number): SimBtf | undefined;
}

/** Verifies and loads. @throws KernelError, with the log when the verifier rejects */
export function loadProg(state: KernelState, attr: ProgAttr): { readonly prog: SimProg; readonly log: string } {
  const parts = resolveParts(state, attr);
  checkAttr(parts);
  const maps = usedMaps(parts);
  const { result, needsPacketKept, reliesOnGlobals } = judge(state, parts);
  const owner = ownerOf(attr, () => state.vmlinux());
  for (const map of maps) {
    if (mayShare(map, owner)) continue;
    throw new KernelError(OPERATION, EINVAL, `map '${map.map.attr.name}' is for programs of another type or attachment`, { log: result.log });
  }
  const program = state.vm.loadProgram({
    name: attr.name,
    insns: attr.insns,
    mapByFd: (fd) => parts.mapByFd(fd)?.map,
    mapByIdx: (fdIdx) => parts.mapByIdx(fdIdx)?.map,
    kfunc: (btfId, fdIdx) => (fdIdx === 0 ? kfuncBody(state, attr, btfId) : undefined),
    extern: ({ fdIdx, btfId }) => providerOf(state, parts, fdIdx, btfId)?.slot,
  });
  const prog = createProg(state, parts, program, maps, result);
  prog.needsPacketKept = needsPacketKept;
  prog.reliesOnGlobals = reliesOnGlobals;
  // From here on the program is undone as a whole: whoever opens no fd releases it.
  prog.hold();
  try {
    bindAtLoad(state, parts, prog);
    for (const map of maps) claim(map, owner);
    return { prog, log: result.log };
  } catch (error) {
    prog.release();
    throw error;
  }
}

function resolveParts(state: KernelState, attr: ProgAttr): Parts {
  const { fds } = state;
  const at = (fdIdx: number): number => attr.fdArray?.[fdIdx] ?? -1;
  const find = <T>(fd: number, type: abstract new (...args: never[]) => T): T | undefined => {
    const object: unknown = fds.find(fd);
    return object instanceof type ? object : undefined;
  };
  return {
    attr,
    btf: attr.btfFd === undefined ? undefined : fds.getKind(attr.btfFd, SimBtf, OPERATION),
    target: attr.attachProgFd === undefined ? undefined : fds.getKind(attr.attachProgFd, SimProg, OPERATION),
    mapByFd: (fd) => find(fd, SimMap),
    mapByIdx: (fdIdx) => find(at(fdIdx), SimMap),
    progByIdx: (fdIdx) => find(at(fdIdx), SimProg),
    btfByIdx: (fdIdx) => find(at(fdIdx), SimBtf),
  };
}

function checkAttr({ attr, btf }: Parts): void {
  const { insns, library = false, funcInfo = [], ifindex = 0 } = attr;
  if (ifindex !== 0) throw new UnsupportedError('programs for one interface on a simulated kernel');
  if (insns.length === 0 || insns.length > BPF_COMPLEXITY_LIMIT_INSNS) {
    throw new KernelError(OPERATION, E2BIG, `program '${attr.name}' has ${insns.length} instructions`);
  }
  if (attr.type === BPF_PROG_TYPE_UNSPEC && !library) {
    throw new KernelError(OPERATION, EINVAL, `program '${attr.name}' has no type`);
  }
  for (const { insnIdx, typeId } of funcInfo) {
    const known = btf !== undefined && typeId > 0 && typeId < btf.btf.typeCount && btf.btf.kind(typeId) === BTF_KIND_FUNC;
    if (!known || !(insnIdx >= 0 && insnIdx < insns.length)) {
      throw new KernelError(OPERATION, EINVAL, `program '${attr.name}': func info of instruction ${insnIdx} names no function`);
    }
  }
  if (library && !funcInfo.some((record) => record.insnIdx === 0)) {
    throw new KernelError(OPERATION, EINVAL, `library function '${attr.name}' has no BTF prototype`);
  }
}

/** The maps that instructions name. @throws KernelError `EBADF`, `EINVAL` */
function usedMaps(parts: Parts): SimMap[] {
  const { insns } = parts.attr;
  const maps = new Set<SimMap>();
  for (let idx = 0; idx < insns.length; idx++) {
    if (!insns.isWide(idx)) continue;
    const src = insns.src[idx] as number;
    const imm = insns.imm[idx] as number;
    const byFd = src === BPF_PSEUDO_MAP_FD || src === BPF_PSEUDO_MAP_VALUE;
    const byIdx = src === BPF_PSEUDO_MAP_IDX || src === BPF_PSEUDO_MAP_IDX_VALUE;
    if (byFd || byIdx) {
      const map = byFd ? parts.mapByFd(imm) : parts.mapByIdx(imm);
      if (map === undefined) {
        const problem = `program '${parts.attr.name}': ${byFd ? 'fd' : 'index'} ${imm} at instruction ${idx} is no map`;
        throw new KernelError(OPERATION, EBADF, problem, { insnIdx: idx });
      }
      const direct = src === BPF_PSEUDO_MAP_VALUE || src === BPF_PSEUDO_MAP_IDX_VALUE;
      if (direct && map.map.directAddress() === undefined) {
        throw new KernelError(OPERATION, EINVAL, `map '${map.map.attr.name}' has no value to address directly`, { insnIdx: idx });
      }
      maps.add(map);
    }
    idx++;
  }
  return [...maps];
}

function providerOf(state: KernelState, parts: Parts, fdIdx: number, btfId: number): SimFunc | undefined {
  if (fdIdx < 0) return undefined;
  const provider = parts.progByIdx(fdIdx);
  if (provider === undefined) {
    throw new KernelError(OPERATION, EBADF, `program '${parts.attr.name}': index ${fdIdx} of the fd array is no program`);
  }
  return getFunction(state, provider, btfId, OPERATION, true);
}

/** Programs that may write the packets they see. */
const PACKET_WRITERS: readonly number[] = [BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_SCHED_ACT, BPF_PROG_TYPE_LWT_XMIT, BPF_PROG_TYPE_SK_SKB];

/** What a function of the kernel does; undefined for those that cannot be run here. */
function kfuncBody(state: KernelState, { type }: ProgAttr, btfId: number): HelperBody | undefined {
  const btf = state.vmlinux();
  const name = btf !== undefined && btfId > 0 && btfId < btf.typeCount && btf.kind(btfId) === BTF_KIND_FUNC ? btf.name(btfId) : '';
  // As the kernel does: who may not write gets what cannot be written.
  return findKfunc(name === 'bpf_dynptr_from_skb' && !PACKET_WRITERS.includes(type) ? `${name}_rdonly` : name);
}

function createProg(
  state: KernelState,
  parts: Parts,
  program: VmProgram,
  maps: readonly SimMap[],
  result: VerifierResult,
): SimProg {
  const { attr, btf, target } = parts;
  if (state.progs.size >= 1 << 20) throw new KernelError(OPERATION, ENOMEM, 'too many programs');
  const prog = new SimProg(state.progs, state.vm, { attr, program, btf, maps, tag: tagOf(attr.insns), target });
  prog.verified = result.subprograms;
  prog.functions = divideIntoFunctions(prog, result.subprograms);
  state.register(prog);
  return prog;
}

/** Takes references on what the calls are bound to, and checks the composition. */
function bindAtLoad(state: KernelState, parts: Parts, prog: SimProg): void {
  for (const func of prog.functions.values()) {
    for (const extern of func.externs) {
      const target = providerOf(state, parts, extern.call.fdIdx, extern.call.btfId);
      extern.keepsPacket = prog.needsPacketKept && (target === undefined || !state.graph.changesPacketData(target));
      if (target === undefined) continue;
      state.graph.checkTypes(OPERATION, prog, target.prog);
      extern.target = target;
      prog.depend(target.prog);
    }
  }
  // Nothing calls it yet, so chains that matter begin in it.
  state.graph.checkExtent(OPERATION, [prog]);
}

/** 16 hexadecimal digits. @source Linux 6.18: the beginning of the hash */
function tagOf(insns: Insns): string {
  return [...progHash(insns).subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
