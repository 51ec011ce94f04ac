// Does the load ask for what its program type can have?
import {
  BPF_F_TEST_REG_INVARIANTS,
  BPF_F_XDP_DEV_BOUND_ONLY,
  BPF_LSM_CGROUP,
  BPF_MODIFY_RETURN,
  BPF_PROG_TYPE_EXT,
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_LSM,
  BPF_PROG_TYPE_STRUCT_OPS,
  BPF_PROG_TYPE_SYSCALL,
  BPF_PROG_TYPE_TRACING,
  BPF_TRACE_FENTRY,
  BPF_TRACE_FEXIT,
  BPF_TRACE_ITER,
} from '@rootlet/uapi';
import { E2BIG, EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { checkDevice } from './device.ts';
import type { ProgTypeRow } from '../tables/types.ts';

const BPF_F_SLEEPABLE = 16;
const SLEEPABLE_TRACING: readonly number[] = [BPF_TRACE_FENTRY, BPF_TRACE_FEXIT, BPF_MODIFY_RETURN, BPF_TRACE_ITER];
/** Load flags that all kernels of the profiles know: alignment (1, 2), tests (4, 8), sleepable (16), XDP (32). That of a token comes with none here. */
const KNOWN_FLAGS = 0x3f;

/** Instructions a program may have. */
const MAX_INSNS = 1_000_000;

/** Bits that a log level may have: two levels, statistics, and whether the log is cut at its start, which is no matter here. */
const LOG_LEVELS = 15;

/** Greatest id that BTF may have. */
const MAX_BTF_ID = 0xf_ffff;

/** Types whose programs are attached to something in BTF. */
const WITH_TARGET: readonly number[] = [BPF_PROG_TYPE_TRACING, BPF_PROG_TYPE_LSM, BPF_PROG_TYPE_STRUCT_OPS, BPF_PROG_TYPE_EXT];

/** Types whose programs may be attached to a program. */
const WITH_PROGRAM: readonly number[] = [BPF_PROG_TYPE_TRACING, BPF_PROG_TYPE_EXT];

/** Type, attach type, flags and log level, which the kernel judges before it verifies: a refusal has no log at all. */
export function checkLoadAttributes(env: Env, { id, attachTypes }: ProgTypeRow): Errno {
  const { expectedAttachType = 0, flags = 0, attachBtfId = 0, attachTarget, insns } = env.input;
  if ((flags & ~knownFlags(env)) !== 0) return EINVAL;
  if (insns.length === 0 || insns.length > MAX_INSNS) return E2BIG;
  if ((attachBtfId !== 0 && !WITH_TARGET.includes(id)) || attachBtfId >>> 0 > MAX_BTF_ID) return EINVAL;
  if (attachTarget !== undefined && !WITH_PROGRAM.includes(id)) return EINVAL;
  if (attachTypes !== undefined && !attachTypes.includes(expectedAttachType)) return EINVAL;
  const err = checkDevice(env.input);
  if (err !== 0) return err;
  return (env.log.level & ~LOG_LEVELS) === 0 ? 0 : EINVAL;
}

function knownFlags(env: Env): number {
  const { deviceBound, regInvariants } = env.profile.features;
  return KNOWN_FLAGS | (deviceBound ? BPF_F_XDP_DEV_BOUND_ONLY : 0) | (regInvariants ? BPF_F_TEST_REG_INVARIANTS : 0);
}

function canSleep(env: Env): boolean {
  const { progType: id } = env.input;
  if (id === BPF_PROG_TYPE_TRACING) return !env.profile.features.sleepableKinds || SLEEPABLE_TRACING.includes(env.input.expectedAttachType ?? 0);
  if (id === BPF_PROG_TYPE_LSM) return env.input.expectedAttachType !== BPF_LSM_CGROUP;
  return id === BPF_PROG_TYPE_KPROBE || id === BPF_PROG_TYPE_STRUCT_OPS;
}

/** Some programs must be able to sleep, most must not. */
export function checkSleepable(env: Env): Errno {
  const sleepable = ((env.input.flags ?? 0) & BPF_F_SLEEPABLE) !== 0;
  if (env.input.progType === BPF_PROG_TYPE_SYSCALL) {
    return sleepable ? 0 : reject(env, EINVAL, 'Syscall programs can only be sleepable\n');
  }
  if (!sleepable || canSleep(env)) return 0;
  const kinds = env.profile.features.sleepableKinds ? 'lsm, iter, uprobe, and struct_ops' : 'lsm, and kprobe/uprobe';
  const text = `Only fentry/fexit/fmod_ret, ${kinds} programs can be sleepable\n`;
  return reject(env, EINVAL, text);
}
