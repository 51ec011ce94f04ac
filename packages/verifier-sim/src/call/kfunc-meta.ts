// What is known of a call of a kernel function while its arguments are checked?
import type { Btf, BtfParam } from '@rootlet/btf';
import type { DynptrInfo } from './dynptr.ts';
import type { KfuncRow } from '../tables/kfuncs.ts';
import type { VerifierMap } from '../types.ts';

/** A struct of some BTF. */
export interface TypeRef {
  readonly btf: Btf;
  readonly id: number;
}

/** Gathered argument by argument. */
export interface KfuncMeta {
  readonly name: string;
  readonly btf: Btf;
  readonly params: readonly BtfParam[];
  readonly returnType: number;
  readonly row: KfuncRow;
  /** Reference that came with an argument; 0 is none. */
  refObjId: number;
  /** Argument that is given back; 0 is none. */
  releaseRegno: number;
  /** The value of a `__k` argument. */
  constant: bigint | undefined;
  /** Object that is allocated, given back, pushed or cast. */
  object: TypeRef | undefined;
  /** Whether the result may be null, beyond what the row says. */
  mayFail: boolean;
  /** Offset of the node or root that is worked on, bytes. */
  fieldOff: number;
  /** Map of a `__map` argument. */
  map: VerifierMap | undefined;
  mapUid: number;
  /** Slot of an iterator, dynptr or saved IRQ state, and its frame. */
  slot: { readonly frameno: number; readonly spi: number } | undefined;
  /** Callback. */
  subprogno: number;
  /** Bytes of a `__szk` size. */
  memSize: number;
  /** The dynptr that is read. */
  dynptr: DynptrInfo | undefined;
}
