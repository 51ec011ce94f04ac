// May this helper work on this map, here?
import { BPF_FUNC_tail_call, BPF_MAP_TYPE_PROG_ARRAY } from '@rootlet/uapi';
import { constValue, isConst } from '../domain/index.ts';
import { EACCES, EINVAL, getReg, reject, verbose } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { SCALAR } from '../state/reg.ts';
import { BPF_F_RDONLY_PROG, effectiveMapFlags, fitMap, MAP_WRITERS } from '../tables/map-rules.ts';
import type { CallMeta } from './meta.ts';


/** Elements of a map that programs may only read stay as they are. */
export function checkMapWrite(env: Env, meta: CallMeta): Errno {
  const { map } = meta;
  if (map === undefined || (effectiveMapFlags(map) & BPF_F_RDONLY_PROG) === 0 || !MAP_WRITERS.includes(meta.funcId)) return 0;
  return reject(env, EACCES, 'write into map forbidden\n');
}

/** A tail call names its program by a number in R3; a known one must be precise. */
export function checkTailCallKey(env: Env, meta: CallMeta): Errno {
  if (meta.funcId !== BPF_FUNC_tail_call) return 0;
  if (meta.map?.type !== BPF_MAP_TYPE_PROG_ARRAY) return reject(env, EINVAL, 'expected prog array map for tail call');
  const { type, scalar } = getReg(env, 3);
  const isKnown = type === SCALAR && isConst(scalar) && constValue(scalar) < BigInt(meta.map.maxEntries);
  return isKnown ? env.engine.markChainPrecision(env, 3) : 0;
}

/** Compares the map's type with what the helper is for. */
export function checkMapFit(env: Env, meta: CallMeta): Errno {
  const { map } = meta;
  if (map === undefined) return 0;
  const fit = fitMap(map.type, meta.funcId, env.prog.id, env.attachType);
  if (fit === 'fits') return 0;
  if (fit === 'no socket map updates here') verbose(env, 'cannot update sockmap in this context\n');
  return reject(env, EINVAL, `cannot pass map_type ${map.type} into func ${meta.name}#${meta.funcId}\n`);
}
