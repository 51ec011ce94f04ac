// What is the program attached to, where its context is the arguments of a function?
import type { Btf } from '@rootlet/btf';

/** A pointer that the context yields otherwise than BTF says. */
export interface TracedPointer {
  /** `PTR_TO_…` with its flags. */
  readonly type: number;
  readonly flags: number;
  /** Struct behind it, where BTF names another or none. */
  readonly struct?: string;
  /** The kernel answers from a table of its own, and does not print what BTF says. */
  readonly silent: boolean;
}

/** A tracepoint, an iterator, a member of an implemented struct. */
export interface Traced {
  /** As messages name it: `sched_switch`, `bpf_iter_task`, `cong_avoid`. */
  readonly name: string;
  readonly btf: Btf;
  /** Type id of each argument that the context holds. */
  readonly args: readonly number[];
  /** Arguments before them that the context does not hold. */
  readonly hidden: number;
  /** Type id of what is returned; 0 is void. */
  readonly returnType: number;
  /** Arguments that are not what BTF says. */
  readonly pointers: Readonly<Record<number, TracedPointer>>;
  /** Helpers that are offered besides; undefined: none is, not even those of the program's type. */
  readonly helpers: readonly number[] | undefined;
  /** Helpers of the program's type that are not offered here. */
  readonly without?: readonly number[];
  /** Helpers that are offered to such programs, only not here: the refusal has words of its own. */
  readonly elsewhere?: readonly number[];
  /** What the return value is judged by: nothing, or that it is read at all; `refused`: no kernel has a rule for it. */
  readonly returns: 'unread' | 'read' | 'ranged' | 'refused';
  /** What R0 may be, where the program's type does not say. */
  readonly range?: readonly [bigint, bigint];
  /** Line that follows a refusal of R0. */
  readonly rangeNote?: string;
  /** What the context holds behind the arguments: the function's result, of a type or in a range. */
  readonly result?: { readonly typeId: number } | { readonly range: readonly [bigint, bigint] };
  /** Flags of pointers that no table names; default: trusted. */
  readonly pointerFlags?: number;
  /** Whether stores to the context are judged as loads are. */
  readonly writable?: boolean;
  /** A function of a program, whose BTF it is. */
  readonly ofProgram?: boolean;
  /** The struct whose member is implemented. */
  readonly struct: string | undefined;
}
