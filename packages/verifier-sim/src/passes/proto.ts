// What does a function of the kernel take, and return?
import { BTF_KIND_FUNC_PROTO } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

/** Stands for the type of an argument, or a result, of which nothing is known but that it fills a register. */
export const WORD_TYPE = -1;

/** A prototype, without the arguments that programs do not get. */
export interface Proto {
  readonly args: readonly number[];
  readonly hidden: number;
  readonly returnType: number;
}

/** @param skip arguments to leave out @returns undefined when the type is no prototype */
export function protoOf(btf: Btf, typeId: number, skip: number): Proto | undefined {
  const type = typeId === 0 ? undefined : btf.type(typeId);
  if (type?.kind !== BTF_KIND_FUNC_PROTO) return undefined;
  return { args: type.params.slice(skip).map((param) => param.type), hidden: skip, returnType: type.returnType };
}
