// Which limits does the kernel set that its headers do not name for user space?

/** Bytes of stack that one chain of BPF-to-BPF calls may use. @source Documentation/bpf/bpf_design_QA.rst */
export const MAX_BPF_STACK = 512;

/** Instructions of a program loaded without CAP_BPF. @source include/uapi/linux/bpf_common.h */
export const BPF_MAXINSNS = 4096;

/** Instructions of a program, and instructions the verifier visits, with CAP_BPF. @source Documentation/bpf/bpf_design_QA.rst */
export const BPF_COMPLEXITY_LIMIT_INSNS = 1_000_000;

/** Frames of BPF-to-BPF calls, the first one included. @source kernel's log: `the call stack of 9 frames is too deep !` */
export const MAX_CALL_FRAMES = 8;

/** Tail calls in a row. @source Documentation/bpf/bpf_design_QA.rst */
export const MAX_TAIL_CALL_CNT = 33;

/** Iterations of bpf_loop(). @source BTF of Linux 6.18, enum of BPF_MAX_LOOPS */
export const BPF_MAX_LOOPS = 8_388_608;

/** Arguments of a helper, a global function, a subprogram: r1 to r5. @source Documentation/bpf/standardization/abi.rst */
export const MAX_BPF_FUNC_REG_ARGS = 5;

/** Maps that one program may use. @source kernel's log: `The total number of maps per program has reached the limit of 64` */
export const MAX_USED_MAPS = 64;
