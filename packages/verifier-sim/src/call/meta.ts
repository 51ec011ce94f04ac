// What has been learned of a helper's arguments so far?
import type { HelperRow } from '../tables/helper-row.ts';
import type { Btf } from '@rootlet/btf';
import type { KptrField } from '../state/special-fields.ts';
import type { Reg } from '../state/reg.ts';
import type { DynptrInfo } from './dynptr.ts';
import type { VerifierMap } from '../types.ts';

/** Gathered by the fold over the arguments, argument by argument. */
export interface CallMeta {
  readonly funcId: number;
  /** `bpf_map_lookup_elem`. */
  readonly name: string;
  readonly row: HelperRow;
  /** The map, once an argument named it. */
  map: VerifierMap | undefined;
  mapUid: number;
  /** The memory argument at hand is to be written, so it may be uninitialised stack. */
  rawMode: boolean;
  /** Stack that the helper writes: which argument, and how many bytes; 0 bytes for none. */
  readonly raw: { regno: number; size: number };
  /** Reference that came with an argument; 0 is none. */
  refObjId: number;
  /** Argument that is given back; 0 is none. */
  releaseRegno: number;
  /** Size of the record to allocate. */
  memSize: number;
  /** Greatest size of the last memory argument, bytes. */
  sizeMax: bigint;
  /** Callback. */
  subprogno: number;
  /** The kept pointer among the arguments, and the BTF it is in. */
  kptr: { readonly field: KptrField; readonly btf: Btf } | undefined;
  /** The dynptr among the arguments. */
  dynptr: DynptrInfo | undefined;
  /** Argument that becomes a dynptr; 0 is none. */
  dynptrRegno: number;
  /** The per-CPU object or variable among the arguments. */
  percpu: Reg | undefined;
  /** Key of a map lookup, where it is known. */
  constKey: bigint | undefined;
}

/** Nothing is known yet. */
export function createMeta(funcId: number, name: string, row: HelperRow): CallMeta {
  return {
    funcId,
    name,
    row,
    map: undefined,
    mapUid: 0,
    rawMode: false,
    raw: { regno: 0, size: 0 },
    refObjId: 0,
    releaseRegno: 0,
    memSize: 0,
    sizeMax: 0n,
    subprogno: 0,
    constKey: undefined,
    kptr: undefined,
    dynptr: undefined,
    dynptrRegno: 0,
    percpu: undefined,
  };
}
