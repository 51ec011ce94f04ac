// What do the tests of the simulated kernel share?
import { Insns } from '@rootlet/insn';
import type { Insn } from '@rootlet/insn';
import type { KernelError, ProgAttr } from '@rootlet/loader';
import { BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { SimKernel } from '../src/index.ts';
import type { SimKernelOptions, Verifier } from '../src/index.ts';

/** Accepts everything: for tests of what comes after the verdict. */
export const acceptAll: Verifier = () => ({
  verdict: 'accept',
  errno: 0,
  error: undefined,
  insnIdx: undefined,
  log: 'accepted\n',
  stats: { insns: 0, maxStatesPerInsn: 0, totalStates: 0, peakStates: 0, markRead: 0 },
  translatedInsns: undefined,
  subprograms: [],
});

/** A kernel without a verifier. */
export function credulousKernel(options: SimKernelOptions = {}): SimKernel {
  return new SimKernel({ verify: acceptAll, ...options });
}

/** Slots from [code, dst, src, off, imm]. */
export function program(...slots: [number, number?, number?, number?, number?][]): Insns {
  return Insns.from(slots.map(([code, dst = 0, src = 0, off = 0, imm = 0]): Insn => ({ code, dst, src, off, imm })));
}

/** What a program is loaded from, with the usual values where nothing is said. */
export function progAttr(insns: Insns, fields: Partial<ProgAttr> = {}): ProgAttr {
  return { name: 'prog', type: BPF_PROG_TYPE_XDP, expectedAttachType: 0, insns, license: 'GPL', flags: 0, ...fields };
}

/** The KernelError that an action throws. */
export function errorOf(action: () => unknown): KernelError {
  try {
    action();
  } catch (error) {
    if (error instanceof Error && error.name === 'KernelError') return error as KernelError;
    throw error;
  }
  throw new Error('nothing was thrown');
}
