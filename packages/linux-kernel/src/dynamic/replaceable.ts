// May a program be put over a function of another one, as far as Linux lets happen too much or says too little?
import { BPF_PSEUDO_CALL, CALL } from '@rootlet/insn';
import { KernelError } from '@rootlet/loader';
import { EINVAL } from '@rootlet/uapi';
import { changesPacketData, closureOf } from './unit.ts';
import type { Unit } from './unit.ts';

/**
 * @param targetBtfId the function
 * @param alive everything that is loaded
 * @throws KernelError `EINVAL`
 */
export function requireReplaceable(target: Unit, unit: Unit, targetBtfId: number, alive: Iterable<Unit>): void {
  for (const { externs, name } of alive) {
    if (target.entryBtfId !== targetBtfId || !externs.some(({ provider }) => provider === target)) continue;
    const problem = `'${target.name}' runs in '${name}' as a copy or an EXT program, which a stock kernel lets nobody replace`;
    throw new KernelError('link create', EINVAL, problem);
  }
  if (!closureOf(unit).some(({ attr }) => changesPacketData(attr.insns)) || functionMovesPacket(target, targetBtfId)) return;
  const problem = `'${unit.name}' changes packet data, '${target.btf.name(targetBtfId)}' does not: callers keep their packet pointers`;
  throw new KernelError('link create', EINVAL, problem);
}

/**
 * Whether one function, with the subprograms it calls, may move the packet: that is what its callers were verified with. What the
 * rest of its program does says nothing about it. Linux compares the same since 6.12 or so; older ones compare nothing.
 */
function functionMovesPacket(target: Unit, btfId: number): boolean {
  const { insns, funcInfo = [] } = target.attr;
  const starts = funcInfo.map(({ insnIdx }) => insnIdx).sort((a, b) => a - b);
  const first = funcInfo.find(({ typeId }) => typeId === btfId)?.insnIdx;
  // What is no function of it the kernel refuses.
  if (first === undefined) return false;
  const reached = new Set([first]);
  for (const start of reached) {
    const end = starts.find((other) => other > start) ?? insns.length;
    const body = insns.slice(start, end);
    if (changesPacketData(body)) return true;
    for (let idx = 0; idx < body.length; idx++) {
      if (body.code[idx] === CALL && body.src[idx] === BPF_PSEUDO_CALL) reached.add(start + idx + 1 + (body.imm[idx] as number));
      if (body.isWide(idx)) idx++;
    }
  }
  return false;
}
