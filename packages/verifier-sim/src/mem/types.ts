// What is an access?

/** Loads and stores. */
export const READ = 1;
export const WRITE = 2;
export type Access = typeof READ | typeof WRITE;

/** One access. */
export interface MemAccess {
  /** Register that holds the address. */
  readonly regno: number;
  /** Offset in the instruction, bytes. */
  readonly off: number;
  /** Bytes. */
  readonly size: number;
  readonly access: Access;
  /** Register that is loaded or stored; -1 for none. */
  readonly valueRegno: number;
}

/**
 * Given for memory that the callee only writes (`ARG_PTR_TO_UNINIT_MEM`). When the memory is stack, `regno` and `size` are set:
 * after all arguments were checked, the caller of this room marks those bytes with
 * `checkMemAccess(env, regno, i, 1, WRITE, -1, false, false)` for each `i`.
 */
export interface RawAccess {
  regno: number;
  size: number;
}
