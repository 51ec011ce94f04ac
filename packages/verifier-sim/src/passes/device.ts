// May the program be loaded for one network device, and is it?
import { BPF_F_XDP_DEV_BOUND_ONLY, BPF_F_XDP_HAS_FRAGS, BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { EINVAL, EOPNOTSUPP } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { VerifierInput } from '../types.ts';
import { isExtension } from './attach-program.ts';

const WITH_DEVICE: readonly number[] = [BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP];

/** The device that a load names; without the flag, it would have to run the program itself, which none does here. */
export function checkDevice(input: VerifierInput): Errno {
  const { device, progType, flags = 0 } = input;
  if (device === undefined) return 0;
  if (!WITH_DEVICE.includes(progType)) return EINVAL;
  const bound = (flags & BPF_F_XDP_DEV_BOUND_ONLY) !== 0;
  if (bound && progType !== BPF_PROG_TYPE_XDP) return EINVAL;
  if ((flags & ~(bound ? BPF_F_XDP_DEV_BOUND_ONLY | BPF_F_XDP_HAS_FRAGS : 0)) !== 0) return EINVAL;
  if (!device.exists) return EINVAL;
  if (!device.runsXdp) return EOPNOTSUPP;
  return bound ? 0 : EINVAL;
}

/** Whether the program runs on one device only, which it may ask about packets. */
export function isForDevice(env: Env): boolean {
  const { device, attachTarget } = env.input;
  return isExtension(env.input) ? attachTarget?.isForDevice === true : device !== undefined;
}
