// What does a program learn about the world around it?

/**
 * Everything outside of the machine that a program can observe. Explicit and replaceable, so that a run can be repeated;
 * nothing is taken from the clock or the process unless the caller does so.
 */
export interface VmEnvironment {
  /** Nanoseconds since boot: `bpf_ktime_get_ns`. */
  nowNs(): bigint;
  /** Nanoseconds since 1970 minus `nowNs`: for the clocks that tell the date. */
  readonly epochNs: bigint;
  /** 32 random bits, signed or unsigned. */
  random(): number;
  /** CPU the program runs on. */
  readonly cpu: number;
  /** Number of CPUs: per-CPU maps have as many values. */
  readonly cpus: number;
  readonly numaNode: number;
  /** Thread id. */
  readonly pid: number;
  /** Process id. */
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  /** Name of the task, at most 15 bytes. */
  readonly comm: string;
  readonly cgroupId: bigint;
  /** Takes what `bpf_trace_printk` prints, without the line end. */
  print(line: string): void;
}

/**
 * An environment that answers the same in every run: the clock starts at one second and moves on by a microsecond each
 * time it is read; random numbers come from `seed`.
 *
 * @param fields what to answer differently
 */
export function createEnvironment(fields: Partial<VmEnvironment> = {}, seed = 1): VmEnvironment {
  let now = 1_000_000_000n;
  let state = seed | 0 || 1;
  return {
    nowNs: () => (now += 1000n),
    epochNs: 0n,
    random: () => {
      // xorshift32: small, and never zero from a seed that is not.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state;
    },
    cpu: 0,
    cpus: 1,
    numaNode: 0,
    pid: 1,
    tgid: 1,
    uid: 0,
    gid: 0,
    comm: 'rootlet',
    cgroupId: 1n,
    print: () => {},
    ...fields,
  };
}
