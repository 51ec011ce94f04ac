// Does a composition fit the stack? Linux counts an EXT program's frames apart from its caller's; one chain has 512 bytes.
import { KernelError } from '@rootlet/loader';
import { E2BIG, EINVAL, MAX_BPF_STACK, MAX_CALL_FRAMES } from '@rootlet/uapi';
import type { Insns } from '@rootlet/insn';
import type { Unit } from './unit.ts';

/** Stack bytes of a frame are counted in units, as the kernel does under its JIT. */
const STACK_UNIT = 16;
const FRAME_POINTER = 10;
const CLASS_MASK = 7;
const ADD64_IMM = 0x07;
const MOV64_REG = 0xbf;

/**
 * Checks stack and nesting of every chain of units below one. What functions within a unit add is the kernel's to count.
 *
 * @throws KernelError `EINVAL` for too much stack, `E2BIG` for too many frames, with the chain
 */
export function checkExtent(operation: string, root: Unit): void {
  const walk = (unit: Unit, above: readonly Unit[], stack: number): void => {
    const chain = [...above, unit];
    const total = stack + frameBytes(unit);
    if (chain.length > MAX_CALL_FRAMES) {
      const names = chain.map(({ name }) => name).join(' → ');
      throw new KernelError(operation, E2BIG, `the call stack of ${chain.length} frames is too deep: ${names}`);
    }
    if (total > MAX_BPF_STACK) {
      const names = chain.map((one) => `${one.name} (${frameBytes(one)} bytes)`).join(' → ');
      throw new KernelError(operation, EINVAL, `combined stack size of ${chain.length} calls is ${total}, too large: ${names}`);
    }
    for (const { provider } of unit.externs) if (provider !== undefined) walk(provider, chain, total);
  };
  walk(root, [], 0);
}

function frameBytes({ attr }: Unit): number {
  return Math.ceil(Math.max(stackDepth(attr.insns), 1) / STACK_UNIT) * STACK_UNIT;
}

/** Lowest byte below the frame pointer that instructions name. */
function stackDepth(insns: Insns): number {
  let depth = 0;
  for (let idx = 0; idx < insns.length; idx++) {
    const code = insns.code[idx] as number;
    const kind = code & CLASS_MASK;
    const base = kind === 1 ? insns.src[idx] : kind === 2 || kind === 3 ? insns.dst[idx] : undefined;
    if (base === FRAME_POINTER) depth = Math.max(depth, -(insns.off[idx] as number));
    const next = idx + 1;
    if (code === MOV64_REG && insns.src[idx] === FRAME_POINTER && insns.code[next] === ADD64_IMM && insns.dst[next] === insns.dst[idx]) {
      depth = Math.max(depth, -(insns.imm[next] as number));
    }
    if (insns.isWide(idx)) idx++;
  }
  return depth;
}
