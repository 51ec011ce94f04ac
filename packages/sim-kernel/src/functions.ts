// Which functions does a program consist of, and what does each call?
import { BTF_FUNC_STATIC, BTF_KIND_FUNC } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { BPF_PSEUDO_CALL, BPF_PSEUDO_FUNC, CALL, LD_IMM64 } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import type { VerifiedSubprogram } from '@rootlet/verifier-sim';
import { getSlot } from '@rootlet/vm';
import type { SimExtern, SimFunc, SimProg } from './objects.ts';

/**
 * Divides a loaded program into its functions.
 *
 * @param verified what the verifier found out about them
 */
export function divideIntoFunctions(prog: SimProg, verified: readonly VerifiedSubprogram[]): Map<number, SimFunc> {
  const { insns, funcInfo = [] } = prog.attr;
  const calls = new Map<number, number[]>();
  const starts = new Set([0, ...funcInfo.map((record) => record.insnIdx), ...verified.map((sub) => sub.insnIdx)]);
  for (let idx = 0; idx < insns.length; idx++) {
    const target = localTarget(insns, idx);
    if (target === undefined) continue;
    starts.add(target);
    calls.set(idx, [target]);
  }
  const sorted = [...starts].filter((start) => start >= 0 && start < insns.length).sort((left, right) => left - right);
  const functions = new Map<number, SimFunc>();
  sorted.forEach((insnIdx, index) => {
    const endIdx = sorted[index + 1] ?? insns.length;
    const found = verified.find((sub) => sub.insnIdx === insnIdx);
    const btfId = funcInfo.find((record) => record.insnIdx === insnIdx)?.typeId ?? found?.btfId;
    const within = [...calls].filter(([at]) => at >= insnIdx && at < endIdx).flatMap(([, targets]) => targets);
    functions.set(insnIdx, {
      prog,
      insnIdx,
      endIdx,
      name: nameOf(prog, btfId) ?? found?.name ?? (insnIdx === 0 ? prog.name : `func#${index}`),
      btfId,
      // Without BTF there is nothing to name a function by but the program itself.
      global: insnIdx === 0 || isGlobal(prog.btf?.btf, btfId),
      stackDepth: found?.stackDepth ?? lowestAccess(insns, insnIdx, endIdx),
      changesPacketData: found?.changesPacketData ?? false,
      calls: [...new Set(within)],
      externs: externsWithin(prog, insnIdx, endIdx),
      slot: getSlot(prog.program, insnIdx),
    });
  });
  return functions;
}

function externsWithin(prog: SimProg, start: number, end: number): SimExtern[] {
  return prog.program.externs
    .filter((call) => call.insnIdx >= start && call.insnIdx < end)
    .map((call) => {
      const pending = call.fdIdx < 0;
      const name = pending ? (nameOf(prog, call.btfId) ?? `#${call.btfId}`) : `#${call.btfId}`;
      return { call, externBtfId: pending ? call.btfId : undefined, name, target: undefined, keepsPacket: false };
    });
}

/** Where the instruction calls or points to within the program. */
function localTarget(insns: Insns, idx: number): number | undefined {
  const code = insns.code[idx] as number;
  const src = insns.src[idx] as number;
  const local = (code === CALL && src === BPF_PSEUDO_CALL) || (code === LD_IMM64 && src === BPF_PSEUDO_FUNC);
  return local ? idx + 1 + (insns.imm[idx] as number) : undefined;
}

function nameOf(prog: SimProg, btfId: number | undefined): string | undefined {
  const btf = prog.btf?.btf;
  if (btf === undefined || btfId === undefined || btfId <= 0 || btfId >= btf.typeCount) return undefined;
  return btf.kind(btfId) === BTF_KIND_FUNC ? btf.name(btfId) : undefined;
}

function isGlobal(btf: Btf | undefined, btfId: number | undefined): boolean {
  if (btf === undefined || btfId === undefined || btfId <= 0 || btfId >= btf.typeCount) return false;
  const type = btf.type(btfId);
  return type.kind === BTF_KIND_FUNC && type.linkage !== BTF_FUNC_STATIC;
}

/** Stack bytes by the accesses through r10: what there is to go by when the verifier says nothing. */
function lowestAccess(insns: Insns, start: number, end: number): number {
  let lowest = 0;
  for (let idx = start; idx < end; idx++) {
    const code = insns.code[idx] as number;
    const base = (code & 7) === 1 ? insns.src[idx] : (code & 7) === 2 || (code & 7) === 3 ? insns.dst[idx] : undefined;
    if (base === 10) lowest = Math.min(lowest, insns.off[idx] as number);
  }
  return -lowest;
}
