// How does a program that cannot go on say so?

/** What went wrong. */
export type FaultKind =
  /** An access outside of every region, or of one that may not be written. */
  | 'read'
  | 'write'
  /** The instruction budget is used up. */
  | 'fuel'
  /** Calls nested deeper than the machine allows. */
  | 'callDepth'
  /** An instruction that does not exist, or execution ran off the end. */
  | 'illegal'
  /** A call of a function that nothing provides. */
  | 'unbound'
  /** A helper or kernel function that rootlet does not have. */
  | 'helper'
  /** An argument that a helper cannot take: no map, no callback, no packet. */
  | 'argument';

/** A program stopped in the middle. A value, never an exception. */
export interface VmFault {
  readonly kind: FaultKind;
  /** In words, lower case, e.g. `read of 4 bytes at 0x0`. */
  readonly what: string;
  /** First byte of a bad access, 64 bits. */
  readonly address?: bigint;
  /** Bytes of a bad access. */
  readonly size?: number;
  /** Instruction (slot) of the program that ran. */
  readonly insnIdx: number;
  /** Name of the program that ran: not always the one that was started. */
  readonly program: string;
}

/** One line for people: `fw: read of 4 bytes at 0x0: null page at instruction 7`. */
export function formatFault(fault: VmFault): string {
  return `${fault.program}: ${fault.what} at instruction ${fault.insnIdx}`;
}
